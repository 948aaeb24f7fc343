//! Every reading of a run, by metric and target.

use std::collections::BTreeMap;

use crate::metric::{Fold, Metric};
use crate::percentile;
use crate::target::Target;

/// What was measured, and where.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// Said above the table: machine, versions, rounds.
    pub(crate) remarks: Vec<String>,
    readings: BTreeMap<(Metric, Target), Vec<f64>>,
}

impl Sheet {
    /// Adds one reading.
    pub(crate) fn push(&mut self, target: Target, metric: Metric, value: f64) {
        self.readings.entry((metric, target)).or_default().push(value);
    }

    /// All readings, in the order they were taken.
    pub(crate) fn readings(&self, metric: Metric, target: Target) -> &[f64] {
        self.readings.get(&(metric, target)).map_or(&[], Vec::as_slice)
    }

    /// The one figure of all readings; `None` if there are none.
    pub(crate) fn value(&self, metric: Metric, target: Target) -> Option<f64> {
        let readings = self.readings(metric, target);
        match metric.row().fold {
            Fold::Median => percentile::median(readings),
            Fold::Most => readings.iter().copied().reduce(f64::max),
            Fold::Sum => (!readings.is_empty()).then(|| readings.iter().sum()),
        }
    }

    /// Carpool's figure in units of nginx'.
    pub(crate) fn ratio(&self, metric: Metric) -> Option<f64> {
        let nginx = self.value(metric, Target::Nginx).filter(|nginx| *nginx > 0.0)?;
        Some(self.value(metric, Target::Carpool)? / nginx)
    }

    /// The targets that have readings.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let has_readings = |target: &Target| self.readings.keys().any(|(_, measured)| measured == target);
        Target::ALL.iter().copied().filter(has_readings).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_its_worst_round_and_a_cost_its_middle_one() {
        let mut sheet = Sheet::default();
        for value in [30.0, 50.0, 40.0] {
            sheet.push(Target::Carpool, Metric::PeakMemory, value);
            sheet.push(Target::Carpool, Metric::EventCpu, value);
        }

        assert_eq!(sheet.value(Metric::PeakMemory, Target::Carpool), Some(50.0));
        assert_eq!(sheet.value(Metric::EventCpu, Target::Carpool), Some(40.0));
        assert_eq!(sheet.value(Metric::EventCpu, Target::Nginx), None);
    }
}
