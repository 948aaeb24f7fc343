//! A vendor's authorization server on loopback. It takes forms only, its codes need their verifier and work once, its refresh
//! tokens are replaced whenever they are used, and an owner at a device says what a test tells.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{self, Request},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{StatusCode, header};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};
use url::{Url, form_urlencoded};

/// The long code of every sign-in from a device.
pub(crate) const DEVICE_CODE: &str = "device-code-that-nobody-sees";

/// What somebody asked, by path and form.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) form: HashMap<String, String>,
}

/// What a question about a device is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    /// An error's word.
    Says(&'static str),
    /// The tokens.
    Agrees,
    /// The connection breaks.
    IsOutOfReach,
}

#[derive(Debug, Default)]
struct State {
    asked: Vec<Asked>,
    /// Codes that were granted, with what they were asked for by.
    codes: HashMap<String, HashMap<String, String>>,
    refresh_tokens: HashSet<String>,
    issued: u64,
    client_secret: Option<&'static str>,
    /// What token answers hold besides the tokens.
    besides: Value,
    owner: VecDeque<Owner>,
}

/// The server; it stops when this is dropped.
pub(crate) struct Authority {
    pub(crate) url: Url,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Authority {
    /// Starts a server whose token answers hold this besides the tokens.
    pub(crate) async fn start(besides: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let state = Arc::new(Mutex::new(State { besides, ..State::default() }));
        let router =
            Router::new().route("/token", post(token)).route("/device", post(device)).with_state(Arc::clone(&state));
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(router.clone());
                connections.spawn(async move {
                    let builder = auto::Builder::new(TokioExecutor::new());
                    // A client that breaks its connection off is the client's business.
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, state, serving }
    }

    /// Wants every request to come with this secret of the client's.
    pub(crate) fn want_secret(&self, secret: &'static str) {
        self.state.lock().unwrap().client_secret = Some(secret);
    }

    /// Does what the owner does in a browser, and returns the address it ends on.
    pub(crate) fn agree(&self, authorize_url: &Url) -> String {
        let asked: HashMap<String, String> = authorize_url.query_pairs().into_owned().collect();
        assert_eq!((&*asked["response_type"], &*asked["code_challenge_method"]), ("code", "S256"));
        let code = format!("code-of-{}", asked["state"]);
        let mut callback = Url::parse(&asked["redirect_uri"]).unwrap();
        callback.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
        self.state.lock().unwrap().codes.insert(code, asked);
        callback.into()
    }

    /// Tells what the next questions about a device are answered.
    pub(crate) fn owner(&self, answers: &[Owner]) {
        self.state.lock().unwrap().owner.extend(answers);
    }

    /// Lets every sign-in end now.
    pub(crate) fn end_all(&self) {
        self.state.lock().unwrap().refresh_tokens.clear();
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The latest question.
    pub(crate) fn last(&self) -> HashMap<String, String> {
        self.asked().pop().unwrap().form
    }
}

/// The claims of an id token, as one that nobody checks.
pub(crate) fn id_token(claims: &Value) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

type Shared = extract::State<Arc<Mutex<State>>>;

/// An error of RFC 6749, section 5.2, by its word.
type Denied = &'static str;

async fn receive(state: &Mutex<State>, request: Request) -> Result<HashMap<String, String>, Denied> {
    let is_form =
        request.headers().get(header::CONTENT_TYPE) == Some(&"application/x-www-form-urlencoded".parse().unwrap());
    let path = request.uri().path().to_owned();
    let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let form: HashMap<_, _> = form_urlencoded::parse(&body).into_owned().collect();
    let mut state = state.lock().unwrap();
    state.asked.push(Asked { path, form: form.clone() });
    if !is_form {
        return Err("invalid_request");
    }
    if form.get("client_secret").map(String::as_str) != state.client_secret {
        return Err("invalid_client");
    }
    Ok(form)
}

async fn device(extract::State(state): Shared, request: Request) -> Response {
    match receive(&state, request).await {
        Err(error) => denied(error),
        Ok(_) => Json(json!({
            "device_code": DEVICE_CODE,
            "user_code": "BCDF-GHJK",
            "verification_uri": "https://auth.example/device",
            "verification_uri_complete": "https://auth.example/device?user_code=BCDF-GHJK",
            "expires_in": 300,
            "interval": 1,
        }))
        .into_response(),
    }
}

async fn token(extract::State(state): Shared, request: Request) -> Response {
    let form = match receive(&state, request).await {
        Ok(form) => form,
        Err(error) => return denied(error),
    };
    let mut state = state.lock().unwrap();
    let granted = match &*form["grant_type"] {
        "authorization_code" => state.exchange(&form),
        "refresh_token" if state.refresh_tokens.remove(&form["refresh_token"]) => Ok(()),
        "urn:ietf:params:oauth:grant-type:device_code" if form["device_code"] == DEVICE_CODE => {
            match state.owner.pop_front() {
                Some(Owner::Agrees) => Ok(()),
                Some(Owner::Says(word)) => Err(word),
                None => Err("authorization_pending"),
                Some(Owner::IsOutOfReach) => return broken(),
            }
        }
        _ => Err("invalid_grant"),
    };
    match granted {
        Ok(()) => Json(state.issue()).into_response(),
        Err(error) => denied(error),
    }
}

/// An answer that breaks off in its middle.
fn broken() -> Response {
    let pieces = [Ok("{"), Err(std::io::Error::other("cut on purpose"))];
    Body::from_stream(futures_util::stream::iter(pieces)).into_response()
}

fn denied(error: Denied) -> Response {
    let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    (status, Json(json!({ "error": error, "error_description": "denied on purpose" }))).into_response()
}

impl State {
    fn exchange(&mut self, form: &HashMap<String, String>) -> Result<(), Denied> {
        let asked = self.codes.remove(&form["code"]).ok_or("invalid_grant")?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
        let is_same = |name: &str| asked[name] == form[name];
        let fits = is_same("client_id") && is_same("redirect_uri") && asked["code_challenge"] == challenge;
        if fits { Ok(()) } else { Err("invalid_grant") }
    }

    fn issue(&mut self) -> Value {
        self.issued += 1;
        let refresh_token = format!("refresh-token-{}", self.issued);
        self.refresh_tokens.insert(refresh_token.clone());
        let mut tokens = json!({
            "token_type": "Bearer",
            "access_token": format!("access-token-{}", self.issued),
            "refresh_token": refresh_token,
            "expires_in": 3600,
        });
        let besides = self.besides.as_object().cloned().unwrap_or_default();
        tokens.as_object_mut().unwrap().extend(besides);
        tokens
    }
}
