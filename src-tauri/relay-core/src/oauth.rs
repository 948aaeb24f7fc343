//! Signing in by pasted authorization code (RFC 6749 with PKCE, RFC 7636), as pure steps: this file makes requests and
//! reads answers, and never sends anything.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

/// Random bytes one sign-in needs: 32 for the code verifier, 32 for the state.
pub const LOGIN_RANDOM_BYTES: usize = 64;

/// A sign-in that waits for its authorization code.
#[derive(Debug)]
pub struct PendingLogin {
    /// Where the owner signs in.
    pub authorize_url: Url,
    /// Proves at the exchange that we began this sign-in.
    pub code_verifier: SecretString,
    /// Ties the answer to this sign-in.
    pub state: String,
}

impl PendingLogin {
    /// Begins a sign-in. `extra` parameters are what one vendor wants beyond the standard.
    #[must_use]
    pub fn begin(
        authorize_url: &Url,
        client_id: &str,
        redirect_uri: &Url,
        scopes: &[String],
        extra: &[(&str, &str)],
        random: &[u8; LOGIN_RANDOM_BYTES],
    ) -> Self {
        let code_verifier = URL_SAFE_NO_PAD.encode(&random[..32]);
        let code_challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.as_bytes()));
        let state = URL_SAFE_NO_PAD.encode(&random[32..]);

        let mut authorize_url = authorize_url.clone();
        authorize_url
            .query_pairs_mut()
            .extend_pairs(extra)
            .append_pair("client_id", client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("scope", &scopes.join(" "))
            .append_pair("code_challenge", &code_challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &state);
        Self { authorize_url, code_verifier: code_verifier.into(), state }
    }

    /// Reads what the owner pasted: `code#state`, a callback URL, or a lone code; white space does not matter.
    ///
    /// # Errors
    /// [`PasteError`] when there is no code in it, or it belongs to another sign-in.
    pub fn read_paste(&self, pasted: &str) -> Result<SecretString, PasteError> {
        let text: String = pasted.chars().filter(|character| !character.is_whitespace()).collect();
        let (code, state) = match Url::parse(&text) {
            Ok(url) if url.has_host() => read_callback(&url)?,
            _ => match text.split_once('#') {
                Some((code, state)) => (code.to_owned(), Some(state.to_owned())),
                None => (text, None),
            },
        };
        if code.is_empty() {
            return Err(PasteError::NoCode);
        }
        // A lone code is let pass: the code verifier ties it to this sign-in just as well.
        if state.is_some_and(|state| state != self.state) {
            return Err(PasteError::WrongState);
        }
        Ok(code.into())
    }
}

/// Code and state of a callback URL.
fn read_callback(url: &Url) -> Result<(String, Option<String>), PasteError> {
    let parameter =
        |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    if let Some(error) = parameter("error") {
        return Err(PasteError::Denied(parameter("error_description").unwrap_or(error)));
    }
    let code = parameter("code").ok_or(PasteError::NoCode)?;
    // A page may show `code#state` inside the URL it sends the browser to.
    Ok((code, parameter("state").or_else(|| url.fragment().map(str::to_owned))))
}

/// Why a pasted text is of no use.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// There is no code in it.
    #[error(
        "there is no authorization code in what was pasted: paste the code the page shows, or the whole address of the page it ends on"
    )]
    NoCode,
    /// The code belongs to another sign-in.
    #[error("this code belongs to another sign-in (its state differs): start again and paste the code of this sign-in")]
    WrongState,
    /// The authorization server said no.
    #[error("the provider refused the sign-in: {0}")]
    Denied(String),
}

impl PasteError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCode => "no_code",
            Self::WrongState => "state_mismatch",
            Self::Denied(_) => "sign_in_denied",
        }
    }
}

/// A request to a token endpoint, ready to be sent as `POST` with a JSON body.
#[derive(Debug)]
pub struct TokenRequest {
    /// The token endpoint.
    pub url: Url,
    /// The JSON body; it holds secrets.
    pub json: SecretString,
}

