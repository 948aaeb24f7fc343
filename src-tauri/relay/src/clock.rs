//! The one reader of time. Everything else is told what time it is.

#![expect(clippy::disallowed_methods, reason = "this is the place they are disallowed in favour of")]

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until a test moves it; in milliseconds.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Manual(at) => Timestamp::from_millisecond(at.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX),
        }
    }

    /// Time that passes evenly, whatever happens to the time of day; while the machine sleeps it may stand still.
    #[must_use]
    pub fn steady(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        match self {
            Self::System => START.get_or_init(Instant::now).elapsed(),
            Self::Manual(at) => Duration::from_millis(u64::try_from(at.load(Ordering::Relaxed)).unwrap_or_default()),
        }
    }

    /// Waits for the next time to look after things. With a manual clock it never comes: a test looks after them itself.
    pub async fn pace(&self, step: Duration) {
        match self {
            Self::System => tokio::time::sleep(step).await,
            Self::Manual(_) => std::future::pending().await,
        }
    }

    /// Moves a manual clock on; the machine's own cannot be moved.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(at) = self {
            at.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }
}

/// Measures how long something takes, whatever happens to the time of day.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(tokio::time::Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(tokio::time::Instant::now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Whole milliseconds since the start.
    #[must_use]
    pub fn elapsed_ms(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}
