//! Looks for a newer price book once a day, where the owner switched that on.

use std::time::Duration;

use carpool_core::price::Became;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::take::{self, Found, TakeError};
use crate::{
    accounts::Surroundings,
    store::{StoreError, settings},
};

/// The setting that holds the address to look at, while it is switched on.
const FROM: &str = "price_updates";
/// The setting that holds when it was last looked, in Unix milliseconds.
const LOOKED_AT: &str = "price_looked_at";
/// How often it is checked whether a look is due.
const CHECK_EVERY: Duration = Duration::from_secs(60);
/// The time between two looks, and after one that failed.
const DAY: SignedDuration = SignedDuration::from_hours(24);
const AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);
/// A book is not taken by itself when so many of a hundred models would be unpriced by it: something is wrong with it then.
const MOST_REMOVED_PERCENT: usize = 10;

/// Whether books are looked for daily.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Daily {
    /// The address, while it is switched on.
    pub from: Option<String>,
    /// When it was last looked.
    pub looked_at: Option<Timestamp>,
}

/// Whether books are looked for daily.
///
/// # Errors
/// When the database refuses.
pub async fn daily(around: &Surroundings) -> Result<Daily, StoreError> {
    let pool = around.store.pool();
    let from = settings::get(pool, FROM).await?.filter(|address| !address.is_empty());
    let looked_at = settings::get(pool, LOOKED_AT).await?.and_then(|text| text.parse().ok());
    Ok(Daily { from, looked_at: looked_at.and_then(|millis| Timestamp::from_millisecond(millis).ok()) })
}

/// Looks for books daily at an address, at once for the first time; or no more.
///
/// # Errors
/// When the database refuses.
pub async fn set_daily(around: &Surroundings, from: Option<&str>) -> Result<(), StoreError> {
    let pool = around.store.pool();
    settings::put(pool, LOOKED_AT, "").await?;
    Ok(settings::put(pool, FROM, from.unwrap_or_default()).await?)
}

/// Looks whenever it is due, until the relay closes.
pub(crate) async fn keep_looking(around: Surroundings, closing: CancellationToken) {
    let looking = async {
        let mut not_before: Option<Timestamp> = None;
        loop {
            let now = around.clock.now();
            if not_before.is_none_or(|at| now >= at) {
                let looked = look_if_due(&around, now).await;
                not_before = looked.is_err().then(|| now.saturating_add(AFTER_FAILURE).unwrap_or(Timestamp::MAX));
                if let Err(error) = looked {
                    tracing::warn!(error = %chain(&error), "no newer price book was found");
                }
            }
            sleep(CHECK_EVERY).await;
        }
    };
    closing.run_until_cancelled(looking).await;
}

async fn look_if_due(around: &Surroundings, now: Timestamp) -> Result<(), TakeError> {
    let Daily { from: Some(from), looked_at } = daily(around).await? else { return Ok(()) };
    if looked_at.is_some_and(|at| now.duration_since(at) < DAY) {
        return Ok(());
    }
    let found = take::look(around, &from, now).await?;
    let (removed, kept) = (count(&found, Became::Removed), found.models - count(&found, Became::Added));
    if removed * 100 > (kept + removed) * MOST_REMOVED_PERCENT {
        tracing::warn!(from, removed, "a price book was not taken: too many models are not in it any more");
    } else if !found.changes.is_empty() {
        let version = take::take(around, &found, now).await?;
        let (added, changed) = (count(&found, Became::Added), count(&found, Became::Changed));
        tracing::info!(from, version, added, changed, removed, "a newer price book was taken");
    }
    let looked_at = now.as_millisecond().to_string();
    settings::put(around.store.pool(), LOOKED_AT, &looked_at).await.map_err(StoreError::from)?;
    Ok(())
}

fn count(found: &Found, became: Became) -> usize {
    found.changes.iter().filter(|change| change.change == became).count()
}

/// An error and its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
