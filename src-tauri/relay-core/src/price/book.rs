//! The price book and the exact keys under which each provider's models stand in it.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::ceiling::Ceiling;
use super::model::ModelPrice;
use super::near::nearest;
use super::own::OwnPrice;
use super::parse::parse_book;

/// LiteLLM's book, see `data/README.md`; compressed by the build script.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/model_prices.deflate"));

/// Prices by model, sorted by key.
#[derive(Clone, Debug)]
pub struct PriceBook {
    models: Vec<ModelPrice>,
    /// The owner's own prices, each with its entry; those of one provider first.
    own: Vec<(OwnPrice, ModelPrice)>,
    dearest: Ceiling,
}

/// Why a price book cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PriceBookError {
    /// The text is no JSON, or not in the shape of LiteLLM's book.
    #[error("the price book cannot be read")]
    Shape(#[source] serde_json::Error),
    /// The book prices no model at all.
    #[error("the price book has no prices")]
    Empty,
}

impl PriceBook {
    /// Returns the book built into the program.
    #[must_use]
    pub fn embedded() -> PriceBook {
        PriceBook::from_json(&PriceBook::embedded_json()).expect("a test reads the embedded book")
    }

    /// Returns the text of the embedded book.
    #[must_use]
    pub fn embedded_json() -> Vec<u8> {
        let mut json = Vec::new();
        DeflateDecoder::new(EMBEDDED).read_to_end(&mut json).expect("the build script compressed it");
        json
    }

    /// Reads a book in the shape of LiteLLM's `model_prices_and_context_window.json`. Entries without a per-token
    /// price are left out, so their models are unpriced.
    ///
    /// # Errors
    /// [`PriceBookError`] when the text has another shape or prices nothing.
    pub fn from_json(json: &[u8]) -> Result<PriceBook, PriceBookError> {
        let mut models = parse_book(json).map_err(PriceBookError::Shape)?;
        if models.is_empty() {
            return Err(PriceBookError::Empty);
        }
        // Of two equal keys the last counts, as for other readers of JSON: reversed, the stable sort puts it first.
        models.reverse();
        models.sort_by(|a, b| a.key.cmp(&b.key));
        models.dedup_by(|later, kept| later.key == kept.key);
        models.shrink_to_fit();
        let dearest = Ceiling::of(&models);
        Ok(PriceBook { models, own: Vec::new(), dearest })
    }

    /// Adds the owner's own prices, which outrank the book's; those of one provider outrank those of all.
    #[must_use]
    pub fn with_own(mut self, mut own: Vec<OwnPrice>) -> PriceBook {
        own.sort_by_key(|price| price.provider.is_none());
        self.own = own.into_iter().map(|price| (price.clone(), price.entry())).collect();
        self
    }

    /// Finds the price of `model` as the provider with Carpool's id `provider` sells it.
    ///
    /// `model` is the name sent upstream (for Bedrock the model or profile id). Only the exact keys of the registry
    /// are looked up, and only entries of the vendors it names count. The context marker Claude Code appends
    /// (`claude-sonnet-4-5[1m]`) is no part of the name: long prompts are priced by their size.
    #[must_use]
    pub fn find(&self, provider: &str, model: &str) -> Option<&ModelPrice> {
        let model = without_context_marker(model);
        if let Some((_, entry)) = self.own.iter().find(|(own, _)| own.is_for(provider, model)) {
            return Some(entry);
        }
        let (_, groups) = PROVIDERS.iter().find(|(id, _)| *id == provider)?;
        groups
            .iter()
            .copied()
            .flatten()
            .find_map(|rule| self.entry(rule.prefix, model).filter(|entry| rule.vendors.contains(&entry.vendor())))
    }

    /// Returns the entry with exactly this key of the book, such as `azure/gpt-5`.
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<&ModelPrice> {
        self.entry("", key)
    }

    /// Returns every entry, by key; without the owner's own prices.
    pub(super) fn entries(&self) -> impl Iterator<Item = &ModelPrice> {
        self.models.iter()
    }

    /// Returns how many models the book prices, without the owner's own prices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.models.len()
    }

    /// Says whether the book prices no model, which no book that was read does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// Returns what a call can cost at most at a model that the book does not know.
    #[must_use]
    pub fn dearest(&self) -> Ceiling {
        self.dearest
    }

    /// Returns the names of the models that the provider with Carpool's id `provider` sells, as far as the book knows.
    pub fn models_of(&self, provider: &str) -> impl Iterator<Item = &str> {
        let groups = PROVIDERS.iter().find(|(id, _)| *id == provider).map_or(&[] as &[_], |(_, groups)| groups);
        let rules: Vec<&KeyRule> = groups.iter().copied().flatten().collect();
        self.models.iter().filter_map(move |entry| {
            let names = |rule: &&&KeyRule| entry.key.starts_with(rule.prefix) && rule.vendors.contains(&entry.vendor());
            let rule = rules.iter().filter(names).max_by_key(|rule| rule.prefix.len())?;
            entry.key.strip_prefix(rule.prefix)
        })
    }

    /// Returns up to five keys of the book whose model name resembles `model`, best first, for an error message.
    #[must_use]
    pub fn near(&self, model: &str) -> Vec<&str> {
        nearest(self.models.iter().map(ModelPrice::key), without_context_marker(model))
    }

    /// Looks up `prefix` + `model` without joining them.
    fn entry(&self, prefix: &str, model: &str) -> Option<&ModelPrice> {
        let wanted = || prefix.bytes().chain(model.bytes());
        let index = self.models.binary_search_by(|entry| entry.key.bytes().cmp(wanted())).ok()?;
        self.models.get(index)
    }
}

