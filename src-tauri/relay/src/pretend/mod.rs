//! The pretend provider: a small Anthropic on this machine's loopback, for `carpool demo` and for tests.
//!
//! It speaks Messages (streamed or not), counts tokens, lists models and signs owners in. What it says is plausible and
//! what it tells about usage can be computed from the request. It behaves as well or as badly as it is told, by a test
//! or by the name of the model that is asked for. Paths of other providers it answers only as it is told to. It asks
//! nobody and never leaves this machine.

mod allowance;
mod behaviour;
mod coding;
mod delivery;
mod record;
mod routes;
mod sign_in;
mod text;

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use carpool_core::endpoints::Endpoints;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

pub use self::{
    allowance::Allowance,
    behaviour::{
        Behaviour, Delivery, Framing, Gate, Place, Refused, Reply, Step, TROUBLE_MODELS, Trouble, TroubleModel, Wait,
    },
    coding::Coding,
    record::{Recorded, Totals},
    sign_in::EMAIL,
    text::{counted_tokens, usage_for},
};
use self::{record::Requests, sign_in::SignIns};

/// What the usage endpoint tells unless it is told something else.
const USAGE: &str =
    r#"{"five_hour":{"utilization":12.0,"resets_at":null},"seven_day":{"utilization":34.0,"resets_at":null}}"#;
/// How long access tokens live, as the real ones do.
const ACCESS_LIFETIME: Duration = Duration::from_secs(8 * 3600);

/// A pretend provider that runs until it is dropped.
#[derive(Debug)]
pub struct Pretend {
    url: Url,
    state: Arc<State>,
    closing: CancellationToken,
}

impl Drop for Pretend {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// What all its connections share.
#[derive(Debug)]
struct State {
    plans: Mutex<Plans>,
    requests: Mutex<Requests>,
    totals: Mutex<Totals>,
    sign_ins: Mutex<SignIns>,
    answers: AtomicU64,
}

/// How answers come about from now on.
#[derive(Debug)]
struct Plans {
    /// The pause between two pieces of a streamed answer.
    pace: Duration,
    /// How long access tokens are said to live; `None`: it is not said.
    access_lifetime: Option<Duration>,
    next: VecDeque<Behaviour>,
    next_by_secret: HashMap<String, VecDeque<Behaviour>>,
    always_by_secret: HashMap<String, Behaviour>,
    next_tokens: VecDeque<Behaviour>,
    /// What the usage endpoint tells, in JSON.
    usage: String,
    /// The window of its subscription, if it is to tell of one.
    allowance: Option<Allowance>,
}

impl Default for Plans {
    fn default() -> Self {
        Self {
            pace: Duration::ZERO,
            access_lifetime: Some(ACCESS_LIFETIME),
            next: VecDeque::new(),
            next_by_secret: HashMap::new(),
            always_by_secret: HashMap::new(),
            next_tokens: VecDeque::new(),
            usage: USAGE.to_owned(),
            allowance: None,
        }
    }
}

impl Pretend {
    /// Starts one on a free port. It answers without pauses until it is told a pace.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let url = Url::parse(&format!("http://{address}")).expect("an address makes a URL");
        let state = Arc::new(State {
            plans: Mutex::default(),
            requests: Mutex::default(),
            totals: Mutex::default(),
            sign_ins: Mutex::default(),
            answers: AtomicU64::default(),
        });
        let closing = CancellationToken::new();
        let connections = TaskTracker::new();
        connections.spawn(listen(listener, Arc::clone(&state), connections.clone(), closing.clone()));
        Ok(Self { url, state, closing })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// Sets the pause between two pieces of a streamed answer.
    pub fn set_pace(&self, pause: Duration) {
        self.state.plans().pace = pause;
    }

    /// Sets how long access tokens are said to live; `None`: it is not said. They end only when told to.
    pub fn set_access_lifetime(&self, lifetime: Option<Duration>) {
        self.state.plans().access_lifetime = lifetime;
    }

    /// The providers' addresses, with this one in the place of Claude.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        let base = self.url.as_str().trim_end_matches('/');
        let overrides = format!(
            "[claude]\napi_base = '{base}'\nauthorize_url = '{base}/oauth/authorize'\ntoken_url = '{base}/v1/oauth/token'\n\
             redirect_uri = '{base}/oauth/code/callback'\nusage_url = '{base}/api/oauth/usage'\n\
             profile_url = '{base}/api/oauth/profile'\n"
        );
        Endpoints::with_overrides(&overrides).expect("these are fields of the shipped file")
    }

