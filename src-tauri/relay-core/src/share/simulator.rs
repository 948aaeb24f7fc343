//! One account's windows under friends as traces: what the fair share does to each of them, without a clock.
//!
//! The provider counts in secret and tells whole percents with each answer, a call costs something when it ends, and who
//! is refused comes back at the time they were told. The share sees only what a relay would.

mod outcome;

use std::{cmp::Reverse, collections::BinaryHeap};

use jiff::{SignedDuration, Timestamp};

use self::outcome::{Claim, Refusal};
pub use self::outcome::{Outcome, Tally};
use super::{Burn, Gauges, Member, Settings, Verdict, WindowView, decide_all};
use crate::{price::PicoUsd, window::Window};

/// How much more a call is estimated to cost than the mean; none costs more.
const ESTIMATE: i64 = 150;
/// Every model is of one family.
const FAMILY: &str = "any";

/// What is to be played.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// How windows are shared.
    pub settings: Settings,
    /// The account's windows.
    pub allowances: Vec<Allowance>,
    /// What part of each window the owner uses outside of Carpool, evenly over its time.
    pub outside: f64,
    /// The friends.
    pub friends: Vec<Trace>,
}

/// A window of an account; it begins anew at once when it ends.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Its length, in hours.
    pub hours: u32,
    /// What it is worth in priced tokens.
    pub capacity: PicoUsd,
}

/// How a friend calls.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The friend's id.
    pub friend: i64,
    /// The share, as a weight.
    pub share: f64,
    /// How many programs call at once, each one call after another; 0 for a friend who is idle.
    pub agents: u32,
    /// What a call costs, on average: it is between half of that and half more.
    pub cost: PicoUsd,
    /// How long a call lasts, on average.
    pub lasts: SignedDuration,
    /// How long a program pauses before the next call, on average.
    pub pause: SignedDuration,
    /// When they begin, after the beginning of the first window.
    pub from: SignedDuration,
    /// When they make their last call.
    pub until: SignedDuration,
    /// For those who call in bursts: how long one lasts, and the time to the next.
    pub bursts: Option<(SignedDuration, SignedDuration)>,
}

/// Chance that can be repeated: `SplitMix64` (Steele, Lea, Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall alike for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Between half of the mean and half more.
    fn around(&mut self, mean: i64) -> i64 {
        let thousandths = 500 + self.roll() % 1001;
        let drawn = i128::from(mean) * i128::from(thousandths) / 1000;
        i64::try_from(drawn).unwrap_or(i64::MAX)
    }
}

/// A scenario that is being played.
#[derive(Clone, Debug)]
pub struct Simulation {
    scenario: Scenario,
    /// Each program's own dice: what it does next does not depend on what others do.
    agents: Vec<Agent>,
    events: BinaryHeap<Reverse<(Timestamp, usize, Step)>>,
    providers: Vec<Counter>,
    burn: Burn,
    gauges: Gauges,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
struct Agent {
    /// The place of its friend.
    owner: usize,
    dice: Dice,
}

/// What a program does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Ask(Call),
    End(Call),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    cost: i64,
    lasts: SignedDuration,
}

/// A window as the provider counts it.
#[derive(Clone, Debug)]
struct Counter {
    allowance: Allowance,
    ends: Timestamp,
    /// What was counted in it, by friend.
    counted: Vec<i64>,
    in_flight: Vec<i64>,
}

impl Simulation {
    /// When the first window begins.
    pub const START: Timestamp = Timestamp::UNIX_EPOCH;

    /// Sets a scenario up.
    #[must_use]
    pub fn new(scenario: Scenario, dice: &mut Dice) -> Self {
        let friends = scenario.friends.len();
        let counter = |allowance: &Allowance| Counter {
            allowance: *allowance,
            ends: Self::START + SignedDuration::from_hours(i64::from(allowance.hours)),
            counted: vec![0; friends],
            in_flight: vec![0; friends],
        };
        let mut simulation = Self {
            agents: Vec::new(),
            events: BinaryHeap::new(),
            providers: scenario.allowances.iter().map(counter).collect(),
            burn: Burn::default(),
            gauges: Gauges::default(),
            outcome: Outcome::of(scenario.friends.iter().map(|trace| trace.friend)),
            scenario,
        };
        for owner in 0..friends {
            for _ in 0..simulation.scenario.friends[owner].agents {
                simulation.agents.push(Agent { owner, dice: Dice::new(dice.roll()) });
                let from = Self::START + simulation.scenario.friends[owner].from;
                simulation.ask_next(simulation.agents.len() - 1, from);
            }
        }
        simulation
    }

    /// Plays up to a time.
    pub fn run_until(&mut self, until: SignedDuration) {
        let until = Self::START + until;
        while let Some(Reverse((now, agent, step))) = self.events.peek().copied()
            && now <= until
        {
            self.events.pop();
            self.renew(now);
            match step {
                Step::Ask(call) => self.ask(agent, call, now),
                Step::End(call) => self.end(agent, call, now),
            }
            self.note_full(now);
        }
    }

    /// What came of it so far.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What was burned so far.
    #[must_use]
    pub const fn burn(&self) -> &Burn {
        &self.burn
    }

    /// The windows as the share sees them.
    #[must_use]
    pub fn views(&self, now: Timestamp) -> Vec<WindowView> {
        let member = |trace: &Trace| Member { friend: trace.friend, share: trace.share, is_paused: false };
        let members: Vec<_> = self.scenario.friends.iter().map(member).collect();
        self.gauges.views(&self.burn, &members, now)
    }

