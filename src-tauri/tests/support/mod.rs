//! What the host's tests drive and look at: the program in a folder of its own, a relay, a friend who calls it, and what
//! is on the disk afterwards.

pub(crate) mod database;
pub(crate) mod disk;
pub(crate) mod friend;
pub(crate) mod login;
pub(crate) mod owner;
pub(crate) mod program;
pub(crate) mod relay;
pub(crate) mod session;
pub(crate) mod vendor;

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// How long anything may take that has to happen: long enough for a busy machine, short enough to notice.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks again and again until there is something to see.
pub(crate) async fn eventually<T>(what: &str, within: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            sleep(LOOK_EVERY).await;
        }
    };
    timeout(within, looking).await.unwrap_or_else(|_| panic!("not within {within:?}: {what}"))
}
