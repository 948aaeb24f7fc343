//! The proxies that the system names: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, read as curl does; where none
//! of them is set, what macOS or Windows has in its settings. Read once, when the program starts to follow them.

use std::{env, net::IpAddr, sync::Arc};

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::way::{Way, WayError};

/// The variables that name a proxy, each in both spellings; the first that is there counts.
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
/// The variable that names what is reached without one.
const NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxies that the system names.
#[derive(Debug)]
pub(crate) struct SystemProxies(Matcher);

impl SystemProxies {
    /// Those of this machine.
    ///
    /// # Errors
    /// The name of a variable that cannot be read as a proxy's address.
    pub(crate) fn here() -> Result<Self, WayError> {
        Self::read(|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, WayError> {
        let of = |names: [&str; 2]| names.iter().find_map(|name| variable(name)).unwrap_or_default();
        let (http, https, all) = (of(HTTP), of(HTTPS), of(ALL));
        if http.is_empty() && https.is_empty() && all.is_empty() {
            return Ok(Self(Matcher::from_system()));
        }
        // The library takes what it cannot read for "no proxy", which would be straight.
        for (names, address) in [(HTTP, &http), (HTTPS, &https), (ALL, &all)] {
            let named =
                Matcher::builder().all(address).build().intercept(&Uri::from_static("https://provider.invalid"));
            if !address.is_empty() && named.is_none_or(|named| Way::of_system(&named).is_none()) {
                return Err(WayError::Policy(format!("what {} says is no proxy that can be used", names[0])));
            }
        }
        Ok(Self(Matcher::builder().http(http).https(https).all(all).no(of(NONE)).build()))
    }

    /// The way to an address. To this machine it is always straight.
    ///
    /// # Errors
    /// When the system names a proxy that cannot be used.
    pub(crate) fn way_to(&self, to: &Uri) -> Result<Arc<Way>, WayError> {
        if is_this_machine(to) {
            return Ok(Arc::new(Way::Straight));
        }
        let Some(named) = self.0.intercept(to) else { return Ok(Arc::new(Way::Straight)) };
        let unusable = || WayError::Policy("the system's proxy is of a kind that cannot be used".to_owned());
        Way::of_system(&named).map(Arc::new).ok_or_else(unusable)
    }
}

fn is_this_machine(to: &Uri) -> bool {
    let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<SystemProxies, WayError> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name);
        SystemProxies::read(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    /// The proxy on the way to an address; `-` where there is none.
    fn proxy(variables: &[(&str, &str)], to: &'static str) -> String {
        let way = read(variables).and_then(|proxies| proxies.way_to(&Uri::from_static(to))).expect("a way");
        way.proxy_host().unwrap_or("-").to_owned()
    }

    #[test]
    fn each_scheme_has_its_variable_and_one_stands_for_all() {
        let set = [("HTTPS_PROXY", "http://secure:1"), ("all_proxy", "socks5h://all:1"), ("http_proxy", "plain:1")];

        assert_eq!(proxy(&set, "https://provider.invalid"), "secure");
        assert_eq!(proxy(&set, "http://provider.invalid"), "plain");
        assert_eq!(proxy(&set[1..2], "https://provider.invalid"), "all");
    }

    #[test]
    fn what_needs_no_proxy_and_this_machine_are_reached_straight() {
        let set = [("ALL_PROXY", "http://all:1"), ("NO_PROXY", "inner.invalid, 192.0.2.0/24")];

        for to in [
            "https://inner.invalid",
            "https://api.inner.invalid",
            "http://192.0.2.7",
            "http://localhost:1",
            "http://127.0.0.9",
            "http://[::1]:1",
        ] {
            assert_eq!(proxy(&set, to), "-", "{to}");
        }
        assert_eq!(proxy(&set, "https://notinner.invalid"), "all");
    }

    #[test]
    fn a_variable_that_names_no_usable_proxy_is_an_error_and_not_straight() {
        for value in ["ftp://x:1", "socks4://x:1", "http://", "not a proxy", "http//x:1:2"] {
            let error = read(&[("HTTPS_PROXY", value)]).map(drop).map_err(|error| error.to_string());
            assert!(error.is_err_and(|error| error.contains("HTTPS_PROXY") && !error.contains("x:1")), "{value}");
        }
    }
}
