//! Setting clients up for the relay: which of a client's settings lead to it, and how they get into the client's own file.
//!
//! A file is only ever added to: comments, order, white space and everything that is not ours keep their bytes, and a second
//! time changes nothing. What cannot be understood whole is refused. `relay/src/web/pages/setup.sh` and `setup.ps1` do the
//! same on a friend's machine, where Carpool is not; a change here is a change there.

mod claude_code;
mod codex;
mod dotenv;
mod droid;
mod gemini_cli;
mod jsonc;
mod place;
mod toml;
mod vscode;

use std::{ops::Range, str};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use self::{jsonc::JsonEdit, place::Folder, toml::TomlEdits};
use crate::json::{self, Edit};

/// A client that can be set up.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Its name for programs.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its files, for a way in.
    files: fn(&Access) -> Vec<SettingsFile>,
}

/// Every client that can be set up, in the order friends are shown them.
pub const CLIENTS: &[Client] = &[claude_code::CLIENT, codex::CLIENT, gemini_cli::CLIENT, droid::CLIENT, vscode::CLIENT];

/// The client of that name.
#[must_use]
pub fn client(id: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.id == id)
}

/// Where the relay is and the key to it, both of a form that needs no quoting in any file.
#[derive(Clone, Debug)]
pub struct Access {
    address: String,
    key: SecretString,
}

/// Why a client cannot be led there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAccess {
    /// The address is not one.
    #[error("'{0}' is not an address like https://name.example or http://192.168.1.5:8787")]
    Address(String),
    /// The key is not one.
    #[error("a key is cr_ and 64 digits of 0-9 and a-f")]
    Key,
}

impl Access {
    /// Checks an address and a key.
    ///
    /// # Errors
    /// [`BadAccess`], which says what is wrong, and nothing of the key.
    pub fn new(address: &str, key: &SecretString) -> Result<Self, BadAccess> {
        let address = address.trim_end_matches('/');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:/[]".contains(&byte);
        let is_address =
            Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let begins = address.starts_with("http://") || address.starts_with("https://");
        if !is_address || !begins || !address.bytes().all(plain) {
            return Err(BadAccess::Address(address.to_owned()));
        }
        let digits = key.expose_secret().strip_prefix("cr_").ok_or(BadAccess::Key)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(BadAccess::Key);
        }
        Ok(Self { address: address.to_owned(), key: key.clone() })
    }

    /// A way in with a key that opens nothing: to see what would be changed.
    ///
    /// # Errors
    /// [`BadAccess::Address`].
    pub fn without_key(address: &str) -> Result<Self, BadAccess> {
        Self::new(address, &format!("cr_{}", "0".repeat(64)).into())
    }

    /// The relay's address with one of its prefixes.
    fn at(&self, path: &str) -> Value {
        Value::Text(format!("{}{path}", self.address))
    }

    fn key(&self) -> Value {
        Value::Key(self.key.clone())
    }
}

/// One of a client's files, and what is to stand in it.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    /// Where it lies.
    pub folder: Folder,
    /// What it is called.
    pub name: &'static str,
    /// What is to stand in it.
    pub edits: Edits,
}

/// What is to stand in a file, in the file's own language.
#[derive(Clone, Debug)]
pub enum Edits {
    /// JSON, in which comments and commas before a closing bracket are allowed.
    Json {
        /// What is set, in this order.
        set: Vec<JsonEdit>,
        /// Other settings that would get in the way.
        conflicts: &'static [Conflict],
    },
    /// TOML.
    Toml(TomlEdits),
    /// Lines of `NAME=value`.
    Dotenv(Vec<(&'static str, Value)>),
}

/// A setting that is not ours and would get in the way; it is left alone and told.
#[derive(Clone, Copy, Debug)]
pub struct Conflict {
    /// The names that lead to it.
    pub path: &'static [&'static str],
    /// What it does and what to do.
    pub advice: &'static str,
}

/// What a setting is set to.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text.
    Text(String),
    /// The key, which is written and never shown.
    Key(SecretString),
    /// True.
    Yes,
}

