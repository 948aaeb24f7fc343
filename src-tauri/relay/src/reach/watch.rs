//! Looks again and again while a tunnel is wanted. Without one it waits and does nothing.

use std::{future, sync::Arc};

use carpool_core::reach::look_again_after;
use tokio::time::sleep;

use super::{examine, record};
use crate::House;

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
                match look_again_after(&reach.steps) {
                    None => future::pending().await,
                    Some(pause) => sleep(pause).await,
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
