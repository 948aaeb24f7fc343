//! What the panel decides: what a state means, which answers a way can do with, and which address reaches farthest.

use carpool_ipc::{
    invites::Scope,
    status::{Address, Status},
    tunnel::{Field, FieldOffer, Light, StartTunnel, StepVerdict, Tunnel, TunnelState, Way},
};

use crate::components::badge::Tone;

/// Whether a way in is wanted, open or not.
pub(crate) fn is_wanted(tunnel: &Tunnel) -> bool {
    tunnel.state != TunnelState::Off
}

/// What the tunnel's state means for the owner.
pub(crate) fn tone(state: &TunnelState) -> Tone {
    match state {
        TunnelState::Off | TunnelState::Starting => Tone::Neutral,
        TunnelState::Up => Tone::Good,
        TunnelState::Waiting { .. } | TunnelState::Retrying { .. } => Tone::Warn,
        TunnelState::Missing { .. } | TunnelState::Unfit { .. } => Tone::Bad,
    }
}

/// What the traffic light means.
pub(crate) fn tone_of_light(light: Light) -> Tone {
    match light {
        Light::Off => Tone::Neutral,
        Light::Green => Tone::Good,
        Light::Yellow => Tone::Warn,
        Light::Red => Tone::Bad,
    }
}

/// What a step's verdict means.
pub(crate) fn tone_of_step(verdict: StepVerdict) -> Tone {
    match verdict {
        StepVerdict::Ok => Tone::Good,
        StepVerdict::Warn => Tone::Warn,
        StepVerdict::Fail => Tone::Bad,
        StepVerdict::Skipped => Tone::Neutral,
    }
}

/// The address that reaches farthest; while the relay is down, one to be filled in.
pub(crate) fn address(status: &Status) -> Address {
    let unknown = || Address { url: "http://HOST:PORT".to_owned(), scope: Scope::ThisMachine };
    status.for_friends().unwrap_or_else(unknown)
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is empty, and needed.
    Missing,
    /// It is no address.
    Url,
    /// It is no port.
    Port,
}

/// What is wrong with what was typed into a way's field. A token that is kept need not be typed again.
pub(crate) fn wrong(of: &FieldOffer, typed: &str, has_token: bool) -> Option<Wrong> {
    let typed = typed.trim();
    if typed.is_empty() {
        let is_kept = of.field == Field::Token && has_token;
        return (of.is_needed && !is_kept).then_some(Wrong::Missing);
    }
    match of.field {
        Field::Url => (!is_address(typed)).then_some(Wrong::Url),
        Field::RemotePort => (!typed.parse().is_ok_and(|port: u16| port > 0)).then_some(Wrong::Port),
        Field::Server | Field::Header | Field::Token => None,
    }
}

/// Whether it is an address without a path.
fn is_address(typed: &str) -> bool {
    let rest = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://"));
    let host = rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@']))
}

/// What to start; `None`: something typed is wrong.
pub(crate) fn ask(way: Way, typed: &[(FieldOffer, String)], has_token: bool) -> Option<StartTunnel> {
    let is_right = typed.iter().all(|(of, typed)| wrong(of, typed, has_token).is_none());
    let values = typed.iter().filter(|(_, typed)| !typed.trim().is_empty());
    let values = values.map(|(of, typed)| (of.field, typed.trim().to_owned())).collect();
    is_right.then_some(StartTunnel { way, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(field: Field, is_needed: bool) -> FieldOffer {
        FieldOffer { field, is_needed, value: String::new() }
    }

    #[test]
    fn an_address_has_a_scheme_and_no_path() {
        for good in ["https://carpool.example.com", "http://203.0.113.7:8787", " https://a.example/ "] {
            assert_eq!(wrong(&field(Field::Url, true), good, false), None, "{good}");
        }
        for bad in ["carpool.example.com", "https://", "https://a/b", "ftp://a", "https://a?b", "https://me@a"] {
            assert_eq!(wrong(&field(Field::Url, true), bad, false), Some(Wrong::Url), "{bad}");
        }
    }

    #[test]
    fn what_a_way_needs_has_to_be_typed_unless_it_is_kept() {
        assert_eq!(wrong(&field(Field::Token, true), "", false), Some(Wrong::Missing));
        assert_eq!(wrong(&field(Field::Token, true), "", true), None);
        assert_eq!(wrong(&field(Field::Url, true), " ", true), Some(Wrong::Missing));
        assert_eq!(wrong(&field(Field::Token, false), "", false), None);
        assert_eq!(wrong(&field(Field::RemotePort, false), "70000", false), Some(Wrong::Port));
    }

    #[test]
    fn only_what_was_typed_is_sent() {
        let typed = [(Field::Server, " me@example.com "), (Field::RemotePort, "8787"), (Field::Header, "")];
        let typed = typed.map(|(of, typed)| (field(of, of != Field::Header), typed.to_owned()));

        let ask = ask(Way::Ssh, &typed, false).expect("nothing is wrong");

        assert_eq!(ask.values, [(Field::Server, "me@example.com".to_owned()), (Field::RemotePort, "8787".to_owned())]);
        assert!(super::ask(Way::Own, &[(field(Field::Url, true), "nowhere".to_owned())], false).is_none());
    }
}
