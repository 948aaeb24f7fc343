//! Sends the canary through every door, and in every way that a call can go well or badly.

use std::{net::SocketAddr, sync::Arc};

use carpool_core::{
    call::Operation,
    client_key::KEY_HEADERS,
    credential::AccountKind,
    dialect::{DIALECTS, Dialect, Path},
    options::Options,
    provider::compatible::COMPATIBLE,
    statement::Language,
    webhook::BadPlace,
};
use http::{Method, header};
use jiff::SignedDuration;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{
    ProofError,
    canary::Canary,
    echo::{self, Ending},
};
use crate::{
    House,
    accounts::sign_in,
    alerts::{self, webhooks},
    invites::{self, NewInvite},
    people,
    pretend::{Behaviour, Pretend},
    store::{accounts::NewAccount, client_keys, holds, invites::Terms, webhooks::About},
};

/// The friend of the proof. The name has to be found where friends are written down: that shows that the search finds.
pub(super) const FRIEND: &str = "Proof of the search";
/// What the accounts of the proof sign in with.
const SECRET: &str = "sk-pretend-privacy-proof";
/// What is secret in the address of the proof's webhook, and what it signs with.
const HOOK: &str = "pretend-hook-of-the-privacy-proof";
const SIGNING: &str = "pretend-signing-secret-of-the-proof";
/// A model that the price book knows.
const MODEL: &str = "claude-sonnet-4-5";

/// How long the invite of the proof is good.
const INVITE_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// A relay with accounts and a friend.
pub(super) struct Stage {
    house: Arc<House>,
    pretend: Pretend,
    address: SocketAddr,
    canary: Canary,
    client: reqwest::Client,
    key: SecretString,
    /// One that works no more.
    paused_key: SecretString,
    invite: NewInvite,
    accounts: Vec<i64>,
}

/// What came of sending.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    /// How many calls there were, each by another door or in another way.
    pub(super) surfaces: u64,
    /// How many of them were answered with the canary.
    pub(super) echoed: u64,
}

impl Stage {
    pub(super) async fn set_up(
        house: &Arc<House>,
        pretend: Pretend,
        address: SocketAddr,
        canary: Canary,
    ) -> Result<Self, ProofError> {
        let around = house.around();
        let mut accounts = Vec::new();
        for dialect in DIALECTS {
            let options = Options { dialects: vec![dialect.id.to_owned()], ..Options::default() };
            let account = NewAccount {
                base_url: Some(pretend.url()),
                options,
                ..NewAccount::named(dialect.label.to_owned(), &COMPATIBLE, AccountKind::ApiKey)
            };
            accounts.push(sign_in::add_by_secret(around, account, &SECRET.into(), None).await?);
        }
        let friend = people::add_friend(around, FRIEND, 1.0).await?;
        let key = people::issue_key(around, friend, Some("laptop")).await?.key;
        let paused = people::issue_key(around, friend, Some("phone")).await?;
        client_keys::set_paused(around.store.pool(), paused.id, true).await?;
        let invite = invites::create(around, friend, &Terms::default(), INVITE_LIFE).await?;
        house.reload().await.map_err(crate::OpenError::from)?;
        let client = house.upstream.local();
        let house = Arc::clone(house);
        Ok(Self { house, pretend, address, canary, client, key, paused_key: paused.key, invite, accounts })
    }

    /// What else must not be found: the friend's key, what redeemed the invite, and what the accounts sign in with.
    pub(super) fn secrets(&self) -> [&str; 5] {
        [self.key.expose_secret(), self.invite.secret.expose_secret(), SECRET, HOOK, SIGNING]
    }

    /// Tells a webhook something, so that what is secret of it was in use.
    async fn tell_a_webhook(&self) -> Result<(), ProofError> {
        let around = self.house.around();
        let wrong = |error: webhooks::WebhookError| ProofError::Calls(error.to_string());
        let wanted = webhooks::Wanted {
            name: "proof".to_owned(),
            format: "feishu".parse().map_err(|error: BadPlace| ProofError::Calls(error.to_string()))?,
            address: Some(format!("{}{HOOK}", self.pretend.url()).into()),
            secret: Some(SIGNING.into()),
            chat: None,
            about: About::All,
        };
        webhooks::add(around, wanted).await.map_err(wrong)?;
        let note = alerts::test_note(Language::English);
        for webhook in webhooks::list(around).await? {
            alerts::send_now(around, &webhook, &note).await.map_err(wrong)?;
        }
        Ok(())
    }

