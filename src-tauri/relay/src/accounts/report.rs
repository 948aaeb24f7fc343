//! What attempts showed of accounts: noted at once, written down soon after, shown to who watches.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, atomic::Ordering},
};

use carpool_core::{attempt::Finding, schedule::health::Charged};
use http::HeaderMap;

use super::{Accounts, Lease, LiveAccount};
use crate::store::{SqlError, holds, windows};

/// Writes down how accounts are, one after another, each as it is at that moment.
#[derive(Debug, Default)]
pub(super) struct Scribe(Mutex<Desk>);

#[derive(Debug, Default)]
struct Desk {
    to_write: BTreeSet<i64>,
    is_writing: bool,
}

impl Scribe {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().expect("no one panics at the desk")
    }
}

impl Lease {
    /// Notes what an attempt showed of the account.
    pub fn report(&self, finding: &Finding) {
        let charged = if self.wanted.operation.is_charged() { Charged::Yes } else { Charged::No };
        let family = self.account.family(self.wanted.model.as_deref());
        self.accounts.note(&self.account, finding, family, charged);
    }

    /// Notes what an answer says of the account's windows.
    pub fn saw(&self, headers: &HeaderMap) {
        let windows = (self.provider().windows)(headers, self.accounts.around.clock.now());
        if !windows.is_empty() {
            self.accounts.see_windows(&self.account, windows);
        }
    }
}

impl Accounts {
    fn note(self: &Arc<Self>, account: &LiveAccount, finding: &Finding, family: Option<&str>, charged: Charged) {
        let now = self.around.clock.now();
        let mut condition = account.vitals.condition();
        let is_changed = condition.health.note(finding, family, charged, now);
        if let Some(trouble) = finding.trouble() {
            condition.remember(trouble, now);
        }
        drop(condition);
        if let Some(trouble) = finding.trouble() {
            tracing::warn!(account = account.account.id, trouble, "trouble at an account");
            self.changed();
        }
        if is_changed {
            self.write_soon(account.account.id);
            self.changed();
            self.serve_queue();
        }
    }

    pub(super) fn see_windows(self: &Arc<Self>, account: &LiveAccount, seen: Vec<carpool_core::window::Window>) {
        let now = self.around.clock.now();
        if account.is_shared() {
            account.vitals.consumption().see(&seen, now);
        }
        if account.vitals.condition().see_windows(seen, now) {
            self.write_soon(account.account.id);
            self.changed();
        }
    }

    /// Marks an account whose credential the provider does not accept, for every process that shares the data folder.
    pub(super) async fn mark_signed_out(self: &Arc<Self>, account: &LiveAccount, reason: &str) {
        let id = account.account.id;
        self.note(account, &Finding::SignedOut(reason.to_owned()), None, Charged::No);
        let all = account.vitals.condition().health.holds().to_vec();
        let marked = async {
            holds::replace_for_all(self.around.store.pool(), id, &all).await?;
            self.reload().await
        };
        if let Err(error) = marked.await {
            tracing::error!(account = id, %error, "that an account needs login could not be noted");
        }
    }

    /// Writes down how an account is, without making anybody wait for it.
    pub(super) fn write_soon(self: &Arc<Self>, id: i64) {
        let mut desk = self.scribe.desk();
        desk.to_write.insert(id);
        if std::mem::replace(&mut desk.is_writing, true) {
            return;
        }
        drop(desk);
        let accounts = Arc::clone(self);
        self.tasks.spawn(async move {
            while let Some(id) = accounts.next_to_write() {
                if let Err(error) = accounts.write(id).await {
                    tracing::error!(account = id, %error, "how an account is could not be written down");
                }
            }
        });
    }

    fn next_to_write(&self) -> Option<i64> {
        let mut desk = self.scribe.desk();
        let next = desk.to_write.pop_first();
        desk.is_writing = next.is_some();
        next
    }

    async fn write(&self, id: i64) -> Result<(), SqlError> {
        let pool = self.around.store.pool();
        let Some(account) = self.find(carpool_core::schedule::AccountId(id)) else { return Ok(()) };
        let version = account.vitals.holds_version.load(Ordering::Relaxed);
        let (all, samples) = account.vitals.condition().take_unwritten();
        windows::add(pool, id, &samples).await?;
        holds::replace(pool, id, version, &all).await
    }
}
