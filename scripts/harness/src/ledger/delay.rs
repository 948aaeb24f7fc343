//! How long calls wait for their commit while something else goes on.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use carpool_relay::ledger::Ledger;
use jiff::Timestamp;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::rows;
use crate::percentile;

/// Between the commit of a call and the next call.
const BETWEEN: Duration = Duration::from_millis(3);
/// How long is measured when nothing else happens.
const QUIET: Duration = Duration::from_secs(3);

/// What calls waited, in milliseconds.
pub(super) struct Delays {
    pub(super) longest: f64,
    pub(super) p99: f64,
}

/// Lets calls end while nothing else happens.
pub(super) async fn while_nothing_happens(ledger: &Arc<Ledger>, at: Timestamp) -> Delays {
    let quiet = during(ledger, at, async {
        tokio::time::sleep(QUIET).await;
        Ok(())
    });
    quiet.await.expect("nothing can go wrong")
}

/// Lets calls end, one after the other, for as long as the work takes. They arrive at this time. Calls are on a thread of
/// their own, as in the relay.
pub(super) async fn during(
    ledger: &Arc<Ledger>,
    at: Timestamp,
    work: impl Future<Output = Result<()>>,
) -> Result<Delays> {
    let (stop, mut stopped) = oneshot::channel::<()>();
    let ledger = Arc::clone(ledger);
    let calls = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut micros = Vec::new();
            while matches!(stopped.try_recv(), Err(TryRecvError::Empty)) {
                let row = rows::row(ledger.next_id(at), at, micros.len() as u64);
                let began = Instant::now();
                // An answer waits for this, but not for so long: here it is waited for in any case.
                drop(ledger.settle(row));
                ledger.flush().await;
                micros.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
                tokio::time::sleep(BETWEEN).await;
            }
            micros
        })
    });
    work.await?;
    drop(stop);
    let mut micros = calls.join().expect("calls do not panic");
    micros.sort_unstable();
    let millis = |share| percentile::of_sorted(&micros, share).unwrap_or_default() / 1_000.0;
    Ok(Delays { longest: millis(1.0), p99: millis(0.99) })
}
