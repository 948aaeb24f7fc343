//! What Bedrock calls the models. Data: the ids and the inference profiles of
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html> and of the models' cards there
//! (read November 2026).
//!
//! Newer models are served through inference profiles only, which say where a call may be worked on: within one geography,
//! or anywhere. A call stays within the geography of the account's region; only a region that belongs to none uses the
//! profile for anywhere. Where that does not lead to an id, the owner has to name one.

use std::borrow::Cow;

use super::DEFAULT_REGION;
use crate::options::Options;

/// A model whose id is known.
struct Known {
    /// The vendor's name for it without a date.
    name: &'static str,
    id: &'static str,
    /// The profiles it has.
    profiles: &'static [&'static str],
}

const EVERYWHERE: &[&str] = &["us", "eu", "jp", "au", "global"];
const EVERYWHERE_AND_GOV: &[&str] = &["us", "eu", "jp", "au", "us-gov", "global"];

const KNOWN: &[Known] = &[
    known("claude-opus-4-1", "anthropic.claude-opus-4-1-20250805-v1:0", &["us"]),
    known("claude-sonnet-4-5", "anthropic.claude-sonnet-4-5-20250929-v1:0", EVERYWHERE_AND_GOV),
    known("claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0", EVERYWHERE),
    known("claude-opus-4-5", "anthropic.claude-opus-4-5-20251101-v1:0", &["us", "eu", "global"]),
    known("claude-opus-4-6", "anthropic.claude-opus-4-6-v1", &["us", "eu", "au", "global"]),
    known("claude-sonnet-4-6", "anthropic.claude-sonnet-4-6", EVERYWHERE),
    known("claude-opus-4-7", "anthropic.claude-opus-4-7", EVERYWHERE),
    known("claude-opus-4-8", "anthropic.claude-opus-4-8", EVERYWHERE_AND_GOV),
    known("claude-opus-5", "anthropic.claude-opus-5", EVERYWHERE_AND_GOV),
    known("claude-sonnet-5", "anthropic.claude-sonnet-5", EVERYWHERE_AND_GOV),
    known("claude-opus-5-5", "anthropic.claude-opus-5-5", EVERYWHERE_AND_GOV),
    known("claude-sonnet-5-5", "anthropic.claude-sonnet-5-5", EVERYWHERE_AND_GOV),
    known("claude-haiku-5-5", "anthropic.claude-haiku-5-5", EVERYWHERE_AND_GOV),
    known("claude-fable-5", "anthropic.claude-fable-5", &["us", "eu", "au", "global"]),
    known("claude-fable-5-1", "anthropic.claude-fable-5-1", &["us", "eu", "us-gov", "global"]),
];

const fn known(name: &'static str, id: &'static str, profiles: &'static [&'static str]) -> Known {
    Known { name, id, profiles }
}

impl Known {
    /// Says whether the vendor calls it so: with or without the date that stands in the id.
    fn is_called(&self, asked: &str) -> bool {
        let dated = self.id.strip_prefix("anthropic.").map(|id| id.split("-v1").next().unwrap_or(id));
        self.name == asked || dated == Some(asked)
    }
}

/// Says whether Bedrock could have a model of this name.
pub(super) fn may_have(asked: &str) -> bool {
    is_id(asked) || find(asked).is_some()
}

/// What the account calls a model: by its map, or because it is an id already, or because it is known.
pub(super) fn id<'a>(asked: &'a str, options: &'a Options) -> Option<Cow<'a, str>> {
    if let Some(mapped) = options.mapped(asked) {
        return Some(Cow::Borrowed(mapped));
    }
    if is_id(asked) {
        return Some(Cow::Borrowed(asked));
    }
    let model = find(asked)?;
    let profile = profile(options.region.as_deref().unwrap_or(DEFAULT_REGION))?;
    model.profiles.contains(&profile).then(|| Cow::Owned(format!("{profile}.{}", model.id)))
}

fn find(asked: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.is_called(asked))
}

/// An id of one of Anthropic's models, or of a profile for one. The name of a resource of the owner's own is none: only
/// the account's map may lead there.
fn is_id(asked: &str) -> bool {
    asked.contains("anthropic.") && !asked.starts_with("arn:")
}

/// The profile for calls from a region; `None` for regions that are apart from all others.
fn profile(region: &str) -> Option<&'static str> {
    match region {
        "ap-northeast-1" | "ap-northeast-3" => Some("jp"),
        "ap-southeast-2" | "ap-southeast-4" => Some("au"),
        _ if region.starts_with("us-gov-") => Some("us-gov"),
        _ if region.starts_with("us-iso") || region.starts_with("eu-iso") || region.starts_with("cn-") => None,
        _ if region.starts_with("us-") => Some("us"),
        _ if region.starts_with("eu-") => Some("eu"),
        _ => Some("global"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(asked: &str, region: &str) -> Option<String> {
        let options = Options { region: Some(region.to_owned()), ..Options::default() };
        id(asked, &options).map(Cow::into_owned)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_known_model_stays_in_its_regions_geography() {
        for (region, expected) in [
            ("us-west-2", some("us.anthropic.claude-sonnet-4-5-20250929-v1:0")),
            ("eu-central-1", some("eu.anthropic.claude-sonnet-4-5-20250929-v1:0")),
            ("ap-northeast-1", some("jp.anthropic.claude-sonnet-4-5-20250929-v1:0")),
            ("us-gov-west-1", some("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0")),
            ("ap-south-1", some("global.anthropic.claude-sonnet-4-5-20250929-v1:0")),
            ("cn-north-1", None),
        ] {
            assert_eq!(called("claude-sonnet-4-5", region), expected, "{region}");
            assert_eq!(called("claude-sonnet-4-5-20250929", region), expected, "{region}");
        }
        assert_eq!(called("claude-opus-4-6", "us-east-1"), some("us.anthropic.claude-opus-4-6-v1"));
        assert_eq!(called("claude-opus-4-1", "eu-west-1"), None, "it is not served within Europe");
    }

    #[test]
    fn the_owners_map_and_ids_come_first() {
        let options = Options { model_map: vec!["claude-*=arn:aws:x".parse().expect("a name")], ..Options::default() };

        assert_eq!(id("claude-sonnet-4-5", &options).as_deref(), Some("arn:aws:x"));
        assert_eq!(called("global.anthropic.claude-x", "eu-west-1"), some("global.anthropic.claude-x"));
        assert_eq!(called("claude-sonnet-9", "us-east-1"), None);
        for (model, expected) in [
            ("claude-haiku-4-5", true),
            ("us.anthropic.x", true),
            ("arn:aws:anthropic.x", false),
            ("claude-x", false),
            ("gpt-5", false),
        ] {
            assert_eq!(may_have(model), expected, "{model}");
        }
    }

    #[test]
    fn every_model_has_one_name() {
        for model in KNOWN {
            assert_eq!(KNOWN.iter().filter(|other| other.is_called(model.name)).count(), 1, "{}", model.name);
            assert!(model.id.starts_with("anthropic.") && model.id.contains(model.name), "{}", model.id);
        }
    }
}
