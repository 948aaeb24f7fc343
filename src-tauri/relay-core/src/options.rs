//! What an account is set to beyond its name and secret. Which of it a provider uses stands in its `asks`.

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};

/// An account's options. An account without any has the default ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Names that calls give a model, and what the account calls it; the first that fits counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub model_map: Vec<ModelName>,
    /// The models the account serves, as calls name them; all that its provider has where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Pattern>,
    /// The dialects it speaks, where its provider may speak several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dialects: Vec<String>,
    /// The header its key is sent in, where there is a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_header: Option<KeyHeader>,
    /// The vendor's region, e.g. `eu-central-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The version of the vendor's API, e.g. `2025-04-01-preview`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The vendor's project, workspace or account that calls are made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The OAuth client it signs in with, where it is the owner's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Whether a subscription serves other clients than its vendor's own: off unless the owner switched it on.
    #[serde(skip_serializing_if = "is_false")]
    pub serves_any_client: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A name that calls give a model, and what the account calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelName {
    /// The name in calls, which may have wildcards.
    pub asked: Pattern,
    /// The name at the provider.
    pub upstream: String,
}

/// The header a key is sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyHeader {
    /// `Authorization: Bearer …`.
    Bearer,
    /// `x-api-key`.
    XApiKey,
    /// `api-key`.
    ApiKey,
    /// `x-goog-api-key`.
    XGoogApiKey,
}

impl KeyHeader {
    /// Every one, in the order the owner is shown them.
    pub const ALL: [Self; 4] = [Self::Bearer, Self::XApiKey, Self::ApiKey, Self::XGoogApiKey];

    /// The word in the settings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::XApiKey => "x-api-key",
            Self::ApiKey => "api-key",
            Self::XGoogApiKey => "x-goog-api-key",
        }
    }
}

impl std::str::FromStr for KeyHeader {
    type Err = BadOption;

    fn from_str(word: &str) -> Result<Self, BadOption> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == word);
        known.ok_or_else(|| {
            BadOption(format!("'{word}' is not a key header: expected bearer, x-api-key, api-key or x-goog-api-key"))
        })
    }
}

/// Text that is no such option; it says why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadOption(pub String);

/// A name of models, in which `*` stands for anything. Capitals count as small letters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(GlobMatcher);

impl Pattern {
    /// Says whether a model's name fits.
    #[must_use]
    pub fn fits(&self, model: &str) -> bool {
        self.0.is_match(model)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.glob().glob()
    }

    /// Says whether it is one name.
    #[must_use]
    pub fn is_one_name(&self) -> bool {
        !self.as_str().contains(['*', '?', '[', '{'])
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl TryFrom<String> for Pattern {
    type Error = BadOption;

    fn try_from(text: String) -> Result<Self, BadOption> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadOption("a model's name may not be empty".to_owned()));
        }
        let glob = GlobBuilder::new(text)
            .case_insensitive(true)
            .build()
            .map_err(|error| BadOption(format!("'{text}' is no pattern of names: {error}")))?;
        Ok(Self(glob.compile_matcher()))
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.as_str().to_owned()
    }
}

impl std::str::FromStr for Pattern {
    type Err = BadOption;

    fn from_str(text: &str) -> Result<Self, BadOption> {
        text.to_owned().try_into()
    }
}

impl std::str::FromStr for ModelName {
    type Err = BadOption;

    /// Reads `ASKED=UPSTREAM`.
    fn from_str(text: &str) -> Result<Self, BadOption> {
        let (asked, upstream) =
            text.split_once('=').ok_or_else(|| BadOption(format!("'{text}': expected ASKED=UPSTREAM")))?;
        let upstream = upstream.trim().to_owned();
        if upstream.is_empty() {
            return Err(BadOption(format!("'{text}': expected ASKED=UPSTREAM")));
        }
        Ok(Self { asked: asked.parse()?, upstream })
    }
}

impl Options {
    /// What the account calls a model.
    #[must_use]
    pub fn upstream_model<'a>(&'a self, asked: &'a str) -> &'a str {
        self.mapped(asked).unwrap_or(asked)
    }

    /// What the account's map calls a model, where it names it.
    #[must_use]
    pub fn mapped(&self, asked: &str) -> Option<&str> {
        self.model_map.iter().find(|name| name.asked.fits(asked)).map(|name| &*name.upstream)
    }

    /// Says whether the account serves a model, as far as its options tell; `None` where they say nothing of models.
    #[must_use]
    pub fn serves(&self, asked: &str) -> Option<bool> {
        if self.mapped(asked).is_some() || self.models.iter().any(|model| model.fits(asked)) {
            return Some(true);
        }
        (!self.models.is_empty()).then_some(false)
    }

    /// The models that the options name one by one, as calls name them.
    pub fn named_models(&self) -> impl Iterator<Item = &str> {
        let mapped = self.model_map.iter().map(|name| &name.asked);
        mapped.chain(&self.models).filter(|pattern| pattern.is_one_name()).map(Pattern::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_names_models_and_a_list_leaves_the_others_out() {
        let options = Options {
            model_map: vec!["claude-*-4-5=us.anthropic.claude:0".parse().expect("a name")],
            models: vec!["gpt-5".parse().expect("a pattern")],
            ..Options::default()
        };

        assert_eq!(options.upstream_model("claude-sonnet-4-5"), "us.anthropic.claude:0");
        assert_eq!(options.upstream_model("gpt-5"), "gpt-5");
        assert_eq!(options.serves("claude-sonnet-4-5"), Some(true));
        assert_eq!((options.serves("gpt-5"), options.serves("gpt-5-mini")), (Some(true), Some(false)));
        assert_eq!(Options::default().serves("anything"), None);
        assert_eq!(options.named_models().collect::<Vec<_>>(), ["gpt-5"]);
    }

    #[test]
    fn options_survive_being_written() {
        let options = Options {
            model_map: vec!["a*=b".parse().expect("a name")],
            key_header: Some(KeyHeader::ApiKey),
            serves_any_client: true,
            ..Options::default()
        };

        let written = serde_json::to_string(&options).expect("writes");

        assert_eq!(serde_json::from_str::<Options>(&written).expect("reads"), options);
        assert_eq!(serde_json::to_string(&Options::default()).expect("writes"), "{}");
        assert!(serde_json::from_str::<Options>(r#"{"typo":1}"#).is_err());
    }

    #[test]
    fn what_is_no_option_says_why() {
        assert!("".parse::<Pattern>().is_err());
        assert!("a[".parse::<Pattern>().is_err());
        assert!("a=".parse::<ModelName>().is_err());
        assert!("cookie".parse::<KeyHeader>().is_err());
    }
}
