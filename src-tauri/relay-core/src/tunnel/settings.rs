//! What the owner says of the way they choose.

use core::fmt;

use http::HeaderName;
use secrecy::SecretString;
use url::{Host, Url};

use super::{Need, Way, WayId};

/// The way the owner chose, and what it is to know.
#[derive(Clone, Debug)]
pub struct TunnelSettings {
    /// The way.
    pub way: WayId,
    /// The server that friends come in through.
    pub to: Option<Remote>,
    /// The port there.
    pub remote_port: Option<u16>,
    /// The address friends use, without a path.
    pub url: Option<Url>,
    /// What the way's program signs in with.
    pub secret: Option<SecretString>,
    /// The header in which the owner's own proxy names the client's address.
    pub client_address_header: Option<HeaderName>,
}

/// Something the owner may have to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `to` of [`TunnelSettings`].
    To,
    /// `remote_port` of [`TunnelSettings`].
    RemotePort,
    /// [`TunnelSettings::url`].
    Url,
    /// [`TunnelSettings::secret`].
    Secret,
    /// [`TunnelSettings::client_address_header`].
    ClientAddressHeader,
}

impl Part {
    /// How it is given on the command line.
    #[must_use]
    pub const fn flag(self) -> &'static str {
        match self {
            Self::To => "--to",
            Self::RemotePort => "--remote-port",
            Self::Url => "--url",
            Self::Secret => "--secret-stdin",
            Self::ClientAddressHeader => "--client-address-header",
        }
    }
}

/// Why a way cannot be taken as the owner said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Something is missing.
    #[error("{way} needs {}", .part.flag())]
    Missing {
        /// The way.
        way: WayId,
        /// What is missing.
        part: Part,
    },
    /// The way has no use for something.
    #[error("{way} has no use for {}", .part.flag())]
    Useless {
        /// The way.
        way: WayId,
        /// What it has no use for.
        part: Part,
    },
    /// The address cannot be one that friends use.
    #[error("the address is to be http:// or https:// with a host and without a path: https://name.example.org")]
    Url,
}

impl Unfit {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "tunnel_setting_missing",
            Self::Useless { .. } => "tunnel_setting_useless",
            Self::Url => "bad_url",
        }
    }
}

impl TunnelSettings {
    /// A way of which nothing more is said.
    #[must_use]
    pub const fn new(way: WayId) -> Self {
        Self { way, to: None, remote_port: None, url: None, secret: None, client_address_header: None }
    }

    /// Looks whether everything is there that the way needs, and nothing that it has no use for.
    ///
    /// # Errors
    /// [`Unfit`] if not.
    pub fn check(&self) -> Result<(), Unfit> {
        let way = self.way.way();
        let need_of = |part| way.parts().iter().find(|(known, _)| *known == part).map(|(_, need)| *need);
        let given = [
            (Part::To, self.to.is_some()),
            (Part::RemotePort, self.remote_port.is_some()),
            (Part::Url, self.url.is_some()),
            (Part::Secret, self.secret.is_some()),
            (Part::ClientAddressHeader, self.client_address_header.is_some()),
        ];
        for (part, is_given) in given {
            match (need_of(part), is_given) {
                (Some(Need::Must), false) => return Err(Unfit::Missing { way: self.way, part }),
                (None, true) => return Err(Unfit::Useless { way: self.way, part }),
                _ => {}
            }
        }
        self.url.as_ref().map_or(Ok(()), check_url)
    }

    pub(super) fn to(&self, way: &dyn Way) -> Result<&Remote, Unfit> {
        self.to.as_ref().ok_or(Unfit::Missing { way: way.id(), part: Part::To })
    }

    pub(super) fn remote_port(&self, way: &dyn Way) -> Result<u16, Unfit> {
        self.remote_port.ok_or(Unfit::Missing { way: way.id(), part: Part::RemotePort })
    }
}

fn check_url(url: &Url) -> Result<(), Unfit> {
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let has_login = !url.username().is_empty() || url.password().is_some();
    match url.scheme() {
        "https" | "http" if url.has_host() && is_bare && !has_login => Ok(()),
        _ => Err(Unfit::Url),
    }
}

/// A server: `host`, `user@host`, `user@host:port`. It never begins with a hyphen, so that no program takes it for an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Who signs in there.
    pub user: Option<String>,
    /// Its name or address.
    pub host: String,
    /// Its port, where it is not the usual one.
    pub port: Option<u16>,
}

/// A text that names no server.
#[derive(Debug, thiserror::Error)]
#[error("a server is HOST, USER@HOST or USER@HOST:PORT")]
pub struct RemoteError;

impl core::str::FromStr for Remote {
    type Err = RemoteError;

    fn from_str(text: &str) -> Result<Self, RemoteError> {
        let (user, rest) = text.rsplit_once('@').map_or((None, text), |(user, rest)| (Some(user), rest));
        let is_bare_ipv6 = rest.matches(':').count() > 1 && !rest.starts_with('[');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !is_bare_ipv6 && !rest.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| RemoteError)?))
            }
            _ => (rest, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_word = |text: &str| {
            let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
            !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain)
        };
        let is_host = is_word(host) || Host::parse(&format!("[{host}]")).is_ok();
        if !is_host || !user.is_none_or(is_word) {
            return Err(RemoteError);
        }
        Ok(Self { user: user.map(str::to_owned), host: host.to_owned(), port })
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match (self.port, self.host.contains(':')) {
            (Some(port), true) => write!(f, "[{}]:{port}", self.host),
            (Some(port), false) => write!(f, "{}:{port}", self.host),
            (None, _) => f.write_str(&self.host),
        }
    }
}
