//! Where the providers are: data, so that a moved endpoint is an edit and not a release.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use url::Url;

use crate::{options::Options, provider::CannotServe};

/// The endpoints as shipped.
const BUILT_IN: &str = include_str!("../providers.toml");

/// Every provider's endpoints, by provider id.
#[derive(Clone, Debug)]
pub struct Endpoints(BTreeMap<String, Endpoint>);

/// One provider's endpoints. What a provider has no use for is `None` or empty.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Base URL of the calls of accounts that have none of their own; see [`Endpoint::base`].
    pub api_base: Option<ApiBase>,
    /// Where the owner signs in, in a browser.
    pub authorize_url: Option<Url>,
    /// Where a sign-in by device begins.
    pub device_url: Option<Url>,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: Option<Url>,
    /// The OAuth client id.
    pub client_id: Option<String>,
    /// Where the authorization server sends the browser back to.
    pub redirect_uri: Option<Url>,
    /// The OAuth scopes asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Tells how much of a subscription's windows is used.
    pub usage_url: Option<Url>,
    /// Tells whose account it is.
    pub profile_url: Option<Url>,
}

/// A base URL in which the account's region may stand, as `{region}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ApiBase(String);

/// Where the region stands.
const REGION: &str = "{region}";

impl ApiBase {
    /// The base URL for a region; `None` where it needs one and this is none.
    fn of(&self, region: Option<&str>) -> Option<Url> {
        if !self.0.contains(REGION) {
            return self.0.parse().ok();
        }
        let is_word = |region: &&str| {
            !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        self.0.replace(REGION, region.filter(is_word)?).parse().ok()
    }
}

impl TryFrom<String> for ApiBase {
    type Error = url::ParseError;

    fn try_from(text: String) -> Result<Self, url::ParseError> {
        Url::parse(&text.replace(REGION, "region"))?;
        Ok(Self(text))
    }
}

impl Endpoint {
    /// Where the calls of an account go that has no base URL of its own.
    ///
    /// # Errors
    /// [`CannotServe::Missing`] when the account lacks the region that stands in the address, or the provider has none.
    pub fn base(&self, options: &Options) -> Result<Url, CannotServe> {
        let api_base = self.api_base.as_ref().ok_or(CannotServe::Missing("base URL"))?;
        api_base.of(options.region.as_deref()).ok_or(CannotServe::Missing("region, e.g. eu-central-1"))
    }
}

/// An endpoints file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointsError {
    /// Not TOML.
    #[error("not a valid TOML file")]
    Syntax(#[source] toml::de::Error),
    /// A section for a provider that does not exist, or something that is no section.
    #[error("[{0}] is not a provider; known are: {1}")]
    UnknownProvider(String, String),
    /// A field that does not exist or does not hold what it should.
    #[error("[{0}] has a field that does not fit")]
    Field(String, #[source] toml::de::Error),
}

impl Endpoints {
    /// The endpoints as shipped.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static SHIPPED: LazyLock<Endpoints> = LazyLock::new(|| {
            Endpoints::with_overrides("").expect("the shipped endpoints are valid: a test reads them")
        });
        &SHIPPED
    }

    /// The endpoints as shipped, with the fields in `overrides` (TOML of the same shape) put over them.
    ///
    /// # Errors
    /// [`EndpointsError`] when the text is no TOML, names an unknown provider, or holds a field that does not fit.
    pub fn with_overrides(overrides: &str) -> Result<Self, EndpointsError> {
        let mut tables: toml::Table = BUILT_IN.parse().map_err(EndpointsError::Syntax)?;
        let overrides: toml::Table = overrides.parse().map_err(EndpointsError::Syntax)?;
        for (provider, fields) in overrides {
            let known = tables.keys().cloned().collect::<Vec<_>>().join(", ");
            match (tables.get_mut(&provider), fields) {
                (Some(toml::Value::Table(table)), toml::Value::Table(fields)) => table.extend(fields),
                _ => return Err(EndpointsError::UnknownProvider(provider, known)),
            }
        }
        let endpoints = tables.into_iter().map(|(provider, fields)| {
            let endpoint = fields.try_into().map_err(|error| EndpointsError::Field(provider.clone(), error))?;
            Ok((provider, endpoint))
        });
        Ok(Self(endpoints.collect::<Result<_, _>>()?))
    }

    /// The endpoints of one provider.
    #[must_use]
    pub fn of(&self, provider: &str) -> Option<&Endpoint> {
        self.0.get(provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::PROVIDERS;

    #[test]
    fn every_provider_has_endpoints() {
        let endpoints = Endpoints::built_in();

        for provider in PROVIDERS {
            assert!(endpoints.of(provider.id).is_some(), "{} is missing in providers.toml", provider.id);
        }
    }

    #[test]
    fn an_override_changes_its_field_and_no_other() {
        let endpoints = Endpoints::with_overrides("[claude]\ntoken_url = 'http://127.0.0.1:9/token'").expect("valid");
        let claude = endpoints.of("claude").expect("claude");

        assert_eq!(claude.token_url.as_ref().map(Url::as_str), Some("http://127.0.0.1:9/token"));
        assert_eq!(claude.client_id, Endpoints::built_in().of("claude").expect("claude").client_id);
    }

    #[test]
    fn the_accounts_region_stands_in_the_address() {
        let endpoints = Endpoints::built_in();
        let base = |provider: &str, region: Option<&str>| {
            let options = Options { region: region.map(str::to_owned), ..Options::default() };
            let base = endpoints.of(provider).expect("known").base(&options);
            base.map(String::from).map_err(|error| error.to_string())
        };

        assert_eq!(
            base("bedrock", Some("eu-central-1")).as_deref(),
            Ok("https://bedrock-runtime.eu-central-1.amazonaws.com/")
        );
        assert_eq!(base("claude", None).as_deref(), Ok("https://api.anthropic.com/"));
        for wrong in [None, Some(""), Some("x.example/#"), Some("a.b")] {
            assert!(base("bedrock", wrong).is_err_and(|error| error.contains("no region")), "{wrong:?}");
        }
        assert!(base("azure", None).is_err_and(|error| error.contains("no base URL")));
    }

    #[test]
    fn an_override_that_would_do_nothing_is_an_error() {
        for (text, expected) in [
            ("[claud]\nclient_id = 'x'", "[claud] is not a provider; known are: "),
            ("[claude]\ntoken_uri = 'x'", "[claude] has a field that does not fit"),
            ("[claude]\ntoken_url = 'nonsense'", "[claude] has a field that does not fit"),
            ("claude = 1", "[claude] is not a provider; known are: "),
            ("[claude", "not a valid TOML file"),
        ] {
            let said = Endpoints::with_overrides(text).expect_err(text).to_string();
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