/// A key to try: the prefix before the model's name, and whose entries count under it.
struct KeyRule {
    prefix: &'static str,
    vendors: &'static [&'static str],
}

const ANTHROPIC: &[KeyRule] =
    &[KeyRule { prefix: "", vendors: &["anthropic"] }, KeyRule { prefix: "anthropic/", vendors: &["anthropic"] }];

const OPENAI: &[KeyRule] =
    &[KeyRule { prefix: "", vendors: &["openai"] }, KeyRule { prefix: "openai/", vendors: &["openai"] }];

/// The bare keys of Gemini models are mostly Vertex AI's, hence the prefix first and the vendor always.
const GEMINI: &[KeyRule] =
    &[KeyRule { prefix: "gemini/", vendors: &["gemini"] }, KeyRule { prefix: "", vendors: &["gemini"] }];

const BEDROCK: &[KeyRule] = &[
    KeyRule { prefix: "", vendors: &["bedrock", "bedrock_converse"] },
    KeyRule { prefix: "bedrock/", vendors: &["bedrock", "bedrock_converse"] },
];

const AZURE: &[KeyRule] =
    &[KeyRule { prefix: "azure/", vendors: &["azure"] }, KeyRule { prefix: "azure_ai/", vendors: &["azure_ai"] }];

/// The other makers of models, at their own list price; those that also resell come last.
const MAKERS: &[KeyRule] = &[
    KeyRule { prefix: "xai/", vendors: &["xai"] },
    KeyRule { prefix: "zai/", vendors: &["zai"] },
    KeyRule { prefix: "moonshot/", vendors: &["moonshot"] },
    KeyRule { prefix: "deepseek/", vendors: &["deepseek"] },
    KeyRule { prefix: "minimax/", vendors: &["minimax"] },
    KeyRule { prefix: "volcengine/", vendors: &["volcengine"] },
    KeyRule { prefix: "mistral/", vendors: &["mistral"] },
    KeyRule { prefix: "dashscope/", vendors: &["dashscope"] },
];

/// Names that carry their host, as gateways spell them: `groq/openai/gpt-oss-120b`. Not Volcengine, whose bare keys
/// list placeholders of zero, and not Vertex AI's bare Gemini keys.
const HOSTED: &[KeyRule] = &[KeyRule {
    prefix: "",
    vendors: &[
        "azure",
        "azure_ai",
        "bedrock",
        "bedrock_converse",
        "cerebras",
        "dashscope",
        "deepseek",
        "groq",
        "minimax",
        "mistral",
        "moonshot",
        "vertex_ai",
        "vertex_ai-anthropic_models",
        "xai",
        "zai",
    ],
}];

/// The keys to try for each of Carpool's providers, in order. Subscriptions (`codex`, `code-assist`, `droid`) are
/// priced at the list price of the same model.
const PROVIDERS: &[(&str, &[&[KeyRule]])] = &[
    ("claude", &[ANTHROPIC]),
    ("openai", &[OPENAI]),
    ("codex", &[OPENAI]),
    ("gemini", &[GEMINI]),
    ("code-assist", &[GEMINI]),
    ("bedrock", &[BEDROCK]),
    ("azure", &[AZURE]),
    ("droid", &[ANTHROPIC, OPENAI, GEMINI, MAKERS]),
    ("compatible", &[ANTHROPIC, OPENAI, GEMINI, MAKERS, HOSTED]),
];

