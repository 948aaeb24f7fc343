//! Places at accounts: chosen, taken, waited for, given back.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use carpool_core::{
    call::{Client, Operation},
    dialect::Dialect,
    options::Options,
    price::PicoUsd,
    provider::Provider,
    schedule::{self, AccountId, Because, Demand, NoAccount, affinity::Conversation},
};
use tokio::time::timeout;
use url::Url;

use super::{
    Accounts, LiveAccount,
    queue::{Queue, Waiter},
    turnstile::Turn,
};
use crate::network::Route;

/// How long a call waits for a place when every account that could serve it is busy.
pub const QUEUE_TIME: Duration = Duration::from_secs(30);

/// What a call wants of an account.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The dialect it is written in.
    pub dialect: &'static Dialect,
    /// What it asks for.
    pub operation: Operation,
    /// The program that wrote it.
    pub client: Client,
    /// The model, as the client wrote it.
    pub model: Option<String>,
    /// Whose call it is.
    pub friend: i64,
    /// The conversation it belongs to, where that can be told.
    pub conversation: Option<Conversation>,
    /// The accounts that may serve it; `None` for all of them.
    pub among: Option<Vec<AccountId>>,
    /// The providers, by id, whose accounts may serve it; `None` for all of them.
    pub providers: Option<Vec<String>>,
    /// What it may cost, for the share of a subscription's window.
    pub estimate: PicoUsd,
}

impl Wanted {
    /// What the choice needs of it.
    #[must_use]
    pub fn demand(&self) -> Demand<'_> {
        Demand {
            dialect: self.dialect,
            operation: self.operation,
            client: self.client,
            model: self.model.as_deref(),
            among: self.among.as_deref(),
            providers: self.providers.as_deref(),
        }
    }
}

/// The right to send one call to an account; given back when dropped.
#[derive(Debug)]
pub struct Lease {
    pub(super) account: Arc<LiveAccount>,
    pub(super) accounts: Arc<Accounts>,
    pub(super) wanted: Arc<Wanted>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.account.release(&self.wanted);
        if self.wanted.demand().takes_a_place() {
            self.account.vitals.in_flight.fetch_sub(1, Ordering::Relaxed);
            self.accounts.queue.left(self.wanted.friend);
            self.accounts.serve_queue();
        }
    }
}

impl Lease {
    /// The account's id.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.account.id()
    }

    /// The account's name.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        Arc::clone(&self.account.name)
    }

    /// The account's provider.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.account.account.provider
    }

    /// Where the account's calls go.
    #[must_use]
    pub fn base_url(&self) -> Option<&Url> {
        self.account.base_url.as_ref()
    }

    /// What the account is set to.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.account.account.options
    }

    /// How the account's provider is reached.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.account.route
    }

    /// Waits until the call may be sent, where the owner wants an account's calls apart.
    pub(crate) async fn turn(&self) -> Option<Turn> {
        let spacing = self.account.account.spacing;
        if spacing.is_zero() || !self.wanted.demand().takes_a_place() {
            return None;
        }
        Some(self.account.vitals.turnstile.enter(spacing).await)
    }
}

impl Accounts {
    /// Chooses an account for a call and takes a place at it; where all that could serve it are busy, or will have room for
    /// the friend soon, waits for one, in turn and at most [`QUEUE_TIME`].
    ///
    /// # Errors
    /// [`NoAccount`] with each account's reason.
    pub async fn lease(self: &Arc<Self>, wanted: &Arc<Wanted>, tried: &[AccountId]) -> Result<Lease, NoAccount> {
        let leased = self.lease_in_turn(wanted, tried).await;
        if let Err(none) = &leased {
            self.note_conflict(wanted.friend, none);
        }
        leased
    }

    async fn lease_in_turn(self: &Arc<Self>, wanted: &Arc<Wanted>, tried: &[AccountId]) -> Result<Lease, NoAccount> {
        let now = self.around.clock.now();
        let may_wait = |none: &NoAccount| none.may_wait(now, QUEUE_TIME);
        let (none, waiting) = match self.queue.take_or_wait(wanted, tried, may_wait, |waiter| self.take(waiter)) {
            Ok(lease) => return Ok(lease),
            Err((none, None)) => return Err(none),
            Err((none, Some(waiting))) => (none, waiting),
        };
        let until_room = none.over_share().map(|over| over.until.duration_since(now).unsigned_abs());
        match timeout(until_room.unwrap_or(QUEUE_TIME), waiting).await {
            Ok(Ok(lease)) => Ok(lease),
            // The time is over, or the queue is gone.
            Ok(Err(_)) | Err(_) => self.take(&Waiter { wanted, tried }),
        }
    }

    /// Gives free places to those who wait.
    pub(super) fn serve_queue(self: &Arc<Self>) {
        // Places that nobody wants any more are given back outside of the queue's lock.
        drop(self.queue.serve(|waiter| self.take(waiter)));
    }

    /// Takes a place at the account the choice falls on.
    fn take(self: &Arc<Self>, waiter: &Waiter<'_>) -> Result<Lease, NoAccount> {
        let (wanted, now) = (waiter.wanted, self.around.clock.now());
        // Choosing and counting are one step, so that two calls cannot take one last place.
        let live = self.live.write().expect("no one panics while holding the accounts");
        let mut choosing = self.choosing.lock().expect("no one panics while choosing");
        let place = wanted.conversation.and_then(|conversation| choosing.affinity.place(conversation, now));
        let sharing = self.sharing();
        let candidates: Vec<_> = live.iter().map(|account| account.candidate(wanted, &sharing, now)).collect();
        let choice = schedule::choose(choosing.strategy, &candidates, wanted.demand(), place, waiter.tried)?;
        drop(candidates);

        let account = live.iter().find(|account| account.id() == choice.account).expect("the choice is one of these");
        if let Some(conversation) = wanted.conversation {
            match choice.because {
                Because::Affinity | Because::Strategy => choosing.affinity.settle(conversation, choice.account, now),
                Because::Moved(from) => {
                    tracing::info!(from = from.0, to = choice.account.0, "a conversation moves: its account is out");
                    choosing.affinity.settle(conversation, choice.account, now);
                }
                Because::Beside(_) => {}
            }
        }
        choosing.turn += 1;
        account.vitals.last_turn.store(choosing.turn, Ordering::Relaxed);
        account.reserve(wanted, now);
        if wanted.demand().takes_a_place() {
            account.vitals.in_flight.fetch_add(1, Ordering::Relaxed);
            self.queue.entered(wanted.friend);
        }
        Ok(Lease { account: Arc::clone(account), accounts: Arc::clone(self), wanted: Arc::clone(wanted) })
    }
}

/// The queue's own type here, so that its file knows nothing of accounts.
pub(super) type LeaseQueue = Queue<Lease>;
