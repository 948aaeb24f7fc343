//! Connections to the providers: pooled, one pool for each proxy, never around a proxy that an account names.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Client, Proxy, redirect};
use secrecy::{ExposeSecret, SecretString};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next call. Providers' front ends close idle ones after a minute or more.
const IDLE_CONNECTION: Duration = Duration::from_secs(55);
/// A dead peer is noticed by this, where no bytes are due for minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// All pools.
#[derive(Debug)]
pub struct Upstream {
    direct: Client,
    proxied: Mutex<HashMap<String, Client>>,
}

/// A proxy address that cannot be used. The call goes nowhere then, least of all direct.
#[derive(Debug, thiserror::Error)]
#[error(
    "the proxy address cannot be used: expected http://, https://, socks5:// or socks5h://[user:password@]host:port"
)]
pub struct ProxyError(#[source] Option<reqwest::Error>);

impl Upstream {
    /// Makes the pool for direct connections.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, reqwest::Error> {
        // Another part of the process may have chosen already; then that choice is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { direct: builder().build()?, proxied: Mutex::default() })
    }

    /// The pool for an account: through its proxy if it has one.
    ///
    /// # Errors
    /// [`ProxyError`] when the address cannot be used.
    pub fn client(&self, proxy: Option<&SecretString>) -> Result<Client, ProxyError> {
        let Some(proxy) = proxy else { return Ok(self.direct.clone()) };
        let mut proxied = self.proxied.lock().expect("no one panics while holding the pools");
        if let Some(client) = proxied.get(proxy.expose_secret()) {
            return Ok(client.clone());
        }
        let client = builder().proxy(parse_proxy(proxy)?).build().map_err(|error| ProxyError(Some(error)))?;
        proxied.insert(proxy.expose_secret().to_owned(), client.clone());
        Ok(client)
    }
}

/// Reads a proxy address.
///
/// # Errors
/// [`ProxyError`] when its scheme is not one of ours or the rest is no address.
pub fn parse_proxy(address: &SecretString) -> Result<Proxy, ProxyError> {
    let address = address.expose_secret();
    let url = url::Url::parse(address).map_err(|_| ProxyError(None))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || !url.has_host() {
        return Err(ProxyError(None));
    }
    Proxy::all(address).map_err(|error| ProxyError(Some(error)))
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .no_proxy()
        // A redirect could carry the credential elsewhere; it is passed on as the answer it is.
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_CONNECTION)
        .tcp_keepalive(KEEPALIVE)
        .tcp_nodelay(true)
        .http2_adaptive_window(true)
}

/// Says in a few words why an exchange failed, without any address: an address may hold a name or a password.
#[must_use]
pub fn cause(error: reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the exchange failed"
    };
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    format!("{what}: {innermost}")
}

/// One [`Upstream`] for everything that talks to providers.
pub type SharedUpstream = Arc<Upstream>;