impl Value {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// As it is written; a text needs no escapes, for [`Access`] let none in that would.
    fn plain(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Key(key) => key.expose_secret(),
            Self::Yes => "true",
        }
    }

    /// As JSON and TOML have it.
    fn literal(&self) -> String {
        match self {
            Self::Text(_) | Self::Key(_) => format!("\"{}\"", self.plain()),
            Self::Yes => self.plain().to_owned(),
        }
    }

    /// As it may be shown.
    fn shown(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Key(_) => "your key",
            Self::Yes => "true",
        }
    }
}

/// A file with our settings in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The whole file.
    pub text: String,
    /// What is different from before, setting by setting, without the key; empty when nothing is.
    pub changes: Vec<String>,
    /// What gets in the way.
    pub warnings: Vec<String>,
}

/// Why a file was left alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not UTF-8.
    #[error("it is not text in UTF-8")]
    NotText,
    /// It is not in its language.
    #[error("line {line}: {what}")]
    Syntax {
        /// Where, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// A setting that is ours stands in it more than once.
    #[error("{0} stands in it twice: take one out")]
    Twice(String),
    /// Something else stands where a setting of ours belongs.
    #[error("{path} is something else than {wanted}: change or remove it")]
    Occupied {
        /// Where.
        path: String,
        /// What belongs there.
        wanted: &'static str,
    },
    /// A setting that is ours is written in a way that is not changed.
    #[error("{0} is written in a way this does not change: write it as a table with a header, or remove it")]
    Unusual(String),
}

/// Where a client's files lie, and what they are called.
#[must_use]
pub fn places(client: &Client) -> Vec<(Folder, &'static str)> {
    let nowhere = Access::without_key("http://localhost").expect("it is an address");
    plan(client, &nowhere).into_iter().map(|file| (file.folder, file.name)).collect()
}

/// What a client's files are to say.
#[must_use]
pub fn plan(client: &Client, access: &Access) -> Vec<SettingsFile> {
    (client.files)(access)
}

/// Puts settings into a file; one that is not there is empty.
///
/// # Errors
/// [`Unreadable`] when the file is not understood whole or has something else where a setting of ours belongs.
pub fn merge(file: &[u8], edits: &Edits) -> Result<Merged, Unreadable> {
    let text = str::from_utf8(file).map_err(|_| Unreadable::NotText)?;
    match edits {
        Edits::Json { set, conflicts } => jsonc::merge(text, set, conflicts),
        Edits::Toml(edits) => toml::merge(text, edits),
        Edits::Dotenv(variables) => dotenv::merge(text, variables),
    }
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A text after its byte order mark, and where that begins.
fn without_mark(text: &str) -> (&str, usize) {
    text.strip_prefix(BYTE_ORDER_MARK).map_or((text, 0), |rest| (rest, BYTE_ORDER_MARK.len()))
}

/// How a file ends its lines: as the first one does.
fn line_end(text: &str) -> &'static str {
    let first = text.find('\n').unwrap_or(0);
    if text[..first].ends_with('\r') { "\r\n" } else { "\n" }
}

/// Lines put at the end of a text, which keeps ending with a line's end, or without one.
fn append(text: &str, lines: &[String]) -> String {
    let end = line_end(text);
    let added = lines.join(end);
    if text.is_empty() || text.ends_with('\n') { format!("{text}{added}{end}") } else { format!("{text}{end}{added}") }
}

fn replace(at: Range<usize>, with: &str) -> Edit {
    Edit { at, with: with.as_bytes().to_vec() }
}

fn apply(text: &str, edits: &[Edit]) -> String {
    String::from_utf8(json::apply(text.as_bytes(), edits)).expect("texts were cut between characters")
}

fn change(name: &str, value: &Value) -> String {
    format!("{name} = {}", value.shown())
}

#[cfg(test)]
mod tests;
