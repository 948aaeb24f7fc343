//! What token endpoints answer.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What a token endpoint granted.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access_token: SecretString,
    /// The new refresh token. Where the server sends none, the old one stays good (RFC 6749, section 6).
    pub refresh_token: Option<SecretString>,
    /// How long the access token lives.
    pub expires_in: Option<Duration>,
    /// Says whose account it is, as a JSON Web Token, where the server sends one (OpenID Connect).
    pub id_token: Option<SecretString>,
    /// Whose account it is, where the answer itself tells.
    pub email: Option<String>,
}

impl Tokens {
    /// The claims of the id token, which came from the vendor itself over TLS and so are not checked again (OpenID Connect
    /// Core, section 3.1.3.7).
    #[must_use]
    pub fn claims(&self) -> Option<serde_json::Value> {
        claims(self.id_token.as_ref()?.expose_secret())
    }

    /// The claims of the access token, where it is a JSON Web Token too, as some vendors' are.
    #[must_use]
    pub fn access_token_claims(&self) -> Option<serde_json::Value> {
        claims(self.access_token.expose_secret())
    }
}

/// The claims of a JSON Web Token (RFC 7519, section 3).
fn claims(token: &str) -> Option<serde_json::Value> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()
}

/// How long an access token lives by its own claims, for servers that do not tell otherwise: from when it was made, which
/// was just now.
fn lifetime(access_token: &str) -> Option<Duration> {
    let claims = claims(access_token)?;
    let time = |name| claims.get(name).and_then(serde_json::Value::as_u64);
    time("exp")?.checked_sub(time("iat")?).map(Duration::from_secs)
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
    id_token: Option<String>,
    account: Option<WireAccount>,
    user: Option<WireUser>,
}

#[derive(Deserialize)]
struct WireAccount {
    email_address: Option<String>,
}

#[derive(Deserialize)]
struct WireUser {
    email: Option<String>,
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
                refresh_token: wire.refresh_token.filter(|token| !token.is_empty()).map(SecretString::from),
                expires_in: wire.expires_in.map(Duration::from_secs).or_else(|| lifetime(&wire.access_token)),
                access_token: wire.access_token.into(),
                id_token: wire.id_token.map(SecretString::from),
                email: wire
                    .account
                    .and_then(|account| account.email_address)
                    .or_else(|| wire.user.and_then(|user| user.email)),
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

#[cfg(test)]
mod tests {
    use super::*;

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
