//! What the relay must reach, and whether it did.

use crate::metric::Metric;
use crate::sheet::Sheet;
use crate::target::Target;

/// One promise about one metric of the relay.
#[derive(Debug)]
pub(crate) struct Goal {
    pub(crate) metric: Metric,
    pub(crate) rule: Rule,
    gravity: Gravity,
}

/// What the metric is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// At most so much.
    Limit(f64),
    /// At most so many times what nginx takes.
    TimesNginx(f64),
    /// At least this share of what nginx reaches.
    ShareOfNginx(f64),
}

/// Whether a miss is a matter of right or of fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gravity {
    Correctness,
    Speed,
}

/// A goal and how it ended.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) goal: &'static Goal,
    /// In the metric's unit, or times nginx, as the rule has it.
    pub(crate) measured: Option<f64>,
    pub(crate) outcome: Outcome,
}

/// How a goal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pass,
    Fail,
    NotMeasured,
}

/// In the order they are reported.
const GOALS: &[Goal] = &[
    // The aim is 4; bare axum and reqwest reach about 2 on the machine this was written on.
    speed(Metric::SmallCpu, Rule::TimesNginx(8.0)),
    speed(Metric::LimitsCpu, Rule::Limit(20.0)),
    speed(Metric::AddedFirstByteP50, Rule::TimesNginx(2.0)),
    speed(Metric::AddedFirstByteP99, Rule::Limit(3.0)),
    correctness(Metric::EventsMissing),
    speed(Metric::EventCpu, Rule::TimesNginx(4.0)),
    speed(Metric::UploadRate, Rule::ShareOfNginx(0.5)),
    speed(Metric::DownloadRate, Rule::ShareOfNginx(0.5)),
    speed(Metric::IdleMemory, Rule::Limit(25.0)),
    speed(Metric::WarmMemory, Rule::Limit(25.0)),
    speed(Metric::PeakMemory, Rule::Limit(70.0)),
    speed(Metric::FirstStart, Rule::Limit(300.0)),
    speed(Metric::Restart, Rule::Limit(300.0)),
    correctness(Metric::FailedCalls),
    correctness(Metric::Mismatch),
];

const fn speed(metric: Metric, rule: Rule) -> Goal {
    Goal { metric, rule, gravity: Gravity::Speed }
}

const fn correctness(metric: Metric) -> Goal {
    Goal { metric, rule: Rule::Limit(0.0), gravity: Gravity::Correctness }
}

/// Holds every goal against what was measured.
pub(crate) fn judge(sheet: &Sheet) -> Vec<Verdict> {
    GOALS.iter().map(|goal| goal.judge(sheet)).collect()
}

impl Goal {
    fn judge(&'static self, sheet: &Sheet) -> Verdict {
        let measured = match self.rule {
            Rule::Limit(_) => sheet.value(self.metric, Target::Carpool),
            Rule::TimesNginx(_) | Rule::ShareOfNginx(_) => sheet.ratio(self.metric),
        };
        let outcome = match measured {
            None => Outcome::NotMeasured,
            Some(value) if self.rule.holds(value) => Outcome::Pass,
            Some(_) => Outcome::Fail,
        };
        Verdict { goal: self, measured, outcome }
    }
}

impl Rule {
    fn holds(self, value: f64) -> bool {
        match self {
            Rule::Limit(limit) | Rule::TimesNginx(limit) => value <= limit,
            Rule::ShareOfNginx(limit) => value >= limit,
        }
    }
}

impl Verdict {
    /// Whether the run ends with an error: always on a wrong result, on a slow one only if `strict`.
    pub(crate) fn fails_the_run(&self, strict: bool) -> bool {
        self.outcome == Outcome::Fail && (strict || self.goal.gravity == Gravity::Correctness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_ledger_fails_the_run_and_a_slow_relay_only_when_strict() {
        let mut sheet = Sheet::default();
        sheet.push(Target::Nginx, Metric::EventCpu, 8.0);
        sheet.push(Target::Carpool, Metric::EventCpu, 80.0);
        let slow = judge(&sheet);
        sheet.push(Target::Carpool, Metric::Mismatch, 1.0);
        let wrong = judge(&sheet);

        assert!(!slow.iter().any(|verdict| verdict.fails_the_run(false)));
        assert!(slow.iter().any(|verdict| verdict.fails_the_run(true)));
        assert!(wrong.iter().any(|verdict| verdict.fails_the_run(false)));
    }

    #[test]
    fn a_goal_without_a_reading_is_neither_met_nor_missed() {
        assert!(judge(&Sheet::default()).iter().all(|verdict| verdict.outcome == Outcome::NotMeasured));
    }
}
