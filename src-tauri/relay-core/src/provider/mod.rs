//! The providers. One file each, one line in [`PROVIDERS`]. Providers are pure: they build requests and read answers.

pub mod claude;

use http::{HeaderMap, HeaderName, Uri, uri::InvalidUri};
use secrecy::SecretString;
use url::Url;

use crate::{
    attempt::{Finding, Reply},
    call::Client,
    credential::{AccountKind, Credential},
    dialect::Dialect,
    endpoints::Endpoint,
    oauth::{LOGIN_RANDOM_BYTES, PendingLogin, TokenRequest},
    window::Window,
};

/// Every provider, in the order the owner is shown them.
pub const PROVIDERS: &[&Provider] = &[&claude::CLAUDE];

/// What there is to know about a provider.
#[derive(Debug)]
pub struct Provider {
    /// The word on the command line, in the database and in the ledger.
    pub id: &'static str,
    /// The vendor's product as people call it.
    pub label: &'static str,
    /// The dialects it speaks itself.
    pub dialects: &'static [&'static Dialect],
    /// The vendor's own client: the only one a subscription account serves.
    pub own_client: Client,
    /// What that client is called.
    pub own_client_label: &'static str,
    /// Tells from a pasted secret what kind of account it makes.
    pub kind_of_secret: fn(&SecretString) -> Result<AccountKind, NotASecret>,
    /// Puts the credential, and what belongs to it, into the headers of a call.
    pub authorize: fn(&Credential, &mut HeaderMap) -> Result<(), UnsendableSecret>,
    /// Reads what an answer says about the account, before anything of it goes on.
    pub judge: fn(&Reply<'_>) -> Finding,
    /// The family of a model: models of one family share an allowance.
    pub family: fn(&str) -> &str,
    /// Reads what an answer says about the account's windows; nothing where it says nothing.
    pub windows: fn(&HeaderMap) -> Vec<Window>,
    /// Says whether a header tells of one account's windows, which is no caller's business while another account serves.
    pub is_about_windows: fn(&HeaderName) -> bool,
    /// Reads the windows from the usage endpoint's answer, where the provider has one.
    pub read_usage: Option<ReadUsage>,
    /// Signing in by OAuth, where the provider has it.
    pub login: Option<Login>,
    /// Testing an account, without cost.
    pub probe: fn(AccountKind) -> Probe,
}

/// Reads windows from an answer's body; `None` where it is not what it should be.
pub type ReadUsage = fn(&[u8]) -> Option<Vec<Window>>;

/// How to sign in at a provider.
#[derive(Clone, Copy, Debug)]
pub struct Login {
    /// Begins a sign-in.
    pub begin: fn(&Endpoint, &[u8; LOGIN_RANDOM_BYTES]) -> Result<PendingLogin, MissingEndpoint>,
    /// Exchanges an authorization code.
    pub exchange: fn(&Endpoint, &PendingLogin, &SecretString) -> Result<TokenRequest, MissingEndpoint>,
    /// Exchanges a refresh token.
    pub refresh: fn(&Endpoint, &SecretString) -> Result<TokenRequest, MissingEndpoint>,
    /// Reads whose account it is from the profile endpoint's answer.
    pub read_profile: fn(&[u8]) -> Option<Profile>,
}

/// A call that shows whether a credential works and costs nothing.
#[derive(Clone, Copy, Debug)]
pub enum Probe {
    /// A `GET` of the profile endpoint.
    Profile,
    /// A `POST` of a small JSON body to a path below the API's base.
    Post(&'static str, &'static str),
}

/// Whose account it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The e-mail address.
    pub email: Option<String>,
    /// The subscription's name, e.g. `claude_max`.
    pub plan: Option<String>,
}

/// A field that the endpoints file must have for this.
#[derive(Debug, thiserror::Error)]
#[error("the providers file has no {0} for this provider")]
pub struct MissingEndpoint(pub &'static str);

/// A secret that cannot be one of this provider's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotASecret(pub &'static str);

/// A secret that cannot be put into a header.
#[derive(Debug, thiserror::Error)]
#[error("the account's secret has characters that no header can carry")]
pub struct UnsendableSecret;

/// The provider with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id).copied()
}

impl Provider {
    /// Says whether the provider speaks this dialect itself.
    #[must_use]
    pub fn speaks(&self, dialect: &Dialect) -> bool {
        self.dialects.iter().any(|spoken| spoken.id == dialect.id)
    }
}

/// An address that an account's calls cannot go to.
#[derive(Debug, thiserror::Error)]
pub enum BadBaseUrl {
    /// It is none.
    #[error("{0}: expected http://… or https://…")]
    NotAUrl(#[from] url::ParseError),
    /// It is of another kind.
    #[error("expected http://… or https://…")]
    Scheme,
    /// It has more than an address may have.
    #[error("expected an address without user, query or fragment")]
    Excess,
}

/// Reads the address an account's calls go to instead of the provider's own.
///
/// # Errors
/// [`BadBaseUrl`] with the reason.
pub fn parse_base_url(text: &str) -> Result<Url, BadBaseUrl> {
    let url = Url::parse(text)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(BadBaseUrl::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(BadBaseUrl::Excess);
    }
    Ok(url)
}

/// Joins an account's base URL, a call's path and its query, both byte for byte: a `Url` would write some characters
/// anew. A `/v1` that both sides bring is folded into one.
///
/// # Errors
/// When together they are longer than an address may be.
pub fn join(base: &Url, path: &str, query: Option<&str>) -> Result<Uri, InvalidUri> {
    let prefix = base.path().trim_end_matches('/');
    let path = match prefix.rsplit_once('/') {
        Some((_, "v1")) => path.strip_prefix("/v1").unwrap_or(path),
        _ => path,
    };
    let origin = base.origin().ascii_serialization();
    match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{origin}{prefix}{path}?{query}").parse(),
        None => format!("{origin}{prefix}{path}").parse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_joined_with_path_and_query() {
        for (base, query, expected) in [
            ("https://api.anthropic.com", Some("beta=true"), "https://api.anthropic.com/v1/messages?beta=true"),
            ("https://h.example:8443", Some("a='b'"), "https://h.example:8443/v1/messages?a='b'"),
            ("http://127.0.0.1:9/", None, "http://127.0.0.1:9/v1/messages"),
            ("https://h.example/anthropic/", Some(""), "https://h.example/anthropic/v1/messages"),
            ("https://h.example/v1", None, "https://h.example/v1/messages"),
            ("https://h.example/anthropic/v1/", None, "https://h.example/anthropic/v1/messages"),
        ] {
            let base = Url::parse(base).expect("a URL");
            assert_eq!(join(&base, "/v1/messages", query).expect("an address"), expected);
        }
    }
}
