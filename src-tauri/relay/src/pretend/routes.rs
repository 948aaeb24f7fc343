//! What the pretend provider answers where.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{self, Request},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use bytes::Bytes;
use carpool_core::call::Operation;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    State,
    behaviour::{self, Behaviour, Delivery, Refused, Reply, Step, Wait},
    delivery::{self, Outgoing},
    record::{self, Recorded},
    sign_in::EMAIL,
    text::{self, WireRequest},
};
use crate::decode::Decoder;

/// The largest body that is read; the relay's own limit is below it.
const MAX_BODY: usize = 256 * 1024 * 1024;
/// The models that are listed, besides those whose names ask for trouble.
const MODELS: &[(&str, &str)] =
    &[("claude-sonnet-4-5", "Claude Sonnet 4.5 (pretend)"), ("claude-haiku-4-5", "Claude Haiku 4.5 (pretend)")];
/// What a call with an access token has to name among its betas.
const OAUTH_BETA: &str = "oauth-2025-04-20";

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");

pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/messages", post(generate))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/models", get(models))
        .route("/api/oauth/profile", get(profile))
        .route("/api/oauth/usage", get(usage))
        .route("/v1/oauth/token", post(token))
        .route("/oauth/authorize", get(authorize))
        .route("/oauth/code/callback", get(callback))
        .fallback(elsewhere)
        .with_state(state)
}

type Shared = extract::State<Arc<State>>;

async fn generate(extract::State(state): Shared, request: Request) -> Response {
    answer(&state, request, Operation::Generate).await
}

async fn count_tokens(extract::State(state): Shared, request: Request) -> Response {
    answer(&state, request, Operation::CountTokens).await
}

async fn models(extract::State(state): Shared, request: Request) -> Response {
    answer(&state, request, Operation::ListModels).await
}

async fn profile(extract::State(state): Shared, request: Request) -> Response {
    let (head, _) = receive(&state, request).await;
    let profile = json!({
        "account": { "uuid": "00000000-0000-4000-8000-000000000001", "email": EMAIL, "has_claude_max": true },
        "organization": { "name": "Pretend", "organization_type": "claude_max" },
    });
    match check_caller(&state, &head.headers) {
        Ok(_) => axum::Json(profile).into_response(),
        Err((status, why)) => refuse(&state, status, why).await,
    }
}

async fn usage(extract::State(state): Shared, request: Request) -> Response {
    let (head, _) = receive(&state, request).await;
    match check_caller(&state, &head.headers) {
        Ok(_) => {
            let usage = state.plans().usage.clone();
            ([(header::CONTENT_TYPE, "application/json")], usage).into_response()
        }
        Err((status, why)) => refuse(&state, status, why).await,
    }
}

/// Any other path is another provider's, of which nothing is known here: it is answered as it was told to, if it was.
async fn elsewhere(extract::State(state): Shared, request: Request) -> Response {
    let (head, _) = receive(&state, request).await;
    let plan = state.plans().take(record::secret(&head.headers).unwrap_or_default());
    match plan {
        Some(Behaviour::Verbatim(reply)) => delivery::send(&state, reply.into()).await,
        Some(Behaviour::Refuse(refused)) => {
            delivery::send(&state, error(&state.next_id(), refused, "asked for by its script")).await
        }
        Some(Behaviour::Answer(_)) | None => refuse(&state, StatusCode::NOT_FOUND, "there is nothing here").await,
    }
}

/// Answers a call of the API as it was told to.
async fn answer(state: &Arc<State>, request: Request, operation: Operation) -> Response {
    let (head, body) = receive(state, request).await;
    let secret = match check_caller(state, &head.headers) {
        Ok(secret) => secret,
        Err((status, why)) => return refuse(state, status, why).await,
    };
    let plan = state.plans().take(&secret);
    let request = match read(&head.headers, &body) {
        Ok(request) => Some(request),
        Err(_) if operation == Operation::ListModels => None,
        Err(why) => return refuse(state, StatusCode::BAD_REQUEST, &why).await,
    };
    let model = request.as_ref().map_or("", |request| &request.model);
    let id = state.next_id();
    let outgoing = match plan.unwrap_or_else(|| behaviour::for_model(model)) {
        Behaviour::Verbatim(reply) => reply.into(),
        Behaviour::Refuse(refused) => error(&id, refused, "asked for by its script"),
        Behaviour::Answer(delivery) => {
            let outgoing = plausible(state, operation, request.as_ref(), &body, &id, &delivery);
            within_allowance(state, &head.headers, model, &id, outgoing)
        }
    };
    let mut answer = delivery::send(state, outgoing).await;
    let id = HeaderValue::try_from(id).expect("letters and digits");
    answer.headers_mut().entry(REQUEST_ID).or_insert(id);
    answer
}

/// The answer, if the window of these calls is not used up; it tells how full that was before.
fn within_allowance(state: &State, head: &HeaderMap, model: &str, id: &str, mut outgoing: Outgoing) -> Outgoing {
    let mut plans = state.plans();
    let is_subscription = head.contains_key(header::AUTHORIZATION);
    let Some(allowance) = plans.allowance.as_mut().filter(|_| is_subscription) else { return outgoing };
    if allowance.is_used_up() {
        let refused = Refused { status: StatusCode::TOO_MANY_REQUESTS, retry_after: None };
        outgoing = error(id, refused, "This request would exceed your account's rate limit.");
    }
    allowance.tell(outgoing.headers_mut());
    if let Some(usage) = outgoing.usage() {
        allowance.fill(model, usage);
    }
    outgoing
}

