//! Names for programs, and words for the owner.

use std::fmt;

use super::{Cause, Light, Step, StepId, Verdict};

impl Light {
    /// Its name for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

impl StepId {
    /// Its name for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Tunnel => "tunnel",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Probe => "probe",
            Self::Stream => "stream",
            Self::Clock => "clock",
        }
    }
}

impl Verdict {
    /// Its name for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

impl Cause {
    /// Its name for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::EarlierStep => "earlier_step",
            Self::NotListening => "not_listening",
            Self::PortSilent => "port_silent",
            Self::NoTunnel => "no_tunnel",
            Self::NoKey => "no_key",
            Self::Starting => "starting",
            Self::Retrying => "retrying",
            Self::ProgramMissing => "program_missing",
            Self::Unfit => "unfit",
            Self::NoAddress => "no_address",
            Self::BadAddress => "bad_address",
            Self::NoName => "no_name",
            Self::ProxyAsks => "proxy_asks",
            Self::NameUnknown => "name_unknown",
            Self::PlainInside => "plain_inside",
            Self::Plain => "plain",
            Self::NoWay => "no_way",
            Self::NoConnection => "no_connection",
            Self::BadCertificate => "bad_certificate",
            Self::TooSlow => "too_slow",
            Self::Broken => "broken",
            Self::SomebodyElse => "somebody_else",
            Self::Buffered => "buffered",
            Self::ClockWrong => "clock_wrong",
            Self::NoOutsideClock => "no_outside_clock",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Fine => "as it should be",
            Self::EarlierStep => "not looked at: an earlier step failed",
            Self::NotListening => "the relay does not listen yet",
            Self::PortSilent => "the relay does not answer on its own port",
            Self::NoTunnel => "no tunnel is wanted",
            Self::NoKey => "the tunnel opens when there is a key that works",
            Self::Starting => "the tunnel is coming up",
            Self::Retrying => "the tunnel's program ended; it is started again",
            Self::ProgramMissing => "the tunnel's program is not installed",
            Self::Unfit => "the tunnel's settings do not do",
            Self::NoAddress => "the tunnel is up and has not told its address",
            Self::BadAddress => "the public address cannot be read",
            Self::NoName => "the public address has no name that would be looked up",
            Self::ProxyAsks => "the proxy looks names up",
            Self::NameUnknown => "the name of the public address is not known",
            Self::PlainInside => "not encrypted, within a private network",
            Self::Plain => "not encrypted: whoever is on the way can read keys and calls",
            Self::NoWay => "no way leads there",
            Self::NoConnection => "nobody takes the connection",
            Self::BadCertificate => "the encrypted connection did not come about",
            Self::TooSlow => "the answer did not come in time",
            Self::Broken => "the answer broke off",
            Self::SomebodyElse => "somebody else answers at the public address",
            Self::Buffered => "answers are held back on the way until they are complete",
            Self::ClockWrong => "this machine's clock is wrong",
            Self::NoOutsideClock => "nobody outside told the time",
        }
    }

    /// What the owner can do about it.
    #[must_use]
    pub const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::NotListening => "start it: carpool serve",
            Self::PortSilent => "restart the relay; look into its log if that does not help",
            Self::NoKey => "create a key, or resume one: carpool key create",
            Self::Retrying => "see what its program says: carpool tunnel status",
            Self::ProgramMissing => "install it, or choose another way: carpool tunnel start --help",
            Self::Unfit => "set it up anew: carpool tunnel start --help",
            Self::NoAddress => "start the tunnel again: carpool tunnel start",
            Self::BadAddress => "set it anew, with https://: carpool tunnel start",
            Self::NameUnknown => {
                "a new name needs a minute to spread; if it stays unknown, start the tunnel again or mend the name's record"
            }
            Self::Plain => "use a way that has https://, e.g. a Cloudflare tunnel or Tailscale Funnel",
            Self::NoWay => "mend the proxy for all accounts: carpool network proxy",
            Self::NoConnection => "look at the tunnel's far end, and whether this machine is online",
            Self::BadCertificate => "renew the certificate at the tunnel's far end, or set this machine's clock",
            Self::TooSlow | Self::Broken => "look at this machine's connection, and start the tunnel again",
            Self::SomebodyElse => "the address leads elsewhere: start the tunnel again, or mend the name's record",
            Self::Buffered => {
                "friends see each answer only at its end; a way that streams is better: carpool tunnel start --help"
            }
            Self::ClockWrong => "let the system set it by the network",
            Self::Fine
            | Self::EarlierStep
            | Self::NoTunnel
            | Self::Starting
            | Self::NoName
            | Self::ProxyAsks
            | Self::PlainInside
            | Self::NoOutsideClock => return None,
        })
    }
}

/// In words: what was seen, and what to do about it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.detail, self.cause) {
            (Some(detail), Cause::Fine) => f.write_str(detail)?,
            (Some(detail), cause) => write!(f, "{} ({detail})", cause.words())?,
            (None, cause) => f.write_str(cause.words())?,
        }
        match self.cause.advice() {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}
