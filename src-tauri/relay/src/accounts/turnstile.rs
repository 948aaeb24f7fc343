//! Keeps the sending of an account's calls apart, where the owner wants that: the next call is sent only some time after
//! the one before has been sent whole, in the order they came.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Instant, sleep_until},
};

/// Lets one call through at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turnstile {
    /// When the last call had been sent. The lock is fair: whoever waits longest comes next.
    last_sent: Arc<Mutex<Option<Instant>>>,
}

/// The right to send a call; given back, when it has been sent, by dropping it.
#[derive(Debug)]
pub struct Turn(OwnedMutexGuard<Option<Instant>>);

impl Turnstile {
    /// Waits until the call may be sent.
    pub(crate) async fn enter(&self, spacing: Duration) -> Turn {
        let last_sent = Arc::clone(&self.last_sent).lock_owned().await;
        if let Some(last_sent) = *last_sent {
            sleep_until(last_sent + spacing).await;
        }
        Turn(last_sent)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0 = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_are_sent_apart_counted_from_when_the_one_before_was_sent() {
        let (turnstile, spacing) = (Turnstile::default(), Duration::from_millis(200));
        let start = Instant::now();

        let first = turnstile.enter(spacing).await;
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(first);
        drop(turnstile.enter(spacing).await);

        assert_eq!(start.elapsed(), Duration::from_millis(1200));
    }
}
