//! The providers. One file each, one line in [`PROVIDERS`]. Providers are pure: they build requests and read answers.

pub mod azure;
pub mod bedrock;
pub mod by_status;
pub mod claude;
pub mod code_assist;
pub mod codex;
pub mod compatible;
pub mod droid;
pub mod gemini;
pub mod openai;

mod local_login;
mod pasted;
#[cfg(test)]
mod rehearsal;
mod sending;

use http::{HeaderMap, HeaderName, Uri, uri::InvalidUri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use secrecy::SecretString;
use url::Url;

use self::code_assist::project::{Discovery, Request};
pub use self::compatible::Preset;
pub use self::local_login::{KeptLogin, LocalLogin};
pub use self::sending::{CannotServe, Outgoing, Prepared, ToSend, as_it_is, sensitive};
use crate::{
    attempt::{Finding, Reply},
    call::Client,
    credential::{AccountKind, Credential},
    dialect::Dialect,
    oauth::Login,
    options::Options,
    window::Window,
};
use jiff::Timestamp;

/// Every provider, in the order the owner is shown them.
pub const PROVIDERS: &[&Provider] = &[
    &claude::CLAUDE,
    &openai::OPENAI,
    &codex::CODEX,
    &gemini::GEMINI,
    &code_assist::CODE_ASSIST,
    &azure::AZURE,
    &bedrock::BEDROCK,
    &droid::DROID,
    &compatible::COMPATIBLE,
];

/// What there is to know about a provider.
#[derive(Debug)]
pub struct Provider {
    /// The word on the command line, in the database and in the ledger.
    pub id: &'static str,
    /// The vendor's product as people call it.
    pub label: &'static str,
    /// The dialects it speaks itself. Where an account can be set to some of them, one that was not speaks the first.
    pub dialects: &'static [&'static Dialect],
    /// The ways its accounts sign in, the sanctioned one first.
    pub kinds: &'static [AccountKind],
    /// Where the vendor says what sharing a subscription means; `None` where it has no subscriptions.
    pub terms_url: Option<&'static str>,
    /// What its accounts can be set to.
    pub asks: &'static [Ask],
    /// Vendors whose addresses are known; none where the provider is one vendor.
    pub presets: &'static [Preset],
    /// The vendor's own client: the only one a subscription account serves unless its owner switched that off.
    pub own_client: Option<Client>,
    /// Tells from a pasted secret what kind of account it makes.
    pub kind_of_secret: fn(&SecretString) -> Result<AccountKind, NotASecret>,
    /// Says whether it could have a model of this name; asked where the account itself names no models.
    pub may_have: fn(&str) -> bool,
    /// Makes a call ready for an account: where it goes and what of it is changed.
    pub prepare: fn(Outgoing<'_>) -> Result<Prepared, CannotServe>,
    /// Puts the credential, and what belongs to it, into the headers of a request that is otherwise complete.
    pub authorize: fn(&Credential, ToSend<'_>) -> Result<(), UnsendableSecret>,
    /// Reads what an answer says about the account, before anything of it goes on.
    pub judge: fn(&Reply<'_>) -> Finding,
    /// Reads what a refusal says, where the provider does not write refusals in the dialect's form: then they are written anew.
    pub read_refusal: Option<ReadRefusal>,
    /// The family of a model: models of one family share an allowance.
    pub family: fn(&str) -> &str,
    /// Reads what an answer says about the account's windows; nothing where it says nothing.
    pub windows: fn(&HeaderMap, Timestamp) -> Vec<Window>,
    /// Says whether a header tells of one account's windows, which is no caller's business while another account serves.
    pub is_about_windows: fn(&HeaderName) -> bool,
    /// Asking for the windows, where the provider has an endpoint for that.
    pub usage: Option<UsageQuestion>,
    /// Finding out what an account's calls have to name, where that is not known after a sign-in.
    pub discover: Option<Discover>,
    /// Signing in by OAuth, where the provider has it.
    pub login: Option<Login>,
    /// Where the vendor's own client keeps its login, which can be copied.
    pub local_login: Option<&'static LocalLogin>,
    /// Where below the API's base the models are listed, with the query that makes the list whole; `None` where they are not.
    pub models_path: Option<&'static str>,
    /// Testing an account, without cost.
    pub probe: fn(AccountKind, &Options) -> Probe,
}

/// What is so at most providers: accounts by API key, calls that go as they are, refusals that tell by their status. What
/// one does otherwise stands in its file; what no provider can do without refuses here.
const PLAIN: Provider = Provider {
    id: "",
    label: "",
    dialects: &[],
    kinds: &[AccountKind::ApiKey],
    terms_url: None,
    asks: &[],
    presets: &[],
    own_client: None,
    kind_of_secret: |_| Err(NotASecret("accounts of this provider have no secret")),
    may_have: |_| true,
    prepare: as_it_is,
    authorize: |_, _| Err(UnsendableSecret),
    judge: by_status::judge,
    read_refusal: None,
    family: |model| model,
    windows: |_, _| Vec::new(),
    is_about_windows: by_status::is_about_limits,
    usage: None,
    discover: None,
    login: None,
    local_login: None,
    models_path: None,
    probe: |_, _| Probe::Renewal,
};

/// Whose address an account's calls go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// The provider's.
    Providers,
    /// One that the owner named.
    Owners,
}

/// Something that a provider's accounts can be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The address must be given: there is none of the provider's own.
    BaseUrl,
    /// Models by other names.
    ModelMap,
    /// The models it serves.
    Models,
    /// The dialects it speaks.
    Dialects,
    /// The header the key is sent in.
    KeyHeader,
    /// The region.
    Region,
    /// The version of the API.
    ApiVersion,
    /// The project, workspace or account.
    Project,
    /// The owner's own OAuth client.
    OauthClient,
}

/// How a provider is asked for an account's windows.
#[derive(Clone, Copy, Debug)]
pub struct UsageQuestion {
    /// What is posted; `None` for a `GET`.
    pub body: fn(&Options) -> Option<String>,
    /// Reads the windows from the answer's body; `None` where it is not what it should be.
    pub read: fn(&[u8]) -> Option<Vec<Window>>,
}

/// Reads what a refusal says to whoever called.
pub type ReadRefusal = fn(&[u8]) -> Option<String>;

/// Begins to find out what an account's calls have to name.
pub type Discover = fn(&Options) -> (Request, Discovery);

/// A call that shows whether a credential works and costs nothing.
#[derive(Clone, Debug)]
pub enum Probe {
    /// A `GET` of the profile endpoint.
    Profile,
    /// A `GET` of a path below the API's base.
    Get(String),
    /// A `POST` of a small JSON body to a path below the API's base.
    Post(String, String),
    /// The provider has no call that costs nothing: a sign-in is shown to work by renewing it.
    Renewal,
}

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
    /// Says whether an account of the provider speaks this dialect itself.
    #[must_use]
    pub fn speaks(&self, dialect: &Dialect, options: &Options) -> bool {
        let has_choice = self.asks.contains(&Ask::Dialects);
        let spoken = match &options.dialects[..] {
            [] if has_choice => &self.dialects[..1],
            _ => self.dialects,
        };
        let is_chosen = options.dialects.is_empty() || options.dialects.iter().any(|chosen| chosen == dialect.id);
        is_chosen && spoken.iter().any(|spoken| spoken.id == dialect.id)
    }

    /// The vendor with this id whose address is known.
    #[must_use]
    pub fn preset(&self, id: &str) -> Option<&'static Preset> {
        self.presets.iter().find(|preset| preset.id == id)
    }

    /// Says whether an account of the provider could serve a model. What stands at an address of the owner's may have any.
    #[must_use]
    pub fn serves(&self, model: &str, options: &Options, at: Address) -> bool {
        options.serves(model).unwrap_or_else(|| at == Address::Owners || (self.may_have)(model))
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

/// What is written as it is within one part of a path, or in a query: the unreserved characters of RFC 3986.
const WITHIN_A_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Joins an account's base URL, a call's path and its query, both byte for byte: a `Url` would write some characters
/// anew. A version that both sides bring, as in `/v1`, is folded into one: that of the base.
///
/// # Errors
/// When together they are longer than an address may be.
pub fn join(base: &Url, path: &str, query: Option<&str>) -> Result<Uri, InvalidUri> {
    let prefix = base.path().trim_end_matches('/');
    let path = match prefix.rsplit_once('/') {
        Some((_, last)) if is_version(last) => without_version(path),
        _ => path,
    };
    let origin = base.origin().ascii_serialization();
    match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{origin}{prefix}{path}?{query}").parse(),
        None => format!("{origin}{prefix}{path}").parse(),
    }
}

/// The same for a path with its query.
///
/// # Errors
/// As [`join`].
pub fn join_target(base: &Url, target: &str) -> Result<Uri, InvalidUri> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    join(base, path, query)
}

/// A path without the version it begins with.
fn without_version(path: &str) -> &str {
    let Some(rest) = path.strip_prefix('/') else { return path };
    match rest.find('/') {
        Some(end) if is_version(&rest[..end]) => &rest[end..],
        _ => path,
    }
}

/// Says whether a part of a path is a version: `v1`, `v4`, `v1beta`.
fn is_version(part: &str) -> bool {
    let number = part.strip_prefix('v').map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
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
            ("https://h.example/api/paas/v4", None, "https://h.example/api/paas/v4/messages"),
            ("https://h.example/v1beta", None, "https://h.example/v1beta/messages"),
            ("https://h.example/voice", None, "https://h.example/voice/v1/messages"),
        ] {
            let base = Url::parse(base).expect("a URL");
            assert_eq!(join(&base, "/v1/messages", query).expect("an address"), expected);
        }
    }
}
