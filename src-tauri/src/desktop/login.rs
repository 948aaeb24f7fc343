//! Sign-ins that wait for their code.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use carpool_core::{options::Options, provider::Provider};
use carpool_relay::accounts::sign_in::Begun;
use secrecy::SecretString;

use crate::failure::Failure;

/// Sign-ins that are kept: the owner may have opened the page more than once.
const KEPT: usize = 8;

/// Sign-ins that wait for their code, by number.
#[derive(Debug, Default)]
pub(super) struct Logins {
    last: AtomicU32,
    pending: Mutex<BTreeMap<u32, Arc<Waiting>>>,
}

/// A sign-in that waits for its code.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) provider: &'static Provider,
    pub(super) begun: Begun,
    pub(super) options: Options,
    pub(super) client_secret: Option<SecretString>,
}

impl Logins {
    /// Keeps a sign-in and returns its number; the oldest is given up when there are too many.
    pub(super) fn keep(&self, waiting: Waiting) -> u32 {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let mut pending = self.pending.lock().expect("no one panics while holding the sign-ins");
        pending.insert(number, Arc::new(waiting));
        while pending.len() > KEPT {
            pending.pop_first();
        }
        number
    }

    /// The sign-in of this number. It stays, so that a code that was pasted wrongly can be pasted again.
    ///
    /// # Errors
    /// When it ended or never was.
    pub(super) fn find(&self, number: u32) -> Result<Arc<Waiting>, Failure> {
        let pending = self.pending.lock().expect("no one panics while holding the sign-ins");
        pending.get(&number).cloned().ok_or_else(|| {
            Failure::new("login_gone", "this sign-in is over: begin again with the button that opens the page")
        })
    }

    /// Forgets a sign-in that came to its end.
    pub(super) fn forget(&self, number: u32) {
        self.pending.lock().expect("no one panics while holding the sign-ins").remove(&number);
    }
}
