//! The gate: a call is let in within the limits of its key and of its friend, with what it may cost set aside until it is
//! known. Where the owner allows it, calls wait in line for a place.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use carpool_core::{
    admission::{self, Arrival, Ask, Bound, Denied, Holder, Learned, LimitUse, Permit, Spent, Subject, Tallies},
    call::Operation,
    price::PicoUsd,
    refusal::Refusal,
    usage::Usage,
};
use jiff::{Timestamp, tz::TimeZone};
use tokio::{sync::oneshot, time::timeout};

use crate::{clock::Clock, store::client_keys::ClientKey};

/// Decides which calls are let in.
#[derive(Debug)]
pub struct Gate {
    clock: Clock,
    /// The owner's.
    zone: TimeZone,
    books: Mutex<Books>,
}

/// What is under way, what was used, and who waits.
#[derive(Debug, Default)]
struct Books {
    tallies: Tallies,
    learned: Learned,
    waiting: VecDeque<Waiting>,
}

/// A call that waits for a place.
#[derive(Debug)]
struct Waiting {
    wish: Arc<Wish>,
    give: oneshot::Sender<Admitted>,
}

/// What a call wants to be let in for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) key: Arc<ClientKey>,
    pub(crate) operation: Operation,
    /// The model as the client wrote it, and others that the call names.
    pub(crate) model: Option<String>,
    pub(crate) other_models: Vec<String>,
    /// The most it may consume and cost.
    pub(crate) bound: Bound,
}

impl Wish {
    /// For a call that names no model and costs nothing.
    pub(crate) fn free(key: &Arc<ClientKey>, operation: Operation) -> Self {
        Self { key: Arc::clone(key), operation, model: None, other_models: Vec::new(), bound: Bound::default() }
    }
}

/// A call that was let in. What was set aside for it is given back when this is dropped without being settled.
#[derive(Debug)]
pub(crate) struct Admitted {
    gate: Arc<Gate>,
    wish: Arc<Wish>,
    /// `None` once it is settled.
    permit: Option<Permit>,
}

impl Gate {
    /// A gate that knows nothing of the past.
    #[must_use]
    pub fn new(clock: Clock, zone: TimeZone) -> Self {
        Self { clock, zone, books: Mutex::default() }
    }

    /// Takes over what was spent before `now`.
    pub fn restore(&self, spent: impl IntoIterator<Item = (Holder, Spent)>, now: Timestamp) {
        let mut books = self.books();
        for (holder, spent) in spent {
            books.tallies.restore(holder, &spent, now, &self.zone);
        }
    }

    /// The owner's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Looks at what is known of a call before its body is read.
    ///
    /// # Errors
    /// [`Refusal`] when the key may not be used from there, by that program, or now.
    pub(crate) fn look(&self, key: &ClientKey, user_agent: &str, address: IpAddr) -> Result<(), Refusal> {
        let arrival = Arrival { user_agent, address };
        admission::may_enter(&subjects(key), &arrival, self.clock.now(), &self.zone).map_err(Refusal::from)
    }

    /// Says whether who holds a key may look from there at what they used.
    ///
    /// # Errors
    /// [`Refusal`] when the key may not be used from there.
    pub(crate) fn may_look(key: &ClientKey, address: IpAddr) -> Result<(), Refusal> {
        admission::may_look(&subjects(key), address).map_err(Refusal::from)
    }

    /// Lets a call in, with what it may cost set aside; where all its places are taken and the owner lets it wait, in turn.
    ///
    /// # Errors
    /// [`Refusal`] when a limit is reached.
    pub(crate) async fn admit(self: &Arc<Self>, wish: Wish) -> Result<Admitted, Refusal> {
        let wish = Arc::new(wish);
        let (denied, wait, place) = match self.admit_or_line_up(&wish) {
            Ok(admitted) => return Ok(admitted),
            Err((denied, None)) => return Err(Refusal::Limit(denied)),
            Err((denied, Some((wait, place)))) => (denied, wait, place),
        };
        match timeout(wait, place).await {
            Ok(Ok(admitted)) => Ok(admitted),
            // The time is over, or the gate is gone.
            Ok(Err(_)) | Err(_) => Err(Refusal::Limit(denied)),
        }
    }

