//! Signing in from a device without a browser (RFC 8628): the owner opens an address anywhere and types in a short code,
//! while the relay asks again and again whether that has happened. Each step takes what the one before returned:
//! [`DeviceLogin::begin`], its `read`, then [`AskedOwner::poll`] and its `read` until there are tokens.
//!
//! The answers are those of <https://workos.com/docs/reference/authkit/cli-auth> (read November 2026), which follow the RFC.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::{Encoding, Login, MissingEndpoint, OauthClient, TokenError, TokenRequest, Tokens, read_token_answer};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// How long to wait between two questions where the server does not say, and how much longer after each time it says
/// that this was too soon (RFC 8628, section 3.5).
const INTERVAL: Duration = Duration::from_secs(5);
/// The longest wait: the owner sits before the screen.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A sign-in whose codes were asked for.
#[derive(Debug)]
pub struct DeviceLogin {
    token_url: Url,
    encoding: Encoding,
    client_id: String,
}

/// A sign-in that waits for its owner.
#[derive(Debug)]
pub struct AskedOwner {
    /// What the owner types in.
    pub user_code: String,
    /// Where.
    pub verification_url: Url,
    /// The same with the code in it already, where the server has that.
    pub complete_url: Option<Url>,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// How long to wait before the next question.
    pub wait: Duration,
    device_code: SecretString,
    login: DeviceLogin,
}

/// What the server says to whether the owner agreed.
#[derive(Debug)]
pub enum DeviceAnswer {
    /// Not yet.
    Pending(Box<AskedOwner>),
    /// Yes.
    Granted(Tokens),
}

/// Why a sign-in came to nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The server gave no code, or refused for a reason of its own.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The owner did not agree in time.
    #[error("the code was not entered in time: start the sign-in again")]
    Expired,
    /// The owner said no.
    #[error("the sign-in was refused in the browser")]
    Denied,
}

impl DeviceError {
    /// The error's name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Token(error) => error.code(),
            Self::Expired => "sign_in_expired",
            Self::Denied => "sign_in_denied",
        }
    }
}

/// RFC 8628, section 3.2.
#[derive(Deserialize)]
struct WireCodes {
    device_code: String,
    user_code: String,
    verification_uri: Url,
    verification_uri_complete: Option<Url>,
    expires_in: u32,
    interval: Option<u32>,
}

#[derive(Deserialize)]
struct WireError {
    error: String,
}

impl DeviceLogin {
    /// Asks for the codes.
    ///
    /// # Errors
    /// When an endpoint is not known.
    pub fn begin(login: &Login, client: OauthClient<'_>) -> Result<(Self, TokenRequest), MissingEndpoint> {
        let endpoint = client.endpoint;
        let device_url = endpoint.device_url.as_ref().ok_or(MissingEndpoint("device_url"))?;
        let token_url = endpoint.token_url.clone().ok_or(MissingEndpoint("token_url"))?;
        let client_id = client.id()?.to_owned();
        let scopes = endpoint.scopes.join(" ");
        let mut fields = vec![("client_id", &*client_id)];
        if !scopes.is_empty() {
            fields.push(("scope", &scopes));
        }
        let request = TokenRequest::new(device_url, login.encoding, &fields);
        Ok((Self { token_url, encoding: login.encoding, client_id }, request))
    }

