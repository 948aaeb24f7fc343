//! How the relay stands for a friend, where their keys were used from, and what is stored about them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    House,
    privacy_proof::{self, Proof},
    retention,
    store::{
        SqlError,
        calls::COLUMNS,
        client_keys::ClientKey,
        devices,
        entries::{self, Extent},
    },
};

/// How long a count of a friend's rows is good: the page asks again and again.
const COUNT_GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);

/// A place that a key was used from.
#[derive(Debug, Serialize)]
pub(super) struct Device {
    key: String,
    client: String,
    address: String,
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
    calls: i64,
}

/// How the relay stands for a friend.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    /// `on`, or `paused` by the owner for everybody.
    sharing: &'static str,
    /// Of the accounts that the key may use, those that serve now.
    accounts_ready: usize,
    accounts: usize,
    /// How friends reach the relay: `off`, `green`, `yellow` or `red`.
    light: &'static str,
}

/// What the last privacy proof found.
#[derive(Debug, Serialize)]
pub(super) struct Proven {
    at: Timestamp,
    ok: bool,
    /// How many files were searched.
    places: u64,
}

/// What is stored about a friend.
#[derive(Debug, Serialize)]
pub(super) struct Stored {
    /// Calls in the ledger, and when the first of them came.
    ledger_rows: i64,
    oldest_at: Option<Timestamp>,
    devices: usize,
    /// After how many days a call is deleted.
    retention_days: u32,
    /// What is kept of each call: all of it.
    columns: [&'static str; COLUMNS.len()],
}

/// How many rows friends have in the ledger, as they were counted a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<HashMap<i64, (Timestamp, Extent)>>);

impl Counts {
    fn known(&self, friend: i64, now: Timestamp) -> Option<Extent> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, extent) = known.get(&friend)?;
        let age = now.duration_since(*at);
        (SignedDuration::ZERO..COUNT_GOOD_FOR).contains(&age).then_some(*extent)
    }

    fn keep(&self, friend: i64, now: Timestamp, extent: Extent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(friend, (now, extent));
    }
}

/// How the relay stands for a key.
pub(super) fn standing(house: &House, key: &ClientKey) -> Standing {
    let among = key.bound.as_ref().map(|bound| house.accounts.bound_to(bound));
    let providers = key.limits.providers_with(&key.friend_limits);
    let (accounts_ready, accounts) = house.accounts.count_ready(among.as_deref(), providers.as_deref());
    let sharing = if house.is_paused() { "paused" } else { "on" };
    Standing { sharing, accounts_ready, accounts, light: house.reach().light.as_str() }
}

/// The last privacy proof, if one was made.
pub(super) async fn proven(house: &House) -> Result<Option<Proven>, SqlError> {
    let last = privacy_proof::last(&house.around().store).await?;
    Ok(last.map(|Proof { at, ok, places, .. }| Proven { at, ok, places }))
}

/// Where a friend's keys were used from.
pub(super) async fn devices(house: &House, friend: i64) -> Result<Vec<Device>, SqlError> {
    let keys = house.keys.all();
    let own: HashMap<i64, &str> =
        keys.iter().filter(|key| key.friend_id == friend).map(|key| (key.id, &*key.name)).collect();
    let all = devices::list(house.around().store.pool()).await?;
    let mut seen: Vec<_> = all
        .into_iter()
        .filter_map(|device| {
            Some(Device {
                key: (*own.get(&device.key_id)?).to_owned(),
                client: device.client,
                address: device.address,
                first_seen_at: device.first_seen_at,
                last_seen_at: device.last_seen_at,
                calls: device.calls,
            })
        })
        .collect();
    seen.sort_by_key(|device| std::cmp::Reverse(device.last_seen_at));
    Ok(seen)
}

/// What is stored about a friend.
pub(super) async fn stored(house: &House, friend: i64, devices: usize, now: Timestamp) -> Result<Stored, SqlError> {
    let extent = match house.counts.known(friend, now) {
        Some(extent) => extent,
        None => {
            let extent = entries::extent(house.around().store.pool(), Some(friend), Timestamp::MAX).await?;
            house.counts.keep(friend, now, extent);
            extent
        }
    };
    Ok(Stored {
        ledger_rows: extent.rows,
        oldest_at: extent.oldest_at,
        devices,
        retention_days: retention::days(house.around().store.pool()).await?.number(),
        columns: COLUMNS,
    })
}
