//! Order statistics.

/// The value below which `share` (0 to 1) of `sorted` lies, by the nearest-rank method.
pub(crate) fn of_sorted(sorted: &[u32], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = (share * sorted.len() as f64).ceil() as usize;
    Some(f64::from(sorted[rank.saturating_sub(1).min(last)]))
}

/// The middle value; the mean of the two middle ones if there is no single one.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let sorted: Vec<u32> = (1..=100).collect();

        assert_eq!(of_sorted(&sorted, 0.5), Some(50.0));
        assert_eq!(of_sorted(&sorted, 0.99), Some(99.0));
        assert_eq!(of_sorted(&[], 0.5), None);
    }

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
