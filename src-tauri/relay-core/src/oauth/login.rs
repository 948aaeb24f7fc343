//! How vendors let their users sign in, and the requests that takes.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{LOGIN_RANDOM_BYTES, PendingLogin, Tokens};
use crate::endpoints::Endpoint;

/// How a vendor lets its users sign in.
#[derive(Clone, Copy, Debug)]
pub struct Login {
    /// How the owner says yes.
    pub flow: Flow,
    /// How requests to the token endpoint are written.
    pub encoding: Encoding,
    /// The scopes a renewal asks for, where the vendor wants them named.
    pub refresh_scope: Option<&'static str>,
    /// Reads whose account it is from what the token endpoint granted.
    pub identify: fn(&Tokens) -> Identity,
    /// Reads whose account it is from the profile endpoint's answer.
    pub read_profile: fn(&[u8]) -> Option<Profile>,
}

/// How the owner says yes to a sign-in.
#[derive(Clone, Copy, Debug)]
pub enum Flow {
    /// In a browser, which ends with a code that is pasted (RFC 6749, section 4.1).
    Code {
        /// What the vendor wants beyond the standard in the address to open.
        extra: &'static [(&'static str, &'static str)],
        /// Whether the vendor wants the state again when the code is exchanged.
        repeats_state: bool,
    },
    /// In a browser anywhere, by a short code that is shown (RFC 8628).
    Device,
}

/// How a request's fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As a JSON object.
    Json,
    /// As a form (RFC 6749, appendix B).
    Form,
}

/// Whose account it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Who, and on which plan.
    pub profile: Profile,
    /// The vendor's name for the account, which calls have to name.
    pub project: Option<String>,
}

/// Who an account belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The e-mail address.
    pub email: Option<String>,
    /// The subscription's name, e.g. `claude_max`.
    pub plan: Option<String>,
}

/// The OAuth client that signs in: the vendor's own, or the owner's.
#[derive(Clone, Copy, Debug)]
pub struct OauthClient<'a> {
    /// Where the vendor is.
    pub endpoint: &'a Endpoint,
    /// The owner's own client, where there is one.
    pub id: Option<&'a str>,
    /// Its secret, where it has one.
    pub secret: Option<&'a SecretString>,
}

/// A field that the endpoints file must have for this.
#[derive(Debug, thiserror::Error)]
#[error("the providers file has no {0} for this provider")]
pub struct MissingEndpoint(pub &'static str);

impl OauthClient<'_> {
    pub(super) fn id(&self) -> Result<&str, MissingEndpoint> {
        self.id.or(self.endpoint.client_id.as_deref()).ok_or(MissingEndpoint("client_id"))
    }

    fn secret(&self) -> Option<&str> {
        self.secret.map(ExposeSecret::expose_secret)
    }
}

impl Login {
    /// Says whether the owner is shown a short code, instead of pasting one.
    #[must_use]
    pub fn is_by_device(&self) -> bool {
        matches!(self.flow, Flow::Device)
    }

    /// Begins a sign-in by pasted code.
    ///
    /// # Errors
    /// When an endpoint is not known.
    pub fn begin(
        &self,
        client: OauthClient<'_>,
        random: &[u8; LOGIN_RANDOM_BYTES],
    ) -> Result<PendingLogin, MissingEndpoint> {
        let extra = match self.flow {
            Flow::Code { extra, .. } => extra,
            Flow::Device => &[],
        };
        let endpoint = client.endpoint;
        Ok(PendingLogin::begin(
            endpoint.authorize_url.as_ref().ok_or(MissingEndpoint("authorize_url"))?,
            client.id()?,
            endpoint.redirect_uri.as_ref().ok_or(MissingEndpoint("redirect_uri"))?,
            &endpoint.scopes,
            extra,
            random,
        ))
    }

    /// Exchanges an authorization code.
    ///
    /// # Errors
    /// When an endpoint is not known.
    pub fn exchange(
        &self,
        client: OauthClient<'_>,
        pending: &PendingLogin,
        code: &SecretString,
    ) -> Result<TokenRequest, MissingEndpoint> {
        let redirect_uri = client.endpoint.redirect_uri.as_ref().ok_or(MissingEndpoint("redirect_uri"))?;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client.id()?),
            ("code", code.expose_secret()),
            ("redirect_uri", redirect_uri.as_str()),
            ("code_verifier", pending.code_verifier.expose_secret()),
        ];
        fields.extend(client.secret().map(|secret| ("client_secret", secret)));
        if matches!(self.flow, Flow::Code { repeats_state: true, .. }) {
            fields.push(("state", &pending.state));
        }
        self.request(client, &fields)
    }

    /// Exchanges a refresh token.
    ///
    /// # Errors
    /// When an endpoint is not known.
    pub fn refresh(
        &self,
        client: OauthClient<'_>,
        refresh_token: &SecretString,
    ) -> Result<TokenRequest, MissingEndpoint> {
        let mut fields = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose_secret()),
            ("client_id", client.id()?),
        ];
        fields.extend(client.secret().map(|secret| ("client_secret", secret)));
        fields.extend(self.refresh_scope.map(|scope| ("scope", scope)));
        self.request(client, &fields)
    }

    fn request(&self, client: OauthClient<'_>, fields: &[(&str, &str)]) -> Result<TokenRequest, MissingEndpoint> {
        let url = client.endpoint.token_url.as_ref().ok_or(MissingEndpoint("token_url"))?;
        Ok(TokenRequest::new(url, self.encoding, fields))
    }
}

/// A request to a token endpoint, ready to be sent by `POST`.
#[derive(Debug)]
pub struct TokenRequest {
    /// The endpoint.
    pub url: Url,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The body; it holds secrets.
    pub body: SecretString,
}

impl TokenRequest {
    /// Writes a request with these fields.
    #[must_use]
    pub fn new(url: &Url, encoding: Encoding, fields: &[(&str, &str)]) -> Self {
        let (media_type, body) = match encoding {
            Encoding::Json => {
                let object: serde_json::Map<_, _> =
                    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
                ("application/json", serde_json::Value::Object(object).to_string())
            }
            Encoding::Form => {
                let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                ("application/x-www-form-urlencoded", form)
            }
        };
        Self { url: url.clone(), media_type, body: body.into() }
    }
}
