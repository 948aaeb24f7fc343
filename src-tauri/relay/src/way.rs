//! The way to a provider: straight, or through one proxy and in no other way.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use carpool_core::network::IpPreference;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use percent_encoding::percent_decode_str;
use reqwest::Proxy;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Where a SOCKS proxy listens if its address does not say (RFC 1928, section 3).
const SOCKS_PORT: u16 = 1080;

/// Why there is no way to a provider. The call goes nowhere then, least of all straight.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WayError {
    /// An address that cannot be a proxy's.
    #[error(
        "the proxy address cannot be used: expected http://, https://, socks5:// or socks5h://[user:password@]host:port"
    )]
    Address,
    /// The provider's address cannot be one.
    #[error("the provider's address cannot be used")]
    Provider,
    /// An account's own proxy cannot be read.
    #[error("{0}")]
    OfAccount(String),
    /// The proxy for all accounts cannot be used.
    #[error("the proxy for all accounts cannot be used: {0}")]
    Policy(String),
    /// The provider's address is a literal one which the account may not use.
    #[error("{0} is no {1} address, and this account uses no others")]
    OtherFamily(IpAddr, IpPreference),
}

impl WayError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address | Self::OfAccount(_) | Self::Policy(_) => "bad_proxy",
            Self::Provider => "missing_endpoint",
            Self::OtherFamily(..) => "other_ip_family",
        }
    }
}

/// The way to providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Straight,
    /// An HTTP proxy: asked for the whole address over `http://`, and for a tunnel over `https://`.
    Http {
        proxy: Uri,
        credentials: Option<HeaderValue>,
    },
    Socks {
        proxy: Uri,
        credentials: Option<SocksCredentials>,
        resolves: Resolves,
    },
}

/// Who looks a provider's name up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolves {
    Here,
    AtTheProxy,
}

/// What a SOCKS proxy is told of who asks it (RFC 1929).
#[derive(Clone, Debug)]
pub(crate) struct SocksCredentials {
    pub(crate) user: SecretString,
    pub(crate) password: SecretString,
}

impl PartialEq for SocksCredentials {
    fn eq(&self, other: &Self) -> bool {
        let texts = |one: &Self| (one.user.expose_secret().to_owned(), one.password.expose_secret().to_owned());
        texts(self) == texts(other)
    }
}

impl Eq for SocksCredentials {}

impl Way {
    /// The way through a proxy.
    ///
    /// # Errors
    /// [`WayError::Address`] when its scheme is not one of ours or the rest is no address.
    pub(crate) fn through(address: &SecretString) -> Result<Arc<Self>, WayError> {
        let url = Url::parse(address.expose_secret()).map_err(|_| WayError::Address)?;
        Self::of_url(&url).map(Arc::new).ok_or(WayError::Address)
    }

    fn of_url(url: &Url) -> Option<Self> {
        let decode = |text| percent_decode_str(text).decode_utf8().ok().map(|text| SecretString::from(&*text));
        let (user, password) = (decode(url.username())?, decode(url.password().unwrap_or_default())?);
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let at = (url.host_str()?, url.port_or_known_default());
        if !matches!(url.scheme(), "http" | "https") {
            let credentials = has_credentials.then_some(SocksCredentials { user, password });
            return Self::socks(url.scheme(), at, credentials);
        }
        let encoded = BASE64_STANDARD.encode(format!("{}:{}", user.expose_secret(), password.expose_secret()));
        let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
        value.set_sensitive(true);
        let proxy = format!("{}://{}:{}", url.scheme(), at.0, at.1?).parse().ok()?;
        Some(Self::Http { proxy, credentials: has_credentials.then_some(value) })
    }

    /// The way through a proxy that the system names; `None` where it is of a kind that cannot be used.
    pub(crate) fn of_system(named: &Intercept) -> Option<Self> {
        let uri = named.uri();
        match uri.scheme_str()? {
            "http" | "https" => Some(Self::Http { proxy: uri.clone(), credentials: named.basic_auth().cloned() }),
            scheme => {
                let credentials = named
                    .raw_auth()
                    .map(|(user, password)| SocksCredentials { user: user.into(), password: password.into() });
                Self::socks(scheme, (uri.host()?, uri.port_u16()), credentials)
            }
        }
    }