/// What a token endpoint granted.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access_token: SecretString,
    /// The new refresh token. Where the server sends none, the old one stays good (RFC 6749, section 6).
    pub refresh_token: Option<SecretString>,
    /// How long the access token lives.
    pub expires_in: Option<Duration>,
    /// Whose account it is, where the answer tells.
    pub email: Option<String>,
}

/// Why a token endpoint granted nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The code or refresh token is used up, expired or revoked: signing in again is the only way.
    #[error("the provider no longer accepts this code or sign-in ({0}): sign in again")]
    InvalidGrant(String),
    /// The endpoint is somewhere else now.
    #[error("the token endpoint has moved (HTTP {status}{}): put its new address into token_url of your providers file (--providers)", .location.as_ref().map(|to| format!(", to {to}")).unwrap_or_default())]
    Moved {
        /// The HTTP status.
        status: u16,
        /// Where it says it went.
        location: Option<String>,
    },
    /// What answered is not a token endpoint, e.g. an error page.
    #[error(
        "the token endpoint answered HTTP {0} with something that is not a token answer (an error page?): try again later, or check token_url in your providers file"
    )]
    NotATokenAnswer(u16),
    /// The server is busy or ill; the tokens at hand stay good.
    #[error("the token endpoint is busy or failing (HTTP {0}): try again later")]
    Busy(u16),
    /// The server said no for another reason.
    #[error("the token endpoint refused the request: {0}")]
    Refused(String),
}

impl TokenError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidGrant(_) => "invalid_grant",
            Self::Moved { .. } => "endpoint_moved",
            Self::NotATokenAnswer(_) => "not_a_token_answer",
            Self::Busy(_) => "token_endpoint_busy",
            Self::Refused(_) => "token_request_refused",
        }
    }
}

#[derive(Deserialize)]
struct WireTokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    account: Option<WireAccount>,
}

#[derive(Deserialize)]
struct WireAccount {
    email_address: Option<String>,
}

/// The error answer of RFC 6749, section 5.2, and the vendors' variants: a text, or an object with type and message.
#[derive(Deserialize)]
struct WireError {
    error: serde_json::Value,
    error_description: Option<String>,
}

/// Reads the answer of a token endpoint.
///
/// # Errors
/// [`TokenError`], by what the answer says; an answer that is no token answer never counts as a refusal of the grant.
pub fn read_token_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Tokens, TokenError> {
    if status.is_redirection() {
        let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        return Err(TokenError::Moved { status: status.as_u16(), location });
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Err(TokenError::Busy(status.as_u16()));
    }
    if status.is_success() {
        return serde_json::from_slice(body)
            .map(|wire: WireTokens| Tokens {
                access_token: wire.access_token.into(),
                refresh_token: wire.refresh_token.filter(|token| !token.is_empty()).map(SecretString::from),
                expires_in: wire.expires_in.map(Duration::from_secs),
                email: wire.account.and_then(|account| account.email_address),
            })
            .map_err(|_| TokenError::NotATokenAnswer(status.as_u16()));
    }
    // A token endpoint refuses with 400 or 401 (RFC 6749, section 5.2): who answers one of these is not it, JSON or not.
    if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED) {
        return Err(TokenError::Moved { status: status.as_u16(), location: None });
    }
    match serde_json::from_slice::<WireError>(body) {
        Ok(error) => Err(read_error(&error)),
        Err(_) => Err(TokenError::NotATokenAnswer(status.as_u16())),
    }
}

fn read_error(error: &WireError) -> TokenError {
    let field = |name| error.error.get(name).and_then(serde_json::Value::as_str);
    let kind = error.error.as_str().or_else(|| field("type")).unwrap_or("unknown error");
    let text = error.error_description.as_deref().or_else(|| field("message")).unwrap_or(kind).to_owned();
    if kind == "invalid_grant" || text.contains("invalid_grant") {
        TokenError::InvalidGrant(text)
    } else {
        TokenError::Refused(text)
    }
}

