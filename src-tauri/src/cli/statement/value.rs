//! `carpool statement value MONTH`: what each subscription delivered, beside what it costs.

use carpool_core::{period::Month, statement::Value};
use carpool_relay::{
    accounts::Surroundings,
    statements::{self, MonthValue},
};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::{cli::output::Output, failure::Failure};

/// The rows of a table for people.
#[derive(Serialize)]
struct Row {
    subscription: String,
    worth: String,
    list_price: String,
    cost_so_far: String,
    percent: String,
    days: String,
    calls: i64,
    unpriced_calls: i64,
}

pub(super) async fn show(month: Month, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let value = statements::value(around.store.pool(), month, &TimeZone::system(), around.clock.now()).await?;
    if output.is_json() {
        output.json_line(&value);
        return Ok(());
    }
    let rows: Vec<_> = value.values.iter().map(|one| row(one, &value)).collect();
    output.list(
        &rows,
        &["subscription", "worth", "list_price", "cost_so_far", "percent", "days", "calls", "unpriced_calls"],
    );
    if !value.is_over {
        output.note(&format!("{month} is not over: what the days cost that have begun is beside what they delivered"));
    }
    Ok(())
}

fn row(one: &Value, of: &MonthValue) -> Row {
    Row {
        subscription: one.subscriptions.join(" + "),
        worth: of.currency.show(one.worth),
        list_price: one.list_price.rounded().to_string(),
        cost_so_far: of.currency.show(one.cost_so_far),
        percent: one.percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %")),
        days: format!("{} of {}", one.days_so_far, one.days),
        calls: one.calls,
        unpriced_calls: one.unpriced_calls,
    }
}