    fn ask(&mut self, agent: usize, call: Call, now: Timestamp) {
        let owner = self.agents[agent].owner;
        let (friend, estimate) = (self.scenario.friends[owner].friend, self.estimate(owner));
        self.burn.note_call(friend, FAMILY, now);
        let views = self.views(now);
        let verdict = decide_all(&self.scenario.settings, &views, (friend, Some(FAMILY)), estimate, now);
        if let Verdict::Over { until, .. } = verdict {
            return self.refuse(agent, call, Refusal::Share, until, now);
        }
        let outside = self.scenario.outside;
        let full = self.providers.iter().filter(|counter| counter.used(outside, now) >= 1.0);
        if let Some(until) = full.map(|counter| counter.ends).max() {
            self.report(now);
            return self.refuse(agent, call, Refusal::Full, until, now);
        }
        self.burn.reserve(friend, FAMILY, estimate, now);
        for counter in &mut self.providers {
            counter.in_flight[owner] += call.cost;
        }
        self.report(now);
        self.events.push(Reverse((now + call.lasts, agent, Step::End(call))));
    }

    fn end(&mut self, agent: usize, call: Call, now: Timestamp) {
        let owner = self.agents[agent].owner;
        let (friend, estimate) = (self.scenario.friends[owner].friend, self.estimate(owner));
        self.burn.release(friend, FAMILY, estimate);
        self.burn.add(friend, FAMILY, now, PicoUsd(call.cost));
        for counter in &mut self.providers {
            counter.in_flight[owner] -= call.cost;
            counter.counted[owner] += call.cost;
        }
        self.outcome.served(owner, call.cost, now);
        self.ask_next(agent, now);
    }

    fn refuse(&mut self, agent: usize, call: Call, refusal: Refusal, until: Timestamp, now: Timestamp) {
        let owner = self.agents[agent].owner;
        let is_within = |counter: &Counter| counter.is_within(owner, call, &self.scenario);
        let claim = if self.providers.iter().all(is_within) { Claim::Within } else { Claim::Past };
        self.outcome.refused(owner, refusal, claim, until.duration_since(now));
        self.events.push(Reverse((until, agent, Step::Ask(call))));
    }

    /// The answer's headers tell how much of each window is used, in whole percents.
    fn report(&mut self, now: Timestamp) {
        for counter in &self.providers {
            let used = (counter.used(self.scenario.outside, now) * 100.0).floor() / 100.0;
            let (hours, resets_at) = (counter.allowance.hours, Some(counter.ends));
            self.gauges.see(&Window { hours, family: None, used, resets_at }, &self.burn, now);
        }
    }

    fn renew(&mut self, now: Timestamp) {
        for counter in &mut self.providers {
            while counter.ends <= now {
                counter.ends += SignedDuration::from_hours(i64::from(counter.allowance.hours));
                counter.counted.fill(0);
            }
        }
    }

    fn note_full(&mut self, now: Timestamp) {
        let Some(counter) = self.providers.first() else { return };
        if counter.used(self.scenario.outside, now) >= 1.0 {
            self.outcome.filled(counter.ends, now);
        }
    }

    /// Draws a program's next call and when it is made.
    fn ask_next(&mut self, agent: usize, after: Timestamp) {
        let Agent { owner, dice } = &mut self.agents[agent];
        let trace = &self.scenario.friends[*owner];
        let mut millis = |mean: SignedDuration| {
            let drawn = dice.around(i64::try_from(mean.as_millis()).unwrap_or(i64::MAX));
            SignedDuration::from_millis(drawn)
        };
        let (pause, lasts) = (millis(trace.pause), millis(trace.lasts));
        let call = Call { cost: dice.around(trace.cost.0), lasts };
        let at = trace.awake(after + pause);
        if at <= Self::START + trace.until {
            self.events.push(Reverse((at, agent, Step::Ask(call))));
        }
    }

    fn estimate(&self, owner: usize) -> PicoUsd {
        PicoUsd(self.scenario.friends[owner].cost.0 * ESTIMATE / 100)
    }
}

impl Trace {
    /// The first time at `at` or later at which calls are made.
    fn awake(&self, at: Timestamp) -> Timestamp {
        let Some((lasts, period)) = self.bursts else { return at };
        let since = at.duration_since(Simulation::START + self.from).as_millis();
        let into = since.rem_euclid(period.as_millis().max(1));
        if into < lasts.as_millis() {
            return at;
        }
        let rest = i64::try_from(period.as_millis() - into).unwrap_or_default();
        at + SignedDuration::from_millis(rest)
    }
}

impl Counter {
    /// What is used of it in truth.
    fn used(&self, outside: f64, now: Timestamp) -> f64 {
        let length = SignedDuration::from_hours(i64::from(self.allowance.hours)).as_secs_f64();
        let elapsed = 1.0 - self.ends.duration_since(now).as_secs_f64() / length;
        self.part(self.counted.iter().sum()) + outside * elapsed
    }

    /// Says whether a call is within its friend's own share, in truth.
    fn is_within(&self, owner: usize, call: Call, scenario: &Scenario) -> bool {
        let shares: f64 = scenario.friends.iter().map(|trace| trace.share).sum();
        let friends = 1.0 - scenario.settings.owner_reserve.max(scenario.outside);
        let entitled = friends * scenario.friends[owner].share / shares;
        self.part(self.counted[owner] + self.in_flight[owner] + call.cost) <= entitled
    }

    fn part(&self, cost: i64) -> f64 {
        cost as f64 / self.allowance.capacity.0 as f64
    }
}

#[cfg(test)]
mod tests;