    /// Sends the canary everywhere.
    pub(super) async fn send_everywhere(&self) -> Result<Sent, ProofError> {
        let mut sent = Sent::default();
        for dialect in DIALECTS {
            for (prefix, path) in
                dialect.prefixes.iter().flat_map(|prefix| dialect.paths.iter().map(move |path| (prefix, path)))
            {
                for is_stream in path.is_stream().map_or(vec![false, true], |is_stream| vec![is_stream]) {
                    let plain = echo::answer(dialect, is_stream, Ending::Whole, self.canary.text());
                    sent.count(self.call(dialect, prefix, path, is_stream, plain).await?);
                }
            }
            self.show_that_it_speaks(dialect).await?;
            self.go_wrong(dialect, &mut sent).await?;
        }
        self.knock_elsewhere(&mut sent).await?;
        self.tell_a_webhook().await?;
        Ok(sent)
    }

    /// A call that goes well says the canary back: else none of those that go wrong would show anything.
    async fn show_that_it_speaks(&self, dialect: &'static Dialect) -> Result<(), ProofError> {
        for (path, is_stream) in generating(dialect) {
            let plain = echo::answer(dialect, is_stream, Ending::Whole, self.canary.text());
            if !self.call(dialect, dialect.prefixes[0], path, is_stream, plain).await? {
                let what = format!("{} did not say it back (stream: {is_stream})", dialect.label);
                return Err(ProofError::Calls(what));
            }
        }
        Ok(())
    }

    /// Every way in which a provider and a connection fail.
    async fn go_wrong(&self, dialect: &'static Dialect, sent: &mut Sent) -> Result<(), ProofError> {
        let canary = self.canary.text();
        for (path, is_stream) in generating(dialect) {
            let cut = echo::answer(dialect, is_stream, Ending::Cut, canary);
            let statuses = [400, 401, 402, 403, 404, 413, 429, 500, 503, 529];
            let refusals = statuses.into_iter().map(|status| echo::refusal(status, canary));
            let others = [cut.clone(), echo::error_in_stream(canary), echo::garbage(canary)];
            for behaviour in refusals.chain(others) {
                sent.count(self.call(dialect, dialect.prefixes[0], path, is_stream, behaviour).await?);
                self.forgive().await?;
            }
            self.pretend.behave();
            self.pretend.next(cut);
            // The client leaves before the end.
            drop(self.request(dialect, dialect.prefixes[0], path, is_stream).send().await);
            sent.count(false);
            self.forgive().await?;
        }
        Ok(())
    }

    /// What is no call, or one that nobody may make.
    async fn knock_elsewhere(&self, sent: &mut Sent) -> Result<(), ProofError> {
        let (canary, key) = (self.canary.text(), self.key.expose_secret());
        let secret = json!({ "secret": canary, "origin": canary, "key": canary }).to_string();
        let invite = format!("/i/{}", self.invite.code.as_str());
        let redeeming =
            json!({ "secret": self.invite.secret.expose_secret(), "origin": format!("https://{canary}.example") });
        let messages = |key: &str| self.post("/v1/messages", &body(canary, false)).header("x-api-key", key);
        let knocks = [
            messages(canary),
            messages(self.paused_key.expose_secret()),
            self.post("/v1/messages", &body(canary, false)).bearer_auth(canary),
            self.post(&format!("/v1/messages?key={canary}"), &body(canary, false)),
            self.post("/v1/messages", &format!("{{\"{canary}\":")).header("x-api-key", key),
            self.post("/v1/messages", &format!("{{\"model\":[\"{canary}\"]}}")).header("x-api-key", key),
            self.post(&format!("/{canary}"), &body(canary, false)).header("x-api-key", key),
            self.get(&format!("/{canary}?{canary}")),
            self.get(&format!("/?{canary}")),
            self.get(&format!("/me?{canary}")).header("x-api-key", key),
            self.get("/me").header("x-api-key", canary),
            self.post("/me/test", &secret).header("x-api-key", key),
            self.post("/me/key/rotate", &secret).header("x-api-key", canary),
            self.get(&format!("/health?{canary}")).header("x-note", canary),
            self.get("/probe").header("x-carpool-canary", canary),
            self.get(&format!("/i/{canary}")),
            self.post("/i/abcdefghij", &secret),
            self.post(&invite, &secret),
            self.post(&invite, &redeeming.to_string()),
            self.get("/v1/messages").header("x-api-key", key).header(header::UPGRADE, canary),
        ];
        for knock in knocks {
            sent.count(self.send(self.marked(knock)).await?);
        }
        Ok(())
    }

