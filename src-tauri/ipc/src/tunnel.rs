//! How friends reach the port: the ways there are, the one in use, and whether it works from outside.

use serde::{Deserialize, Serialize};

/// A way for friends to reach the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The networks this machine is in.
    Local,
    /// A Cloudflare tunnel without an account; its address is another one each time.
    CloudflareQuick,
    /// A Cloudflare tunnel of the owner's, with an address that stays.
    Cloudflare,
    /// Tailscale, for machines in the owner's own tailnet.
    TailscaleServe,
    /// Tailscale, for everybody.
    TailscaleFunnel,
    /// ngrok.
    Ngrok,
    /// bore, to a server that runs it.
    Bore,
    /// SSH, to a server of the owner's.
    Ssh,
    /// Something the owner runs, of which Carpool knows the address only.
    Own,
}

/// What may be asked for a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The server that friends come in through.
    Server,
    /// The port there.
    RemotePort,
    /// The address friends use.
    Url,
    /// A token or password. It never comes back.
    Token,
    /// The header in which the caller's address stands.
    Header,
}

impl Way {
    /// Every way, in the order the owner is shown them.
    pub const ALL: &[Self] = &[
        Self::Local,
        Self::CloudflareQuick,
        Self::Cloudflare,
        Self::TailscaleFunnel,
        Self::TailscaleServe,
        Self::Ngrok,
        Self::Bore,
        Self::Ssh,
        Self::Own,
    ];

    /// Its name for programs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::CloudflareQuick => "cloudflare-quick",
            Self::Cloudflare => "cloudflare",
            Self::TailscaleServe => "tailscale-serve",
            Self::TailscaleFunnel => "tailscale-funnel",
            Self::Ngrok => "ngrok",
            Self::Bore => "bore",
            Self::Ssh => "ssh",
            Self::Own => "own",
        }
    }

    /// Whether the address is another one after each start.
    #[must_use]
    pub fn changes_address(self) -> bool {
        matches!(self, Self::CloudflareQuick)
    }
}

impl Field {
    /// Its name for programs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::RemotePort => "remote-port",
            Self::Url => "url",
            Self::Token => "token",
            Self::Header => "header",
        }
    }
}

/// The tunnel as it is now, and what the traffic light says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// The way in use.
    pub way: Option<Way>,
    /// How it stands.
    pub state: TunnelState,
    /// The address friends use, once it is known.
    pub public_url: Option<String>,
    /// Whether friends reach this machine.
    pub light: Light,
}

/// How the tunnel stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum TunnelState {
    /// None is wanted.
    #[default]
    Off,
    /// It is not opened yet.
    Waiting {
        /// Why.
        why: Shut,
    },
    /// Its program is starting.
    Starting,
    /// Friends can use it.
    Up,
    /// Something is in the way, and it is tried again.
    Retrying {
        /// What.
        why: Hitch,
        /// More about it, e.g. what was heard, in English.
        detail: Option<String>,
        /// When it is tried next.
        at_ms: i64,
    },
    /// Its program is not on this machine.
    Missing {
        /// The program.
        program: String,
    },
    /// What was set for it does not do.
    Unfit {
        /// Why, in English.
        reason: String,
    },
}

/// Why nothing is opened, though the owner wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shut {
    /// Nobody has a key.
    NoKey,
    /// The relay does not listen yet.
    NotListening,
}

/// What is in the way of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is what carpool-core's `tunnel::Trouble` of this name is")]
pub enum Hitch {
    Ended,
    NotStarted,
    Silent,
    TooMany,
    Unreachable,
    Refused,
    NoSecret,
    InUse,
    Outdated,
    HostKey,
    RemotePort,
    SwitchOn,
    NotPermitted,
    SignedOut,
    NoAnswer,
    NoNetwork,
}

/// Whether friends reach this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// No way in is open that could be looked at.
    #[default]
    Off,
    /// They do.
    Green,
    /// They do, but something is not as it should be; or it is not known yet.
    Yellow,
    /// They do not.
    Red,
}

/// Asks for [`Reachability`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetReachability {}

