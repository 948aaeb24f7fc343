//! `carpool usage keep`: for how many days each call is kept.

use carpool_relay::{
    accounts::Surroundings,
    retention::{self, Days, Retained},
};
use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::super::{named::database, output::Output};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct KeepArgs {
    /// So many days beside today, 62 at least, so that the month before can be settled [at first: 400]
    days: Option<Days>,
    /// Set it even though calls are deleted by it
    #[arg(long, requires = "days")]
    yes: bool,
}

/// What is kept, as scripts read it.
#[derive(Debug, Serialize)]
struct Shown {
    days: u32,
    /// Calls from before then are deleted.
    kept_since: Timestamp,
    calls: i64,
    oldest_at: Option<Timestamp>,
    /// How many of the calls are from before then.
    to_delete: i64,
    /// Whether the database's file gets smaller when calls are deleted; else its room is only used again.
    file_shrinks: bool,
}

pub(super) async fn run(args: &KeepArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let days = match args.days {
        Some(days) => days,
        None => retention::days(pool).await.map_err(database)?,
    };
    let retained = retention::with(pool, days, &TimeZone::system(), around.clock.now()).await.map_err(database)?;
    let Retained { kept_since, calls, oldest_at, to_delete, file_shrinks } = retained;
    output.object(&Shown { days: days.number(), kept_since, calls, oldest_at, to_delete, file_shrinks });
    if args.days.is_some() && to_delete > 0 && !args.yes {
        output
            .note("nothing was changed: --yes sets it, and the relay then deletes these calls; their sums by day stay");
    } else if args.days.is_some() {
        retention::set(pool, days).await.map_err(database)?;
    }
    Ok(())
}
