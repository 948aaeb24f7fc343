//! A large ledger, and what is asked of it.
//!
//! It is made by the relay's own ledger, rolled up by the relay's own keeper, and asked by the functions that the screens
//! and commands ask by. What is measured is the database alone: no window, no network.

mod delay;
mod people;
mod questions;
mod rows;
mod sheet;

use std::{
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use carpool_core::{endpoints::Endpoints, rollup};
use carpool_relay::{
    Start,
    accounts::Surroundings,
    clock::Clock,
    ledger::Ledger,
    live::LiveCalls,
    retention::{self, Days},
    tunnel::Processes,
    vault::VaultKind,
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use self::{
    delay::Delays,
    sheet::{Sheet, Unit},
};
use crate::args::LedgerArgs;

/// What a call may take of the file, with all that is kept for it beside its row: indices, roll-ups, free pages.
const BYTES_PER_ROW: f64 = 256.0;
/// How long an answer that a screen waits for may take, in milliseconds.
const SCREEN_MS: f64 = 100.0;
/// How long what is written to a file, or settled, may take.
const FILE_SECONDS: f64 = 30.0;
/// How long a commit may take while it is rolled up and deleted, in milliseconds, at most and 99 of 100: an answer's last
/// frame waits for it.
const DELAY_MS: f64 = 100.0;
const MOST_DELAYS_MS: f64 = 25.0;

/// A ledger that is being measured.
struct Bench {
    around: Surroundings,
    ledger: Arc<Ledger>,
    zone: TimeZone,
    now: Timestamp,
    sheet: Sheet,
}

/// Makes the ledger, asks, and prints the answers' times.
pub(crate) async fn measure(args: &LedgerArgs) -> Result<ExitCode> {
    let folder = tempfile::TempDir::new().context("making a data folder")?;
    let mut bench = Bench::open(folder.path()).await?;
    bench.fill(args).await?;
    bench.roll_up().await?;
    let size = file_size(folder.path())?;
    bench.sheet.limited("file per call", size as f64 / f64::from(args.rows), Unit::Bytes, BYTES_PER_ROW);
    questions::ask(&mut bench, args).await?;
    bench.forget(args, folder.path()).await?;
    println!("{}", bench.sheet.table());
    if let Some(path) = &args.json {
        std::fs::write(path, bench.sheet.json()).with_context(|| format!("writing {}", path.display()))?;
    }
    let failed = args.strict && bench.sheet.has_failed();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Bench {
    async fn open(folder: &Path) -> Result<Self> {
        let around = carpool_relay::open(Start {
            data_dir: folder.to_owned(),
            vault: VaultKind::File,
            endpoints: Endpoints::with_overrides("")?,
            clock: Clock::System,
            launcher: Arc::new(Processes::default()),
        })
        .await?;
        people::add(&around).await?;
        let ledger = Arc::new(Ledger::start(&around.store, folder, Arc::new(LiveCalls::default())).await?);
        let now = around.clock.now();
        Ok(Self { around, ledger, zone: TimeZone::system(), now, sheet: Sheet::default() })
    }

    /// Writes the calls.
    async fn fill(&mut self, args: &LedgerArgs) -> Result<()> {
        let first = self.now.to_zoned(self.zone.clone()).checked_sub(i64::from(args.days).days())?.timestamp();
        let began = Instant::now();
        for (number, row) in rows::rows(args.rows, first, self.now).enumerate() {
            while !self.ledger.accepts_calls() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // Nobody waits for it.
            drop(self.ledger.settle(row));
            if number % 1_000 == 0 {
                tokio::task::yield_now().await;
            }
        }
        self.ledger.flush().await;
        self.sheet.noted("calls written", f64::from(args.rows) / began.elapsed().as_secs_f64(), Unit::PerSecond);
        Ok(())
    }

    /// Rolls everything up while calls go on.
    async fn roll_up(&mut self) -> Result<()> {
        let before = delay::while_nothing_happens(&self.ledger, self.now).await;
        self.sheet.noted("a commit, at most, while nothing else happens", before.longest, Unit::Millis);
        self.sheet.noted("a commit, 99 of 100, while nothing else happens", before.p99, Unit::Millis);
        let began = Instant::now();
        let delays = delay::during(&self.ledger, self.now, self.tidy(self.now, Days::default())).await?;
        self.sheet.noted("rolling everything up", began.elapsed().as_secs_f64(), Unit::Seconds);
        self.note(&delays);
        Ok(())
    }

    /// Deletes a quarter of the days while calls go on.
    async fn forget(&mut self, args: &LedgerArgs, folder: &Path) -> Result<()> {
        let days: Days = (u32::from(args.days) * 3 / 4).to_string().parse()?;
        let before = retention::with(self.around.store.pool(), days, &self.zone, self.now).await?;
        let size_before = file_size(folder)?;
        let began = Instant::now();
        let delays = delay::during(&self.ledger, self.now, self.tidy(self.now, days)).await?;
        let seconds = began.elapsed().as_secs_f64();
        self.sheet.noted("deleting", before.to_delete as f64 / seconds, Unit::PerSecond);
        self.note(&delays);
        let left = file_size(folder)? as f64 / size_before as f64;
        self.sheet.limited("the file after a quarter was deleted", 100.0 * left, Unit::Percent, 80.0);
        let after = retention::with(self.around.store.pool(), days, &self.zone, self.now).await?;
        let kept_since = rollup::kept_since(self.now, days.number(), &self.zone);
        anyhow::ensure!(after.to_delete == 0 && after.oldest_at >= Some(kept_since), "not everything was deleted");
        Ok(())
    }

    /// Notes how long calls waited while something else went on.
    fn note(&mut self, delays: &Delays) {
        self.sheet.limited("a commit, at most, meanwhile", delays.longest, Unit::Millis, DELAY_MS);
        self.sheet.limited("a commit, 99 of 100, meanwhile", delays.p99, Unit::Millis, MOST_DELAYS_MS);
    }

    async fn tidy(&self, now: Timestamp, days: Days) -> Result<()> {
        Ok(retention::tidy(self.around.store.pool(), now, &self.zone, days, retention::PAUSE).await?)
    }
}

/// The database's file, in bytes.
fn file_size(folder: &Path) -> Result<u64> {
    let size = |name: &str| std::fs::metadata(folder.join(name)).map(|file| file.len());
    size("carpool.db").context("looking at the database's file")
}
