//! Looks after the accounts between calls: renews sign-ins ahead of their end, brings back whoever's time is over, tests
//! again what only a test can end, and notices when the machine slept.

use std::{sync::Arc, time::Duration};

use carpool_core::{clock_jump::JumpDetector, credential::Freshness, schedule::health::HoldKind};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{Accounts, LiveAccount, live::Condition, sign_in};
use crate::store::windows;

/// How often it looks.
const STEP: Duration = Duration::from_secs(1);
/// How long samples of windows are kept, and how often older ones are thrown away.
const SAMPLES_KEPT: SignedDuration = SignedDuration::from_hours(24 * 60);
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// How long after a renewal that failed the next one is tried, doubled each time up to the second.
const RENEW_AGAIN: (SignedDuration, SignedDuration) = (SignedDuration::from_secs(15), SignedDuration::from_mins(5));

impl Accounts {
    /// Looks after the accounts until the relay closes.
    pub(crate) async fn keep(self: Arc<Self>, closing: CancellationToken) {
        let clock = self.around.clock.clone();
        let mut jumps = JumpDetector::new(clock.now(), clock.steady());
        let mut swept_at = None;
        while closing.run_until_cancelled(clock.pace(STEP)).await.is_some() {
            let now = clock.now();
            if let Some(jump) = jumps.tick(now, clock.steady()) {
                tracing::info!(seconds = jump.as_secs(), "the clock jumped: connections are made anew");
                self.wake();
            }
            self.tend();
            if swept_at.is_none_or(|at| now.duration_since(at) >= SWEEP_EVERY) {
                swept_at = Some(now);
                if let Err(error) = windows::forget(self.around.store.pool(), now - SAMPLES_KEPT).await {
                    tracing::warn!(%error, "old samples of windows could not be forgotten");
                }
            }
        }
    }

    /// After a sleep of the machine: connections from before are dead, and what failed then may work now.
    pub fn wake(self: &Arc<Self>) {
        self.around.upstream.flush();
        for account in self.all() {
            if account.vitals.condition().health.end_cooling() {
                self.write_soon(account.account.id);
            }
        }
        self.changed();
        self.serve_queue();
    }

    /// Does for every account what is due now.
    pub fn tend(self: &Arc<Self>) {
        let now = self.around.clock.now();
        for account in self.all() {
            if account.vitals.condition().health.forget_past(now) {
                self.write_soon(account.account.id);
            }
            if account.vitals.condition().looks_different(now) {
                self.changed();
                self.serve_queue();
            }
            if account.account.is_paused {
                continue;
            }
            self.renew_ahead(&account, now);
            self.test_again(&account, now);
            self.look_at_usage(&account, now);
        }
    }

    /// Renews a sign-in before it ends, whatever else keeps the account out.
    fn renew_ahead(self: &Arc<Self>, account: &Arc<LiveAccount>, now: Timestamp) {
        let is_due =
            account.credential.as_ref().is_some_and(|credential| credential.freshness(now) != Freshness::Fresh);
        if !is_due || !account.is_renewable() {
            return;
        }
        let condition = account.vitals.condition();
        let is_signed_out = condition.health.holds().iter().any(|hold| hold.kind == HoldKind::NeedsLogin);
        let may = !is_signed_out && condition.may_renew(now);
        drop(condition);
        if may {
            drop(self.refresh_flight(account));
        }
    }

    /// Tests an account again that only a test, or its owner, can bring back.
    fn test_again(self: &Arc<Self>, account: &Arc<LiveAccount>, now: Timestamp) {
        let mut condition = account.vitals.condition();
        if condition.health.due_for_test(now).is_none() {
            return;
        }
        condition.health.postpone_tests(now);
        drop(condition);
        let (accounts, stored) = (Arc::clone(self), account.account.clone());
        self.tasks.spawn(async move {
            match sign_in::test(&accounts.around, &stored).await {
                Ok(_) => tracing::info!(account = stored.id, "the account works again"),
                Err(error) => tracing::info!(account = stored.id, %error, "the account does not work yet"),
            }
            if let Err(error) = accounts.reload().await {
                tracing::warn!(%error, "the accounts could not be read");
            }
            accounts.changed();
        });
    }
}

impl Condition {
    /// Whether a renewal may be tried: not right after one that failed.
    pub(super) fn may_renew(&self, now: Timestamp) -> bool {
        let Some((failed_at, times)) = self.renewal else { return true };
        let (first, most) = RENEW_AGAIN;
        let wait = first.checked_mul(1_i32.checked_shl(times - 1).unwrap_or(i32::MAX)).unwrap_or(most).min(most);
        now >= failed_at + wait
    }

    /// Notes what came of a renewal.
    pub(super) fn renewed(&mut self, is_renewed: bool, now: Timestamp) {
        self.renewal = match (is_renewed, self.renewal) {
            (true, _) => None,
            (false, None) => Some((now, 1)),
            (false, Some((_, times))) => Some((now, (times + 1).min(16))),
        };
    }
}
