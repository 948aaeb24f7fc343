//! The ways by which friends reach the port: what each needs, how its program is started, and what its lines mean.
//!
//! A way is one file in `ways/` and one line in [`WAYS`]; nothing else matches on a way's name. Nothing is started here:
//! [`Way::launch`] says what to start, [`Way::read`] reads what was said, and [`supervisor`] decides what to do next.

mod health;
mod lines;
mod settings;
pub mod supervisor;
mod trouble;
mod ways;

use core::{fmt, str::FromStr};
use std::path::PathBuf;

use http::HeaderName;
use secrecy::SecretString;
use serde::{Serialize, Serializer};
use url::Url;

pub use self::{
    health::{NoAnswer, is_a_relay},
    settings::{Part, Remote, RemoteError, TunnelSettings, Unfit},
    trouble::{Shut, Trouble},
    ways::WAYS,
};

/// One way by which friends reach the port.
pub trait Way: fmt::Debug + Send + Sync {
    /// Its name for programs.
    fn id(&self) -> WayId;

    /// Its name for people.
    fn name(&self) -> &'static str;

    /// The program it needs, if it needs one.
    fn program(&self) -> Option<&'static Program>;

    /// What the owner may say about it, and what they must.
    fn parts(&self) -> &'static [(Part, Need)];

    /// What the owner should know before they choose it.
    fn caution(&self) -> Option<&'static str> {
        None
    }

    /// Says what is to be started.
    ///
    /// # Errors
    /// [`Unfit`] when the owner did not say what it takes.
    fn launch(&self, settings: &TunnelSettings, place: &Place) -> Result<Launch, Unfit>;

    /// Reads a line that its program printed, without colours.
    fn read(&self, line: &str) -> Option<Said>;

    /// Says whether its program tells when it is connected. Until then nobody asks for the address: a name that is looked
    /// up before it exists is remembered as not existing for a long time.
    fn says_when_ready(&self) -> bool {
        false
    }

    /// The address friends use, where it is known before anything is started.
    fn fixed_url(&self, settings: &TunnelSettings) -> Option<Url> {
        settings.url.clone()
    }

    /// The header that names the client's address, if calls come with one that can be believed.
    fn client_address_header(&self, settings: &TunnelSettings) -> Option<HeaderName>;

    /// Says whether it is the machine's own network, with nothing in between.
    fn is_local(&self) -> bool {
        false
    }

    /// Says whether streams that are answers to `GET` come in one piece at the end.
    fn buffers_streams(&self) -> bool {
        false
    }
}

/// Says whether a part must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Without it the way cannot be taken.
    Must,
    /// It can do without.
    May,
}

impl Need {
    /// Says whether it must be given.
    #[must_use]
    pub const fn is_must(self) -> bool {
        matches!(self, Self::Must)
    }
}

/// A way's name for programs: `cloudflare-quick`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WayId(&'static str);

/// A word that is the name of no way.
#[derive(Debug, thiserror::Error)]
#[error("there is no such way; there are: {}", names())]
pub struct UnknownWay;

fn names() -> String {
    WAYS.iter().map(|way| way.id().0).collect::<Vec<_>>().join(", ")
}

impl WayId {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The way of this name.
    #[must_use]
    pub fn way(self) -> &'static dyn Way {
        *WAYS.iter().find(|way| way.id() == self).expect("only the ways in the list have a name")
    }
}

impl FromStr for WayId {
    type Err = UnknownWay;

    fn from_str(word: &str) -> Result<Self, UnknownWay> {
        WAYS.iter().map(|way| way.id()).find(|id| id.0 == word).ok_or(UnknownWay)
    }
}

impl fmt::Display for WayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for WayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for WayId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

/// A program that the owner installs. Carpool never does.
#[derive(Debug)]
pub struct Program {
    /// What it is called, without `.exe`.
    pub name: &'static str,
    /// A command that installs it, by [`std::env::consts::OS`]; the first whose system fits.
    pub install: &'static [(&'static str, &'static str)],
    /// The page that says how it is installed.
    pub page: &'static str,
}

impl Program {
    /// How it is installed on a system, named as [`std::env::consts::OS`] does.
    #[must_use]
    pub fn how_to_install(&self, os: &str) -> String {
        match self.install.iter().find(|(system, _)| *system == os) {
            Some((_, command)) => format!("{command}  (see {})", self.page),
            None => format!("see {}", self.page),
        }
    }
}

/// Where something is started.
#[derive(Clone, Debug)]
pub struct Place {
    /// The port that the relay listens on.
    pub port: u16,
    /// A folder for the files that the program reads.
    pub folder: PathBuf,
}

/// What is to be started.
#[derive(Debug)]
pub enum Launch {
    /// A program, which is kept running.
    Program(Command),
    /// The relay itself opens its port to the local network.
    Door,
    /// Nothing: the owner sees to it.
    Nothing,
}

/// A program with all it is given. Secrets are in its environment, never among its arguments, which everybody on the
/// machine may read.
#[derive(Debug)]
pub struct Command {
    /// The program.
    pub program: &'static Program,
    /// Its arguments.
    pub args: Vec<String>,
    /// What is added to its environment.
    pub env: Vec<(&'static str, SecretString)>,
    /// Files it reads; they hold no secret.
    pub files: Vec<(PathBuf, String)>,
}

/// What a line of a program's output says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The address friends use from now on.
    Url(Url),
    /// It is connected.
    Ready,
    /// Something is in the way. It may end, or try again by itself.
    Failed(Trouble),
}
