//! How many requests, and how many tokens, came in the last 60 seconds.

use std::{collections::VecDeque, num::NonZeroU32};

use jiff::{SignedDuration, Timestamp};

/// The time that rates are counted over.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// When the requests of the last minute came, the oldest first. It holds no more than the limit lets in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Requests(VecDeque<Timestamp>);

impl Requests {
    /// Lets go of what is a minute old.
    pub(super) fn advance(&mut self, now: Timestamp) {
        hold_back(self.0.iter_mut().rev(), now);
        while self.0.front().is_some_and(|at| *at + MINUTE <= now) {
            self.0.pop_front();
        }
    }

    pub(super) fn enter(&mut self, now: Timestamp) {
        self.0.push_back(now);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// When another one is within the limit, if it is not now.
    pub(super) fn room_at(&self, limit: NonZeroU32) -> Option<Timestamp> {
        let too_many = (self.0.len() + 1).saturating_sub(limit.get() as usize);
        let last_in_the_way = self.0.get(too_many.checked_sub(1)?)?;
        Some(*last_in_the_way + MINUTE)
    }

    /// When the oldest leaves.
    pub(super) fn next_leaves(&self) -> Option<Timestamp> {
        self.0.front().map(|at| *at + MINUTE)
    }
}

/// The tokens of the calls that were admitted in the last minute, as they were reckoned or, once that is known, as they
/// were. What a call used beyond its estimate counts from when that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    /// In the order of their ids, which is that of their times.
    entries: VecDeque<Entry>,
    sum: u128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    id: u64,
    at: Timestamp,
    count: u64,
    is_settled: bool,
}

impl Tokens {
    /// Lets go of what is a minute old.
    pub(super) fn advance(&mut self, now: Timestamp) {
        hold_back(self.entries.iter_mut().rev().map(|entry| &mut entry.at), now);
        while let Some(entry) = self.entries.front().filter(|entry| entry.at + MINUTE <= now) {
            self.sum -= u128::from(entry.count);
            self.entries.pop_front();
        }
    }

    /// Counts what is set aside for a call.
    pub(super) fn enter(&mut self, id: u64, at: Timestamp, reserved: u64) {
        self.push(Entry { id, at, count: reserved, is_settled: false });
    }

    /// Counts what a call used in place of what was set aside for it; `id` is that of the call, `fresh_id` one that is
    /// greater than all before.
    pub(super) fn settle(&mut self, id: u64, (reserved, actual): (u64, u64), fresh_id: u64, now: Timestamp) {
        self.correct(id, actual.min(reserved));
        if let Some(excess @ 1..) = actual.checked_sub(reserved) {
            self.push(Entry { id: fresh_id, at: now, count: excess, is_settled: true });
        }
    }

    /// Puts another count in the place of what was set aside for a call.
    pub(super) fn correct(&mut self, id: u64, count: u64) {
        let Ok(place) = self.entries.binary_search_by_key(&id, |entry| entry.id) else { return };
        let entry = &mut self.entries[place];
        self.sum = self.sum - u128::from(entry.count) + u128::from(count);
        *entry = Entry { count, is_settled: true, ..*entry };
    }

    fn push(&mut self, entry: Entry) {
        if entry.count > 0 {
            self.sum += u128::from(entry.count);
            self.entries.push_back(entry);
        }
    }

    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.sum).unwrap_or(u64::MAX)
    }

    /// The part of the count that is only reckoned so far.
    pub(super) fn reserved(&self) -> u64 {
        let reserved = self.entries.iter().filter(|entry| !entry.is_settled);
        reserved.fold(0, |sum, entry| sum.saturating_add(entry.count))
    }

    /// When so many more are within the limit, if they are not now. More than the limit altogether are so when nothing
    /// else counts: a limit must not make a call impossible for ever.
    pub(super) fn room_at(&self, limit: u64, asked: u64) -> Option<Timestamp> {
        let fits = |sum: u128| sum == 0 || asked == 0 || sum + u128::from(asked) <= u128::from(limit);
        if fits(self.sum) {
            return None;
        }
        let mut left = self.sum;
        let last_in_the_way = self.entries.iter().find(|entry| {
            left -= u128::from(entry.count);
            fits(left)
        })?;
        Some(last_in_the_way.at + MINUTE)
    }

    /// When the oldest leave.
    pub(super) fn next_leaves(&self) -> Option<Timestamp> {
        self.entries.front().map(|entry| entry.at + MINUTE)
    }
}

/// Where the clock was put back what lies ahead of it counts as of now: nobody is kept out for longer than a minute.
fn hold_back<'a>(latest_first: impl Iterator<Item = &'a mut Timestamp>, now: Timestamp) {
    for at in latest_first.take_while(|at| **at > now) {
        *at = now;
    }
}