fn plausible(
    state: &State,
    operation: Operation,
    request: Option<&WireRequest>,
    body: &[u8],
    id: &str,
    delivery: &Delivery,
) -> Outgoing {
    let json = |value: Value| vec![text::Part { bytes: value.to_string().into_bytes(), told: None }];
    let is_stream = request.is_some_and(|request| request.stream);
    let parts = match (operation, request) {
        (Operation::Generate, Some(request)) if is_stream => text::events(request, body, id),
        (Operation::Generate, Some(request)) => text::whole(request, body, id),
        (Operation::CountTokens, _) => json(json!({ "input_tokens": text::counted_tokens(body) })),
        _ => json(model_list()),
    };
    match operation {
        Operation::Generate if is_stream => {
            delivery::lay_out(parts, "text/event-stream; charset=utf-8", delivery, state.plans().pace)
        }
        _ => delivery::lay_out(parts, "application/json", delivery, std::time::Duration::ZERO),
    }
}

fn model_list() -> Value {
    let trouble = behaviour::TROUBLE_MODELS.iter().map(|model| (model.name, model.about));
    let listed: Vec<Value> = MODELS
        .iter()
        .copied()
        .chain(trouble)
        .map(|(id, name)| json!({ "type": "model", "id": id, "display_name": name, "created_at": "2025-09-29T00:00:00Z" }))
        .collect();
    json!({ "data": listed, "has_more": false })
}

/// Takes a request in and remembers it.
async fn receive(state: &State, request: Request) -> (Parts, Bytes) {
    let (head, body) = request.into_parts();
    // A client that leaves in the middle of its request gets no answer to it anyway.
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let target = head.uri.path_and_query().map_or_else(|| head.uri.path().to_owned(), ToString::to_string);
    state.record(Recorded { method: head.method.clone(), target, headers: head.headers.clone(), body: body.clone() });
    (head, body)
}

/// The secret of a caller, if it is let in, by the rules of the real one.
fn check_caller(state: &State, headers: &HeaderMap) -> Result<String, (StatusCode, &'static str)> {
    let secret = record::secret(headers).ok_or((StatusCode::UNAUTHORIZED, "x-api-key header is required"))?;
    if !headers.contains_key(ANTHROPIC_VERSION) {
        return Err((StatusCode::BAD_REQUEST, "anthropic-version: header is required"));
    }
    if headers.contains_key(header::AUTHORIZATION) {
        let betas = headers.get_all(ANTHROPIC_BETA).into_iter().filter_map(|value| value.to_str().ok());
        if !betas.flat_map(|value| value.split(',')).any(|beta| beta.trim() == OAUTH_BETA) {
            return Err((StatusCode::UNAUTHORIZED, "OAuth authentication is currently not supported."));
        }
    }
    match state.sign_ins().knows(secret) {
        Some(false) => Err((StatusCode::UNAUTHORIZED, "OAuth token has expired.")),
        Some(true) | None => Ok(secret.to_owned()),
    }
}

fn read(headers: &HeaderMap, body: &Bytes) -> Result<WireRequest, String> {
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let plain = match coding.and_then(Decoder::new) {
        Some(mut decoder) => decoder.push(body).map_err(|error| error.to_string())?,
        None => body.clone(),
    };
    serde_json::from_slice(&plain).map_err(|error| error.to_string())
}

async fn refuse(state: &Arc<State>, status: StatusCode, why: &str) -> Response {
    let outgoing = error(&state.next_id(), Refused { status, retry_after: None }, why);
    delivery::send(state, outgoing).await
}

fn error(id: &str, refused: Refused, why: &str) -> Outgoing {
    let kind = match refused.status.as_u16() {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REQUEST_ID, HeaderValue::try_from(id).expect("letters and digits"));
    if let Some(wait) = refused.retry_after {
        headers.insert(header::RETRY_AFTER, wait.as_secs().into());
    }
    let body = text::error(kind, why, id);
    let steps = [Step::Send(body.into())].into();
    Reply { before_head: Wait::No, status: refused.status, headers, steps }.into()
}

async fn token(extract::State(state): Shared, request: Request) -> Response {
    let (_, body) = receive(&state, request).await;
    let (plan, lifetime) = {
        let mut plans = state.plans();
        (plans.next_tokens.pop_front(), plans.access_lifetime)
    };
    let wait = match plan {
        Some(Behaviour::Refuse(refused)) => {
            return delivery::send(&state, error(&state.next_id(), refused, "asked for by its script")).await;
        }
        Some(Behaviour::Verbatim(reply)) => return delivery::send(&state, reply.into()).await,
        Some(Behaviour::Answer(delivery)) => delivery.before_head,
        None => Wait::No,
    };
    wait.over().await;
    let granted = state.sign_ins().grant(&body, lifetime);
    match granted {
        Ok(tokens) => axum::Json(tokens).into_response(),
        Err((error, about)) => {
            let denied = json!({ "error": error, "error_description": about });
            (StatusCode::BAD_REQUEST, axum::Json(denied)).into_response()
        }
    }
}

async fn authorize(extract::State(state): Shared, request: Request) -> Response {
    let granted = state.sign_ins().authorize(request.uri().query().unwrap_or_default());
    match granted {
        Ok(callback) => Redirect::to(callback.as_str()).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, why).into_response(),
    }
}

/// The page a sign-in ends on: it shows the code that is to be pasted.
async fn callback(request: Request) -> Response<Body> {
    let escaped = code_to_paste(request.uri().query().unwrap_or_default())
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Pretend sign-in</title><h1>You are signed in (not really)</h1>\
         <p>Paste this into Carpool:</p><p><code>{escaped}</code></p>"
    );
    Html(page).into_response()
}

/// What the owner pastes: `code#state`.
pub(super) fn code_to_paste(query: &str) -> String {
    let parameter = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    format!("{}#{}", parameter("code"), parameter("state"))
}
