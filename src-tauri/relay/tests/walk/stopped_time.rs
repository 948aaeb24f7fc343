//! Tokio's clock, stopped: it moves only when a test says so, while sockets and files work on.

use std::{sync::mpsc, time::Duration};

/// How far the clock moves at once, so that what waits again and again gets its turns.
const STEP: Duration = Duration::from_millis(100);

/// Tokio's clock stands while this is held.
pub(crate) struct StoppedTime {
    _running: mpsc::Sender<()>,
}

impl StoppedTime {
    /// Stops the clock.
    pub(crate) fn stop() -> Self {
        let (running, ended) = mpsc::channel();
        // Tokio moves a paused clock on by itself whenever it is idle, but not while a blocking task runs.
        tokio::task::spawn_blocking(move || ended.recv());
        tokio::time::pause();
        Self { _running: running }
    }

    /// Lets this much time pass.
    pub(crate) async fn pass(&self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(STEP);
            tokio::time::advance(step).await;
            tokio::task::yield_now().await;
            left -= step;
        }
    }
}

impl Drop for StoppedTime {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}
