//! What each step's finding means.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::{Host, Url};

use super::{Cause, Step, StepId, Verdict, authority::is_private};

/// How far this machine's clock may be off before it is said. Sign-ins and certificates bear more; resets and expiries that
/// are told by the clock are still right to the minute.
pub const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(120);
/// How many pieces the probe of a stream has, and the pause between two: long enough to tell from a slow network, short
/// enough to be waited for.
pub const STREAM_PIECES: usize = 5;
/// See [`STREAM_PIECES`].
pub const STREAM_SPACING: Duration = Duration::from_millis(200);

/// How the tunnel stands, as whoever runs it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TunnelSeen {
    /// How it stands.
    pub state: TunnelState,
    /// The address that friends use, if it is known.
    pub url: Option<String>,
}

/// How a tunnel stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TunnelState {
    /// None is wanted.
    #[default]
    Off,
    /// It opens when there is a key that works.
    NoKey,
    /// It is coming up.
    Starting,
    /// It is up.
    Up,
    /// Its program ended or failed, for this reason, and is started again.
    Retrying(String),
    /// This program is not installed.
    Missing(String),
    /// The owner's settings do not do, for this reason.
    Unfit(String),
}

/// An answer that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its HTTP status.
    pub status: u16,
    /// Whether it is this relay's: it holds what only this relay knows.
    pub is_ours: bool,
    /// The time its `Date` tells, unless that was written here.
    pub date: Option<Timestamp>,
    /// How long it took.
    pub took: Duration,
}

/// Why no answer came, each with the error's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// No way may be taken there.
    Way(String),
    /// No connection came about.
    Connection(String),
    /// TLS failed, most likely over the certificate.
    Tls(String),
    /// It did not come in time.
    Late(String),
    /// It broke off.
    Broken(String),
}

/// What a look at a name found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// These addresses.
    Addresses(Vec<core::net::IpAddr>),
    /// It was not looked up here, because a proxy does that.
    AtTheProxy,
    /// It is not known, with the error's text.
    Unknown(String),
}

/// A piece of the probe of a stream: when it came, since the answer began.
pub type Piece = Duration;

/// The relay's own port; `None` when it does not listen.
#[must_use]
pub fn listener(answered: Option<Result<Answered, Unreached>>) -> Step {
    let step = |verdict, cause, detail| Step { id: StepId::Listener, verdict, cause, detail };
    match answered {
        None => step(Verdict::Fail, Cause::NotListening, None),
        Some(Ok(answered)) if answered.is_ours => step(Verdict::Ok, Cause::Fine, None),
        Some(Ok(answered)) => step(Verdict::Fail, Cause::PortSilent, Some(format!("HTTP {}", answered.status))),
        Some(Err(why)) => step(Verdict::Fail, Cause::PortSilent, Some(why.text())),
    }
}

/// The tunnel's program.
#[must_use]
pub fn tunnel(seen: &TunnelSeen) -> Step {
    let (verdict, cause, detail) = match (&seen.state, &seen.url) {
        (TunnelState::Off, _) => (Verdict::Skipped, Cause::NoTunnel, None),
        (TunnelState::NoKey, _) => (Verdict::Warn, Cause::NoKey, None),
        (TunnelState::Starting, _) => (Verdict::Warn, Cause::Starting, None),
        (TunnelState::Up, Some(url)) => (Verdict::Ok, Cause::Fine, Some(url.clone())),
        (TunnelState::Up, None) => (Verdict::Fail, Cause::NoAddress, None),
        (TunnelState::Retrying(why), _) => (Verdict::Fail, Cause::Retrying, Some(why.clone())),
        (TunnelState::Unfit(why), _) => (Verdict::Fail, Cause::Unfit, Some(why.clone())),
        (TunnelState::Missing(program), _) => (Verdict::Fail, Cause::ProgramMissing, Some(program.clone())),
    };
    Step { id: StepId::Tunnel, verdict, cause, detail }
}

/// The public address's name; `None` when it is a number.
#[must_use]
pub fn dns(seen: Option<&Seen>) -> Step {
    let (verdict, cause, detail) = match seen {
        None => (Verdict::Skipped, Cause::NoName, None),
        Some(Seen::AtTheProxy) => (Verdict::Skipped, Cause::ProxyAsks, None),
        Some(Seen::Addresses(addresses)) => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            (Verdict::Ok, Cause::Fine, Some(addresses.join(", ")))
        }
        Some(Seen::Unknown(why)) => (Verdict::Fail, Cause::NameUnknown, Some(why.clone())),
    };
    Step { id: StepId::Dns, verdict, cause, detail }
}

