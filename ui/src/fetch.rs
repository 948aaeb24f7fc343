//! Lists that keep themselves up to date: asked for at once, again when something changed, and never blanked meanwhile.

use carpool_ipc::{Command, Failure};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    ipc,
    state::{Shared, shared},
};

/// When to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// When accounts, friends, keys or settings may read differently.
    Config,
    /// Also when calls were added to the ledger.
    ConfigAndLedger,
    /// Also when calls began or ended: they hold something of a limit meanwhile.
    Friends,
    /// Also when it was looked whether friends reach this machine.
    Reach,
    /// When anything about an account may read differently: what it is, what it did, whether it can serve.
    Accounts,
}

/// A command's reply, as new as is known. It is a handle: copies are the same.
pub(crate) struct Fetched<T: 'static> {
    /// The last good reply.
    pub(crate) value: RwSignal<Option<T>>,
    /// Why the last try failed, if it did.
    pub(crate) failure: RwSignal<Option<Failure>>,
    again: RwSignal<u32>,
}

impl<T> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Fetched<T> {}

impl<T> Fetched<T> {
    /// Asks once more.
    pub(crate) fn ask_again(self) {
        self.again.update(|count| *count += 1);
    }
}

/// Asks the host, and again on changes and whenever what `ask` reads has changed.
pub(crate) fn fetch<C>(on: On, ask: impl Fn() -> C + 'static) -> Fetched<C::Reply>
where
    C: Command + Clone + Send + Sync + 'static,
    C::Reply: PartialEq + Send + Sync,
{
    fetch_as(on, ask, |_, reply| reply)
}

/// Asks as [`fetch`] does, and keeps what is read from the reply and its own question: the choice on the screen may have
/// moved on while it was on its way.
pub(crate) fn fetch_as<C, T>(
    on: On,
    ask: impl Fn() -> C + 'static,
    read: impl Fn(&C, C::Reply) -> T + Copy + 'static,
) -> Fetched<T>
where
    C: Command + Clone + Send + Sync + 'static,
    T: PartialEq + Send + Sync + 'static,
{
    let fetched = Fetched { value: RwSignal::new(None), failure: RwSignal::new(None), again: RwSignal::new(0) };
    let shared = shared();
    // The newest question waits here while an older one is on its way, so that a busy ledger cannot pile them up.
    let next = StoredValue::new(None::<C>);
    let is_asking = StoredValue::new(false);

    Effect::new(move |_| {
        track(shared, on);
        fetched.again.track();
        next.set_value(Some(ask()));
        if !is_asking.get_value() {
            is_asking.set_value(true);
            spawn_local(async move {
                while let Some(ask) = next.try_update_value(Option::take).flatten() {
                    keep(fetched, ipc::call(ask.clone()).await.map(|reply| read(&ask, reply)));
                }
                is_asking.try_update_value(|asking| *asking = false);
            });
        }
    });
    fetched
}

fn track(shared: Shared, on: On) {
    shared.config.track();
    match on {
        On::Config => {}
        On::Reach => shared.reach.track(),
        On::ConfigAndLedger => shared.ledger.track(),
        On::Friends => {
            shared.ledger.track();
            shared.calls.track();
        }
        On::Accounts => {
            shared.ledger.track();
            shared.accounts.track();
        }
    }
}

/// Keeps a reply; an equal one moves nothing, and a failed one leaves the last good one standing.
fn keep<T: PartialEq + Send + Sync + 'static>(fetched: Fetched<T>, reply: Result<T, Failure>) {
    match reply {
        Ok(value) => {
            fetched.failure.try_maybe_update(|failure| (failure.take().is_some(), ()));
            fetched.value.try_maybe_update(|known| {
                let is_new = known.as_ref() != Some(&value);
                *known = Some(value);
                (is_new, ())
            });
        }
        Err(failure) => {
            fetched.failure.try_set(Some(failure));
        }
    }
}
