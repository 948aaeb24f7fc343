//! How Carpool stands: the relay, the first run, what is paused.

use serde::{Deserialize, Serialize};

use crate::{
    invites::Scope,
    money::Shown,
    settings::{Language, Theme},
    tunnel::{Tunnel, Way},
};

/// Asks for [`Status`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetStatus {}

/// Everything the frame around the screens needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The program's version, as `0.1.0`.
    pub version: String,
    /// Whose data this is.
    pub mode: Mode,
    /// Whether the relay runs.
    pub relay: Relay,
    /// How friends reach it from elsewhere.
    pub tunnel: Tunnel,
    /// Whether the owner has paused sharing: the relay is up and refuses every call.
    pub sharing_paused: bool,
    /// Where the first run stands; `None` once it is over.
    pub first_run: Option<FirstRun>,
    /// The colours the owner chose.
    pub theme: Theme,
    /// The language the owner chose; `None`: the system's.
    pub language: Option<Language>,
    /// The currency that all money is shown in.
    pub shown: Shown,
    /// Whether this desktop shows tray icons. Where it does not, closing the window quits.
    pub has_tray: bool,
}

impl Status {
    /// The address to give to friends: the one that reaches farthest. `None` while there is none.
    #[must_use]
    pub fn for_friends(&self) -> Option<Address> {
        let Relay::Up { url, lan_url, .. } = &self.relay else { return None };
        let (url, scope) = match (&self.tunnel.public_url, lan_url) {
            (Some(url), _) if self.tunnel.way == Some(Way::Local) => (url, Scope::Network),
            (Some(url), _) => (url, Scope::Tunnel),
            (None, Some(url)) => (url, Scope::Network),
            (None, None) => (url, Scope::ThisMachine),
        };
        Some(Address { url: url.clone(), scope })
    }
}

/// An address for friends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// As `https://carpool.example.com`.
    pub url: String,
    /// From where it is reached.
    pub scope: Scope,
}

/// Whose data the window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The owner's.
    Own,
    /// A pretend provider, pretend friends and a folder that goes when the program does.
    Demo,
}

/// Whether the relay runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Relay {
    /// It is being started.
    Starting,
    /// It takes calls.
    Up {
        /// Where, as `http://127.0.0.1:8787`.
        url: String,
        /// Where this machine's network finds it, as `http://192.168.1.5:8787`, if it listens there.
        lan_url: Option<String>,
        /// What is wrong all the same, e.g. a ledger that cannot be written.
        trouble: Option<Trouble>,
    },
    /// It does not run.
    Down {
        /// Why.
        trouble: Trouble,
    },
    /// The program is about to quit and lets calls end.
    Stopping {
        /// Calls that are still going on.
        calls: u32,
    },
}

/// What keeps the relay from working.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What it is.
    pub kind: TroubleKind,
    /// What happened, in English, with its causes.
    pub message: String,
    /// The port that is meant, for [`TroubleKind::PortTaken`] and [`TroubleKind::AddressUnavailable`].
    pub port: Option<u16>,
    /// The program that has the port, where the system tells.
    pub holder: Option<String>,
    /// The data folder that is meant.
    pub data_dir: String,
}

/// The kinds of trouble; each has a screen or a banner of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// Another program has the port.
    PortTaken,
    /// The address is not this machine's, or may not be used.
    AddressUnavailable,
    /// The keychain is there but locked.
    KeychainLocked,
    /// There is no keychain.
    KeychainMissing,
    /// The keychain is open, but this folder's master key is not in it, or it is another one.
    MasterKey,
    /// The folder uses another kind of vault than the one asked for.
    OtherVault,
    /// A newer Carpool wrote the database.
    DatabaseTooNew,
    /// The database could not be brought up to date, or is damaged.
    Database,
    /// There is no room on the disk.
    DiskFull,
    /// The data folder cannot be used.
    DataFolder,
    /// Another relay runs on the data folder.
    AlreadyRunning,
    /// The relay stopped by itself.
    Crashed,
    /// Something else; the message tells.
    Other,
}

