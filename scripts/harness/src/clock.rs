//! The time two processes on this machine agree on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Microseconds since the epoch.
///
/// The monotonic clock would be the better one, but std hides its value and it cannot cross to another process
/// without unsafe code. [`Watch`] tells when the wall clock was set meanwhile.
pub(crate) fn micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("this machine's clock is past 1970");
    u64::try_from(since.as_micros()).expect("microseconds fit 64 bits for half a million years")
}

/// Compares the wall clock with the monotonic one over a measurement.
pub(crate) struct Watch {
    started: std::time::Instant,
    started_micros: u64,
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn start() -> Self {
        Self { started: std::time::Instant::now(), started_micros: micros() }
    }

    /// How far the wall clock ran away from the monotonic one: delays are wrong by as much.
    pub(crate) fn drift(&self) -> Duration {
        let wall = Duration::from_micros(micros().saturating_sub(self.started_micros));
        wall.abs_diff(self.started.elapsed())
    }
}