/// Removes a trailing marker such as `[1m]` or `[200k]`.
pub(crate) fn without_context_marker(model: &str) -> &str {
    let Some((name, size)) = model.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) else { return model };
    let digits = size.trim_end_matches(['k', 'K', 'm', 'M']);
    let is_marker = size.len() == digits.len() + 1 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_marker { name } else { model }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_only_under_the_exact_keys_of_its_provider() {
        let book = PriceBook::embedded();
        let cases = [
            ("claude", "claude-sonnet-4-5", Some("claude-sonnet-4-5")),
            ("claude", "claude-sonnet-4-5-20250929", Some("claude-sonnet-4-5-20250929")),
            ("claude", "claude-sonnet-4-5[1m]", Some("claude-sonnet-4-5")),
            ("claude", "claude-sonnet-4-5[big]", None),
            ("claude", "claude-sonnet-4", None),
            ("claude", "claude-sonnet-4-5-20250929-v1:0", None),
            ("claude", "gpt-5.5", None),
            ("claude", "", None),
            ("openai", "gpt-5.5", Some("gpt-5.5")),
            ("openai", "gpt-5.5-2026-04-23", Some("gpt-5.5-2026-04-23")),
            ("openai", "gpt-5.5-2026-04-24", None),
            ("openai", "deepseek-chat", None),
            ("codex", "gpt-6.1-sol", Some("gpt-6.1-sol")),
            ("gemini", "gemini-2.5-pro", Some("gemini/gemini-2.5-pro")),
            ("gemini", "gemini-2.5-flash-preview-09-2025", None),
            ("code-assist", "gemini-3.1-pro-preview", Some("gemini/gemini-3.1-pro-preview")),
            (
                "bedrock",
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                Some("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ),
            ("bedrock", "us-gov-west-1/anthropic.claude-opus-5", Some("bedrock/us-gov-west-1/anthropic.claude-opus-5")),
            ("bedrock", "claude-sonnet-4-5", None),
            ("azure", "gpt-5.5", Some("azure/gpt-5.5")),
            ("azure", "eu/gpt-5.5", Some("azure/eu/gpt-5.5")),
            ("azure", "claude-opus-5", Some("azure_ai/claude-opus-5")),
            ("droid", "claude-opus-5", Some("claude-opus-5")),
            ("droid", "glm-5.2", Some("zai/glm-5.2")),
            ("compatible", "gemini-2.5-pro", Some("gemini/gemini-2.5-pro")),
            ("compatible", "groq/openai/gpt-oss-120b", Some("groq/openai/gpt-oss-120b")),
            ("compatible", "gpt-oss-120b", None),
            ("compatible", "kimi-k2-thinking-251104", None),
            ("nobody", "claude-sonnet-4-5", None),
        ];

        for (provider, model, expected) in cases {
            assert_eq!(book.find(provider, model).map(ModelPrice::key), expected, "{provider} {model}");
        }
    }

    #[test]
    fn an_unknown_model_suggests_names_like_it() {
        let book = PriceBook::embedded();

        assert_eq!(book.near("claude-sonet-4-5").first(), Some(&"claude-sonnet-4-5"));
        assert_eq!(book.near("GPT-5.5[1m]").first(), Some(&"gpt-5.5"));
        assert!(book.near("claude-opus").contains(&"claude-opus-5"));
        assert!(book.near("gpt").len() <= 5);
        assert_eq!(book.near("something-else-entirely"), Vec::<&str>::new());
        assert_eq!(book.near(&"x".repeat(1_000_000)), Vec::<&str>::new());
    }

    #[test]
    fn a_book_of_another_shape_is_refused() {
        let shapes = [
            "",
            "[]",
            r#"{"error":"rate limited"}"#,
            r#"{"m":{"input_cost_per_token":"free"}}"#,
            r#"{"m":{"input_cost_per_token":-1}}"#,
            r#"{"m":{"tiered_pricing":[{"input_cost_per_token":1e-6}]}}"#,
            r#"{"m":{"tiered_pricing":[{"range":[],"input_cost_per_token":1e-6}]}}"#,
        ];

        for shape in shapes {
            assert!(matches!(PriceBook::from_json(shape.as_bytes()), Err(PriceBookError::Shape(_))), "{shape}");
        }
        assert!(matches!(PriceBook::from_json(b"\xff{}"), Err(PriceBookError::Shape(_))));
        assert!(matches!(PriceBook::from_json(b"{}"), Err(PriceBookError::Empty)));
    }

    #[test]
    fn an_entry_without_a_token_price_is_left_out_and_of_two_equal_keys_the_last_counts() {
        let book = PriceBook::from_json(
            br#"{"per-second":{"input_cost_per_second":1},
                "search":{"tiered_pricing":[{"input_cost_per_query":0.005,"max_results_range":[0,25]}]},
                "per-song":{"input_cost_per_token":0,"output_cost_per_token":0,"output_cost_per_image":0.08},
                "twice":{"input_cost_per_token":1e-6,"max_input_tokens":1,"output_cost_per_token":null},
                "free":{"input_cost_per_token":0,"max_input_tokens":"as stated"},
                "twice":{"input_cost_per_token":2e-6,"max_input_tokens":2e3}}"#,
        )
        .unwrap();

        for other_unit in ["per-second", "per-song", "search"] {
            assert!(book.by_key(other_unit).is_none(), "{other_unit}");
        }
        assert!(book.by_key("free").is_some_and(|free| free.max_input_tokens().is_none()));
        assert_eq!(book.by_key("twice").unwrap().max_input_tokens(), Some(2_000));
    }
}
