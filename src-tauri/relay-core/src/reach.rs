//! Whether friends reach the port through the tunnel, step by step from here to the far end and back. What each step saw
//! comes in as plain values; here it becomes a verdict, and the verdicts a light.

mod authority;
mod canary;
mod publish;
mod verdicts;
mod words;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::{
    authority::{authority, authority_of_url},
    canary::Canary,
    publish::{GIVE_UP_AFTER, Outcome, Then, then},
    verdicts::{
        Answered, MAX_CLOCK_DIFFERENCE, Piece, STREAM_PIECES, STREAM_SPACING, Seen, TunnelSeen, TunnelState, Unreached,
        clock, dns, is_inside, listener, probe, stream, tls, tunnel,
    },
};

/// How friends are doing, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// No tunnel is wanted.
    #[default]
    Off,
    /// Friends reach the port.
    Green,
    /// They do, but something is not as it should be; or it is only just coming up.
    Yellow,
    /// They do not.
    Red,
}

/// What is looked at, in the order in which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepId {
    /// The relay's own port on this machine.
    Listener,
    /// The tunnel's program.
    Tunnel,
    /// The name of the public address.
    Dns,
    /// The connection to it and its certificate.
    Tls,
    /// From outside through the public address back to this relay.
    Probe,
    /// Whether answers come piece by piece on that way.
    Stream,
    /// This machine's clock, against that of somebody outside.
    Clock,
}

/// How a step turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Friends are served, but not as well as they could be.
    Warn,
    /// Friends are not served.
    Fail,
    /// It was not looked at: an earlier step failed, or there is nothing to look at.
    Skipped,
}

/// Why a step turned out as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// All is well.
    Fine,
    /// An earlier step failed.
    EarlierStep,
    /// The relay does not listen yet.
    NotListening,
    /// The port on this machine does not answer, or another program does.
    PortSilent,
    /// No tunnel is wanted.
    NoTunnel,
    /// The tunnel opens when there is a key that works.
    NoKey,
    /// The tunnel is coming up.
    Starting,
    /// Its program ended or failed, and is started again.
    Retrying,
    /// Its program is not installed.
    ProgramMissing,
    /// Its settings do not do.
    Unfit,
    /// It is up and has not told its address.
    NoAddress,
    /// The public address is none.
    BadAddress,
    /// The public address is a number, so there is no name to look up.
    NoName,
    /// A proxy looks names up.
    ProxyAsks,
    /// The name is not known.
    NameUnknown,
    /// Not encrypted, within a private network.
    PlainInside,
    /// Not encrypted, over the internet.
    Plain,
    /// No way leads there, e.g. because the proxy for all accounts cannot be used.
    NoWay,
    /// Nobody takes the connection.
    NoConnection,
    /// The certificate, or what else belongs to TLS, is not good.
    BadCertificate,
    /// The answer did not come in time.
    TooSlow,
    /// The answer broke off.
    Broken,
    /// Somebody else answers at the public address.
    SomebodyElse,
    /// Answers are held back until they are complete.
    Buffered,
    /// The clock is wrong.
    ClockWrong,
    /// Nobody outside told the time.
    NoOutsideClock,
}

/// A step that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which.
    pub id: StepId,
    /// How it turned out.
    pub verdict: Verdict,
    /// Why.
    pub cause: Cause,
    /// What was seen, e.g. an address, a time or an error's text; in English where it is words.
    pub detail: Option<String>,
}

/// All steps, in order.
pub const STEPS: [StepId; 7] =
    [StepId::Listener, StepId::Tunnel, StepId::Dns, StepId::Tls, StepId::Probe, StepId::Stream, StepId::Clock];

/// How often it is looked while friends are served: also where not all is well, because that lasts.
const WHEN_SERVED: Duration = Duration::from_secs(60);
/// How often while they are not, so that the light turns soon after they are.
const WHEN_NOT: Duration = Duration::from_secs(10);

/// How long after these steps to look again; `None` while no tunnel is wanted.
#[must_use]
pub fn look_again_after(steps: &[Step]) -> Option<Duration> {
    let is_served = steps.iter().any(|step| step.id == StepId::Probe && step.verdict == Verdict::Ok);
    match light(steps) {
        Light::Off => None,
        Light::Green | Light::Yellow | Light::Red if is_served => Some(WHEN_SERVED),
        Light::Green | Light::Yellow | Light::Red => Some(WHEN_NOT),
    }
}

/// The light for what the steps say.
#[must_use]
pub fn light(steps: &[Step]) -> Light {
    let is = |verdict| steps.iter().any(|step| step.verdict == verdict);
    if steps.is_empty() || steps.iter().any(|step| step.cause == Cause::NoTunnel) {
        Light::Off
    } else if is(Verdict::Fail) {
        Light::Red
    } else if is(Verdict::Warn) {
        Light::Yellow
    } else {
        Light::Green
    }
}
