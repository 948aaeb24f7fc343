//! Splits an amount to the cent.

use super::amount::Cents;

/// Splits `total` in proportion to the weights; where all weigh nothing, equally.
///
/// Everyone gets whole cents; those left over go one each to whoever lost the most by rounding, the first of equals. So the
/// parts add up to the total, the same input gives the same parts, and nobody is off by a whole cent.
pub(super) fn split(total: Cents, weights: &[u64]) -> Vec<Cents> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return if weights.is_empty() { Vec::new() } else { split(total, &vec![1; weights.len()]) };
    }

    let amount = u128::from(total.0.unsigned_abs());
    let exact = weights.iter().map(|weight| amount * u128::from(*weight));
    let mut parts: Vec<(u128, u128)> = exact.map(|exact| (exact / sum, exact % sum)).collect();
    let left = amount - parts.iter().map(|(whole, _)| whole).sum::<u128>();
    let mut by_loss: Vec<usize> = (0..parts.len()).collect();
    by_loss.sort_by_key(|index| (std::cmp::Reverse(parts[*index].1), *index));
    for index in by_loss.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        parts[index].0 += 1;
    }

    let signed = |whole: u128| i64::try_from(whole).unwrap_or(i64::MAX) * total.0.signum();
    parts.into_iter().map(|(whole, _)| Cents(signed(whole))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_cents_left_over_go_to_who_lost_the_most() {
        let cases: [(i64, &[u64], &[i64]); 7] = [
            (100, &[1, 1, 1], &[34, 33, 33]),
            (200, &[1, 1, 1], &[67, 67, 66]),
            (100, &[1, 2, 4], &[14, 29, 57]),
            (100, &[0, 0], &[50, 50]),
            (1, &[1, 9], &[0, 1]),
            (-100, &[1, 1, 1], &[-34, -33, -33]),
            (0, &[3, 4], &[0, 0]),
        ];

        for (total, weights, expected) in cases {
            let parts: Vec<i64> = split(Cents(total), weights).into_iter().map(|part| part.0).collect();
            assert_eq!(parts, expected, "{total} {weights:?}");
        }
        assert!(split(Cents(5), &[]).is_empty());
    }

    proptest! {
        #[test]
        fn the_parts_add_up_and_nobody_is_off_by_a_cent(
            total in -1_000_000_000_000..1_000_000_000_000_i64,
            weights in prop::collection::vec(prop_oneof![Just(0), 0..100_u64, any::<u64>()], 1..12),
        ) {
            let parts = split(Cents(total), &weights);
            let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();

            prop_assert_eq!(parts.iter().map(|part| part.0).sum::<i64>(), total);
            for (part, weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
                let exact = total as f64 * (*weight as f64 / sum as f64);
                prop_assert!((part.0 as f64 - exact).abs() < 1.01, "{} {}", part.0, exact);
                prop_assert!(*weight > 0 || part.0 == 0);
            }
        }
    }
}
