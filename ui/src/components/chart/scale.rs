//! The scale of a chart's upright axis: whole steps of one, two or five, so that its ticks can be read at a glance.

/// Most steps that an axis has room for.
const STEPS: i64 = 5;

/// The scale of an axis that begins at nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    /// From one tick to the next.
    pub(crate) step: i64,
    /// The highest tick; no bar is higher.
    pub(crate) top: i64,
}

impl Scale {
    /// The scale that holds bars up to this height.
    pub(crate) fn up_to(highest: i64) -> Self {
        let highest = highest.max(1);
        let step = step(highest);
        let steps = highest / step + i64::from(highest % step != 0);
        Self { step, top: step.saturating_mul(steps) }
    }

    /// The ticks, from nothing to the top.
    pub(crate) fn ticks(self) -> impl Iterator<Item = i64> {
        (0..=self.top / self.step).map(move |tick| tick.saturating_mul(self.step))
    }

    /// Where an amount lies: 0 at the bottom, 1 at the top.
    #[expect(clippy::cast_precision_loss, reason = "a bar's height needs no more than a float holds")]
    pub(crate) fn part(self, amount: i64) -> f64 {
        (amount.max(0) as f64 / self.top as f64).min(1.0)
    }
}

/// The smallest of 1, 2, 5, 10, 20, … that reaches the highest bar in [`STEPS`].
fn step(highest: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        let reaches = |step: &i64| step.saturating_mul(STEPS) >= highest;
        if let Some(step) = [1, 2, 5].map(|leap| unit.saturating_mul(leap)).into_iter().find(reaches) {
            return step;
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_whole_steps_of_one_two_or_five_that_reach_over_every_bar() {
        for (highest, step, top) in [
            (0, 1, 1),
            (1, 1, 1),
            (3, 1, 3),
            (4, 1, 4),
            (7, 2, 8),
            (90, 20, 100),
            (100, 20, 100),
            (101, 50, 150),
            (12_345, 5_000, 15_000),
            (1_990_000_000_000, 500_000_000_000, 2_000_000_000_000),
        ] {
            assert_eq!(Scale::up_to(highest), Scale { step, top }, "{highest}");
        }
    }

    #[test]
    fn every_scale_has_few_ticks_and_holds_its_highest_bar() {
        for highest in (0..63).flat_map(|power| [(1_i64 << power) - 1, 1 << power]).chain([i64::MAX]) {
            let scale = Scale::up_to(highest);

            assert!(scale.ticks().count() <= 6, "{highest}: {scale:?}");
            assert!(scale.top >= highest, "{highest}: {scale:?}");
        }
    }

    #[test]
    fn a_bar_is_as_high_as_its_part_of_the_scale() {
        let scale = Scale::up_to(100);

        assert!((scale.part(50) - 0.5).abs() < 1e-9);
        assert!((scale.part(100) - 1.0).abs() < 1e-9);
        assert!(scale.part(-3).abs() < 1e-9);
    }
}
