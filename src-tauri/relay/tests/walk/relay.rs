//! The harness: a real router on a real socket, a real SQLite in a folder of its own, a pretend provider, a clock that
//! stands still. It refuses to go before it has shown that nothing leaked.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use carpool_core::{
    credential::AccountKind, endpoints::Endpoints, options::Options, provider::claude::CLAUDE, schedule::AccountId,
};
use carpool_relay::{
    House, Start,
    accounts::{Surroundings, sign_in},
    clock::Clock,
    people,
    pretend::Pretend,
    server,
    store::{accounts::NewAccount, holds},
    tunnel::{Launcher, Processes},
    vault::VaultKind,
    workers::Workers,
};
use http::Method;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    caller::Ask,
    rows::{self, Row},
};

/// When every test begins: 2026-11-20T12:00:00Z.
pub(crate) const NOW: i64 = 1_795_176_000;
/// The secret of the account that a relay has unless a test says otherwise.
pub(crate) const SECRET: &str = "sk-ant-api03-first";
/// The longest a relay may take to stop. Far above what it takes, so that only what never happens fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at before it counts as never becoming true.
const POLLS: u32 = 5_000;

/// A relay under test.
pub(crate) struct TestRelay {
    pub(crate) pretend: Pretend,
    pub(crate) house: Arc<House>,
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    /// The key of the friend Alex.
    pub(crate) key: String,
    pub(crate) dir: TempDir,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
}

impl TestRelay {
    /// A relay with one API-key account and one friend.
    pub(crate) async fn start() -> Self {
        let mut relay = Self::start_empty().await;
        relay.add_account("first", SECRET).await;
        relay.key = relay.add_friend("Alex").await;
        relay
    }

    /// A relay without an account and with one friend.
    pub(crate) async fn start_without_account() -> Self {
        let mut relay = Self::start_empty().await;
        relay.key = relay.add_friend("Alex").await;
        relay
    }

    async fn start_empty() -> Self {
        Self::start_on(TempDir::new().unwrap(), Pretend::start().await.unwrap()).await
    }

    /// A relay on a data folder that may have been used before; without a friend of its own.
    pub(crate) async fn start_on(dir: TempDir, pretend: Pretend) -> Self {
        let endpoints = pretend.endpoints();
        Self::start_among(dir, pretend, endpoints).await
    }

    /// The same where the providers are somewhere else.
    pub(crate) async fn start_among(dir: TempDir, pretend: Pretend, endpoints: Endpoints) -> Self {
        Self::start_launching(dir, pretend, endpoints, Arc::new(Processes::default())).await
    }

    /// The same where the tunnel's programs are started by something else.
    pub(crate) async fn start_launching(
        dir: TempDir,
        pretend: Pretend,
        endpoints: Endpoints,
        launcher: Arc<dyn Launcher>,
    ) -> Self {
        let clock = Clock::manual(Timestamp::from_second(NOW).unwrap());
        let house = House::open(Start {
            data_dir: dir.path().to_owned(),
            vault: VaultKind::File,
            endpoints,
            clock: clock.clone(),
            launcher,
        });
        let house = house.await.unwrap();
        let listener = server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let server = tokio::spawn(server::serve(listener, Arc::clone(&house), Workers::here(), stop.clone()));
        Self { pretend, house, address, clock, key: String::new(), dir, stop, server: Some(server) }
    }

    /// What the owner's commands share with the relay.
    pub(crate) fn around(&self) -> &Surroundings {
        self.house.around()
    }

    /// Adds an API-key account at the pretend provider and returns its id.
    pub(crate) async fn add_account(&self, name: &str, secret: &str) -> i64 {
        self.add_account_at(name, secret, None).await
    }

    /// Adds an account at an address of its own and returns its id.
    pub(crate) async fn add_account_at(&self, name: &str, secret: &str, base_url: Option<Url>) -> i64 {
        let account = NewAccount { base_url, ..new_account(name) };
        let id = sign_in::add_by_secret(self.around(), account, &secret.into(), None).await.unwrap();
        self.house.reload().await.unwrap();
        id
    }

    /// Signs in an account by OAuth, as the owner does, and returns its id.
    pub(crate) async fn sign_in(&self, name: &str) -> i64 {
        let pending = sign_in::begin(self.around(), &CLAUDE, &Options::default(), None).await.unwrap();
        let pasted = self.pretend.sign_in(pending.url());
        let id = sign_in::finish(self.around(), &pending, &pasted, new_account(name)).await.unwrap();
        self.house.reload().await.unwrap();
        id
    }

