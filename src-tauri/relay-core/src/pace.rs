//! How often something may be tried: so many times at once, and one more each so often. Of everybody together, and of each
//! address.

use core::net::IpAddr;
use std::{collections::HashMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

/// How often something may be tried.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many times at once, after a rest; at least one.
    pub burst: u32,
    /// How long until one more.
    pub every: SignedDuration,
}

/// What is left of a pace. It remembers one time alone: when all of it will be there again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    full_at: Timestamp,
}

/// What everybody and each address have left. Addresses that have all of theirs are forgotten, so that it remembers no
/// more than the pace of everybody lets fail while one address recovers.
#[derive(Debug)]
pub struct Tries {
    everybody: Pace,
    each: Pace,
    all: Bucket,
    by_address: HashMap<IpAddr, Bucket>,
}

impl Pace {
    /// How long it takes to get back all of it.
    fn whole(self) -> SignedDuration {
        self.every * i32::try_from(self.burst).unwrap_or(i32::MAX)
    }
}

impl Bucket {
    /// How long until there is one more try; `None` when there is one now.
    #[must_use]
    pub fn wait(&self, pace: Pace, now: Timestamp) -> Option<Duration> {
        let wait = self.missing(pace, now) - (pace.whole() - pace.every);
        Duration::try_from(wait).ok().filter(|wait| !wait.is_zero())
    }

    /// Takes one try.
    pub fn take(&mut self, pace: Pace, now: Timestamp) {
        let missing = (self.missing(pace, now) + pace.every).min(pace.whole());
        self.full_at = now.saturating_add(missing).unwrap_or(now);
    }

    /// How long until all of it is there. After a clock was put back this is never longer than the whole of it.
    fn missing(&self, pace: Pace, now: Timestamp) -> SignedDuration {
        self.full_at.duration_since(now).clamp(SignedDuration::ZERO, pace.whole())
    }
}

impl Tries {
    /// Nobody has tried yet.
    #[must_use]
    pub fn new(everybody: Pace, each: Pace) -> Self {
        Self { everybody, each, all: Bucket::default(), by_address: HashMap::new() }
    }

    /// How long an address has to wait; `None` when it may try now.
    #[must_use]
    pub fn wait(&self, address: IpAddr, now: Timestamp) -> Option<Duration> {
        let own = self.by_address.get(&neighbourhood(address)).and_then(|bucket| bucket.wait(self.each, now));
        own.max(self.all.wait(self.everybody, now))
    }

    /// Notes that a try failed.
    pub fn failed(&mut self, address: IpAddr, now: Timestamp) {
        let each = self.each;
        self.by_address.retain(|_, bucket| !bucket.missing(each, now).is_zero());
        self.by_address.entry(neighbourhood(address)).or_default().take(each, now);
        self.all.take(self.everybody, now);
    }
}

/// Who has one IPv6 address has the 2^64 beside it, too (RFC 6177): they count as one.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYBODY: Pace = Pace { burst: 10, every: SignedDuration::from_secs(1) };
    const EACH: Pace = Pace { burst: 3, every: SignedDuration::from_secs(60) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("a time")
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_waits_after_its_burst_and_another_does_not() {
        let mut tries = Tries::new(EVERYBODY, EACH);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));

        for _ in 0..3 {
            assert_eq!(tries.wait(one, at(0)), None);
            tries.failed(one, at(0));
        }

        assert_eq!(tries.wait(one, at(0)), Some(Duration::from_secs(60)));
        assert_eq!(tries.wait(one, at(59)), Some(Duration::from_secs(1)));
        assert_eq!((tries.wait(one, at(60)), tries.wait(other, at(0))), (None, None));
    }

    #[test]
    fn addresses_that_take_turns_are_held_to_the_pace_of_everybody() {
        let mut tries = Tries::new(EVERYBODY, EACH);

        for place in 0..10 {
            tries.failed(address(&format!("192.0.2.{place}")), at(0));
        }

        let newcomer = address("198.51.100.1");
        assert_eq!(tries.wait(newcomer, at(0)), Some(Duration::from_secs(1)));
        assert_eq!(tries.wait(newcomer, at(1)), None);
    }

    #[test]
    fn the_addresses_of_one_network_count_as_one_and_a_mapped_one_as_itself() {
        let mut tries = Tries::new(EVERYBODY, EACH);

        for text in ["2001:db8::1", "2001:db8::ffff:2", "2001:db8::3"] {
            tries.failed(address(text), at(0));
        }
        for _ in 0..3 {
            tries.failed(address("::ffff:192.0.2.1"), at(0));
        }

        assert!(tries.wait(address("2001:db8::4"), at(0)).is_some());
        assert!(tries.wait(address("192.0.2.1"), at(0)).is_some());
        assert_eq!(tries.wait(address("2001:db8:0:1::1"), at(0)), None);
    }

    #[test]
    fn addresses_that_recovered_are_forgotten() {
        let mut tries = Tries::new(EVERYBODY, EACH);

        for second in 0..1000_i64 {
            tries.failed(IpAddr::from(u32::try_from(second).expect("small").to_be_bytes()), at(second));
        }

        assert!(tries.by_address.len() <= 61, "{}", tries.by_address.len());
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out_for_longer_than_a_full_wait() {
        let mut tries = Tries::new(EVERYBODY, EACH);
        for _ in 0..3 {
            tries.failed(address("192.0.2.1"), at(1_000_000));
        }

        assert_eq!(tries.wait(address("192.0.2.1"), at(0)), Some(Duration::from_secs(60)));
        tries.failed(address("192.0.2.1"), at(0));
        assert_eq!(tries.wait(address("192.0.2.1"), at(60)), None);
    }
}
