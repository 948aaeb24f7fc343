//! What a friend may see of themselves, with their key: what they used, how far their limits are used, their own calls, and
//! what is stored about them.

mod about;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use carpool_core::admission::LimitUse;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub(crate) use self::about::Counts;
use self::about::{Device, Proven, Standing, Stored};
use crate::{
    House,
    accounts::SharedWindow,
    store::{
        SqlError,
        client_keys::ClientKey,
        entries::{self, LedgerEntry},
        usage::{self, Sums, Whose},
    },
    web::{Visit, answers::No},
};

/// How many of the friend's calls are told.
const CALLS: u32 = 50;

/// What a friend may see of themselves.
#[derive(Debug, Serialize)]
struct Me {
    friend: String,
    key: String,
    key_id: String,
    key_prefix: String,
    key_expires_at: Option<Timestamp>,
    /// Whether the friend paused the key. One that the owner paused is refused instead.
    key_paused: bool,
    /// Since midnight in the owner's time zone, and in the last 7 and 30 days.
    today: Used,
    last_7_days: Used,
    last_30_days: Used,
    /// The key's own limits, then those over all of the friend's keys.
    limits: Vec<Limit>,
    /// The subscriptions' windows, of which the friend has a share.
    windows: Vec<Share>,
    /// The latest calls, the newest first.
    calls: Vec<Row>,
    /// Where the friend's keys were used from, the latest first.
    devices: Vec<Device>,
    service: Standing,
    stored: Stored,
    privacy_proof: Option<Proven>,
    version: &'static str,
}

#[derive(Debug, Default, Serialize)]
struct Used {
    calls: i64,
    input_tokens: i64,
    cache_read_tokens: i64,
    cache_write_tokens: i64,
    output_tokens: i64,
    cost_pico_usd: i64,
    unpriced_calls: i64,
}

#[derive(Debug, Serialize)]
struct Limit {
    /// `key`, or `friend` for all keys together.
    whose: &'static str,
    /// `rpm`, `tpm`, `concurrency` or `cap_day_pico_usd` and the like.
    limit: &'static str,
    used: u64,
    /// What is set aside for calls under way.
    reserved: u64,
    most: u64,
    until: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct Share {
    hours: u32,
    family: Option<String>,
    /// What all have used of the window, what the friend has, and what the friend's share is: 0 to 1.
    used: f64,
    used_by_me: f64,
    my_share: f64,
    resets_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    at: Timestamp,
    key: String,
    model: Option<String>,
    stream: bool,
    status: String,
    http_status: Option<u16>,
    input_tokens: i64,
    cache_read_tokens: i64,
    cache_write_tokens: i64,
    output_tokens: i64,
    cost_pico_usd: Option<i64>,
    ttfb_ms: Option<i64>,
    duration_ms: Option<i64>,
}

/// Answers a friend who asks about themselves.
pub(crate) async fn answer(visit: Visit) -> Result<Response, No> {
    let (house, key) = visit.with_key()?;
    let now = house.clock.now();
    let told = tell(&house, &key, now).await;
    told.map(|me| Json(me).into_response()).map_err(|error| No::failed("tell a friend about themselves", &error))
}

async fn tell(house: &House, key: &ClientKey, now: Timestamp) -> Result<Me, SqlError> {
    let pool = house.around().store.pool();
    let used = async |since: Timestamp| {
        let sums = usage::by_id(pool, Whose::Friends, since).await?;
        Ok::<_, SqlError>(sums.get(&key.friend_id).map(Used::from).unwrap_or_default())
    };
    let midnight = now.to_zoned(house.gate.zone().clone()).start_of_day().map_or(now, |start| start.timestamp());
    let days_ago = |days: i64| now - SignedDuration::from_hours(24 * days);
    let [own, friends] = house.gate.in_use(key);
    let limits =
        own.iter().map(|in_use| limit("key", in_use)).chain(friends.iter().map(|in_use| limit("friend", in_use)));
    let calls = entries::latest(pool, Some(key.friend_id), CALLS).await?;
    let devices = about::devices(house, key.friend_id).await?;
    Ok(Me {
        friend: key.friend.clone(),
        key: key.name.clone(),
        today: used(midnight).await?,
        last_7_days: used(days_ago(7)).await?,
        last_30_days: used(days_ago(30)).await?,
        limits: limits.collect(),
        windows: windows(house, key.friend_id),
        calls: calls.into_iter().map(Row::from).collect(),
        key_id: format!("k{}", key.id),
        key_prefix: key.prefix.clone(),
        key_expires_at: key.expires_at,
        key_paused: key.paused,
        service: about::standing(house, key),
        stored: about::stored(house, key.friend_id, devices.len(), now).await?,
        devices,
        privacy_proof: about::proven(house).await?,
        version: env!("CARGO_PKG_VERSION"),
    })
}

fn limit(whose: &'static str, in_use: &LimitUse) -> Limit {
    let LimitUse { kind, used, reserved, limit: most, until } = *in_use;
    Limit { whose, limit: kind.as_str(), used, reserved, most, until }
}

/// The windows of the subscriptions, of which this friend has a share.
fn windows(house: &House, friend: i64) -> Vec<Share> {
    let own = |window: SharedWindow| {
        let part = window.split.parts.iter().find(|part| part.friend == friend)?;
        Some(Share {
            hours: window.hours,
            used: window.split.used,
            used_by_me: part.used_fraction,
            my_share: part.entitled_fraction,
            resets_at: window.resets_at,
            family: window.family,
        })
    };
    house.accounts.shared().into_iter().flat_map(|shared| shared.windows).filter_map(own).collect()
}

impl From<&Sums> for Used {
    fn from(sums: &Sums) -> Self {
        Self {
            calls: sums.calls,
            input_tokens: sums.tokens.input,
            cache_read_tokens: sums.tokens.cache_read,
            cache_write_tokens: sums.tokens.cache_write_5m + sums.tokens.cache_write_1h,
            output_tokens: sums.tokens.output,
            cost_pico_usd: sums.cost_pico_usd,
            unpriced_calls: sums.unpriced_calls,
        }
    }
}

impl From<LedgerEntry> for Row {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            key: entry.key,
            model: entry.model,
            stream: entry.stream,
            status: entry.status,
            http_status: entry.http_status,
            input_tokens: entry.tokens.input,
            cache_read_tokens: entry.tokens.cache_read,
            cache_write_tokens: entry.tokens.cache_write_5m + entry.tokens.cache_write_1h,
            output_tokens: entry.tokens.output,
            cost_pico_usd: entry.cost_pico_usd,
            ttfb_ms: entry.ttfb_ms,
            duration_ms: entry.duration_ms,
        }
    }
}
