//! Those who wait for a place, because every account that could serve them is busy. Of those who could have it, a free
//! place goes to the friend with the fewest calls under way, and of that friend's calls to the one that waits longest: a
//! friend with many agents does not keep out one with a single question.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use carpool_core::schedule::{AccountId, NoAccount};
use tokio::sync::oneshot;

use super::lease::Wanted;

/// Those who wait for a `P`.
#[derive(Debug)]
pub(super) struct Queue<P> {
    waiting: Mutex<Vec<Waiting<P>>>,
    /// Calls under way, by friend.
    under_way: Mutex<HashMap<i64, u32>>,
}

impl<P> Default for Queue<P> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), under_way: Mutex::default() }
    }
}

#[derive(Debug)]
struct Waiting<P> {
    wanted: Arc<Wanted>,
    tried: Vec<AccountId>,
    give: oneshot::Sender<P>,
}

/// Who wants a place, and where it was tried before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter<'a> {
    pub(super) wanted: &'a Arc<Wanted>,
    pub(super) tried: &'a [AccountId],
}

/// No place: for good, or to be waited for.
type NoPlace<P> = (NoAccount, Option<oneshot::Receiver<P>>);

impl<P> Queue<P> {
    /// Takes a place if there is one; else, where all that is missing is room, gets in line.
    pub(super) fn take_or_wait(
        &self,
        wanted: &Arc<Wanted>,
        tried: &[AccountId],
        may_wait: impl Fn(&NoAccount) -> bool,
        take: impl Fn(&Waiter<'_>) -> Result<P, NoAccount>,
    ) -> Result<P, NoPlace<P>> {
        // Under the lock, so that no place becomes free between looking and getting in line.
        let mut waiting = self.waiting();
        match take(&Waiter { wanted, tried }) {
            Ok(place) => Ok(place),
            Err(none) if !may_wait(&none) => Err((none, None)),
            Err(none) => {
                let (give, place) = oneshot::channel();
                waiting.push(Waiting { wanted: Arc::clone(wanted), tried: tried.to_vec(), give });
                Err((none, Some(place)))
            }
        }
    }

    /// Gives what places there are. Returns those that nobody takes any more.
    pub(super) fn serve(&self, take: impl Fn(&Waiter<'_>) -> Result<P, NoAccount>) -> Vec<P> {
        let mut unwanted = Vec::new();
        let mut waiting = self.waiting();
        waiting.retain(|waiting| !waiting.give.is_closed());
        while let Some((next, place)) = self.next(&waiting, &take) {
            if let Err(place) = waiting.remove(next).give.send(place) {
                unwanted.push(place);
            }
        }
        unwanted
    }

    fn next(&self, waiting: &[Waiting<P>], take: &impl Fn(&Waiter<'_>) -> Result<P, NoAccount>) -> Option<(usize, P)> {
        let mut order: Vec<_> = (0..waiting.len()).collect();
        let under_way = self.under_way();
        // A stable sort: of one friend's, and of equals, the one that came first.
        order.sort_by_key(|place| under_way.get(&waiting[*place].wanted.friend).copied().unwrap_or(0));
        drop(under_way);
        order.into_iter().find_map(|place| {
            let Waiting { wanted, tried, .. } = &waiting[place];
            take(&Waiter { wanted, tried }).ok().map(|taken| (place, taken))
        })
    }

    /// A friend's call took a place.
    pub(super) fn entered(&self, friend: i64) {
        *self.under_way().entry(friend).or_default() += 1;
    }

    /// A friend's call gave its place back.
    pub(super) fn left(&self, friend: i64) {
        let mut under_way = self.under_way();
        if let Some(calls) = under_way.get_mut(&friend) {
            *calls -= 1;
            if *calls == 0 {
                under_way.remove(&friend);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<P>>> {
        self.waiting.lock().expect("no one panics while holding the queue")
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<i64, u32>> {
        self.under_way.lock().expect("no one panics while counting")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use carpool_core::{
        call::{Client, Operation},
        dialect::messages::MESSAGES,
        price::PicoUsd,
        schedule::Reason,
    };

    use super::*;

    fn wanted(friend: i64) -> Arc<Wanted> {
        Arc::new(Wanted {
            dialect: &MESSAGES,
            operation: Operation::Generate,
            client: Client::Other,
            model: None,
            friend,
            conversation: None,
            among: None,
            providers: None,
            estimate: PicoUsd(0),
        })
    }

    fn busy() -> NoAccount {
        NoAccount::because([Reason::Busy])
    }

    fn line_up(queue: &Queue<i64>, friend: i64) -> oneshot::Receiver<i64> {
        let (_, place) =
            queue.take_or_wait(&wanted(friend), &[], NoAccount::is_busy, |_| Err(busy())).expect_err("there is none");
        place.expect("it waits")
    }

    #[test]
    fn a_place_goes_to_the_friend_with_the_fewest_calls_under_way_and_then_to_who_waits_longest() {
        let queue = Queue::default();
        queue.entered(1);
        let (mut first, mut second, mut other) = (line_up(&queue, 1), line_up(&queue, 1), line_up(&queue, 2));
        let places = Cell::new(1_u32);
        let take = |waiter: &Waiter<'_>| {
            let left = places.get().checked_sub(1).ok_or_else(busy)?;
            places.set(left);
            Ok(waiter.wanted.friend)
        };
        places.set(1);
        queue.serve(take);
        assert_eq!(other.try_recv(), Ok(2));
        assert!(first.try_recv().is_err());

        places.set(1);
        queue.serve(take);
        assert_eq!(first.try_recv(), Ok(1));
        assert!(second.try_recv().is_err());
    }

    #[test]
    fn who_cannot_have_the_free_place_does_not_keep_it_from_others_and_who_left_gets_none() {
        let queue = Queue::default();
        drop(line_up(&queue, 1));
        let (mut picky, mut modest) = (line_up(&queue, 2), line_up(&queue, 3));

        let unwanted = queue.serve(|waiter| {
            assert_ne!(waiter.wanted.friend, 1, "it left");
            if waiter.wanted.friend == 3 { Ok(3) } else { Err(busy()) }
        });

        assert!(unwanted.is_empty());
        assert!(picky.try_recv().is_err());
        assert_eq!(modest.try_recv(), Ok(3));
    }

    #[test]
    fn what_waiting_does_not_mend_is_not_waited_for() {
        let queue = Queue::<i64>::default();
        let paused = |_: &Waiter<'_>| Err(NoAccount::because([Reason::Paused]));

        let (_, place) = queue.take_or_wait(&wanted(1), &[], NoAccount::is_busy, paused).expect_err("there is none");

        assert!(place.is_none());
    }
}