/// The connection to the public address, from what became of the probe.
#[must_use]
pub fn tls(url: &Url, probed: &Result<Answered, Unreached>) -> Step {
    let (verdict, cause, detail) = match probed {
        Err(Unreached::Way(why)) => (Verdict::Fail, Cause::NoWay, Some(why.clone())),
        Err(Unreached::Connection(why)) => (Verdict::Fail, Cause::NoConnection, Some(why.clone())),
        Err(Unreached::Tls(why)) => (Verdict::Fail, Cause::BadCertificate, Some(why.clone())),
        Ok(_) | Err(Unreached::Late(_) | Unreached::Broken(_)) if url.scheme() == "https" => {
            (Verdict::Ok, Cause::Fine, None)
        }
        Ok(_) | Err(Unreached::Late(_) | Unreached::Broken(_)) if is_inside(url) => {
            (Verdict::Ok, Cause::PlainInside, None)
        }
        Ok(_) | Err(Unreached::Late(_) | Unreached::Broken(_)) => (Verdict::Warn, Cause::Plain, None),
    };
    Step { id: StepId::Tls, verdict, cause, detail }
}

/// From outside through the public address back to this relay.
#[must_use]
pub fn probe(probed: &Result<Answered, Unreached>) -> Step {
    let (verdict, cause, detail) = match probed {
        Ok(answered) if answered.is_ours => {
            (Verdict::Ok, Cause::Fine, Some(format!("{} ms", answered.took.as_millis())))
        }
        Ok(answered) => (Verdict::Fail, Cause::SomebodyElse, Some(format!("HTTP {}", answered.status))),
        Err(Unreached::Late(why)) => (Verdict::Fail, Cause::TooSlow, Some(why.clone())),
        Err(Unreached::Broken(why)) => (Verdict::Fail, Cause::Broken, Some(why.clone())),
        Err(_) => (Verdict::Skipped, Cause::EarlierStep, None),
    };
    Step { id: StepId::Probe, verdict, cause, detail }
}

/// Whether pieces that were sent [`STREAM_SPACING`] apart came apart.
#[must_use]
pub fn stream(pieces: &Result<Vec<Piece>, Unreached>) -> Step {
    let (verdict, cause, detail) = match pieces {
        Ok(pieces) if pieces.len() == STREAM_PIECES => {
            let spread = pieces[STREAM_PIECES - 1].saturating_sub(pieces[0]);
            let sent = STREAM_SPACING * (STREAM_PIECES as u32 - 1);
            let detail = Some(format!("{} pieces over {} ms", pieces.len(), spread.as_millis()));
            // A network may glue two pieces together; that most of them come at once is no accident.
            if spread * 2 >= sent {
                (Verdict::Ok, Cause::Fine, detail)
            } else {
                (Verdict::Warn, Cause::Buffered, detail)
            }
        }
        Ok(pieces) => (Verdict::Fail, Cause::Broken, Some(format!("{} of {STREAM_PIECES} pieces", pieces.len()))),
        Err(why @ Unreached::Late(_)) => (Verdict::Fail, Cause::TooSlow, Some(why.text())),
        Err(why) => (Verdict::Fail, Cause::Broken, Some(why.text())),
    };
    Step { id: StepId::Stream, verdict, cause, detail }
}

/// This machine's clock against that of somebody outside; `took` is how long that one's answer was under way.
#[must_use]
pub fn clock(outside: Option<Timestamp>, now: Timestamp, took: Duration) -> Step {
    let step = |verdict, cause, detail| Step { id: StepId::Clock, verdict, cause, detail };
    let Some(outside) = outside else { return step(Verdict::Skipped, Cause::NoOutsideClock, None) };
    let ahead = now.duration_since(outside);
    let detail = Some(format!("{} s {}", ahead.abs().as_secs(), if ahead.is_negative() { "behind" } else { "ahead" }));
    let bearable = SignedDuration::try_from(MAX_CLOCK_DIFFERENCE + took).unwrap_or(SignedDuration::MAX);
    if ahead.abs() > bearable {
        step(Verdict::Warn, Cause::ClockWrong, detail)
    } else {
        step(Verdict::Ok, Cause::Fine, detail)
    }
}

impl Unreached {
    /// The error's text.
    #[must_use]
    pub fn text(&self) -> String {
        let (Self::Way(why) | Self::Connection(why) | Self::Tls(why) | Self::Late(why) | Self::Broken(why)) = self;
        why.clone()
    }
}

/// Says whether an address is on this machine or within a private network: what is not encrypted stays among those who are in
/// it, and no proxy is on the way.
#[must_use]
pub fn is_inside(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests;