    fn admit_or_line_up(self: &Arc<Self>, wish: &Arc<Wish>) -> Result<Admitted, NotYet> {
        let mut books = self.books();
        match self.try_admit(&mut books, wish) {
            Ok(admitted) => Ok(admitted),
            Err(denied) => match denied.may_wait() {
                None => Err((Box::new(denied), None)),
                Some(wait) => {
                    let (give, place) = oneshot::channel();
                    books.waiting.push_back(Waiting { wish: Arc::clone(wish), give });
                    Err((Box::new(denied), Some((wait, place))))
                }
            },
        }
    }

    fn try_admit(self: &Arc<Self>, books: &mut Books, wish: &Arc<Wish>) -> Result<Admitted, Denied> {
        let estimate = books.learned.estimate(wish.key.id, wish.model.as_deref(), wish.bound);
        let ask =
            Ask { operation: wish.operation, model: wish.model.as_deref(), other_models: &wish.other_models, estimate };
        let permit = books.tallies.admit(&subjects(&wish.key), &ask, self.clock.now(), &self.zone)?;
        Ok(Admitted { gate: Arc::clone(self), wish: Arc::clone(wish), permit: Some(permit) })
    }

    /// Gives places that became free to those who wait longest for them.
    fn serve(self: &Arc<Self>, books: &mut Books) -> Vec<Admitted> {
        let mut unwanted = Vec::new();
        for Waiting { wish, give } in std::mem::take(&mut books.waiting) {
            if give.is_closed() {
                continue;
            }
            match self.try_admit(books, &wish) {
                Ok(admitted) => unwanted.extend(give.send(admitted).err()),
                Err(_) => books.waiting.push_back(Waiting { wish, give }),
            }
        }
        unwanted
    }

    fn settle(self: &Arc<Self>, permit: Permit, wish: &Wish, usage: &Usage, cost: Option<PicoUsd>) {
        let mut books = self.books();
        let actual = permit.actual(usage, cost);
        if usage.is_reported() && cost.is_some() {
            books.learned.observe(wish.key.id, wish.model.as_deref(), wish.bound, actual);
        }
        books.tallies.settle(permit, actual, self.clock.now(), &self.zone);
        self.go_on(books);
    }

    fn release(self: &Arc<Self>, permit: Permit) {
        let mut books = self.books();
        books.tallies.release(permit);
        self.go_on(books);
    }

    fn go_on(self: &Arc<Self>, mut books: MutexGuard<'_, Books>) {
        let unwanted = self.serve(&mut books);
        drop(books);
        // Places whose callers have left are given back outside of the lock, which that takes again.
        drop(unwanted);
    }

    /// How far a key's own limits, and its friend's, are used.
    #[must_use]
    pub fn in_use(&self, key: &ClientKey) -> [Vec<LimitUse>; 2] {
        let now = self.clock.now();
        let mut books = self.books();
        subjects(key).map(|subject| books.tallies.in_use(&subject, now, &self.zone))
    }

    /// How many calls wait for a place.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.books().waiting.len()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("no one panics at the gate")
    }
}

/// Why a call is not let in now, and how long it may wait for its place.
type NotYet = (Box<Denied>, Option<(Duration, oneshot::Receiver<Admitted>)>);

/// Whose limits a call has to keep: the key's own, and the friend's over all keys.
fn subjects(key: &ClientKey) -> [Subject<'_>; 2] {
    [
        Subject { holder: Holder::Key(key.id), name: &key.name, limits: &key.limits },
        Subject { holder: Holder::Friend(key.friend_id), name: &key.friend, limits: &key.friend_limits },
    ]
}

impl Admitted {
    /// What is set aside for it.
    pub(crate) fn reserved(&self) -> PicoUsd {
        self.permit.as_ref().map_or(PicoUsd(0), |permit| permit.reserved().cost)
    }

    /// Replaces what was set aside by what was used; `cost` is `None` where that cannot be told.
    pub(crate) fn settle(mut self, usage: &Usage, cost: Option<PicoUsd>) {
        let has_used_nothing = !usage.is_reported() && cost == Some(PicoUsd(0));
        if let Some(permit) = self.permit.take_if(|_| !has_used_nothing) {
            self.gate.settle(permit, &self.wish, usage, cost);
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.gate.release(permit);
        }
    }
}
