//! Decides what to do about a tunnel: start it, look whether it answers, start it again, and never give up.
//!
//! It is told what happened, with the time, and says what to do. Whoever does it tells the outcome.

mod state;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

pub use self::state::{Effect, Runs, State, Wanted};
use super::{NoAnswer, Said, Shut, Trouble, Unfit, WayId, lines::without_colours};

/// How long after a failure it is started again, doubled each time up to the second.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long a tunnel has to be up for its failures to be forgotten: one that keeps falling is not hurried.
const STEADY: Duration = Duration::from_secs(60);
/// How long a program may take to say that it is connected.
const CONNECT: Duration = Duration::from_secs(90);
/// How long after it is connected the address is asked for the first time. A name needs a moment to be known.
const SETTLE: Duration = Duration::from_secs(2);
/// How often an address that answers is asked.
const CHECK: Duration = Duration::from_secs(30);
/// How soon one that does not is asked again, doubled each time up to the second.
const RECHECK: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// So many questions in a row without an answer, and a tunnel does not count as up.
const MISSES: u32 = 3;
/// How long a program that runs is left alone though its address does not answer, doubled each time up to the second.
/// It connects anew by itself, and a restart gives a quick tunnel another name; and where this machine alone cannot reach
/// its own address, a restart mends nothing.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(5 * 60), Duration::from_secs(60 * 60));
/// How often it is looked whether a missing program was installed.
const INSTALLED: Duration = Duration::from_secs(10);

/// The state machine.
#[derive(Debug)]
pub struct Supervisor {
    wanted: Option<Wanted>,
    shut: Option<Shut>,
    state: State,
    since: Timestamp,
    /// Known before anything is started.
    fixed_url: Option<Url>,
    /// What the program said.
    said_url: Option<Url>,
    run: Option<Run>,
    /// When it is started, or looked for, again.
    again_at: Option<Timestamp>,
    /// How often it failed without having been up for a while.
    failures: u32,
    /// How often it was started again because its address did not answer.
    unanswered: u32,
}

/// What runs now.
#[derive(Debug)]
struct Run {
    since: Timestamp,
    is_ready: bool,
    /// The last thing that it said is in the way.
    trouble: Option<Trouble>,
    check_at: Option<Timestamp>,
    is_asked: bool,
    misses: u32,
    /// Since when its address has not answered.
    silent_since: Timestamp,
    up_since: Option<Timestamp>,
}

