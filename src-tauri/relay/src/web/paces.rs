//! How often those at the door may try.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use carpool_core::pace::{Bucket, Pace, Tries};
use jiff::{SignedDuration, Timestamp};

/// Invites that do not open, from all addresses: nobody guesses a secret, and the database is spared.
const REDEEMING: Pace = Pace { burst: 60, every: SignedDuration::from_secs(1) };
/// The same from one address: a friend who copies half a link a few times.
const REDEEMING_FROM_ONE: Pace = Pace { burst: 10, every: SignedDuration::from_secs(30) };
/// Test calls with one key: each costs a little.
const TESTS: Pace = Pace { burst: 1, every: SignedDuration::from_secs(10) };

/// What those at the door have left.
#[derive(Debug)]
pub(crate) struct Paces {
    redeeming: Mutex<Tries>,
    /// Held while one redeems.
    turn: tokio::sync::Mutex<()>,
    /// By key. There are as many as keys that work.
    tests: Mutex<HashMap<i64, Bucket>>,
}

impl Default for Paces {
    fn default() -> Self {
        let redeeming = Mutex::new(Tries::new(REDEEMING, REDEEMING_FROM_ONE));
        Self { redeeming, turn: tokio::sync::Mutex::default(), tests: Mutex::default() }
    }
}

impl Paces {
    /// How long who is at an address has to wait before redeeming.
    pub(super) fn redeeming_waits(&self, from: IpAddr, now: Timestamp) -> Option<Duration> {
        self.redeeming().wait(from, now)
    }

    /// Notes that an invite did not open.
    pub(super) fn redeeming_failed(&self, from: IpAddr, now: Timestamp) {
        self.redeeming().failed(from, now);
    }

    /// Waits for one's turn, which lasts until what this returns is dropped.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Lets a key make a test call.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(super) fn may_test(&self, key: i64, now: Timestamp) -> Result<(), Duration> {
        let mut tests = self.tests.lock().expect("no one panics while holding what is left");
        let bucket = tests.entry(key).or_default();
        match bucket.wait(TESTS, now) {
            Some(wait) => Err(wait),
            None => {
                bucket.take(TESTS, now);
                Ok(())
            }
        }
    }

    fn redeeming(&self) -> MutexGuard<'_, Tries> {
        self.redeeming.lock().expect("no one panics while holding what is left")
    }
}