    /// The verdict on an account, as the word for programs.
    pub(crate) fn standing(&self, id: i64) -> &'static str {
        self.house.accounts().snapshot(AccountId(id)).expect("there is such an account").standing.as_str()
    }

    /// Ends what keeps an account out, as the owner does.
    pub(crate) async fn clear(&self, id: i64) {
        holds::clear(self.around().store.pool(), id).await.unwrap();
        self.house.reload().await.unwrap();
    }

    /// Adds a friend with a key and returns the key.
    pub(crate) async fn add_friend(&self, name: &str) -> String {
        let friend = people::add_friend(self.around(), name, 1.0).await.unwrap();
        self.add_key(friend, "laptop").await
    }

    /// Adds a key to a friend and returns it.
    pub(crate) async fn add_key(&self, friend_id: i64, name: &str) -> String {
        let issued = people::issue_key(self.around(), friend_id, Some(name)).await.unwrap();
        self.house.reload().await.unwrap();
        issued.key.expose_secret().to_owned()
    }

    /// A call to `/v1/messages` as an SDK sends it, with Alex's key.
    pub(crate) fn call(&self, body: impl Into<bytes::Bytes>) -> Ask {
        self.get("/v1/messages").posting(body)
    }

    /// A `GET` with Alex's key.
    pub(crate) fn get(&self, target: &str) -> Ask {
        Ask::bare(self.address, Method::GET, target)
            .header("x-api-key", &self.key)
            .header("anthropic-version", "2023-06-01")
            .header("accept", "application/json")
    }

    /// A call to `/api/v1/messages?beta=true` as Claude Code sends it, with Alex's key.
    pub(crate) fn claude_code(&self, body: impl Into<bytes::Bytes>) -> Ask {
        self.call(body)
            .at("/api/v1/messages?beta=true")
            .header("user-agent", "claude-cli/2.1.329 (external, cli)")
            .header("anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14")
    }

    /// The ledger, read over a connection of its own; the oldest row first.
    pub(crate) async fn rows(&self) -> Vec<Row> {
        rows::read(self.dir.path()).await
    }

    /// The only row there is.
    pub(crate) async fn row(&self) -> Row {
        let rows = self.rows().await;
        assert_eq!(rows.len(), 1, "{rows:#?}");
        rows.into_iter().next().unwrap()
    }

    /// Waits until no call is under way and every row is written.
    pub(crate) async fn settled(&self) -> Vec<Row> {
        until("no call is under way", async || self.house.in_flight() == 0).await;
        self.house.flush().await;
        self.rows().await
    }

    /// Tells the relay to stop, as SIGTERM does.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the relay has stopped.
    pub(crate) async fn stopped(&mut self) {
        if let Some(server) = self.server.take() {
            timeout(PATIENCE, server).await.expect("the relay stops").unwrap();
        }
    }

    /// Stops the relay and shows that nothing leaked, and that the ledger agrees with the provider to the token.
    pub(crate) async fn finish(self) {
        let told = self.pretend.totals();
        let dir = self.finish_unreconciled().await;
        let written = rows::totals(&rows::read(dir.path()).await);
        assert_eq!(written, told, "the ledger and the provider disagree");
    }

    /// Stops the relay and shows that nothing leaked, where the provider was told to say something else.
    pub(crate) async fn finish_unreconciled(mut self) -> TempDir {
        if self.server.is_some() {
            self.settled().await;
            self.stop();
            self.stopped().await;
        }
        assert_eq!(self.house.in_flight(), 0, "a place at an account was not given back");
        let rows = self.rows().await;
        assert!(rows.iter().all(|row| row.status != "open"), "a row was left open: {rows:#?}");
        std::mem::replace(&mut self.dir, TempDir::new().unwrap())
    }

    /// The data folder.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for TestRelay {
    fn drop(&mut self) {
        let is_finished = self.server.is_none();
        assert!(is_finished || std::thread::panicking(), "a test ends with finish(), which shows that nothing leaked");
    }
}

/// What a new account is made of.
pub(crate) fn new_account(name: &str) -> NewAccount {
    NewAccount::named(name.to_owned(), &CLAUDE, AccountKind::ApiKey)
}

/// Waits until another task has made something true.
pub(crate) async fn until(what: &str, is_so: impl AsyncFnMut() -> bool) {
    assert!(comes_true(POLLS, is_so).await, "waited in vain until {what}");
}

/// Looks so often whether another task has made something true, whether tokio's clock is stopped or not.
pub(crate) async fn comes_true(polls: u32, mut is_so: impl AsyncFnMut() -> bool) -> bool {
    for _ in 0..polls {
        if is_so().await {
            return true;
        }
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
    }
    false
}

/// A request's body.
pub(crate) fn prompt(model: &str, text: &str) -> String {
    serde_json::json!({
        "model": model, "max_tokens": 64, "messages": [{ "role": "user", "content": text }],
    })
    .to_string()
}

/// A request's body that asks for a stream.
pub(crate) fn streaming_prompt(model: &str, text: &str) -> String {
    serde_json::json!({
        "model": model, "max_tokens": 64, "stream": true, "messages": [{ "role": "user", "content": text }],
    })
    .to_string()
}
