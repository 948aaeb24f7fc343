//! Many connections calling at the same time, and what they saw together.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::call::Call;
use crate::connection::{Answered, Connection};
use crate::percentile;
use crate::target::Running;

/// A pause after a failed call, so that a target that refuses is not hammered.
const AFTER_FAILURE: Duration = Duration::from_millis(10);
/// Connections opened at once: below every listen backlog.
const OPEN_AT_ONCE: usize = 64;
/// No measured load lasts longer, whatever a target does.
const LONGEST_LOAD: Duration = Duration::from_secs(60);

/// Open connections to one target.
pub(crate) struct Fleet(Vec<Connection>);

/// How a fleet begins and ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) until: Until,
    /// Connections begin evenly spread over this time.
    pub(crate) spread: Duration,
}

/// When a connection stops calling. The call it is in is always read to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// After that long.
    Elapsed(Duration),
    /// After so many calls on each connection.
    Calls(u32),
}

/// What a fleet saw.
#[derive(Debug, Default)]
pub(crate) struct Sighting {
    pub(crate) calls: u64,
    pub(crate) body_bytes: u64,
    pub(crate) events: u64,
    pub(crate) first_byte_us: Vec<u32>,
    pub(crate) total_us: Vec<u32>,
    pub(crate) delays_us: Vec<u32>,
    pub(crate) wall: Duration,
    pub(crate) failed: u64,
    pub(crate) first_failure: Option<String>,
}

impl Load {
    /// All connections begin together.
    pub(crate) fn at_once(until: Until) -> Self {
        Self { until, spread: Duration::ZERO }
    }
}

impl Fleet {
    /// Opens `count` connections.
    pub(crate) async fn open(to: &Running, count: usize) -> Result<Self> {
        let mut connections = Vec::with_capacity(count);
        while connections.len() < count {
            let mut opening = JoinSet::new();
            for _ in 0..OPEN_AT_ONCE.min(count - connections.len()) {
                opening.spawn(Connection::open(to.address));
            }
            while let Some(opened) = opening.join_next().await {
                connections.push(opened.context("opening a connection")??);
            }
        }
        Ok(Self(connections))
    }

    /// Lets every connection repeat its call, `call(index)`, as `load` has it; the connections stay open.
    pub(crate) async fn run(&mut self, load: Load, call: impl Fn(usize) -> Call) -> Result<Sighting> {
        let started = Instant::now();
        let count = u32::try_from(self.0.len()).expect("a fleet is small");
        let mut working = JoinSet::new();
        for (turn, (index, connection)) in (0..count).zip(self.0.drain(..).enumerate()) {
            let begin = started + load.spread * turn / count;
            working.spawn(work(connection, call(index), load.until, begin));
        }
        let mut seen = Sighting::default();
        let gather = async {
            while let Some(worked) = working.join_next().await {
                let (connection, part) = worked.context("a connection's task failed")?;
                self.0.push(connection);
                seen.add(part);
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(LONGEST_LOAD, gather).await.context("the target does not finish its calls")??;
        seen.wall = started.elapsed();
        seen.sort();
        Ok(seen)
    }
}

async fn work(mut connection: Connection, call: Call, until: Until, begin: Instant) -> (Connection, Sighting) {
    tokio::time::sleep_until(begin.into()).await;
    let mut seen = Sighting::default();
    let mut made = 0;
    while match until {
        Until::Elapsed(limit) => begin.elapsed() < limit,
        Until::Calls(limit) => made < limit,
    } {
        made += 1;
        match connection.make(&call).await {
            Ok(answered) => seen.note(answered),
            Err(error) => {
                seen.failed += 1;
                seen.first_failure.get_or_insert_with(|| format!("{error:#}"));
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
    (connection, seen)
}

impl Sighting {
    /// The `share` percentile of the time to the first byte, in microseconds.
    pub(crate) fn first_byte(&self, share: f64) -> Option<f64> {
        percentile::of_sorted(&self.first_byte_us, share)
    }

    /// The `share` percentile of the time to the last byte, in microseconds.
    pub(crate) fn total(&self, share: f64) -> Option<f64> {
        percentile::of_sorted(&self.total_us, share)
    }

    /// The `share` percentile of a delta's way from the upstream, in microseconds.
    pub(crate) fn delay(&self, share: f64) -> Option<f64> {
        percentile::of_sorted(&self.delays_us, share)
    }

    fn note(&mut self, answered: Answered) {
        self.calls += 1;
        self.body_bytes += answered.body_bytes;
        self.events += answered.events;
        self.first_byte_us.push(micros(answered.first_byte));
        self.total_us.push(micros(answered.total));
        self.delays_us.extend(answered.delays_us);
    }

    fn add(&mut self, part: Sighting) {
        self.calls += part.calls;
        self.body_bytes += part.body_bytes;
        self.events += part.events;
        self.first_byte_us.extend(part.first_byte_us);
        self.total_us.extend(part.total_us);
        self.delays_us.extend(part.delays_us);
        self.failed += part.failed;
        self.first_failure = self.first_failure.take().or(part.first_failure);
    }

    fn sort(&mut self) {
        self.first_byte_us.sort_unstable();
        self.total_us.sort_unstable();
        self.delays_us.sort_unstable();
    }
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