    /// Does what the owner does in a browser, and returns the code that is to be pasted.
    ///
    /// # Panics
    /// When the address is not what an authorization server accepts.
    #[must_use]
    pub fn sign_in(&self, authorize_url: &Url) -> String {
        let callback = self.state.sign_ins().authorize(authorize_url.query().unwrap_or_default());
        routes::code_to_paste(callback.expect("the address begins a sign-in").query().unwrap_or_default())
    }

    /// Tells how the next call that nothing else was told for is answered.
    pub fn next(&self, behaviour: Behaviour) {
        self.state.plans().next.push_back(behaviour);
    }

    /// Tells how the next call with this API key or access token is answered.
    pub fn next_for(&self, secret: &str, behaviour: Behaviour) {
        self.state.plans().next_by_secret.entry(secret.to_owned()).or_default().push_back(behaviour);
    }

    /// Tells how all calls with this API key or access token are answered for which nothing else was told.
    pub fn always_for(&self, secret: &str, behaviour: Behaviour) {
        self.state.plans().always_by_secret.insert(secret.to_owned(), behaviour);
    }

    /// Forgets what was told of calls: all are answered plainly from now on.
    pub fn behave(&self) {
        let mut plans = self.state.plans();
        plans.next.clear();
        plans.next_by_secret.clear();
        plans.always_by_secret.clear();
    }

    /// Tells how the next token request is answered.
    pub fn next_token(&self, behaviour: Behaviour) {
        self.state.plans().next_tokens.push_back(behaviour);
    }

    /// Sets what the usage endpoint tells, in JSON.
    pub fn set_usage(&self, json: &str) {
        json.clone_into(&mut self.state.plans().usage);
    }

    /// Gives the calls with an access token a window, or another one.
    pub fn set_allowance(&self, allowance: Allowance) {
        self.state.plans().allowance = Some(allowance);
    }

    /// The window of the calls with an access token, as it is now.
    #[must_use]
    pub fn allowance(&self) -> Option<Allowance> {
        self.state.plans().allowance
    }

    /// Lets every access token end now; refresh tokens stay good.
    pub fn end_access_tokens(&self) {
        self.state.sign_ins().end_access_tokens();
    }

    /// Lets every sign-in end now: access tokens and refresh tokens.
    pub fn end_sign_ins(&self) {
        self.state.sign_ins().end_all();
    }

    /// How many refreshes were granted.
    #[must_use]
    pub fn refreshes(&self) -> u64 {
        self.state.sign_ins().refreshes
    }

    /// The latest requests, the oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.requests.lock().expect("no one panics while holding the requests").all()
    }

    /// The latest requests for this path, the oldest first.
    #[must_use]
    pub fn requests_for(&self, path: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| request.path() == path).collect()
    }

    /// What was told to clients so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        *self.state.totals()
    }
}

impl State {
    fn plans(&self) -> MutexGuard<'_, Plans> {
        self.plans.lock().expect("no one panics while holding the plans")
    }

    fn totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().expect("no one panics while holding the totals")
    }

    fn sign_ins(&self) -> MutexGuard<'_, SignIns> {
        self.sign_ins.lock().expect("no one panics while holding the sign-ins")
    }

    fn record(&self, request: Recorded) {
        self.requests.lock().expect("no one panics while holding the requests").push(request);
    }

    /// A name for the next answer.
    fn next_id(&self) -> String {
        format!("req_pretend_{:08}", self.answers.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl Plans {
    /// How a call with this secret is answered, if anything was told.
    fn take(&mut self, secret: &str) -> Option<Behaviour> {
        let own = self.next_by_secret.get_mut(secret).and_then(VecDeque::pop_front);
        own.or_else(|| self.always_by_secret.get(secret).cloned()).or_else(|| self.next.pop_front())
    }
}

async fn listen(listener: TcpListener, state: Arc<State>, connections: TaskTracker, closing: CancellationToken) {
    let router = routes::router(state);
    while let Some(accepted) = closing.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)) = accepted else { continue };
        // Without it the pieces would be glued together on the way.
        let _ = stream.set_nodelay(true);
        let (answering, closing) = (TowerToHyperService::new(router.clone()), closing.clone());
        connections.spawn(async move {
            let builder = auto::Builder::new(TokioExecutor::new());
            // A client that breaks its connection off is the client's business.
            let _ = closing.run_until_cancelled(builder.serve_connection(TokioIo::new(stream), answering)).await;
        });
    }
}
