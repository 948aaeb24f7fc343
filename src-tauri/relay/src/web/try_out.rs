//! The friend's test: one real call with their own key, as small as can be, through the same walk as any other. So the key,
//! its limits, the accounts and the way to the provider are shown to work, and the ledger has it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use carpool_core::{
    call::{Client, Operation},
    client_key,
    dialect::{DIALECTS, Dialect},
    price::PicoUsd,
    refusal::Refusal,
    schedule::{self, NoAccount},
    small_model,
};
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::{Visit, answers::No};
use crate::{
    House, accounts::lease::Wanted, answer::X_CARPOOL_CALL, models, store::client_keys::ClientKey, walk::walk,
};

/// What the call says it is. It is no vendor's own client, and is not served as one.
const USER_AGENT: &str = concat!("carpool/", env!("CARGO_PKG_VERSION"));
/// How long the answer may take: a few tokens need seconds.
const WITHIN: Duration = Duration::from_secs(60);
/// How much of the answer is read, in bytes.
const MOST_BYTES: usize = 256 * 1024;
/// Models that are looked at before none is found that an account would serve: the best of them.
const MODELS: usize = 50;

/// How the test went.
#[derive(Debug, Serialize)]
struct Outcome {
    ok: bool,
    /// What went wrong, for programs: `vendor_client_only`, `no_model`, `timed_out` or `refused`.
    code: Option<&'static str>,
    /// The model that was asked.
    model: Option<String>,
    /// The status of the answer to the call.
    status: u16,
    message: String,
    /// The call in the ledger.
    call: Option<String>,
}

/// What is to be asked.
struct Choice {
    dialect: &'static Dialect,
    model: String,
    /// Why no account would serve it, if so.
    none: Option<NoAccount>,
}

/// Makes the call and tells how it went.
pub(super) async fn answer(visit: Visit) -> Result<Response, No> {
    let (from, secret) = (visit.from, client_key::presented(visit.request.headers(), visit.request.uri().query()));
    let (house, key) = visit.with_key()?;
    let now = house.clock.now();
    let secret = secret.map_err(|error| No::refusal(&Refusal::NoKey(error), now))?;
    house.paces.may_test(key.id, now).map_err(|wait| {
        No::wait("too_many_tests", "A test was made a moment ago. Wait a few seconds before the next one.", wait)
    })?;
    let outcome = match choose(&house, &key).await {
        Some(choice) => call(&house, from, &secret, choice).await,
        None => no_model(),
    };
    Ok(Json(outcome).into_response())
}

/// The model that suits best of those an account would serve now; else the best of all, which shows why none is served.
async fn choose(house: &House, key: &ClientKey) -> Option<Choice> {
    let mut open = Vec::new();
    for dialect in DIALECTS.iter().copied() {
        let models = models::open_to(house, key, dialect).await;
        open.extend(models.into_iter().map(|(model, provider)| (dialect, model, provider)));
    }
    let prices = house.prices.now();
    let book = prices.book();
    // A stable sort: of two formats for one model the first of the list is asked in.
    open.sort_by_cached_key(|(_, model, provider)| {
        std::cmp::Reverse(small_model::suits(model, book.find(provider, model).is_some()))
    });
    open.truncate(MODELS);
    let mut choices = open.into_iter().map(|(dialect, model, _)| {
        let none = none_for(house, key, dialect, &model);
        Choice { dialect, model, none }
    });
    let first = choices.next()?;
    if first.none.is_none() {
        return Some(first);
    }
    Some(choices.find(|choice| choice.none.is_none()).unwrap_or(first))
}

/// Why no account would serve such a call now, if so.
fn none_for(house: &House, key: &ClientKey, dialect: &'static Dialect, model: &str) -> Option<NoAccount> {
    let wanted = Wanted {
        dialect,
        operation: Operation::Generate,
        client: Client::Other,
        model: Some(model.to_owned()),
        friend: key.friend_id,
        conversation: None,
        among: key.bound.as_ref().map(|bound| house.accounts.bound_to(bound)),
        providers: key.limits.providers_with(&key.friend_limits),
        estimate: PicoUsd(0),
    };
    let look = |strategy, candidates: &[schedule::Candidate<'_>]| {
        schedule::choose(strategy, candidates, wanted.demand(), None, &[]).err()
    };
    house.accounts.look(&wanted, look)
}

async fn call(house: &Arc<House>, from: IpAddr, key: &SecretString, choice: Choice) -> Outcome {
    let Choice { dialect, model, none } = choice;
    let Some(request) = request(dialect, &model, key) else { return no_model() };
    let answered = timeout(WITHIN, async {
        let (head, body) = walk(Arc::clone(house), from, request).await.into_parts();
        let call = head.headers.get(X_CARPOOL_CALL).and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let body = Limited::new(body, MOST_BYTES).collect().await.map(|body| body.to_bytes());
        (head.status, call, body.unwrap_or_default())
    });
    let Ok((status, call, body)) = answered.await else {
        let message = format!("{model} did not answer within {} seconds.", WITHIN.as_secs());
        return Outcome { message, ..failed("timed_out", StatusCode::GATEWAY_TIMEOUT, Some(model), None) };
    };
    if status.is_success() {
        let message = format!("{model} answered.");
        return Outcome { ok: true, code: None, message, model: Some(model), status: status.as_u16(), call };
    }
    let only_own_client = none.as_ref().and_then(NoAccount::own_client);
    let code = if only_own_client.is_some() { "vendor_client_only" } else { "refused" };
    Outcome { message: message_in(&body, status), ..failed(code, status, Some(model), call) }
}

/// The call, as a client sends it.
fn request(dialect: &Dialect, model: &str, key: &SecretString) -> Option<Request<Body>> {
    let smallest = (dialect.smallest_call)(model);
    let mut request = Request::post(smallest.path).body(Body::from(smallest.body)).ok()?;
    let headers = request.headers_mut();
    let mut key = HeaderValue::try_from(key.expose_secret()).ok()?;
    key.set_sensitive(true);
    headers.insert(client_key::KEY_HEADERS[0].clone(), key);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    headers.extend(smallest.header);
    Some(request)
}

/// What an error says, in whichever format: all have it in the same place.
fn message_in(body: &[u8], status: StatusCode) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let told = body.pointer("/error/message").and_then(Value::as_str);
    told.map_or_else(|| format!("The call was answered with {}.", status.as_u16()), str::to_owned)
}

fn no_model() -> Outcome {
    let message = "There is no account here with a model that this key may ask for. Ask the owner.";
    Outcome { message: message.to_owned(), ..failed("no_model", StatusCode::SERVICE_UNAVAILABLE, None, None) }
}

fn failed(code: &'static str, status: StatusCode, model: Option<String>, call: Option<String>) -> Outcome {
    Outcome { ok: false, code: Some(code), model, status: status.as_u16(), message: String::new(), call }
}
