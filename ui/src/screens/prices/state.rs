//! What the screen of prices decides: what is typed, what of a book's changes is shown, and how prices read.

use carpool_ipc::prices::{Became, OwnPrice, PriceChange};

/// Changes that are shown at once: more than anybody reads, and few enough to draw.
pub(super) const SHOWN_CHANGES: usize = 100;

/// The changes whose model has this in its name: those first whose price is another, then removed ones, then new ones.
pub(super) fn found<'a>(changes: &'a [PriceChange], query: &str) -> Vec<&'a PriceChange> {
    let query = query.trim().to_lowercase();
    let matching = |became| changes.iter().filter(move |change| change.became == became);
    let ordered = [Became::Changed, Became::Removed, Became::Added].into_iter().flat_map(matching);
    ordered.filter(|change| change.model.to_lowercase().contains(&query)).collect()
}

/// How many changed, were removed, were added.
pub(super) fn counts(changes: &[PriceChange]) -> [usize; 3] {
    [Became::Changed, Became::Removed, Became::Added]
        .map(|became| changes.iter().filter(|change| change.became == became).count())
}

/// A price before and after, as people read it: `input 3 → 4`.
pub(super) fn prices(change: &PriceChange) -> String {
    let shown = |price: &Option<String>| price.clone().unwrap_or_else(|| "–".to_owned());
    let one = |(name, before, after): &(String, Option<String>, Option<String>)| match before {
        None => format!("{name} {}", shown(after)),
        Some(_) => format!("{name} {} → {}", shown(before), shown(after)),
    };
    change.prices.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What may be wrong with a price's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Model,
    Input,
    Output,
    CacheRead,
    CacheWrite5m,
    CacheWrite1h,
    WebSearch,
}

/// Everything that is wrong with a price.
pub(super) fn wrong(price: &OwnPrice) -> Vec<Wrong> {
    let is_wrong = |text: &Option<String>| text.as_deref().is_some_and(|text| !is_price(text));
    let checks = [
        (price.model.is_empty(), Wrong::Model),
        (!is_price(&price.input), Wrong::Input),
        (!is_price(&price.output), Wrong::Output),
        (is_wrong(&price.cache_read), Wrong::CacheRead),
        (is_wrong(&price.cache_write_5m), Wrong::CacheWrite5m),
        (is_wrong(&price.cache_write_1h), Wrong::CacheWrite1h),
        (is_wrong(&price.web_search), Wrong::WebSearch),
    ];
    checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, wrong)| wrong).collect()
}

/// What is in a field; nothing where it is empty.
pub(super) fn typed(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether a text is a price in dollars.
fn is_price(text: &str) -> bool {
    let number = text.strip_prefix('$').unwrap_or(text);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !whole.is_empty() && whole.len() <= 6 && decimals.len() <= 12 && are_digits(whole) && are_digits(decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(model: &str, became: Became) -> PriceChange {
        PriceChange { model: model.to_owned(), became, prices: Vec::new() }
    }

    #[test]
    fn what_costs_something_else_comes_before_what_is_new() {
        let all = [
            change("a-new", Became::Added),
            change("b-other", Became::Changed),
            change("c-gone", Became::Removed),
            change("d-other", Became::Changed),
        ];
        let names = |query| found(&all, query).iter().map(|change| change.model.clone()).collect::<Vec<_>>();

        assert_eq!(names(""), ["b-other", "d-other", "c-gone", "a-new"]);
        assert_eq!(names(" OTHER "), ["b-other", "d-other"]);
        assert_eq!(counts(&all), [2, 1, 1]);
    }

    #[test]
    fn a_price_is_told_before_and_after() {
        let change = PriceChange {
            model: "m".to_owned(),
            became: Became::Changed,
            prices: vec![
                ("input".to_owned(), Some("3".to_owned()), Some("4".to_owned())),
                ("us".to_owned(), None, Some("1.1".to_owned())),
                ("output".to_owned(), Some("2".to_owned()), None),
            ],
        };

        assert_eq!(prices(&change), "input 3 → 4, us 1.1, output 2 → –");
    }

    #[test]
    fn a_price_is_a_number_and_what_may_be_left_out_may() {
        let right = OwnPrice {
            model: "m".to_owned(),
            input: "3".to_owned(),
            output: "$0.25".to_owned(),
            cache_read: None,
            ..OwnPrice::default()
        };
        assert!(wrong(&right).is_empty());

        let bad = OwnPrice {
            model: String::new(),
            input: "3,5".to_owned(),
            output: "-1".to_owned(),
            cache_read: Some("x".to_owned()),
            ..right
        };
        assert_eq!(wrong(&bad), [Wrong::Model, Wrong::Input, Wrong::Output, Wrong::CacheRead]);
        assert_eq!((typed(" 0.3 "), typed(" ")), (Some("0.3".to_owned()), None));
    }
}
