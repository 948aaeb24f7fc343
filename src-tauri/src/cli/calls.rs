//! `carpool calls`

use carpool_relay::{
    accounts::Surroundings,
    store::entries::{self, LedgerEntry},
};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::{
    named::{self, database},
    output::Output,
};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct CallsArgs {
    /// Only this friend's
    #[arg(long)]
    friend: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
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
    cost_pico_usd: Option<i64>,
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
            cost_pico_usd: entry.cost_pico_usd,
            price_version: entry.price_version,
            ttfb_ms: entry.ttfb_ms,
            duration_ms: entry.duration_ms,
            attempts: entry.attempts,
        }
    }
}

pub(crate) async fn run(args: CallsArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let friend = match &args.friend {
        Some(friend) => Some(named::friend(around, friend).await?.id),
        None => None,
    };
    let entries = entries::latest(around.store.pool(), friend, args.limit).await.map_err(database)?;
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
