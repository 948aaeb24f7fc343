//! Connections to the providers: pooled, one pool for each proxy, never around a proxy that an account names.

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
    time::Duration,
};

use http::{Request, Response, header, uri::Scheme};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use reqwest::{Proxy, redirect};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    dial::{CONNECT_TIMEOUT, Dial, KEEPALIVE, Way},
    pieces::Sending,
};

/// How long a connection is kept for the next call. Providers' front ends close idle ones after a minute or more.
const IDLE_CONNECTION: Duration = Duration::from_secs(55);
/// The largest buffer a connection reads into, in bytes: large answers come in pieces of this size, and a connection that
/// once carried one does not keep more than this.
const READ_BUFFER: usize = 128 * 1024;

/// All pools.
#[derive(Debug)]
pub struct Upstream {
    tls: Arc<ClientConfig>,
    straight: Arc<Pool>,
    proxied: Mutex<HashMap<String, Arc<Pool>>>,
}

/// The connections of one way to the providers.
#[derive(Debug)]
struct Pool {
    way: Arc<Way>,
    /// For calls, which pass as they are. Each thread has its own connections, so that an answer comes in on the thread
    /// that carries its call.
    calls: Mutex<HashMap<ThreadId, Arc<Calls>>>,
    /// For what Carpool itself says.
    exchanges: reqwest::Client,
}

/// A proxy address that cannot be used. The call goes nowhere then, least of all direct.
#[derive(Debug, thiserror::Error)]
#[error(
    "the proxy address cannot be used: expected http://, https://, socks5:// or socks5h://[user:password@]host:port"
)]
pub struct ProxyError(#[source] Option<reqwest::Error>);

/// Connections cannot be made on this machine.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS, or the certificates that the machine trusts.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The client.
    #[error("the client cannot be set up")]
    Client(#[from] reqwest::Error),
}

impl Upstream {
    /// Makes the pool for direct connections.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, SetupError> {
        let provider = Arc::new(ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut tls = versions.with_platform_verifier()?.with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tls = Arc::new(tls);
        let exchanges = exchanges(&tls).build()?;
        let straight = Arc::new(Pool::new(Way::Straight, exchanges));
        Ok(Self { tls, straight, proxied: Mutex::default() })
    }

    /// For what Carpool itself says to an account's provider: through the account's proxy if it has one.
    ///
    /// # Errors
    /// [`ProxyError`] when the address cannot be used.
    pub fn client(&self, proxy: Option<&SecretString>) -> Result<reqwest::Client, ProxyError> {
        Ok(self.pool(proxy)?.exchanges.clone())
    }

    /// For an account's calls from this thread: through its proxy if it has one.
    ///
    /// # Errors
    /// [`ProxyError`] when the address cannot be used.
    pub fn calls(&self, proxy: Option<&SecretString>) -> Result<Arc<Calls>, ProxyError> {
        let pool = self.pool(proxy)?;
        let mut calls = pool.calls.lock().expect("no one panics while holding the pools");
        let of_this_thread = calls.entry(thread::current().id());
        Ok(Arc::clone(of_this_thread.or_insert_with(|| Arc::new(Calls::new(&pool.way, &self.tls)))))
    }

    /// Lets go of all connections that no call is using, so that the next calls make new ones.
    pub fn flush(&self) {
        self.straight.calls.lock().expect("no one panics while holding the pools").clear();
        self.proxied.lock().expect("no one panics while holding the pools").clear();
    }

    fn pool(&self, proxy: Option<&SecretString>) -> Result<Arc<Pool>, ProxyError> {
        let Some(proxy) = proxy else { return Ok(Arc::clone(&self.straight)) };
        let mut proxied = self.proxied.lock().expect("no one panics while holding the pools");
        if let Some(pool) = proxied.get(proxy.expose_secret()) {
            return Ok(Arc::clone(pool));
        }
        let (way, for_exchanges) = parse_proxy(proxy)?;
        let exchanges = exchanges(&self.tls).proxy(for_exchanges).build().map_err(|error| ProxyError(Some(error)))?;
        let pool = Arc::new(Pool::new(way, exchanges));
        proxied.insert(proxy.expose_secret().to_owned(), Arc::clone(&pool));
        Ok(pool)
    }
}

impl Pool {
    fn new(way: Way, exchanges: reqwest::Client) -> Self {
        Self { way: Arc::new(way), calls: Mutex::default(), exchanges }
    }
}

/// Says whether a proxy address can be used.
///
/// # Errors
/// [`ProxyError`] when its scheme is not one of ours or the rest is no address.
pub fn check_proxy(address: &SecretString) -> Result<(), ProxyError> {
    parse_proxy(address).map(drop)
}

/// Reads a proxy address: for calls, and for exchanges.
fn parse_proxy(address: &SecretString) -> Result<(Way, Proxy), ProxyError> {
    let address = address.expose_secret();
    let url = url::Url::parse(address).map_err(|_| ProxyError(None))?;
    let way = Way::through(&url).ok_or(ProxyError(None))?;
    Ok((way, Proxy::all(address).map_err(|error| ProxyError(Some(error)))?))
}

fn exchanges(tls: &Arc<ClientConfig>) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(ClientConfig::clone(tls))
        .no_proxy()
        // A redirect could carry the credential elsewhere; it is passed on as the answer it is.
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_CONNECTION)
        .tcp_keepalive(KEEPALIVE)
        .tcp_nodelay(true)
        .http2_adaptive_window(true)
}

/// Sends calls as they are: it adds no header but the address and the length, follows nothing and rewrites nothing.
#[derive(Debug)]
pub struct Calls {
    client: legacy::Client<Dial, Sending>,
    way: Arc<Way>,
}

impl Calls {
    fn new(way: &Arc<Way>, tls: &Arc<ClientConfig>) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .http1_max_buf_size(READ_BUFFER)
            .http2_adaptive_window(true)
            .build(Dial::new(way, tls));
        Self { client, way: Arc::clone(way) }
    }

    /// Sends a call and waits until its answer begins.
    ///
    /// # Errors
    /// When no connection comes about or it breaks before that.
    pub async fn send(&self, mut call: Request<Sending>) -> Result<Response<Incoming>, legacy::Error> {
        if let Way::Http { credentials: Some(credentials), .. } = &*self.way
            && call.uri().scheme() == Some(&Scheme::HTTP)
        {
            call.headers_mut().insert(header::PROXY_AUTHORIZATION, credentials.clone());
        }
        self.client.request(call).await
    }
}

/// Says in a few words why a call was not answered.
#[must_use]
pub fn cause_of_silence(error: &legacy::Error) -> String {
    let what = if error.is_connect() { "no connection" } else { "the exchange failed" };
    format!("{what}: {}", innermost(error))
}

/// Says in a few words why an answer broke off.
#[must_use]
pub fn cause_of_break(error: &hyper::Error) -> String {
    format!("the answer broke off: {}", innermost(error))
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
    format!("{what}: {}", innermost(&error.without_url()))
}

fn innermost<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// One [`Upstream`] for everything that talks to providers.
pub type SharedUpstream = Arc<Upstream>;