/// A JSON body for a token endpoint.
#[must_use]
pub fn json_request(url: &Url, fields: &[(&str, &str)]) -> TokenRequest {
    let object: serde_json::Map<_, _> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    TokenRequest { url: url.clone(), json: serde_json::Value::Object(object).to_string().into() }
}

/// Lends a secret's text to a list of fields.
#[must_use]
pub fn exposed(secret: &SecretString) -> &str {
    secret.expose_secret()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> PendingLogin {
        let url = |text| Url::parse(text).expect("a URL");
        PendingLogin::begin(
            &url("https://claude.ai/oauth/authorize"),
            "client",
            &url("https://platform.claude.com/oauth/code/callback"),
            &["a:b".to_owned(), "c".to_owned()],
            &[("code", "true")],
            &std::array::from_fn(|index| index as u8),
        )
    }

    #[test]
    fn the_authorize_url_carries_the_challenge_and_not_the_verifier() {
        let pending = pending();
        let pairs: Vec<_> = pending.authorize_url.query_pairs().into_owned().collect();
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(exposed(&pending.code_verifier)));

        assert_eq!(value("code_challenge"), Some(challenge.as_str()));
        assert_eq!(value("code_challenge_method"), Some("S256"));
        assert_eq!(value("scope"), Some("a:b c"));
        assert_eq!(value("code"), Some("true"));
        assert!(!pending.authorize_url.as_str().contains(exposed(&pending.code_verifier)));
    }

    #[test]
    fn a_paste_is_read_in_every_form_a_person_may_paste_it() {
        let pending = pending();
        let state = &pending.state;

        for pasted in [
            format!("abc#{state}"),
            format!("  ab\n c#{state}\r\n"),
            format!("https://platform.claude.com/oauth/code/callback?code=abc&state={state}"),
            format!(" https://platform.claude.com/oauth/code/callback?code=abc#{state} \n"),
            "abc".to_owned(),
        ] {
            assert_eq!(
                pending.read_paste(&pasted).map(|code| exposed(&code).to_owned()),
                Ok("abc".to_owned()),
                "{pasted}"
            );
        }
    }

    #[test]
    fn a_paste_of_another_sign_in_is_refused() {
        let pending = pending();
        let read = |pasted: &str| pending.read_paste(pasted).map(|_| ()).expect_err(pasted);

        assert_eq!(read("abc#other"), PasteError::WrongState);
        assert_eq!(read("https://x.example/callback?code=abc&state=other"), PasteError::WrongState);
        assert_eq!(read(" \n"), PasteError::NoCode);
        assert_eq!(read("https://x.example/callback?state=other"), PasteError::NoCode);
        assert_eq!(
            read("https://x.example/callback?error=access_denied&error_description=no"),
            PasteError::Denied("no".to_owned())
        );
    }

    #[test]
    fn a_token_answer_is_told_from_everything_else_a_server_may_say() {
        let read = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).expect("a status");
            read_token_answer(status, &HeaderMap::new(), body.as_bytes()).map(|_| ()).map_err(|error| error.code())
        };

        assert_eq!(read(200, r#"{"access_token":"a","refresh_token":"r","expires_in":28800}"#), Ok(()));
        assert_eq!(read(200, "<html>"), Err("not_a_token_answer"));
        assert_eq!(read(400, r#"{"error":"invalid_grant"}"#), Err("invalid_grant"));
        assert_eq!(read(400, r#"{"error":{"type":"invalid_grant","message":"used"}}"#), Err("invalid_grant"));
        assert_eq!(read(400, r#"{"error":"invalid_client"}"#), Err("token_request_refused"));
        assert_eq!(read(403, "<html>blocked</html>"), Err("not_a_token_answer"));
        assert_eq!(read(404, "<html>"), Err("endpoint_moved"));
        assert_eq!(read(404, r#"{"error":{"type":"not_found_error","message":"Not found"}}"#), Err("endpoint_moved"));
        assert_eq!(read(301, ""), Err("endpoint_moved"));
        assert_eq!(read(429, r#"{"error":"rate_limited"}"#), Err("token_endpoint_busy"));
        assert_eq!(read(502, "<html>"), Err("token_endpoint_busy"));
    }
}
