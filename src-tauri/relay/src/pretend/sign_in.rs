//! The pretend provider's authorization server: codes with PKCE (RFC 7636) that work once, and refresh tokens that are
//! replaced whenever they are used. Its tokens are counted, not random: they open nothing but this.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

/// Whose sign-ins these are.
pub const EMAIL: &str = "owner@pretend.example";
/// How every access token begins.
const ACCESS_MARK: &str = "sk-ant-oat01-pretend-";
/// How every refresh token begins.
const REFRESH_MARK: &str = "sk-ant-ort01-pretend-";

/// What was granted so far.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    codes: HashMap<String, Granted>,
    refresh_tokens: HashSet<String>,
    access_tokens: HashSet<String>,
    issued: u64,
    /// Refreshes that were granted.
    pub refreshes: u64,
}

/// What a code was granted for.
#[derive(Debug)]
struct Granted {
    client_id: String,
    redirect_uri: String,
    code_challenge: String,
}

#[derive(Deserialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum WireTokenRequest {
    AuthorizationCode { client_id: String, code: String, redirect_uri: String, code_verifier: String },
    RefreshToken { client_id: String, refresh_token: String },
}

/// An error of RFC 6749, section 5.2: its word and a text.
pub(super) type Denied = (&'static str, &'static str);

impl SignIns {
    /// Grants a sign-in at once, as if the owner had agreed in a browser, and returns where the browser goes next.
    pub(super) fn authorize(&mut self, query: &str) -> Result<Url, &'static str> {
        let parameters: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let parameter = |name: &str| parameters.get(name).cloned().filter(|value| !value.is_empty());
        if parameter("response_type").as_deref() != Some("code") {
            return Err("response_type must be code");
        }
        if parameter("code_challenge_method").as_deref() != Some("S256") {
            return Err("code_challenge_method must be S256");
        }
        let granted = Granted {
            client_id: parameter("client_id").ok_or("client_id is missing")?,
            redirect_uri: parameter("redirect_uri").ok_or("redirect_uri is missing")?,
            code_challenge: parameter("code_challenge").ok_or("code_challenge is missing")?,
        };
        let mut callback = Url::parse(&granted.redirect_uri).map_err(|_| "redirect_uri is not a URL")?;
        let state = parameter("state").ok_or("state is missing")?;

        self.issued += 1;
        let code = format!("pretend-code-{}", self.issued);
        callback.query_pairs_mut().append_pair("code", &code).append_pair("state", &state);
        self.codes.insert(code, granted);
        Ok(callback)
    }

    /// Answers a token request.
    pub(super) fn grant(&mut self, body: &[u8], lifetime: Option<Duration>) -> Result<Value, Denied> {
        match serde_json::from_slice(body).map_err(|_| ("invalid_request", "not a token request"))? {
            WireTokenRequest::AuthorizationCode { client_id, code, redirect_uri, code_verifier } => {
                let granted = self.codes.remove(&code).ok_or(("invalid_grant", "the code is unknown or was used"))?;
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.as_bytes()));
                if granted.client_id != client_id || granted.redirect_uri != redirect_uri {
                    return Err(("invalid_grant", "the code was granted to another client"));
                }
                if granted.code_challenge != challenge {
                    return Err(("invalid_grant", "the code verifier does not fit the code challenge"));
                }
            }
            WireTokenRequest::RefreshToken { client_id, refresh_token } => {
                if client_id.is_empty() {
                    return Err(("invalid_client", "client_id is missing"));
                }
                if !self.refresh_tokens.remove(&refresh_token) {
                    return Err(("invalid_grant", "Refresh token not found or invalid"));
                }
                self.refreshes += 1;
            }
        }
        Ok(self.issue(lifetime))
    }

    /// Says whether an access token is one of these and still good; `None`: it is of another kind.
    pub(super) fn knows(&self, access_token: &str) -> Option<bool> {
        access_token.starts_with(ACCESS_MARK).then(|| self.access_tokens.contains(access_token))
    }

    /// Lets every access token end now.
    pub(super) fn end_access_tokens(&mut self) {
        self.access_tokens.clear();
    }

    /// Lets every sign-in end now.
    pub(super) fn end_all(&mut self) {
        self.end_access_tokens();
        self.refresh_tokens.clear();
    }

    fn issue(&mut self, lifetime: Option<Duration>) -> Value {
        self.issued += 1;
        let access_token = format!("{ACCESS_MARK}{}", self.issued);
        let refresh_token = format!("{REFRESH_MARK}{}", self.issued);
        self.access_tokens.insert(access_token.clone());
        self.refresh_tokens.insert(refresh_token.clone());
        json!({
            "token_type": "Bearer",
            "access_token": access_token,
            "refresh_token": refresh_token,
            "expires_in": lifetime.map(|lifetime| lifetime.as_secs()),
            "scope": "user:profile user:inference",
            "account": { "uuid": "00000000-0000-4000-8000-000000000001", "email_address": EMAIL },
            "organization": { "uuid": "00000000-0000-4000-8000-000000000002", "name": "Pretend" },
        })
    }
}
