//! One command on its way: whether it is, and why it failed. A form or a button has one.

use carpool_ipc::{Command, Failure};
use leptos::{prelude::*, task::spawn_local};

use crate::{ipc, state::Shared};

/// A command on its way. It is a handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Sending {
    /// Whether the host has not answered yet.
    pub(crate) busy: RwSignal<bool>,
    /// Why the last one failed.
    pub(crate) failure: RwSignal<Option<Failure>>,
}

impl Sending {
    /// Nothing is on its way.
    pub(crate) fn new() -> Self {
        Self { busy: RwSignal::new(false), failure: RwSignal::new(None) }
    }

    /// Sends a command, unless one is on its way; `then` gets the reply.
    pub(crate) fn send<C: Command + 'static>(self, ask: C, then: impl FnOnce(C::Reply) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        spawn_local(async move {
            let reply = ipc::call(ask).await;
            self.busy.try_set(false);
            match reply {
                Ok(reply) => then(reply),
                Err(failure) => {
                    self.failure.try_set(Some(failure));
                }
            }
        });
    }
}

impl Shared {
    /// Sends a command whose failure is said in passing.
    pub(crate) fn send<C: Command<Reply = ()> + 'static>(self, ask: C) {
        self.send_then(ask, |()| ());
    }

    /// Sends a command whose failure is said in passing; `then` gets the reply.
    pub(crate) fn send_then<C: Command + 'static>(self, ask: C, then: impl FnOnce(C::Reply) + 'static) {
        spawn_local(async move {
            match ipc::call(ask).await {
                Ok(reply) => then(reply),
                Err(failure) => self.complain(&failure),
            }
        });
    }
}
