//! Looks again and again while a tunnel is wanted. Without one it waits and does nothing.

use std::{future, sync::Arc, time::Duration};

use carpool_core::reach::Light;
use tokio::time::sleep;

use super::{examine, record};
use crate::House;

/// How often it is looked when friends reach the relay.
const WHEN_WELL: Duration = Duration::from_secs(60);
/// How often when they do not, so that the light turns soon after they do.
const WHEN_NOT: Duration = Duration::from_secs(10);

impl House {
    /// Looks until the house is closed.
    pub(crate) async fn watch_reach(self: Arc<Self>) {
        let mut tunnel = self.reaching.tunnel.subscribe();
        let data_dir = &self.around().data_dir;
        loop {
            tunnel.mark_unchanged();
            let looked = self.closing.run_until_cancelled(examine(&self)).await;
            let Some(reach) = looked else { break };
            if let Err(error) = record::write(data_dir, &reach) {
                tracing::warn!(%error, "how the relay is reached could not be written down");
            }
            let pause = async {
                match reach.light {
                    Light::Off => future::pending().await,
                    Light::Green => sleep(WHEN_WELL).await,
                    Light::Yellow | Light::Red => sleep(WHEN_NOT).await,
                }
            };
            tokio::select! {
                () = self.closing.cancelled() => break,
                () = pause => {}
                _ = tunnel.changed() => {}
                () = self.reaching.look.notified() => {}
            }
        }
        record::remove(data_dir);
    }
}
