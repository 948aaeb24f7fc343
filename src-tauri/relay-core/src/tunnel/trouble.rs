//! Why a tunnel is not open. Nothing in here is a program's own text, which may hold a secret.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Why nothing is opened, though the owner wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shut {
    /// There is no key that works, nor an invite that leads to one: nobody could be served.
    NoKey,
    /// The relay does not listen yet.
    NotListening,
}

impl fmt::Display for Shut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKey => "no friend has a key that works, and no invite is open: it opens with the first one",
            Self::NotListening => "the relay does not listen yet",
        })
    }
}

/// What is in the way of a tunnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "code", content = "detail")]
pub enum Trouble {
    /// The program ended and said nothing that is understood; the detail is how to see what it says.
    #[error("the program ended by itself; to see what it says, run: {0}")]
    Ended(String),
    /// It could not be started; the detail is the system's word for it.
    #[error("the program could not be started: {0}")]
    NotStarted(String),
    /// It runs but did not say that it is connected.
    #[error("the program runs but does not say that it is connected")]
    Silent,
    /// Too many were opened lately.
    #[error("too many tunnels were opened from here lately (429): it is tried again, more and more seldom")]
    TooMany,
    /// The other side cannot be reached.
    #[error("the other end cannot be reached: is this machine online, and does a firewall block it?")]
    Unreachable,
    /// The other side does not accept the secret, key or login.
    #[error("the other end does not accept the secret or login: enter it again")]
    Refused,
    /// It wants a secret, and none was given.
    #[error("the other end wants a secret: give it with --secret-stdin")]
    NoSecret,
    /// The account has more sessions, or the name is in use elsewhere.
    #[error("the account or the address is in use by another session: end that one")]
    InUse,
    /// The program is too old.
    #[error("the program is too old for the other end: update it")]
    Outdated,
    /// The key of the SSH server is not known, or another one than before.
    #[error("the server's host key is not known or has changed: connect once with ssh in a terminal and compare it")]
    HostKey,
    /// The other side does not give the port.
    #[error("the other end does not give that port: it is taken or not allowed there")]
    RemotePort,
    /// What is to be switched on for the owner's network first; the detail is the page where.
    #[error("this has to be switched on for your account first: {0}")]
    SwitchOn(String),
    /// The user may not do this.
    #[error("this user may not do that: run once `sudo tailscale set --operator=$USER`")]
    NotPermitted,
    /// The program's own background process does not run or is signed out.
    #[error("tailscale does not run or is signed out: run `tailscale up`")]
    SignedOut,
    /// The address does not answer; the detail is what was heard instead.
    #[error("the address does not answer as this relay does: {0}")]
    NoAnswer(String),
    /// There is no local network.
    #[error("this machine is in no local network")]
    NoNetwork,
}

impl Trouble {
    /// Its name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ended(_) => "ended",
            Self::NotStarted(_) => "not_started",
            Self::Silent => "silent",
            Self::TooMany => "too_many",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::NoSecret => "no_secret",
            Self::InUse => "in_use",
            Self::Outdated => "outdated",
            Self::HostKey => "host_key",
            Self::RemotePort => "remote_port",
            Self::SwitchOn(_) => "switch_on",
            Self::NotPermitted => "not_permitted",
            Self::SignedOut => "signed_out",
            Self::NoAnswer(_) => "no_answer",
            Self::NoNetwork => "no_network",
        }
    }
}
