//! Keeps the ledger small: rolls up what is over, and deletes the calls of days that are older than the owner wants them.
//!
//! Everything is done in steps of a few milliseconds with pauses between them, so that the ledger, which writes to the same
//! file, never waits longer than for one of them. What was begun goes on where it was left, after a restart too.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use carpool_core::{
    period::Bar,
    rollup::{self, Kept},
};
use jiff::{Timestamp, tz::TimeZone};
use sqlx::SqlitePool;
use tokio::time::sleep;

use crate::{
    House,
    store::{SqlError, entries, rollups, settings, spent},
};

/// The setting.
const SETTING: &str = "retention_days";
/// How often it is looked what is to be done, and when for the first time.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const FIRST_LOOK: Duration = Duration::from_secs(5);
/// The pause between two steps: the ledger has its turn, and most of the time is left to calls.
pub const PAUSE: Duration = Duration::from_millis(20);
/// Rows that are deleted in one step.
const ROWS_AT_ONCE: u32 = 200;
/// Free pages of the file that are left for the rows to come: a megabyte.
const PAGES_LEFT: u32 = 256;

/// For how many days calls are kept, beside today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u32);

impl Days {
    /// Until the end of a month, the calls of the one before are there to be settled.
    const LEAST_NUMBER: u32 = 62;
    const MOST: u32 = 36_500;
    /// The fewest that calls can be kept for.
    pub const LEAST: Self = Self(Self::LEAST_NUMBER);

    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

impl Default for Days {
    /// A year, and the month after it.
    fn default() -> Self {
        Self(400)
    }
}

/// What is no number of days that calls can be kept for.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no number of days from {least} to {most}", least = Days::LEAST_NUMBER, most = Days::MOST)]
pub struct NotDays(String);

impl FromStr for Days {
    type Err = NotDays;

