//! What a key was used for, as claude-relay-service keeps it: sums by day and model for a month, by month and model for a
//! year.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{Amount, Used, fields::Fields};
use crate::{period::Month, price::PicoUsd};

/// Pico-dollars in the millionth of a dollar in which costs are written.
const PICO_PER_MICRO: i64 = 1_000_000;

/// The use by day and model, and by month and model what is not in the days.
pub(super) type History = (Vec<Used<Date>>, Vec<Used<Month>>);

/// Reads the statistics of a key.
pub(super) fn history(stats: &Map<String, Value>) -> Result<History, String> {
    let mut days: BTreeMap<(Date, Option<String>), Amount> = BTreeMap::new();
    let mut months: BTreeMap<(Month, Option<String>), Amount> = BTreeMap::new();
    let stats = Fields(stats);
    for (model, of_model) in stats.object("models").into_iter().flatten() {
        let of_model = Fields(of_model.as_object().ok_or("a model's statistics are no object")?);
        let model = Some(model.clone()).filter(|model| !matches!(model.as_str(), "" | "unknown"));
        for (day, fields) in of_model.object("daily").into_iter().flatten() {
            days.insert((date(day)?, model.clone()), amount(fields)?);
        }
        for (month, fields) in of_model.object("monthly").into_iter().flatten() {
            let when: Month = month.parse().map_err(|_| format!("'{month}' is no month"))?;
            months.insert((when, model.clone()), amount(fields)?);
        }
    }
    // The sums of the days are those of their models; older versions kept nothing else.
    if days.is_empty() && months.is_empty() {
        for (day, fields) in stats.object("daily").into_iter().flatten() {
            days.insert((date(day)?, None), amount(fields)?);
        }
        for (month, fields) in stats.object("monthly").into_iter().flatten() {
            months.insert((month.parse().map_err(|_| format!("'{month}' is no month"))?, None), amount(fields)?);
        }
    }
    for ((day, model), amount) in &days {
        if let Some(rest) = months.get_mut(&(Month::of(*day), model.clone())) {
            *rest = without(*rest, *amount);
        }
    }
    let used = |((when, model), amount)| Used { when, model, amount };
    let months = months.into_iter().filter(|(_, rest)| rest.calls > 0).map(|((when, model), amount)| Used {
        when,
        model,
        amount,
    });
    Ok((days.into_iter().filter(|(_, amount)| amount.calls > 0).map(used).collect(), months.collect()))
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("'{text}' is no day"))
}

fn amount(fields: &Value) -> Result<Amount, String> {
    let fields = Fields(fields.as_object().ok_or("statistics are no object")?);
    let count = |name: &str| fields.count(name).map(Option::unwrap_or_default);
    let (written, for_an_hour) = (count("cacheCreateTokens")?, count("ephemeral1hTokens")?);
    // Of the two kinds of cache writes only the longer is sure to be there: what is no other is the usual one.
    let for_an_hour = for_an_hour.min(written);
    let cost = fields.count("realCostMicro")?.map(|micro| PicoUsd(micro.saturating_mul(PICO_PER_MICRO)));
    Ok(Amount {
        calls: count("requests")?,
        input: count("inputTokens")?,
        cache_read: count("cacheReadTokens")?,
        cache_write_5m: written - for_an_hour,
        cache_write_1h: for_an_hour,
        output: count("outputTokens")?,
        cost,
    })
}

/// The one less the other, where both are sums of the same calls; never less than nothing.
fn without(whole: Amount, part: Amount) -> Amount {
    let less = |whole: i64, part: i64| (whole - part).max(0);
    let cost = match (whole.cost, part.cost) {
        (Some(whole), Some(part)) => Some(PicoUsd(less(whole.0, part.0))),
        (whole, None) => whole,
        (None, Some(_)) => None,
    };
    Amount {
        calls: less(whole.calls, part.calls),
        input: less(whole.input, part.input),
        cache_read: less(whole.cache_read, part.cache_read),
        cache_write_5m: less(whole.cache_write_5m, part.cache_write_5m),
        cache_write_1h: less(whole.cache_write_1h, part.cache_write_1h),
        output: less(whole.output, part.output),
        cost,
    }
}
