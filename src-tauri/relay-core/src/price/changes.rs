//! What is different between two price books.

use serde::Serialize;

use super::{
    book::PriceBook,
    model::ModelPrice,
    money::{ATTO_DIGITS, MULTIPLIER_DIGITS, decimal_text},
    rates::{CLASSES, Level, SERVICE_TIERS},
};

/// Decimals of a price per million tokens whose unit is an atto-dollar per token.
const PER_MILLION_DIGITS: u32 = ATTO_DIGITS - 6;

/// What became of a model's prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The model's key in the books.
    pub model: String,
    /// What became of it.
    pub change: Became,
    /// The prices that are different, in dollars per million tokens; for a new model all of them.
    pub prices: Vec<PriceChange>,
}

/// What became of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It is new.
    Added,
    /// It is in the book no more: its calls will be unpriced.
    Removed,
    /// Its prices are others.
    Changed,
}

/// One price before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceChange {
    /// Which: `input`, `output above 200000 tokens`, `input (batch)`, `web search`, `us` …
    pub price: String,
    /// Before; `None`: not listed.
    pub before: Option<String>,
    /// After; `None`: not listed any more.
    pub after: Option<String>,
}

/// What is different from one book to another, by model.
#[must_use]
pub fn changes(old: &PriceBook, new: &PriceBook) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for entry in old.entries() {
        match new.by_key(entry.key()) {
            None => changes.push(change(entry, Became::Removed, Vec::new())),
            Some(after) => {
                let prices = difference(&prices(entry), &prices(after));
                if !prices.is_empty() {
                    changes.push(change(entry, Became::Changed, prices));
                }
            }
        }
    }
    for entry in new.entries().filter(|entry| old.by_key(entry.key()).is_none()) {
        changes.push(change(entry, Became::Added, difference(&[], &prices(entry))));
    }
    changes.sort_by(|one, other| one.model.cmp(&other.model));
    changes
}

fn change(entry: &ModelPrice, change: Became, prices: Vec<PriceChange>) -> Change {
    Change { model: entry.key().to_owned(), change, prices }
}

fn difference(old: &[(String, String)], new: &[(String, String)]) -> Vec<PriceChange> {
    let find = |among: &[(String, String)], name: &str| {
        among.iter().find(|(other, _)| other == name).map(|(_, price)| price.clone())
    };
    let gone = old.iter().filter(|(name, _)| find(new, name).is_none());
    new.iter()
        .chain(gone)
        .map(|(name, _)| PriceChange { price: name.clone(), before: find(old, name), after: find(new, name) })
        .filter(|one| one.before != one.after)
        .collect()
}

/// Every price of a model under its name. Of two that have the same name the first counts, as when a call is priced.
fn prices(entry: &ModelPrice) -> Vec<(String, String)> {
    let mut named: Vec<(String, String)> = Vec::new();
    for rate in &entry.rates {
        let class = CLASSES.iter().find(|row| row.class == rate.class).map_or("", |row| row.shown);
        let name = format!("{class}{}", condition(rate.level));
        if named.iter().all(|(other, _)| *other != name) {
            named.push((name, decimal_text(rate.atto_per_token, PER_MILLION_DIGITS)));
        }
    }
    let search = entry.atto_per_web_search.map(|atto| ("web search".to_owned(), decimal_text(atto, ATTO_DIGITS)));
    named.extend(search);
    let factors = entry.multipliers.iter();
    named.extend(factors.map(|(name, factor)| (name.to_string(), decimal_text(*factor, MULTIPLIER_DIGITS))));
    named
}

fn condition(level: Level) -> String {
    let above = if level.above > 0 { format!(" above {} tokens", level.above) } else { String::new() };
    let service = SERVICE_TIERS.iter().find(|row| row.tier == level.service && !row.suffix.is_empty());
    let word = service.and_then(|row| row.answers.first()).map(|word| format!(" ({word})"));
    above + &word.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(json: &str) -> PriceBook {
        PriceBook::from_json(json.as_bytes()).expect("a book")
    }

    #[test]
    fn every_price_that_is_different_is_told_by_model() {
        let old = book(
            r#"{"gone":{"input_cost_per_token":1e-6},
                "same":{"input_cost_per_token":1e-6,"max_input_tokens":1},
                "other":{"input_cost_per_token":1e-6,"output_cost_per_token_batches":2e-6,
                         "provider_specific_entry":{"us":1.1}}}"#,
        );
        let new = book(
            r#"{"new":{"input_cost_per_token":3e-6,"search_context_cost_per_query":{"search_context_size_medium":0.01}},
                "same":{"input_cost_per_token":1e-6,"max_input_tokens":2},
                "other":{"input_cost_per_token":1e-6,"input_cost_per_token_above_200k_tokens":4e-6,
                         "provider_specific_entry":{"us":1.2}}}"#,
        );

        let text = changes(&old, &new).iter().map(told).collect::<Vec<_>>();

        assert_eq!(
            text,
            [
                "gone Removed",
                "new Added input:-→3 web search:-→0.01",
                "other Changed input above 200000 tokens:-→4 us:1.1→1.2 output (batch):2→-",
            ]
        );
        assert!(changes(&new, &new).is_empty());
        assert!(changes(&PriceBook::embedded(), &PriceBook::embedded()).is_empty());
    }

    fn told(change: &Change) -> String {
        let shown = |price: &Option<String>| price.clone().unwrap_or_else(|| "-".to_owned());
        let prices = change.prices.iter();
        let prices = prices.map(|one| format!(" {}:{}→{}", one.price, shown(&one.before), shown(&one.after)));
        format!("{} {:?}{}", change.model, change.change, prices.collect::<String>())
    }
}