    fn from_str(text: &str) -> Result<Self, NotDays> {
        let number = text.parse().ok().filter(|number| (Self::LEAST_NUMBER..=Self::MOST).contains(number));
        number.map(Self).ok_or_else(|| NotDays(text.to_owned()))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// For how many days calls are kept.
///
/// # Errors
/// When the database refuses, or holds what is no number of days.
pub async fn days(pool: &SqlitePool) -> Result<Days, SqlError> {
    let stored = settings::get(pool, SETTING).await?.map(|text| text.parse()).transpose();
    Ok(stored.map_err(|error: NotDays| SqlError::Decode(Box::new(error)))?.unwrap_or_default())
}

/// Changes for how many days calls are kept.
///
/// # Errors
/// When the database refuses; then it is as it was.
pub async fn set(pool: &SqlitePool, days: Days) -> Result<(), SqlError> {
    settings::put(pool, SETTING, &days.to_string()).await
}

/// What there is of the calls, and what is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retained {
    /// Calls from before then are not kept.
    pub kept_since: Timestamp,
    /// How many ended calls there are.
    pub calls: i64,
    /// When the first of them arrived.
    pub oldest_at: Option<Timestamp>,
    /// How many of them are from before `kept_since`.
    pub to_delete: i64,
    /// Whether the database's file gets smaller when calls are deleted.
    pub file_shrinks: bool,
}

/// What there is when calls are kept for so many days.
///
/// # Errors
/// When the database refuses.
pub async fn with(pool: &SqlitePool, days: Days, zone: &TimeZone, now: Timestamp) -> Result<Retained, SqlError> {
    let kept_since = rollup::kept_since(now, days.0, zone);
    let all = entries::extent(pool, None, Timestamp::MAX).await?;
    let older = entries::extent(pool, None, kept_since).await?;
    Ok(Retained {
        kept_since,
        calls: all.rows,
        oldest_at: all.oldest_at,
        to_delete: older.rows,
        file_shrinks: rollups::can_give_back(pool).await?,
    })
}

/// Does what is to be done until the relay closes.
pub(crate) async fn keep(house: Arc<House>) {
    let looking = async {
        // With a clock that a test moves, the test looks itself.
        house.clock.pace(FIRST_LOOK).await;
        loop {
            if let Err(error) = look(&house).await {
                tracing::warn!(%error, "the ledger could not be rolled up; it is tried again in a minute");
            }
            house.clock.pace(LOOK_EVERY).await;
        }
    };
    house.closing.run_until_cancelled(looking).await;
}

/// Does everything that is to be done now.
async fn look(house: &House) -> Result<(), SqlError> {
    let pool = house.around().store.pool();
    let (now, zone) = (house.clock.now(), house.gate.zone());
    tidy(pool, now, zone, days(pool).await?, PAUSE).await
}

/// Rolls up what is over, deletes what is too old, and gives room back, with a pause after each step. A running relay does
/// so by itself.
///
/// # Errors
/// When the database refuses. What was done by then stays done, and the rest is done the next time.
pub async fn tidy(
    pool: &SqlitePool,
    now: Timestamp,
    zone: &TimeZone,
    days: Days,
    pause: Duration,
) -> Result<(), SqlError> {
    roll_up(pool, now, zone, pause).await?;
    while spent::add_to_totals(pool).await? {
        sleep(pause).await;
    }
    forget(pool, rollup::kept_since(now, days.0, zone), pause).await?;
    while rollups::add_late(pool, ROWS_AT_ONCE).await? > 0 {
        sleep(pause).await;
    }
    while rollups::give_back_some(pool, PAGES_LEFT).await? {
        sleep(pause).await;
    }
    Ok(())
}

/// Rolls up what is over and is not rolled up yet or any more, the latest first, and drops what nobody wants.
async fn roll_up(pool: &SqlitePool, now: Timestamp, zone: &TimeZone, pause: Duration) -> Result<(), SqlError> {
    let rolled = rollups::all(pool).await?;
    let Some(first) = rollups::first_call(pool, Timestamp::MIN).await? else { return Ok(()) };
    let wanted = rollup::wanted(first, now, zone, &rolled);
    for span in due(pool, &wanted).await?.into_iter().rev() {
        // One that changes meanwhile has its turn at the next look.
        rollups::roll_up(pool, span).await?;
        sleep(pause).await;
    }
    for one in rollups::all(pool).await? {
        if one.kept != Kept::Rollup && wanted.binary_search_by_key(&one.span.start, |span| span.start).is_err() {
            rollups::drop_unwanted(pool, one.span).await?;
        }
    }
    Ok(())
}

/// The wanted spans that have calls, and no roll-up that says what they say.
async fn due(pool: &SqlitePool, wanted: &[Bar]) -> Result<Vec<Bar>, SqlError> {
    let rolled = rollups::all(pool).await?;
    let is_rolled_up = |span: &Bar| {
        let found = rolled.binary_search_by_key(&span.start, |one| one.span.start).map(|place| rolled[place]);
        found.is_ok_and(|one| one.span == *span && one.kept == Kept::Both)
    };
    let mut due = Vec::new();
    let mut next_call = Some(Timestamp::MIN);
    for span in wanted.iter().filter(|span| !is_rolled_up(span)) {
        if next_call.is_some_and(|at| at < span.start) {
            next_call = rollups::first_call(pool, span.start).await?;
        }
        if next_call.is_some_and(|at| at < span.end) {
            due.push(*span);
        }
    }
    Ok(due)
}

/// Deletes the calls of spans that ended by then and are rolled up.
async fn forget(pool: &SqlitePool, kept_since: Timestamp, pause: Duration) -> Result<(), SqlError> {
    for span in rollups::to_forget(pool, kept_since).await? {
        if !rollups::begin_to_forget(pool, span).await? {
            continue;
        }
        while rollups::forget_some(pool, span, ROWS_AT_ONCE).await? > 0 {
            sleep(pause).await;
        }
        rollups::finish_forgetting(pool, span).await?;
    }
    Ok(())
}
