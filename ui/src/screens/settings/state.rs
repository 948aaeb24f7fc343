//! What the settings screen decides: which ports can be one, what is said when listening fails, which licences are found.

use carpool_ipc::{
    Failure,
    settings::{Language, Reach, SetAddress, Settings},
    texts,
};
use serde::Deserialize;

/// The port in a field; `None`: it is none.
pub(super) fn port(typed: &str) -> Option<u16> {
    typed.trim().parse().ok().filter(|&port| port > 0)
}

/// What to apply; `None`: the port is none, or nothing differs from what holds.
pub(super) fn change(settings: &Settings, reach: Reach, typed: &str) -> Option<SetAddress> {
    let port = port(typed)?;
    ((reach, port) != (settings.reach, settings.port)).then_some(SetAddress { reach, port })
}

/// Why it cannot listen there. Who holds the port is in the host's own sentence only.
pub(super) fn address_error(language: Language, failure: &Failure) -> String {
    let said = texts::failure(language, failure);
    let is_all = said.eq_ignore_ascii_case(&failure.message) || failure.message.is_empty();
    if is_all { said } else { format!("{said} ({})", failure.message) }
}

/// What is wrong with a currency and its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrongCurrency {
    /// Not three letters.
    Code,
    /// Not a number above zero.
    Rate,
    /// Not one, of the dollar.
    RateOfDollar,
}

/// What is wrong with a currency and its rate, as they are typed.
pub(super) fn wrong_currency(code: &str, rate: &str) -> Option<WrongCurrency> {
    let (code, rate) = (code.trim(), rate.trim());
    let (whole, decimals) = rate.split_once('.').unwrap_or((rate, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = (1..=8).contains(&whole.len()) && decimals.len() <= 8 && are_digits(whole) && are_digits(decimals);
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Some(WrongCurrency::Code);
    }
    if !is_number || rate.bytes().all(|byte| byte == b'0' || byte == b'.') {
        return Some(WrongCurrency::Rate);
    }
    let is_one = whole.trim_start_matches('0') == "1" && decimals.bytes().all(|byte| byte == b'0');
    (code.eq_ignore_ascii_case("USD") && !is_one).then_some(WrongCurrency::RateOfDollar)
}

/// Somebody else's package that Carpool is built of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
}

/// The packages whose name or licence has this in it.
pub(super) fn found<'a>(packages: &'a [Package], query: &str) -> Vec<&'a Package> {
    let query = query.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&query);
    packages.iter().filter(|package| has(&package.name) || package.license.as_deref().is_some_and(has)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::settings::Theme;

    fn settings() -> Settings {
        Settings {
            reach: Reach::ThisMachine,
            port: 8787,
            data_dir: "/data".to_owned(),
            vault: "keychain".to_owned(),
            theme: Theme::System,
            language: None,
            start_at_login: false,
            notifications: true,
            version: "0.1.0".to_owned(),
        }
    }

    #[test]
    fn a_port_is_a_whole_number_from_1_to_65535() {
        assert_eq!([" 8787 ", "1", "65535"].map(port), [Some(8787), Some(1), Some(65_535)]);
        assert_eq!(["", "0", "65536", "-1", "80a", "8.5"].map(port), [None; 6]);
    }

    #[test]
    fn only_what_differs_is_applied() {
        let applies = |reach, typed| change(&settings(), reach, typed).map(|it| (it.reach, it.port));

        assert_eq!(applies(Reach::ThisMachine, "8787"), None);
        assert_eq!(applies(Reach::ThisMachine, "99999"), None);
        assert_eq!(applies(Reach::ThisMachine, "8788"), Some((Reach::ThisMachine, 8788)));
        assert_eq!(applies(Reach::Network, "8787"), Some((Reach::Network, 8787)));
    }

    #[test]
    fn a_currency_is_three_letters_and_its_rate_a_number_above_zero() {
        for (code, rate, expected) in [
            ("CNY", "7.10", None),
            (" eur ", " 0.92 ", None),
            ("USD", "1", None),
            ("USD", "1.00", None),
            ("USD", "2", Some(WrongCurrency::RateOfDollar)),
            ("yuan", "7.1", Some(WrongCurrency::Code)),
            ("", "7.1", Some(WrongCurrency::Code)),
            ("CNY", "0.00", Some(WrongCurrency::Rate)),
            ("CNY", "7,1", Some(WrongCurrency::Rate)),
            ("CNY", "-7", Some(WrongCurrency::Rate)),
            ("CNY", "", Some(WrongCurrency::Rate)),
        ] {
            assert_eq!(wrong_currency(code, rate), expected, "{code} {rate}");
        }
    }

    #[test]
    fn who_holds_the_port_is_said_in_every_language() {
        let taken = Failure { code: "port_taken".to_owned(), message: "port 8787 is held by nginx (pid 7)".to_owned() };

        assert_eq!(address_error(Language::English, &taken), "Port 8787 is held by nginx (pid 7)");
        assert!(address_error(Language::Chinese, &taken).ends_with("(port 8787 is held by nginx (pid 7))"));
    }

    #[test]
    fn a_package_is_found_by_name_and_by_licence() {
        let package = |name: &str, license: Option<&str>| Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
        };
        let packages = [package("serde", Some("MIT OR Apache-2.0")), package("ring", None)];
        let names = |query| found(&packages, query).into_iter().map(|it| it.name.clone()).collect::<Vec<_>>();

        assert_eq!(names(""), ["serde", "ring"]);
        assert_eq!(names("apache"), ["serde"]);
        assert_eq!(names("RIN"), ["ring"]);
    }
}
