//! Connections to the providers: pooled, one pool for each way there, and never another way than the one that is to be
//! taken.

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
    time::Duration,
};

use carpool_core::network::IpPreference;
use http::{Request, Uri, header, uri::Scheme};
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use reqwest::redirect;
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::SecretString;

pub use crate::way::WayError;
use crate::{
    dial::{CONNECT_TIMEOUT, Dial, KEEPALIVE},
    network::{Policy, Route},
    pieces::Sending,
    resolve::Resolver,
    way::{Resolves, Way},
};

/// How long a connection is kept for the next call. Providers' front ends close idle ones after a minute or more.
const IDLE_CONNECTION: Duration = Duration::from_secs(55);
/// How many connections to one provider are kept for the next calls, by each thread that carries calls. More than a few
/// friends ever need: what a burst opened beyond that is closed after it, and the 25 KB that each of them takes are free.
const IDLE_CONNECTIONS: usize = 32;
/// The largest buffer a connection reads into, in bytes: large answers come in pieces of this size, and a connection that
/// once carried one does not keep more than this.
const READ_BUFFER: usize = 64 * 1024;

/// All pools.
#[derive(Debug)]
pub struct Upstream {
    tls: Arc<ClientConfig>,
    local: reqwest::Client,
    ways: Mutex<Ways>,
}

/// The pools that came about, and the policy they came about under.
#[derive(Debug)]
struct Ways {
    policy: Policy,
    /// There are a few at most, so they are looked through.
    pools: Vec<Arc<Pool>>,
}

/// The connections of one way to the providers.
#[derive(Debug)]
struct Pool {
    way: Arc<Way>,
    prefers: IpPreference,
    /// For calls, which pass as they are. Each thread has its own connections, so that an answer comes in on the thread
    /// that carries its call.
    calls: Mutex<HashMap<ThreadId, Arc<Calls>>>,
    /// For what Carpool itself says.
    exchanges: reqwest::Client,
}

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
    /// Makes ready for connections; until a policy is to be followed, accounts without a proxy of their own go straight.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, SetupError> {
        let provider = Arc::new(ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut tls = versions.with_platform_verifier()?.with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tls = Arc::new(tls);
        let local = exchanges(&tls).build()?;
        Ok(Self { tls, local, ways: Mutex::new(Ways { policy: Policy::Straight, pools: Vec::new() }) })
    }

    /// For what is said to a relay on this machine: always straight.
    #[must_use]
    pub fn local(&self) -> reqwest::Client {
        self.local.clone()
    }

    /// For what Carpool itself says to an account's provider at this address.
    ///
    /// # Errors
    /// [`WayError`] when there is no way that may be taken.
    pub fn client(&self, route: &Route, to: &str) -> Result<reqwest::Client, WayError> {
        let to = to.parse().map_err(|_| WayError::Provider)?;
        Ok(self.pool(route, &to)?.exchanges.clone())
    }

    /// For an account's calls from this thread to this address.
    ///
    /// # Errors
    /// [`WayError`] when there is no way that may be taken.
    pub fn calls(&self, route: &Route, to: &Uri) -> Result<Arc<Calls>, WayError> {
        let pool = self.pool(route, to)?;
        let mut calls = pool.calls.lock().expect("no one panics while holding the pools");
        let of_this_thread = calls.entry(thread::current().id());
        Ok(Arc::clone(of_this_thread.or_insert_with(|| Arc::new(Calls::new(&pool.way, pool.prefers, &self.tls)))))
    }

    /// Says whether the name in this address is looked up on this machine, and not by a proxy. Where no way may be taken, there
    /// is nothing to look up.
    pub(crate) fn looks_names_up(&self, route: &Route, to: &Uri) -> bool {
        let ways = self.ways.lock().expect("no one panics while holding the pools");
        let way = route.way_to(to, &ways.policy);
        matches!(way.as_deref(), Ok(Way::Straight | Way::Socks { resolves: Resolves::Here, .. }))
    }

    /// Lets go of all connections that no call is using, so that the next calls make new ones.
    pub fn flush(&self) {
        self.ways.lock().expect("no one panics while holding the pools").pools.clear();
    }

    /// Follows another policy from now on. Connections that came about under the former one are used no more; what is
    /// under way on them comes to its end.
    pub(crate) fn follow(&self, policy: Policy) {
        let mut ways = self.ways.lock().expect("no one panics while holding the pools");
        if ways.policy.is_same(&policy) {
            return;
        }
        if let Some(error) = policy.trouble() {
            tracing::error!(%error, "accounts without a proxy of their own cannot be used");
        }
        *ways = Ways { policy, pools: Vec::new() };
    }

    fn pool(&self, route: &Route, to: &Uri) -> Result<Arc<Pool>, WayError> {
        let mut ways = self.ways.lock().expect("no one panics while holding the pools");
        let way = route.way_to(to, &ways.policy)?;
        if let Some(pool) = ways.pools.iter().find(|pool| pool.prefers == route.prefers && pool.way == way) {
            return Ok(Arc::clone(pool));
        }
        let resolver = Resolver::new(route.prefers, way.proxy_host());
        let mut exchanges = exchanges(&self.tls).dns_resolver(resolver);
        if let Some(proxy) = way.for_exchanges()? {
            exchanges = exchanges.proxy(proxy);
        }
        let exchanges = exchanges.build().map_err(|_| WayError::Address)?;
        let pool = Arc::new(Pool { way, prefers: route.prefers, calls: Mutex::default(), exchanges });
        ways.pools.push(Arc::clone(&pool));
        Ok(pool)
    }
}

/// Says whether a proxy address can be used.
///
/// # Errors
/// [`WayError::Address`] when its scheme is not one of ours or the rest is no address.
pub fn check_proxy(address: &SecretString) -> Result<(), WayError> {
    Way::through(address)?.for_exchanges().map(drop)
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
    fn new(way: &Arc<Way>, prefers: IpPreference, tls: &Arc<ClientConfig>) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http1_max_buf_size(READ_BUFFER)
            .http2_adaptive_window(true)
            .build(Dial::new(way, prefers, tls));
        Self { client, way: Arc::clone(way) }
    }

    /// Sends a call; what it returns waits until the answer begins, and fails when no connection comes about or it breaks
    /// before that.
    pub fn send(&self, mut call: Request<Sending>) -> legacy::ResponseFuture {
        if let Way::Http { credentials: Some(credentials), .. } = &*self.way
            && call.uri().scheme() == Some(&Scheme::HTTP)
        {
            call.headers_mut().insert(header::PROXY_AUTHORIZATION, credentials.clone());
        }
        self.client.request(call)
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

/// Reads an answer to what Carpool itself asked, up to its end or to just more than `limit` bytes: a longer body shows by
/// its length.
///
/// # Errors
/// When the answer breaks off.
pub(crate) async fn read_at_most(answer: &mut reqwest::Response, limit: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() <= limit
        && let Some(chunk) = answer.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
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
