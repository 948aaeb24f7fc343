//! Which of many models a call asks that is to show no more than that there is an answer: a small one, of which the price is
//! known, made for text, and still sold.

use std::cmp::Reverse;

/// What the vendors call their small models.
const SMALL: [&str; 6] = ["haiku", "nano", "mini", "flash", "lite", "small"];
/// What is in the names of models that do something else than answer a text.
const OTHER_USES: [&str; 20] = [
    "audio",
    "computer",
    "dall",
    "embed",
    "embedding",
    "embeddings",
    "guard",
    "image",
    "imagen",
    "live",
    "moderation",
    "ocr",
    "realtime",
    "rerank",
    "research",
    "search",
    "speech",
    "transcribe",
    "tts",
    "veo",
];
/// What is in the names of models that may be gone tomorrow.
const PASSING: [&str; 4] = ["beta", "exp", "experimental", "preview"];
/// From here on a number in a name is a date, or the year of one.
const DATE: u32 = 1000;

/// How well a model suits; the greatest suits best. `is_priced`: the price book knows it.
///
/// Of the small ones the newest is still sold, and of its names the shortest is the one that lasts.
#[must_use]
pub fn suits(model: &str, is_priced: bool) -> impl Ord + use<> {
    let lower = model.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric()).collect();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    let version: Vec<u32> = words.iter().filter_map(|word| number(word)).take_while(|number| *number < DATE).collect();
    (!has(&OTHER_USES), is_priced, has(&SMALL), !has(&PASSING), version, Reverse(model.len()), Reverse(lower))
}

/// The number that a word begins with: 4 in `4o`.
fn number(word: &str) -> Option<u32> {
    let digits = word.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(word.len());
    word[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best<'a>(names: &[&'a str]) -> &'a str {
        names.iter().copied().max_by_key(|name| suits(name, true)).expect("some")
    }

    #[test]
    fn the_newest_small_model_for_text_is_asked_by_its_lasting_name() {
        let cases: [&[&str]; 4] = [
            &[
                "claude-haiku-4-5",
                "claude-haiku-4-5-20251001",
                "claude-3-5-haiku-latest",
                "claude-3-haiku-20240307",
                "claude-opus-4-8",
            ],
            &["gpt-5.4-nano", "gpt-5.4-nano-2026-03-17", "gpt-5-nano", "gpt-4o-mini-tts", "gpt-6", "gpt-realtime-mini"],
            &["gemini-2.5-flash", "gemini-2.5-flash-lite-preview-09-2025", "gemini-3-flash-image", "gemini-3-pro"],
            &["mistral-small-4", "mistral-small-3-2506", "mistral-embed", "mistral-large-5"],
        ];

        for names in cases {
            assert_eq!(best(names), names[0]);
        }
    }

    #[test]
    fn a_model_without_a_price_is_asked_only_where_no_other_is() {
        let models = [("big-9", true), ("mini-1", false)];

        let asked = models.iter().max_by_key(|(name, is_priced)| suits(name, *is_priced)).expect("some");

        assert_eq!(asked.0, "big-9");
        assert_eq!(best(&["text-embedding-3-small", "something"]), "something");
    }
}
