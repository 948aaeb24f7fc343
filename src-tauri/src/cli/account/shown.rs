//! Accounts as they are shown: in a list, and one with all that may be shown of it.

use std::collections::HashMap;

use carpool_core::{options::Options, schedule::health::HoldKind, window::Window};
use carpool_relay::{
    OpenError,
    accounts::{Standing, Surroundings, standings},
    store::{
        accounts::{self, Account},
        calls, groups, holds, windows,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::super::{
    named::{self, account_id, database},
    output::Output,
};
use crate::failure::Failure;

/// An account in a list.
#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    name: String,
    provider: &'static str,
    kind: &'static str,
    state: &'static str,
    reason: Option<String>,
    until: Option<Timestamp>,
    priority: i64,
    in_flight: i64,
}

pub(super) async fn list(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let in_flight = in_flight(around).await?;
    let standings = standings(around).await.map_err(OpenError::from)?;
    let all = accounts::list(around.store.pool()).await.map_err(database)?;
    let rows: Vec<_> = all.iter().map(|account| listed(account, standings.get(&account.id), &in_flight)).collect();
    output.list(&rows, &["id", "name", "provider", "kind", "state", "reason", "until", "priority", "in_flight"]);
    Ok(())
}

fn listed(account: &Account, standing: Option<&Standing>, in_flight: &HashMap<i64, i64>) -> Listed {
    let standing = standing.unwrap_or(&Standing::Ready);
    let reason = match standing {
        Standing::Paused => Some("paused by the owner"),
        other => other.reason(),
    };
    Listed {
        id: account_id(account.id),
        name: account.name.clone(),
        provider: account.provider.id,
        kind: account.kind.as_str(),
        state: standing.as_str(),
        reason: reason.map(str::to_owned),
        until: standing.until(),
        priority: account.priority,
        in_flight: in_flight.get(&account.id).copied().unwrap_or(0),
    }
}

/// Calls each account is serving: what a running relay has open.
pub(crate) async fn in_flight(around: &Surroundings) -> Result<HashMap<i64, i64>, Failure> {
    if carpool_relay::running(&around.data_dir).is_none() {
        return Ok(HashMap::new());
    }
    Ok(calls::in_flight(around.store.pool()).await.map_err(database)?.into_iter().collect())
}

/// A model family that is limited by itself.
#[derive(Debug, Serialize)]
struct LimitedFamily {
    family: String,
    until: Timestamp,
}

/// A provider's allowance for a span of time, as last told.
#[derive(Debug, Serialize)]
struct ShownWindow {
    hours: u32,
    family: Option<String>,
    used: f64,
    resets_at: Option<Timestamp>,
}

/// An account with all that may be shown of it.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    listed: Listed,
    base_url: Option<String>,
    has_proxy: bool,
    max_concurrency: u32,
    spacing_ms: u64,
    groups: Vec<String>,
    limited_families: Vec<LimitedFamily>,
    windows: Vec<ShownWindow>,
    email: Option<String>,
    plan: Option<String>,
    expires_at: Option<Timestamp>,
    options: Options,
}

pub(super) async fn show(id: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let account = named::account(around, id).await?;
    let pool = around.store.pool();
    let stored = accounts::credential(pool, account.id).await.map_err(database)?;
    let standings = standings(around).await.map_err(OpenError::from)?;
    let held = holds::list(pool).await.map_err(database)?.remove(&account.id).unwrap_or_default();
    let now = around.clock.now();
    let limited = held.iter().filter(|hold| hold.kind == HoldKind::Limited && hold.until > now);
    let latest = windows::latest(pool).await.map_err(database)?.remove(&account.id).unwrap_or_default();
    let all_groups = groups::list(pool).await.map_err(database)?;
    output.object(&Shown {
        listed: listed(&account, standings.get(&account.id), &in_flight(around).await?),
        base_url: account.base_url.as_ref().map(Url::to_string),
        has_proxy: account.proxy_sealed.is_some(),
        max_concurrency: account.max_concurrency,
        spacing_ms: u64::try_from(account.spacing.as_millis()).unwrap_or(u64::MAX),
        groups: all_groups.into_iter().filter(|(_, all)| all.contains(&account.id)).map(|(name, _)| name).collect(),
        limited_families: limited
            .filter_map(|hold| Some(LimitedFamily { family: hold.family.clone()?, until: hold.until }))
            .collect(),
        windows: latest.iter().map(|sample| shown_window(&sample.window.as_of(now))).collect(),
        email: account.profile.email,
        plan: account.profile.plan,
        expires_at: stored.and_then(|stored| stored.expires_at),
        options: account.options,
    });
    Ok(())
}

fn shown_window(window: &Window) -> ShownWindow {
    ShownWindow { hours: window.hours, family: window.family.clone(), used: window.used, resets_at: window.resets_at }
}