/// Everything that is known of how friends reach this machine, besides the [`Tunnel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reachability {
    /// The ways, in the order of [`Way::ALL`].
    pub ways: Vec<WayOffer>,
    /// What the last look found, in the order it was looked at.
    pub steps: Vec<Step>,
    /// When that was.
    pub checked_ms: Option<i64>,
    /// Friends who still call at an address that is not the one of now.
    pub old_addresses: Vec<OldAddress>,
    /// Where the address is published.
    pub publish: Publish,
}

/// A way, and what is known of it here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayOffer {
    /// The way.
    pub way: Way,
    /// The program it needs, if it needs one.
    pub program: Option<Program>,
    /// What is asked for it.
    pub fields: Vec<FieldOffer>,
    /// Whether a token is kept for it.
    pub has_token: bool,
}

/// Something that is asked for a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOffer {
    /// What.
    pub field: Field,
    /// Whether the way cannot do without.
    pub is_needed: bool,
    /// What was set last. Of a token it is empty.
    pub value: String,
}

/// A program that a way needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// What it is called.
    pub name: String,
    /// Whether it is on this machine.
    pub is_installed: bool,
    /// How to install it here: a command or the page that tells.
    pub install: String,
}

/// A step from this machine to a friend's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which.
    pub kind: StepKind,
    /// How it went.
    pub verdict: StepVerdict,
    /// Why.
    pub cause: Cause,
    /// What was seen, e.g. an address or an error's text, in English.
    pub detail: Option<String>,
}

/// The steps from this machine to a friend's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The relay listens.
    Listener,
    /// The tunnel is up.
    Tunnel,
    /// The address has a name that is found.
    Dns,
    /// It has a certificate that is good.
    Tls,
    /// A call from outside comes here.
    Probe,
    /// An answer comes piece by piece.
    Stream,
    /// The clock is right.
    Clock,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepVerdict {
    /// Well.
    Ok,
    /// Not as it should be.
    Warn,
    /// It keeps friends out.
    Fail,
    /// It could not be looked at.
    Skipped,
}

/// Why a step went as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is what carpool-core's `reach::Cause` of this name is")]
pub enum Cause {
    Fine,
    EarlierStep,
    NotListening,
    PortSilent,
    NoTunnel,
    NoKey,
    Starting,
    Retrying,
    ProgramMissing,
    Unfit,
    NoAddress,
    BadAddress,
    NoName,
    ProxyAsks,
    NameUnknown,
    PlainInside,
    Plain,
    NoWay,
    NoConnection,
    BadCertificate,
    TooSlow,
    Broken,
    SomebodyElse,
    Buffered,
    ClockWrong,
    NoOutsideClock,
}

/// A friend who still calls at an address that is not the one of now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldAddress {
    /// Whose.
    pub friend: String,
    /// Where they call.
    pub address: String,
    /// When they last did.
    pub last_seen_ms: i64,
}

/// Where the address is published, and how that went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publish {
    /// The webhook, without what may be secret in it; `None`: nowhere.
    pub place: Option<String>,
    /// How the last try went; `None`: there was none.
    pub last: Option<Published>,
}

/// How publishing went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Whether the webhook took it.
    pub is_told: bool,
    /// What it answered, or why it did not, in English.
    pub detail: String,
    /// When.
    pub at_ms: i64,
}

/// Opens a way to the port, in the place of the one in use.
#[derive(Clone, Serialize, Deserialize)]
pub struct StartTunnel {
    /// The way.
    pub way: Way,
    /// What was asked for it. An empty token keeps the one that is kept.
    pub values: Vec<(Field, String)>,
}

/// Closes the way to the port.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct StopTunnel {}

/// Looks now whether friends reach this machine, step by step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CheckReach {}

/// Sets where the address is published whenever it is another one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetPublish {
    /// The webhook; empty: nowhere.
    pub url: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ways_name_is_what_crosses() {
        for &way in Way::ALL {
            assert_eq!(serde_json::to_value(way).expect("it can be written"), way.id());
        }
    }
}