    /// Makes a call that is answered like this, and says whether the answer held the canary.
    async fn call(
        &self,
        dialect: &'static Dialect,
        prefix: &str,
        path: &Path,
        is_stream: bool,
        answer: Behaviour,
    ) -> Result<bool, ProofError> {
        self.pretend.behave();
        self.pretend.next(answer);
        self.send(self.request(dialect, prefix, path, is_stream)).await
    }

    fn request(&self, dialect: &'static Dialect, prefix: &str, path: &Path, is_stream: bool) -> RequestBuilder {
        let canary = self.canary.text();
        let (method, below) = path.example(MODEL, canary);
        let target = format!("{prefix}{below}?alt=sse&q={canary}");
        let request =
            if method == Method::POST { self.post(&target, &body(canary, is_stream)) } else { self.get(&target) };
        let key = self.key.expose_secret();
        let is_for_keys = |name: &str| KEY_HEADERS.iter().any(|known| known == name);
        let marked = dialect.marks.iter().fold(request, |request, mark| match *mark {
            "authorization" => request.bearer_auth(key),
            mark if is_for_keys(mark) => request.header(mark, key),
            mark => request.header(mark, canary),
        });
        self.marked(marked.header("x-api-key", key))
    }

    /// The canary in every header that a client is free to fill.
    fn marked(&self, request: RequestBuilder) -> RequestBuilder {
        let names = ["user-agent", "referer", "cookie", "x-note", "x-request-id", "x-forwarded-for", "session_id"];
        names
            .into_iter()
            .fold(request, |request, name| request.header(name, self.canary.text()))
            .header(header::HOST, format!("{}.example", self.canary.text()))
    }

    fn post(&self, target: &str, body: &str) -> RequestBuilder {
        let request = self.client.post(format!("http://{}{target}", self.address));
        request.header(header::CONTENT_TYPE, "application/json").body(body.to_owned())
    }

    fn get(&self, target: &str) -> RequestBuilder {
        self.client.get(format!("http://{}{target}", self.address))
    }

    /// Sends it and reads as much as comes; an answer may break off.
    async fn send(&self, request: RequestBuilder) -> Result<bool, ProofError> {
        let mut answer = request.send().await.map_err(|error| ProofError::Calls(crate::upstream::cause(error)))?;
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            body.extend_from_slice(&chunk);
        }
        Ok(answer.status().is_success() && memchr::memmem::find(&body, self.canary.text().as_bytes()).is_some())
    }

    /// Lets all accounts serve again.
    async fn forgive(&self) -> Result<(), ProofError> {
        for account in &self.accounts {
            holds::clear(self.house.around().store.pool(), *account).await?;
        }
        self.house.reload().await.map_err(crate::OpenError::from)?;
        Ok(())
    }
}

impl Sent {
    fn count(&mut self, is_echoed: bool) {
        self.surfaces += 1;
        self.echoed += u64::from(is_echoed);
    }
}

/// A path of a dialect by which whole answers are asked for, and one for streams.
fn generating(dialect: &'static Dialect) -> impl Iterator<Item = (&'static Path, bool)> {
    [false, true].into_iter().filter_map(|is_stream| {
        let fits = |path: &&Path| {
            path.operation() == Operation::Generate && path.is_stream().is_none_or(|own| own == is_stream)
        };
        Some((dialect.paths.iter().find(fits)?, is_stream))
    })
}

/// A body that every dialect takes for one of its own, with the canary wherever a text may stand.
fn body(canary: &str, is_stream: bool) -> String {
    let contents = json!([{ "role": "user", "parts": [{ "text": canary }] }]);
    let mut body = json!({
        "model": MODEL, "max_tokens": 64, "stream": is_stream, "system": canary, "instructions": canary,
        "messages": [{ "role": "user", "content": canary }], "input": canary, "contents": contents,
        "request": { "contents": contents, "session_id": canary }, "metadata": { "user_id": canary }, "user": canary,
        "prompt_cache_key": canary, "store": false,
    });
    body[canary] = canary.into();
    body.to_string()
}