impl Supervisor {
    /// Nothing is wanted yet.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self {
            wanted: None,
            shut: Some(Shut::NotListening),
            state: State::Off,
            since: now,
            fixed_url: None,
            said_url: None,
            run: None,
            again_at: None,
            failures: 0,
            unanswered: 0,
        }
    }

    /// How it is.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Since when it is so.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// The way that is wanted.
    #[must_use]
    pub fn way(&self) -> Option<WayId> {
        self.wanted.map(|wanted| wanted.way.id())
    }

    /// The address friends use, if there is one: the owner's own, or the one that what runs said.
    #[must_use]
    pub fn public_url(&self) -> Option<&Url> {
        self.wanted?;
        self.fixed_url.as_ref().or(self.said_url.as_ref())
    }

    /// The owner wants this now, and not what they wanted before. It is started anew.
    pub fn want(&mut self, wanted: Option<Wanted>, fixed_url: Option<Url>, now: Timestamp) -> Vec<Effect> {
        self.wanted = wanted;
        self.fixed_url = fixed_url;
        (self.failures, self.unanswered) = (0, 0);
        self.begin(now)
    }

    /// Whether it may open has changed, or not.
    pub fn may_open(&mut self, shut: Option<Shut>, now: Timestamp) -> Vec<Effect> {
        if self.shut == shut {
            return Vec::new();
        }
        self.shut = shut;
        self.begin(now)
    }

    /// It was started.
    pub fn on_launched(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut run = Run {
            since: now,
            is_ready: false,
            trouble: None,
            check_at: None,
            is_asked: false,
            misses: 0,
            silent_since: now,
            up_since: None,
        };
        if !self.says_when_ready() && self.public_url().is_some() {
            run.check_at = Some(now);
        }
        self.run = Some(run);
        if matches!(self.state, State::Missing { .. }) {
            self.turn(State::Starting, now);
        }
        self.on_time(now)
    }

    /// It could not be started.
    pub fn on_not_launched(&mut self, why: Trouble, now: Timestamp) {
        self.failed(why, now);
    }

    /// Its program is not installed.
    pub fn on_missing(&mut self, program: &'static str, now: Timestamp) {
        self.again_at = Some(now + INSTALLED);
        self.turn(State::Missing { program }, now);
    }

    /// The owner's settings do not do; it waits for others.
    pub fn on_unfit(&mut self, why: &Unfit, now: Timestamp) {
        self.on_unreadable(why.to_string(), now);
    }

    /// The owner's settings cannot be read; it waits for others.
    pub fn on_unreadable(&mut self, why: String, now: Timestamp) {
        self.again_at = None;
        self.turn(State::Unfit { why }, now);
    }

    /// It said which address friends use: a program, or the relay that opened its port.
    pub fn on_url(&mut self, url: Url, now: Timestamp) -> Vec<Effect> {
        if self.fixed_url.is_some() || self.said_url.as_ref() == Some(&url) {
            return self.on_ready(now);
        }
        let is_another = self.said_url.replace(url).is_some();
        if is_another && let Some(run) = &mut self.run {
            (run.misses, run.silent_since, run.up_since) = (0, now, None);
            if self.state == State::Up {
                self.turn(State::Starting, now);
            }
        }
        self.on_ready(now)
    }

    /// Its program printed a line.
    pub fn on_line(&mut self, line: &str, now: Timestamp) -> Vec<Effect> {
        let Some(wanted) = self.wanted else { return Vec::new() };
        match wanted.way.read(&without_colours(line)) {
            None => Vec::new(),
            Some(Said::Url(url)) if self.run.as_ref().is_some_and(|run| !run.is_ready && self.says_when_ready()) => {
                self.said_url = Some(url);
                Vec::new()
            }
            Some(Said::Url(url)) => self.on_url(url, now),
            Some(Said::Ready) => {
                if let Some(run) = &mut self.run {
                    run.is_ready = true;
                }
                self.on_ready(now)
            }
            Some(Said::Failed(trouble)) => {
                self.on_trouble(trouble, now);
                self.on_time(now)
            }
        }
    }

    /// What ran has ended by itself.
    pub fn on_exit(&mut self, how_to_see: &str, now: Timestamp) {
        let Some(run) = self.run.take() else { return };
        self.settle(&run, now);
        let why = run.trouble.unwrap_or_else(|| Trouble::Ended(how_to_see.to_owned()));
        self.failed(why, now);
    }

    /// The address was asked.
    pub fn on_answer(&mut self, answer: Result<(), NoAnswer>, now: Timestamp) -> Vec<Effect> {
        let has_something = self.wanted.is_some_and(|wanted| wanted.runs == Runs::Something);
        let patience = doubled(PATIENCE, self.unanswered);
        let Some(run) = &mut self.run else { return Vec::new() };
        run.is_asked = false;
        let why = match answer {
            Ok(()) => {
                (run.misses, run.silent_since, run.trouble) = (0, now, None);
                run.check_at = Some(now + CHECK);
                let up_since = *run.up_since.get_or_insert(now);
                if is_past(up_since + STEADY, now) {
                    (self.failures, self.unanswered) = (0, 0);
                }
                self.turn(State::Up, now);
                return Vec::new();
            }
            Err(why) => Trouble::NoAnswer(why),
        };
        let again_at = now + doubled(RECHECK, run.misses);
        run.misses += 1;
        run.check_at = Some(again_at);
        if has_something && is_past(run.silent_since + patience, now) {
            self.unanswered += 1;
            return self.restart(why, now);
        }
        let was_up = run.up_since.is_some();
        if run.misses >= MISSES || !(has_something || was_up) {
            run.up_since = None;
            self.turn(State::Retrying { why, at: again_at }, now);
        }
        Vec::new()
    }

    /// Time has passed.
    pub fn on_time(&mut self, now: Timestamp) -> Vec<Effect> {
        if self.again_at.is_some_and(|at| is_past(at, now)) {
            return self.begin(now);
        }
        let url = self.public_url().cloned();
        let is_silent =
            self.run.as_ref().is_some_and(|run| !self.is_connected(run) && is_past(run.since + CONNECT, now));
        if is_silent {
            let said = self.run.as_ref().and_then(|run| run.trouble.clone());
            return self.restart(said.unwrap_or(Trouble::Silent), now);
        }
        let (Some(run), Some(url)) = (&mut self.run, url) else { return Vec::new() };
        if run.is_asked || !run.check_at.is_some_and(|at| is_past(at, now)) {
            return Vec::new();
        }
        (run.is_asked, run.check_at) = (true, None);
        vec![Effect::Check(url)]
    }

    /// Ends what runs, and starts what is wanted, if it may be.
    fn begin(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.run.take().is_some() {
            effects.push(Effect::Stop);
        }
        (self.said_url, self.again_at) = (None, None);
        match (self.wanted, self.shut) {
            (None, _) => self.turn(State::Off, now),
            (Some(_), Some(why)) => self.turn(State::Waiting { why }, now),
            (Some(_), None) => {
                effects.push(Effect::Launch);
                // It stays to be seen why it is started again, until it does better.
                if !matches!(self.state, State::Retrying { .. } | State::Missing { .. }) {
                    self.turn(State::Starting, now);
                }
            }
        }
        effects
    }

    /// Ends what runs, to start it again later.
    fn restart(&mut self, why: Trouble, now: Timestamp) -> Vec<Effect> {
        if let Some(run) = self.run.take() {
            self.settle(&run, now);
        }
        self.failed(why, now);
        vec![Effect::Stop]
    }

    fn failed(&mut self, why: Trouble, now: Timestamp) {
        let wait = match why {
            Trouble::TooMany => BACKOFF.1,
            _ => doubled(BACKOFF, self.failures),
        };
        self.failures = self.failures.saturating_add(1);
        let at = now + wait;
        (self.run, self.said_url, self.again_at) = (None, None, Some(at));
        self.turn(State::Retrying { why, at }, now);
    }

    /// Forgets failures once it was up for a while.
    fn settle(&mut self, run: &Run, now: Timestamp) {
        if run.up_since.is_some_and(|since| is_past(since + STEADY, now)) {
            self.failures = 0;
        }
    }

    fn on_trouble(&mut self, trouble: Trouble, now: Timestamp) {
        let is_connected = self.run.as_ref().is_some_and(|run| self.is_connected(run));
        let Some(run) = &mut self.run else { return };
        // The last words of a program often only say that it did not work.
        if trouble == Trouble::Unreachable && run.trouble.is_some() {
            return;
        }
        run.trouble = Some(trouble.clone());
        if is_connected {
            // It connects anew by itself; whether it did is seen at the address.
            run.check_at = run.check_at.map(|at| at.min(now + RECHECK.0));
        } else {
            let at = run.since + CONNECT;
            self.turn(State::Retrying { why: trouble, at }, now);
        }
    }

    /// It is connected, or connected anew.
    fn on_ready(&mut self, now: Timestamp) -> Vec<Effect> {
        let has_url = self.public_url().is_some();
        if let Some(run) = self.run.as_mut().filter(|run| has_url && !run.is_asked && run.up_since.is_none()) {
            let soon = now + SETTLE;
            run.check_at = Some(run.check_at.map_or(soon, |at| at.min(soon)));
        }
        self.on_time(now)
    }

    /// Says whether there is an address that may be asked.
    fn is_connected(&self, run: &Run) -> bool {
        self.public_url().is_some() && (run.is_ready || !self.says_when_ready())
    }

    fn says_when_ready(&self) -> bool {
        self.wanted.is_some_and(|wanted| wanted.way.says_when_ready())
    }

    fn turn(&mut self, state: State, now: Timestamp) {
        if state.as_str() != self.state.as_str() {
            self.since = now;
        }
        self.state = state;
    }
}

/// The first of the two doubled so many times, up to the second.
fn doubled((first, most): (Duration, Duration), times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(most)
}

/// Says whether a time has come. One that is further ahead than anything here ever is was set before the clock was put
/// back.
fn is_past(at: Timestamp, now: Timestamp) -> bool {
    at <= now || now + PATIENCE.1 + CONNECT < at
}
