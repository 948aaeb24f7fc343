//! Names that resemble a mistyped model name, for error messages only: no price is ever taken from them.

/// Suggestions beyond a handful are noise.
const MOST: usize = 5;

/// The longest key of the book has 69 bytes; a longer name is no typing mistake and not worth comparing.
const LONGEST_NAME: usize = 128;

/// Returns the keys whose model name is closest to `wanted`, best first; one key per model name.
pub fn nearest<'a>(keys: impl Iterator<Item = &'a str>, wanted: &str) -> Vec<&'a str> {
    let wanted = model_name(wanted);
    if wanted.is_empty() || wanted.len() > LONGEST_NAME {
        return Vec::new();
    }

    // A third of the letters wrong is another name.
    let farthest = (wanted.len() / 3).max(1);
    let mut close: Vec<_> = keys
        .map(|key| (difference(model_name(key), wanted), key.len(), key))
        .filter(|(difference, ..)| *difference <= farthest)
        .collect();
    close.sort_unstable();

    let mut nearest: Vec<&str> = Vec::with_capacity(MOST);
    for (_, _, key) in close {
        if nearest.len() < MOST && nearest.iter().all(|kept| model_name(kept) != model_name(key)) {
            nearest.push(key);
        }
    }
    nearest
}

/// Returns the part of a key that names the model: `gpt-5` of `azure/eu/gpt-5`.
fn model_name(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, name)| name)
}

/// Returns how much two names differ: by the letters to edit, or by one when `name` continues `wanted`.
fn difference(name: &str, wanted: &str) -> usize {
    let continues = name.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted));
    if continues && name.len() > wanted.len() { 1 } else { edit_distance(name.as_bytes(), wanted.as_bytes()) }
}

/// Levenshtein's distance over bytes, ignoring case, with one row of the table at a time.
fn edit_distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal + usize::from(!from.eq_ignore_ascii_case(to));
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        row[0] = i + 1;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_whatever_the_case() {
        let cases = [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("GPT-5", "gpt-5", 0), ("ab", "ba", 2)];

        for (a, b, expected) in cases {
            assert_eq!(edit_distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(edit_distance(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_name_sold_by_several_vendors_is_suggested_once() {
        let keys = ["azure/eu/gpt-5", "azure/gpt-5", "gpt-5", "gpt-6", "mistral-large"];

        assert_eq!(nearest(keys.into_iter(), "gpt-5x"), ["gpt-5", "gpt-6"]);
    }
}
