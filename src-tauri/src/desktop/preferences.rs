//! What the owner set in the window, read once from the texts the database keeps.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
};

use carpool_ipc::{
    money::{Currency, Rate, Shown},
    settings::{Language, Reach, SetAddress, Theme},
};
use carpool_relay::store::{
    SqlError, Store,
    plan::{self, Plan},
    settings,
};

use crate::failure::Failure;

/// The port when nobody chose one.
pub(super) const DEFAULT_PORT: u16 = 8787;

const REACH: &str = "reach";
const PORT: &str = "port";
const THEME: &str = "theme";
const LANGUAGE: &str = "language";
const NOTIFICATIONS: &str = "notifications";
const TERMS_ACCEPTED: &str = "terms_accepted";
const REACH_SETTLED: &str = "reach_settled";
const FIRST_RUN_OVER: &str = "first_run_over";

/// What the owner set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Preferences {
    pub(super) address: Address,
    pub(super) theme: Theme,
    pub(super) language: Option<Language>,
    /// The currency that money is shown in: that of statements.
    pub(super) shown: Shown,
    /// Whether the owner is notified; so it is unless it was switched off.
    pub(super) notifications: bool,
    pub(super) has_accepted_terms: bool,
    /// Whether the first run has asked how friends reach this machine.
    pub(super) has_settled_reach: bool,
    pub(super) is_first_run_over: bool,
}

/// Where the relay listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) reach: Reach,
    pub(super) port: u16,
}

impl Default for Address {
    fn default() -> Self {
        Self { reach: Reach::ThisMachine, port: DEFAULT_PORT }
    }
}

impl TryFrom<SetAddress> for Address {
    type Error = Failure;

    fn try_from(SetAddress { reach, port }: SetAddress) -> Result<Self, Failure> {
        if port == 0 {
            return Err(Failure::new("bad_port", "a port is a number from 1 to 65535"));
        }
        Ok(Self { reach, port })
    }
}

impl Address {
    /// What the socket is bound to.
    pub(super) fn socket(self) -> SocketAddr {
        let ip = match self.reach {
            Reach::ThisMachine => Ipv4Addr::LOCALHOST,
            Reach::Network => Ipv4Addr::UNSPECIFIED,
        };
        SocketAddr::from((ip, self.port))
    }
}

/// This machine's address in the network its traffic goes through. Nothing is sent to find it out.
pub(super) fn network_ip() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // A documentation address (RFC 5737): any that is not in a local network does.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

/// Reads what the owner set; a value that is none counts as never set.
pub(super) async fn read(store: &Store) -> Result<Preferences, SqlError> {
    Ok(Preferences::from(&settings::all(store.pool()).await?))
}

impl From<&HashMap<String, String>> for Preferences {
    fn from(texts: &HashMap<String, String>) -> Self {
        let text = |name: &str| texts.get(name).map(String::as_str);
        let reach = if text(REACH) == Some("network") { Reach::Network } else { Reach::ThisMachine };
        let port = text(PORT).and_then(|port| port.parse().ok()).filter(|port| *port > 0);
        let theme = match text(THEME) {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        };
        let language = Language::ALL.iter().copied().find(|language| text(LANGUAGE) == Some(language.tag()));
        Self {
            address: Address { reach, port: port.unwrap_or(DEFAULT_PORT) },
            theme,
            language,
            shown: text(plan::PLAN).and_then(|plan| plan::read(plan).ok()).map(|plan| shown(&plan)).unwrap_or_default(),
            notifications: text(NOTIFICATIONS) != Some("no"),
            has_accepted_terms: text(TERMS_ACCEPTED) == Some("yes"),
            has_settled_reach: text(REACH_SETTLED) == Some("yes"),
            is_first_run_over: text(FIRST_RUN_OVER) == Some("yes"),
        }
    }
}

/// The currency of statements, as the window is told.
pub(super) fn shown(plan: &Plan) -> Shown {
    let currency = Currency { code: plan.currency.code().to_owned(), digits: plan.currency.digits() };
    Shown { currency, rate: Rate(plan.rate.hundred_millionths()) }
}

pub(super) async fn set_address(store: &Store, address: Address) -> Result<(), SqlError> {
    let reach = match address.reach {
        Reach::ThisMachine => "this_machine",
        Reach::Network => "network",
    };
    settings::put(store.pool(), REACH, reach).await?;
    settings::put(store.pool(), PORT, &address.port.to_string()).await
}

pub(super) async fn set_theme(store: &Store, theme: Theme) -> Result<(), SqlError> {
    let text = match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    settings::put(store.pool(), THEME, text).await
}

pub(super) async fn set_language(store: &Store, language: Option<Language>) -> Result<(), SqlError> {
    settings::put(store.pool(), LANGUAGE, language.map_or("system", Language::tag)).await
}

pub(super) async fn set_notifications(store: &Store, on: bool) -> Result<(), SqlError> {
    settings::put(store.pool(), NOTIFICATIONS, if on { "yes" } else { "no" }).await
}

pub(super) async fn accept_terms(store: &Store) -> Result<(), SqlError> {
    settings::put(store.pool(), TERMS_ACCEPTED, "yes").await
}

pub(super) async fn settle_reach(store: &Store) -> Result<(), SqlError> {
    settings::put(store.pool(), REACH_SETTLED, "yes").await
}

pub(super) async fn end_first_run(store: &Store) -> Result<(), SqlError> {
    settings::put(store.pool(), FIRST_RUN_OVER, "yes").await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[(&str, &str)]) -> Preferences {
        let texts = texts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Preferences::from(&texts.collect::<HashMap<_, _>>())
    }

    #[test]
    fn a_new_owner_listens_on_this_machine_only() {
        assert_eq!(read(&[]).address.socket(), SocketAddr::from(([127, 0, 0, 1], 8787)));
    }

    #[test]
    fn a_value_that_is_none_counts_as_never_set() {
        let odd = read(&[
            ("port", "0"),
            ("reach", "everyone"),
            ("theme", "pink"),
            ("language", "tlh"),
            ("notifications", "?"),
            ("statement_plan", "?"),
        ]);

        assert_eq!(odd, read(&[]));
    }

    #[test]
    fn what_was_set_is_read() {
        let set = read(&[
            ("port", "9000"),
            ("reach", "network"),
            ("theme", "dark"),
            ("language", "zh-CN"),
            ("notifications", "no"),
            ("statement_plan", r#"{"currency":"CNY","rate":"7.1","sharing":{"mode":"equal"},"me":null}"#),
        ]);

        assert_eq!(set.address.socket(), SocketAddr::from(([0, 0, 0, 0], 9000)));
        assert_eq!((set.theme, set.language), (Theme::Dark, Some(Language::Chinese)));
        assert_eq!(set.shown.rate_text(), "1 USD = 7.1 CNY");
        assert!(!set.notifications && read(&[]).notifications);
    }
}
