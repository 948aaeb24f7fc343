//! A loopback vendor with the sign-ins of ChatGPT, Google and Factory: what its users pasted or typed counts, and each renewal
//! gives a new refresh token.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use url::{Url, form_urlencoded};

use super::program::Folder;

/// The code that the page of a sign-in shows.
pub(crate) const CODE: &str = "the-code-4f2a";
/// The short code of a sign-in on another device.
pub(crate) const USER_CODE: &str = "WDJB-MJHT";
/// The secret of the owner's own OAuth client.
pub(crate) const CLIENT_SECRET: &str = "client-secret-canary-91be";
/// How every refresh token begins.
pub(crate) const REFRESH: &str = "refresh-canary-";
/// The project that calls of a Google account name.
pub(crate) const PROJECT: &str = "managed-project-1";
/// The ChatGPT account.
pub(crate) const CHATGPT_ACCOUNT: &str = "chatgpt-account-1";
pub(crate) const EMAIL: &str = "owner@example.org";

/// The vendor, as long as it lives.
pub(crate) struct Vendor {
    base: String,
    /// The port that the browser comes back to.
    pub(crate) callback_port: u16,
    desk: Arc<Desk>,
    _serving: AbortOnDropHandle<()>,
}

#[derive(Debug, Default)]
struct Desk {
    renewals: AtomicU32,
    /// Whether the owner said yes on another device.
    agreed: AtomicBool,
    /// Whether no sign-in is good any more.
    is_over: AtomicBool,
    forms: Mutex<Vec<Vec<(String, String)>>>,
}

impl Vendor {
    /// Opens it, and puts it in the place of all three.
    pub(crate) async fn start(folder: &Folder) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let callback_port =
            TcpListener::bind(("127.0.0.1", 0)).await.and_then(|free| free.local_addr()).expect("a port").port();
        let desk = Arc::new(Desk::default());
        let router = Router::new()
            .route("/token", post(token))
            .route("/device", post(device))
            .route("/usage", get(async || Json(json!({ "email": EMAIL, "plan_type": "plus" }))))
            .route("/v1internal:loadCodeAssist", post(load_code_assist))
            .with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        let vendor = Self { base, callback_port, desk, _serving: AbortOnDropHandle::new(serving) };
        vendor.replace_all(folder);
        vendor
    }

    fn replace_all(&self, folder: &Folder) {
        let Self { base, callback_port, .. } = self;
        let addresses = format!(
            "[codex]\napi_base = '{base}'\nauthorize_url = '{base}/authorize'\ntoken_url = '{base}/token'\n\
             redirect_uri = 'http://localhost:{callback_port}/auth/callback'\nusage_url = '{base}/usage'\n\
             profile_url = '{base}/usage'\n\
             [code-assist]\napi_base = '{base}'\nauthorize_url = '{base}/authorize'\ntoken_url = '{base}/token'\n\
             redirect_uri = '{base}/authcode'\nusage_url = '{base}/quota'\nprofile_url = '{base}/userinfo'\n\
             [droid]\napi_base = '{base}'\ndevice_url = '{base}/device'\ntoken_url = '{base}/token'\n"
        );
        let file = folder.providers_file();
        let others = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, others + &addresses).expect("written");
    }

    /// The address a browser comes back to from a sign-in's page.
    pub(crate) fn callback(&self, authorize_url: &Url) -> String {
        let mut pairs = authorize_url.query_pairs();
        let state = pairs.find(|(name, _)| name == "state").map(|(_, value)| value.into_owned()).expect("a state");
        format!("http://localhost:{}/auth/callback?code={CODE}&state={state}", self.callback_port)
    }

    /// Says yes on another device.
    pub(crate) fn agree(&self) {
        self.desk.agreed.store(true, Ordering::SeqCst);
    }

    /// Accepts no sign-in any more.
    pub(crate) fn end_sign_ins(&self) {
        self.desk.is_over.store(true, Ordering::SeqCst);
    }

    /// A field of the last form that the token endpoint got.
    pub(crate) fn last(&self, wanted: &str) -> Option<String> {
        let forms = self.desk.forms.lock().expect("no one panics at the desk");
        forms.last()?.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    }
}

async fn token(State(desk): State<Arc<Desk>>, body: String) -> Response {
    let form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |wanted: &str| form.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value).to_owned();
    let (grant, code, refresh) = (field("grant_type"), field("code"), field("refresh_token"));
    desk.forms.lock().expect("no one panics at the desk").push(form.clone());
    let latest = format!("{REFRESH}{}", desk.renewals.load(Ordering::SeqCst));
    let refusal = match &*grant {
        _ if desk.is_over.load(Ordering::SeqCst) => Some("invalid_grant"),
        "authorization_code" if code != CODE || field("code_verifier").is_empty() => Some("invalid_grant"),
        "refresh_token" if refresh != latest => Some("invalid_grant"),
        "urn:ietf:params:oauth:grant-type:device_code" if !desk.agreed.load(Ordering::SeqCst) => {
            Some("authorization_pending")
        }
        _ => None,
    };
    if let Some(error) = refusal {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    }
    let number = desk.renewals.fetch_add(1, Ordering::SeqCst) + 1;
    let claims = json!({
        "email": EMAIL,
        "https://api.openai.com/auth": { "chatgpt_account_id": CHATGPT_ACCOUNT, "chatgpt_plan_type": "plus" },
    });
    let id_token = format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims.to_string()));
    Json(json!({
        "access_token": format!("access-{number}"), "refresh_token": format!("{REFRESH}{number}"), "expires_in": 3600,
        "id_token": id_token, "user": { "email": EMAIL },
    }))
    .into_response()
}

async fn device() -> Json<Value> {
    Json(json!({
        "device_code": "device-code-1", "user_code": USER_CODE, "verification_uri": "http://127.0.0.1:9/activate",
        "verification_uri_complete": format!("http://127.0.0.1:9/activate?user_code={USER_CODE}"),
        "expires_in": 300, "interval": 1,
    }))
}

async fn load_code_assist() -> Json<Value> {
    Json(json!({ "currentTier": { "id": "standard-tier", "name": "Standard" }, "cloudaicompanionProject": PROJECT }))
}
