//! The relay's words for how friends reach it, as the window has them.

use carpool_core::{
    reach,
    tunnel::{self, supervisor},
};
use carpool_ipc::tunnel::{Cause, Hitch, Light, Shut, StepKind, StepVerdict, Tunnel, TunnelState};
use carpool_relay::House;

use super::tunnel::shown_way;

/// The tunnel as it is now, and what the traffic light says.
pub(in super::super) fn shown_tunnel(house: &House) -> Tunnel {
    let status = house.tunnel().status();
    let state = state(status.state);
    let light = if state == TunnelState::Off { Light::Off } else { light(house.reach().light) };
    Tunnel { way: status.way.and_then(shown_way), state, public_url: status.public_url, light }
}

fn state(state: supervisor::State) -> TunnelState {
    match state {
        supervisor::State::Off => TunnelState::Off,
        supervisor::State::Waiting { why: tunnel::Shut::NoKey } => TunnelState::Waiting { why: Shut::NoKey },
        supervisor::State::Waiting { why: tunnel::Shut::NotListening } => {
            TunnelState::Waiting { why: Shut::NotListening }
        }
        supervisor::State::Starting => TunnelState::Starting,
        supervisor::State::Up => TunnelState::Up,
        supervisor::State::Retrying { why, at } => {
            let (why, detail) = hitch(why);
            TunnelState::Retrying { why, detail, at_ms: at.as_millisecond() }
        }
        supervisor::State::Missing { program } => TunnelState::Missing { program: program.to_owned() },
        supervisor::State::Unfit { why } => TunnelState::Unfit { reason: why },
    }
}

fn hitch(trouble: tunnel::Trouble) -> (Hitch, Option<String>) {
    use tunnel::Trouble;
    match trouble {
        Trouble::Ended(detail) => (Hitch::Ended, Some(detail)),
        Trouble::NotStarted(detail) => (Hitch::NotStarted, Some(detail)),
        Trouble::Silent => (Hitch::Silent, None),
        Trouble::TooMany => (Hitch::TooMany, None),
        Trouble::Unreachable => (Hitch::Unreachable, None),
        Trouble::Refused => (Hitch::Refused, None),
        Trouble::NoSecret => (Hitch::NoSecret, None),
        Trouble::InUse => (Hitch::InUse, None),
        Trouble::Outdated => (Hitch::Outdated, None),
        Trouble::HostKey => (Hitch::HostKey, None),
        Trouble::RemotePort => (Hitch::RemotePort, None),
        Trouble::SwitchOn(detail) => (Hitch::SwitchOn, Some(detail)),
        Trouble::NotPermitted => (Hitch::NotPermitted, None),
        Trouble::SignedOut => (Hitch::SignedOut, None),
        Trouble::NoAnswer(detail) => (Hitch::NoAnswer, Some(detail)),
        Trouble::NoNetwork => (Hitch::NoNetwork, None),
    }
}

fn light(light: reach::Light) -> Light {
    match light {
        reach::Light::Off => Light::Off,
        reach::Light::Green => Light::Green,
        reach::Light::Yellow => Light::Yellow,
        reach::Light::Red => Light::Red,
    }
}

pub(super) fn kind(id: reach::StepId) -> StepKind {
    match id {
        reach::StepId::Listener => StepKind::Listener,
        reach::StepId::Tunnel => StepKind::Tunnel,
        reach::StepId::Dns => StepKind::Dns,
        reach::StepId::Tls => StepKind::Tls,
        reach::StepId::Probe => StepKind::Probe,
        reach::StepId::Stream => StepKind::Stream,
        reach::StepId::Clock => StepKind::Clock,
    }
}

pub(super) fn verdict(verdict: reach::Verdict) -> StepVerdict {
    match verdict {
        reach::Verdict::Ok => StepVerdict::Ok,
        reach::Verdict::Warn => StepVerdict::Warn,
        reach::Verdict::Fail => StepVerdict::Fail,
        reach::Verdict::Skipped => StepVerdict::Skipped,
    }
}

pub(super) fn cause(cause: reach::Cause) -> Cause {
    match cause {
        reach::Cause::Fine => Cause::Fine,
        reach::Cause::EarlierStep => Cause::EarlierStep,
        reach::Cause::NotListening => Cause::NotListening,
        reach::Cause::PortSilent => Cause::PortSilent,
        reach::Cause::NoTunnel => Cause::NoTunnel,
        reach::Cause::NoKey => Cause::NoKey,
        reach::Cause::Starting => Cause::Starting,
        reach::Cause::Retrying => Cause::Retrying,
        reach::Cause::ProgramMissing => Cause::ProgramMissing,
        reach::Cause::Unfit => Cause::Unfit,
        reach::Cause::NoAddress => Cause::NoAddress,
        reach::Cause::BadAddress => Cause::BadAddress,
        reach::Cause::NoName => Cause::NoName,
        reach::Cause::ProxyAsks => Cause::ProxyAsks,
        reach::Cause::NameUnknown => Cause::NameUnknown,
        reach::Cause::PlainInside => Cause::PlainInside,
        reach::Cause::Plain => Cause::Plain,
        reach::Cause::NoWay => Cause::NoWay,
        reach::Cause::NoConnection => Cause::NoConnection,
        reach::Cause::BadCertificate => Cause::BadCertificate,
        reach::Cause::TooSlow => Cause::TooSlow,
        reach::Cause::Broken => Cause::Broken,
        reach::Cause::SomebodyElse => Cause::SomebodyElse,
        reach::Cause::Buffered => Cause::Buffered,
        reach::Cause::ClockWrong => Cause::ClockWrong,
        reach::Cause::NoOutsideClock => Cause::NoOutsideClock,
    }
}