impl TroubleKind {
    /// Says whether nothing of the owner's can be shown: then the trouble takes the whole window.
    #[must_use]
    pub fn is_blocking(self) -> bool {
        !matches!(self, Self::PortTaken | Self::AddressUnavailable)
    }
}

/// Where the first run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum FirstRun {
    /// The terms have not been accepted.
    Terms,
    /// There is no account.
    Account,
    /// It is not settled how friends reach this machine.
    Reach,
    /// There is no friend with a key or an invite.
    Friend,
    /// The newest friend was invited, and has not used the invite.
    Invited {
        /// The friend.
        friend: String,
        /// The friend's id.
        friend_id: i64,
    },
    /// Nobody has called yet.
    FirstCall {
        /// The friend whose key is the newest.
        friend: String,
        /// That key's id.
        key_id: i64,
        /// Whether the friend has it from an invite, and so the owner needs not send it.
        is_invited: bool,
    },
    /// The first call was answered.
    Seen {
        /// Who made it.
        friend: String,
        /// What it asked for.
        model: Option<String>,
    },
}

/// Starts the relay again after trouble.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Retry {}

/// Notes that the owner has read what sharing may cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AcceptTerms {}

/// Notes that it is settled how friends reach this machine, or that it is left for later.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SettleReach {}

/// Ends the first run, finished or not.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EndFirstRun {}

/// Shows the pretend provider instead of the owner's data.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct StartDemo {}

/// Goes back to the owner's data.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct LeaveDemo {}

/// Refuses every call for now, or takes them again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PauseSharing {
    /// Whether calls are refused.
    pub paused: bool,
}

/// Puts a text on the clipboard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Copy {
    /// The text.
    pub text: String,
}

/// Opens one of the pages Carpool links to in the browser.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OpenLink {
    /// Which.
    pub link: Link,
}

/// The pages Carpool links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Anthropic's terms for consumers.
    AnthropicTerms,
}

impl Link {
    /// Its address.
    #[must_use]
    pub fn url(self) -> &'static str {
        match self {
            Self::AnthropicTerms => "https://www.anthropic.com/legal/consumer-terms",
        }
    }
}

/// Opens the page on which a vendor says what sharing a subscription means.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenTerms {
    /// The provider's id.
    pub provider: String,
}

/// Quits, after the calls have ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Quit {
    /// Whether calls are cut off.
    pub at_once: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tunnel::{Light, TunnelState};

    fn status(lan_url: Option<&str>, tunnel: Tunnel) -> Status {
        let relay =
            Relay::Up { url: "http://127.0.0.1:1".to_owned(), lan_url: lan_url.map(str::to_owned), trouble: None };
        Status {
            version: "0.1.0".to_owned(),
            mode: Mode::Own,
            relay,
            tunnel,
            sharing_paused: false,
            first_run: None,
            theme: Theme::System,
            language: None,
            shown: Shown::default(),
            has_tray: true,
        }
    }

    fn up(way: Way, url: &str) -> Tunnel {
        Tunnel { way: Some(way), state: TunnelState::Up, public_url: Some(url.to_owned()), light: Light::Green }
    }

    #[test]
    fn friends_are_given_the_address_that_reaches_farthest() {
        let given = |lan_url, tunnel| status(lan_url, tunnel).for_friends().map(|address| (address.url, address.scope));
        let (network, public) = ("http://192.168.1.5:1", "https://carpool.example.com");
        let known = |url: &str, scope| Some((url.to_owned(), scope));

        assert_eq!(given(None, Tunnel::default()), known("http://127.0.0.1:1", Scope::ThisMachine));
        assert_eq!(given(Some(network), Tunnel::default()), known(network, Scope::Network));
        assert_eq!(given(None, up(Way::Local, network)), known(network, Scope::Network));
        assert_eq!(given(Some(network), up(Way::Own, public)), known(public, Scope::Tunnel));
        assert_eq!(Status { relay: Relay::Starting, ..status(None, Tunnel::default()) }.for_friends(), None);
    }
}