    /// Reads the codes from the answer.
    ///
    /// # Errors
    /// [`DeviceError`] when there are none in it.
    pub fn read(
        self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<AskedOwner, DeviceError> {
        if !status.is_success() {
            // A refusal is told as the token endpoint's are (section 3.2 leaves it to RFC 6749).
            let error = read_token_answer(status, headers, body).err();
            return Err(error.unwrap_or(TokenError::NotATokenAnswer(status.as_u16())).into());
        }
        let codes: WireCodes =
            serde_json::from_slice(body).map_err(|_| TokenError::NotATokenAnswer(status.as_u16()))?;
        let interval = codes.interval.map_or(INTERVAL, |seconds| Duration::from_secs(seconds.into()));
        Ok(AskedOwner {
            user_code: codes.user_code,
            verification_url: codes.verification_uri,
            complete_url: codes.verification_uri_complete,
            expires_at: now + Duration::from_secs(codes.expires_in.into()),
            wait: interval.min(LONGEST_WAIT),
            device_code: codes.device_code.into(),
            login: self,
        })
    }
}

impl AskedOwner {
    /// Asks whether the owner agreed; to be sent after [`AskedOwner::wait`].
    #[must_use]
    pub fn poll(&self) -> TokenRequest {
        let DeviceLogin { token_url, encoding, client_id } = &self.login;
        let fields =
            [("grant_type", GRANT_TYPE), ("device_code", self.device_code.expose_secret()), ("client_id", client_id)];
        TokenRequest::new(token_url, *encoding, &fields)
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`DeviceError`] when no later answer can be another.
    pub fn read(
        self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<DeviceAnswer, DeviceError> {
        let said = serde_json::from_slice(body).map(|WireError { error }| error).unwrap_or_default();
        match &*said {
            "authorization_pending" => self.ask_again(Duration::ZERO, now),
            "slow_down" => self.ask_again(INTERVAL, now),
            "expired_token" => Err(DeviceError::Expired),
            "access_denied" => Err(DeviceError::Denied),
            _ => match read_token_answer(status, headers, body) {
                Ok(tokens) => Ok(DeviceAnswer::Granted(tokens)),
                Err(TokenError::Busy(_)) => self.ask_again(INTERVAL, now),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// No answer came: asks again later (section 3.5, "On encountering a connection timeout").
    ///
    /// # Errors
    /// [`DeviceError::Expired`] when the code has ended.
    pub fn missed(self, now: Timestamp) -> Result<DeviceAnswer, DeviceError> {
        self.ask_again(INTERVAL, now)
    }

    fn ask_again(self, longer: Duration, now: Timestamp) -> Result<DeviceAnswer, DeviceError> {
        if now >= self.expires_at {
            return Err(DeviceError::Expired);
        }
        let wait = self.wait.saturating_add(longer).min(LONGEST_WAIT);
        Ok(DeviceAnswer::Pending(Box::new(Self { wait, ..self })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{endpoints::Endpoints, provider::droid::DROID};

    const CODES: &str = r#"{"device_code":"secret-1","user_code":"BCDF-GHJK",
        "verification_uri":"https://auth.example/device","expires_in":300,"interval":5,
        "verification_uri_complete":"https://auth.example/device?user_code=BCDF-GHJK"}"#;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn begun() -> (DeviceLogin, TokenRequest) {
        let endpoints = Endpoints::built_in();
        let endpoint = endpoints.of("droid").expect("droid");
        let login = DROID.login.expect("a login");
        DeviceLogin::begin(&login, OauthClient { endpoint, id: None, secret: None }).expect("endpoints are known")
    }

    fn asked() -> AskedOwner {
        begun().0.read(StatusCode::OK, &HeaderMap::new(), CODES.as_bytes(), at(0)).expect("codes")
    }

    fn answered(owner: AskedOwner, status: u16, body: &str, second: i64) -> Result<DeviceAnswer, DeviceError> {
        let status = StatusCode::from_u16(status).expect("a status");
        owner.read(status, &HeaderMap::new(), body.as_bytes(), at(second))
    }

    fn pending(answer: Result<DeviceAnswer, DeviceError>) -> AskedOwner {
        match answer {
            Ok(DeviceAnswer::Pending(owner)) => *owner,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_owner_is_shown_the_short_code_and_never_the_long_one() {
        let (_, request) = begun();
        let owner = asked();

        assert_eq!(request.url.as_str(), "https://api.workos.com/user_management/authorize/device");
        assert_eq!(request.body.expose_secret(), "client_id=client_01HNM792M5G5G1A2THWPXKFMXB");
        assert_eq!((&*owner.user_code, owner.wait, owner.expires_at), ("BCDF-GHJK", INTERVAL, at(300)));
        assert_eq!(owner.verification_url.as_str(), "https://auth.example/device");
        assert!(!format!("{owner:?}").contains("secret-1"));
    }

    #[test]
    fn the_server_is_asked_until_the_owner_agreed() {
        let owner = pending(answered(asked(), 400, r#"{"error":"authorization_pending"}"#, 5));
        assert_eq!(owner.wait, Duration::from_secs(5));
        let owner = pending(answered(owner, 400, r#"{"error":"slow_down","error_description":"x"}"#, 10));
        assert_eq!(owner.wait, Duration::from_secs(10));
        let owner = pending(answered(owner, 502, "<html>", 20));
        let owner = pending(owner.missed(at(30)));
        assert_eq!(owner.wait, Duration::from_secs(20));

        let request = owner.poll();
        assert_eq!(request.url.as_str(), "https://api.workos.com/user_management/authenticate");
        assert_eq!(
            request.body.expose_secret(),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=secret-1\
             &client_id=client_01HNM792M5G5G1A2THWPXKFMXB"
        );
        let granted = r#"{"access_token":"a","refresh_token":"r","user":{"email":"o@example.org"}}"#;
        let Ok(DeviceAnswer::Granted(tokens)) = answered(owner, 200, granted, 40) else { panic!("not granted") };
        assert_eq!(tokens.email.as_deref(), Some("o@example.org"));
        assert!(tokens.refresh_token.is_some());
    }

    #[test]
    fn a_sign_in_that_came_to_nothing_says_why() {
        let error = |status, body: &str, second| {
            answered(asked(), status, body, second).map(|_| ()).map_err(|error| error.code())
        };

        assert_eq!(error(400, r#"{"error":"expired_token"}"#, 5), Err("sign_in_expired"));
        assert_eq!(error(400, r#"{"error":"authorization_pending"}"#, 300), Err("sign_in_expired"));
        assert_eq!(error(400, r#"{"error":"access_denied"}"#, 5), Err("sign_in_denied"));
        assert_eq!(error(400, r#"{"error":"invalid_grant"}"#, 5), Err("invalid_grant"));
        assert_eq!(error(400, r#"{"error":"invalid_client"}"#, 5), Err("token_request_refused"));
        assert_eq!(error(200, "<html>", 5), Err("not_a_token_answer"));
    }

    #[test]
    fn an_answer_without_codes_is_an_error() {
        let error = |status, body: &[u8]| {
            begun().0.read(status, &HeaderMap::new(), body, at(0)).map(|_| ()).map_err(|error| error.code())
        };

        assert_eq!(error(StatusCode::OK, b"{}"), Err("not_a_token_answer"));
        assert_eq!(error(StatusCode::BAD_REQUEST, br#"{"error":"invalid_client"}"#), Err("token_request_refused"));
        assert_eq!(error(StatusCode::NOT_FOUND, b"<html>"), Err("endpoint_moved"));
    }
}
