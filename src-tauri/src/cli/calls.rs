//! `carpool calls`

use carpool_relay::{
    accounts::Surroundings,
    store::entries::{self, Column, Direction, Filter, LedgerEntry, Order, Portion},
};
use clap::{Args, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    named::{self, database},
    output::Output,
    usage::parse_time,
};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct CallsArgs {
    /// Only this friend's
    #[arg(long)]
    friend: Option<String>,
    /// Only at this account; - for those that reached none
    #[arg(long)]
    account: Option<String>,
    /// Only of this provider; - for those that reached none
    #[arg(long)]
    provider: Option<String>,
    /// Only for this model
    #[arg(long)]
    model: Option<String>,
    /// Only those that ended so: complete, aborted, upstream_error, refused or interrupted
    #[arg(long)]
    status: Option<String>,
    /// Only those with this text in a name, the model, the provider or the status, or the call of this id
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// From then on: a date, a time (RFC 3339), or how long ago (7d, 12h) [default: the beginning]
    #[arg(long, value_name = "D")]
    since: Option<String>,
    /// Before then, likewise [default: now]
    #[arg(long, value_name = "D")]
    until: Option<String>,
    /// What to put them in order by
    #[arg(long, value_enum, default_value = "at")]
    sort: Sort,
    /// The earliest or the least first, not the latest or the most
    #[arg(long)]
    ascending: bool,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    At,
    Cost,
    Tokens,
    Ttfb,
    Duration,
}

impl CallsArgs {
    fn order(&self) -> Order {
        let column = match self.sort {
            Sort::At => Column::At,
            Sort::Cost => Column::Cost,
            Sort::Tokens => Column::Tokens,
            Sort::Ttfb => Column::Ttfb,
            Sort::Duration => Column::Duration,
        };
        Order { column, direction: if self.ascending { Direction::Ascending } else { Direction::Descending } }
    }

    async fn filter(&self, around: &Surroundings) -> Result<Filter, Failure> {
        let (zone, now) = (TimeZone::system(), around.clock.now());
        let time = |text: &Option<String>| text.as_deref().map(|text| parse_time(text, &zone, now)).transpose();
        let friend_id = match &self.friend {
            Some(friend) => Some(named::friend(around, friend).await?.id),
            None => None,
        };
        let since = time(&self.since)?.unwrap_or(Timestamp::MIN);
        let until = time(&self.until)?.unwrap_or(Timestamp::MAX);
        Ok(Filter {
            friend_id,
            account: self.account.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            status: self.status.clone(),
            search: self.search.clone(),
            ..Filter::span(since, until)
        })
    }
}

/// A ledger row as scripts read it.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    at: Timestamp,
    friend: String,
    key: String,
    account: Option<String>,
    provider: Option<String>,
    dialect: String,
    operation: String,
    model: Option<String>,
    upstream_model: Option<String>,
    stream: bool,
    status: String,
    http_status: Option<u16>,
    input_tokens: i64,
    cache_read_tokens: i64,
    cache_write_5m_tokens: i64,
    cache_write_1h_tokens: i64,
    output_tokens: i64,
    reasoning_tokens: i64,
    web_search_requests: i64,
    service_tier: Option<String>,
    inference_geo: Option<String>,
    speed: Option<String>,
    cost_pico_usd: Option<i64>,
    saved_pico_usd: Option<i64>,
    cap_pico_usd: Option<i64>,
    price_version: Option<i64>,
    ttfb_ms: Option<i64>,
    duration_ms: Option<i64>,
    attempts: u32,
}

impl From<LedgerEntry> for Row {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            friend: entry.friend,
            key: entry.key,
            account: entry.account,
            provider: entry.provider,
            dialect: entry.dialect,
            operation: entry.operation,
            model: entry.model,
            upstream_model: entry.upstream_model,
            stream: entry.stream,
            status: entry.status,
            http_status: entry.http_status,
            input_tokens: entry.tokens.input,
            cache_read_tokens: entry.tokens.cache_read,
            cache_write_5m_tokens: entry.tokens.cache_write_5m,
            cache_write_1h_tokens: entry.tokens.cache_write_1h,
            output_tokens: entry.tokens.output,
            reasoning_tokens: entry.tokens.reasoning,
            web_search_requests: entry.web_search_requests,
            service_tier: entry.service_tier,
            inference_geo: entry.inference_geo,
            speed: entry.speed,
            cost_pico_usd: entry.cost_pico_usd,
            saved_pico_usd: entry.saved_pico_usd,
            cap_pico_usd: entry.cap_pico_usd,
            price_version: entry.price_version,
            ttfb_ms: entry.ttfb_ms,
            duration_ms: entry.duration_ms,
            attempts: entry.attempts,
        }
    }
}

pub(crate) async fn run(args: &CallsArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let portion = Portion { after: None, limit: args.limit };
    let filter = args.filter(around).await?;
    let entries = entries::list(around.store.pool(), &filter, args.order(), portion).await.map_err(database)?;
    let rows: Vec<Row> = entries.into_iter().map(Row::from).collect();
    let columns = [
        "at",
        "friend",
        "account",
        "model",
        "status",
        "http_status",
        "input_tokens",
        "cache_read_tokens",
        "output_tokens",
        "cost_pico_usd",
        "duration_ms",
    ];
    output.list(&rows, &columns);
    Ok(())
}
