//! Looking back at subscriptions: who called through which, and who took how much of their windows.

use std::collections::HashMap;

use carpool_core::share::{self, Sample, Spending, Taken};
use jiff::{SignedDuration, Timestamp};
use sqlx::SqlitePool;

use crate::store::{
    SqlError, burn,
    takers::{self, Taker},
    windows,
};

/// A subscription over a span of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// The account's name.
    pub account: String,
    /// Who called through it, the dearest first: exact.
    pub takers: Vec<Taker>,
    /// What was taken of its windows for all models, by their length in hours, the shorter first: estimated.
    pub windows: Vec<(u32, Taken)>,
}

/// The subscriptions over `[since, until)`. Windows are told as far back as the provider's reports are kept; those for
/// some models alone are left out, as what they hold is in the others too.
///
/// # Errors
/// When SQLite refuses.
pub async fn over(pool: &SqlitePool, since: Timestamp, until: Timestamp) -> Result<Vec<Subscription>, SqlError> {
    let mut samples = samples(pool, since, until).await?;
    let earliest =
        samples.values().flat_map(|kinds| kinds.values()).filter_map(|told| told.first()).map(|told| told.at);
    let mut costs = match earliest.min() {
        // A window that was open when it was first told of may have begun its whole length before.
        Some(first) => costs(pool, since.max(first - LONGEST), until).await?,
        None => HashMap::new(),
    };
    let mut by_account: HashMap<i64, Vec<Taker>> = HashMap::new();
    for taker in takers::takers(pool, since, until).await? {
        by_account.entry(taker.account_id).or_default().push(taker);
    }
    let accounts = takers::subscriptions(pool, since, until).await?.into_iter();
    let subscription = |(id, account): (i64, String)| {
        let costs = costs.remove(&id).unwrap_or_default();
        let mut windows: Vec<(u32, Taken)> = samples
            .remove(&id)
            .into_iter()
            .flatten()
            .filter_map(|(hours, told)| {
                let length = SignedDuration::from_hours(i64::from(hours));
                Some((hours, share::taken(length, since, &told, &costs)?))
            })
            .collect();
        windows.sort_by_key(|(hours, _)| *hours);
        Subscription { account, takers: by_account.remove(&id).unwrap_or_default(), windows }
    };
    Ok(accounts.map(subscription).collect())
}

/// The longest window there is.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What providers told of windows for all models, by account and length in hours.
async fn samples(
    pool: &SqlitePool,
    since: Timestamp,
    until: Timestamp,
) -> Result<HashMap<i64, HashMap<u32, Vec<Sample>>>, SqlError> {
    let mut by_account: HashMap<i64, HashMap<u32, Vec<Sample>>> = HashMap::new();
    for (account, told) in windows::since(pool, since).await? {
        let kinds = by_account.entry(account).or_default();
        for windows::Sample { at, window } in told {
            if at < until && window.family.is_none() {
                let sample = Sample { at, used: window.used, resets_at: window.resets_at };
                kinds.entry(window.hours).or_default().push(sample);
            }
        }
    }
    Ok(by_account)
}

/// What calls cost, by account, in order of time.
async fn costs(pool: &SqlitePool, since: Timestamp, until: Timestamp) -> Result<HashMap<i64, Vec<Spending>>, SqlError> {
    let mut by_account: HashMap<i64, Vec<Spending>> = HashMap::new();
    for burnt in burn::since(pool, since).await? {
        if burnt.at < until {
            let spending = Spending { at: burnt.at, friend: burnt.friend_id, cost: burnt.spent };
            by_account.entry(burnt.account_id).or_default().push(spending);
        }
    }
    Ok(by_account)
}