    fn socks(scheme: &str, (host, port): (&str, Option<u16>), credentials: Option<SocksCredentials>) -> Option<Self> {
        let resolves = match scheme {
            "socks5" => Resolves::Here,
            "socks5h" => Resolves::AtTheProxy,
            _ => return None,
        };
        let proxy = format!("http://{host}:{}", port.unwrap_or(SOCKS_PORT)).parse().ok()?;
        Some(Self::Socks { proxy, credentials, resolves })
    }

    /// The proxy's name or address, if there is one on the way.
    pub(crate) fn proxy_host(&self) -> Option<&str> {
        match self {
            Self::Straight => None,
            Self::Http { proxy, .. } | Self::Socks { proxy, .. } => proxy.host(),
        }
    }

    /// The proxy as the library for Carpool's own exchanges wants it.
    ///
    /// # Errors
    /// [`WayError::Address`] where it cannot use it.
    pub(crate) fn for_exchanges(&self) -> Result<Option<Proxy>, WayError> {
        let proxy = match self {
            Self::Straight => return Ok(None),
            Self::Http { proxy, credentials } => {
                let all = proxy_for_all(&proxy.to_string())?;
                credentials.iter().fold(all, |all, credentials| all.custom_http_auth(credentials.clone()))
            }
            Self::Socks { proxy, credentials, resolves } => {
                let scheme = match resolves {
                    Resolves::Here => "socks5",
                    Resolves::AtTheProxy => "socks5h",
                };
                let authority = proxy.authority().ok_or(WayError::Address)?;
                let mut url = Url::parse(&format!("{scheme}://{authority}")).map_err(|_| WayError::Address)?;
                if let Some(SocksCredentials { user, password }) = credentials {
                    url.set_username(user.expose_secret()).map_err(|()| WayError::Address)?;
                    url.set_password(Some(password.expose_secret())).map_err(|()| WayError::Address)?;
                }
                proxy_for_all(url.as_str())?
            }
        };
        Ok(Some(proxy))
    }
}

/// A proxy for every address. The library would go straight if it could not read this one, so it is asked first.
fn proxy_for_all(address: &str) -> Result<Proxy, WayError> {
    let far_away = Uri::from_static("https://provider.invalid");
    Matcher::builder().all(address).build().intercept(&far_away).ok_or(WayError::Address)?;
    Proxy::all(address).map_err(|_| WayError::Address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(address: &str) -> Option<Way> {
        Way::through(&address.into()).ok().map(|way| Way::clone(&way))
    }

    /// The way through the same proxy, where the system names it.
    fn way_of_system(address: &str) -> Option<Way> {
        let matcher = Matcher::builder().all(address).build();
        Way::of_system(&matcher.intercept(&Uri::from_static("https://provider.invalid"))?)
    }

    #[test]
    fn a_proxy_is_the_same_whether_the_owner_or_the_system_names_it() {
        for address in [
            "socks5://127.0.0.1:9",
            "socks5h://us%40er:pa%3Ass@proxy.invalid",
            "socks5://user@[::1]:1080",
            "socks4://127.0.0.1:9",
        ] {
            assert_eq!(way(address), way_of_system(address), "{address}");
        }
        let (own, named) = (way("http://us%40er:pa%3Ass@h:1"), way_of_system("http://us%40er:pa%3Ass@h:1"));
        let credentials = |way| match way {
            Some(Way::Http { credentials, .. }) => credentials,
            _ => None,
        };
        assert!(own.is_some() && credentials(own) == credentials(named));
    }

    #[test]
    fn every_proxy_that_serves_calls_serves_exchanges() {
        for address in [
            "http://127.0.0.1:9",
            "https://user:p!$&'()*+,;=%25@proxy.invalid",
            "socks5://us%40er:pa%3Ass@[::1]:9",
            "socks5h://proxy.invalid",
        ] {
            assert!(
                way(address).is_some_and(|way| way.for_exchanges().is_ok_and(|proxy| proxy.is_some())),
                "{address}"
            );
        }
    }
}
