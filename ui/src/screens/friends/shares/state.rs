//! What the sliders of shares decide: percents that are always a hundred together.

/// All of a window, in percent.
pub(super) const WHOLE: u32 = 100;
/// The most that can be kept for the owner, in percent: the rest is what friends share.
pub(super) const MOST_RESERVED: u32 = 90;

/// The percents of weights, whole numbers that are a hundred together.
pub(super) fn percents(weights: &[f64]) -> Vec<u32> {
    split(WHOLE, weights)
}

/// Weights of percents: 1 for a friend whose part is as large as the average, as a new friend's is.
#[expect(clippy::cast_precision_loss, reason = "there are few friends")]
pub(super) fn weights(percents: &[u32]) -> Vec<f64> {
    let average = f64::from(WHOLE) / percents.len().max(1) as f64;
    percents.iter().map(|&percent| f64::from(percent) / average).collect()
}

/// Equal parts.
pub(super) fn equal(friends: usize) -> Vec<u32> {
    split(WHOLE, &vec![1.0; friends])
}

/// The least a slider can be set to: something, as long as there is something for everybody.
fn least(friends: usize) -> u32 {
    u32::from(friends <= 50)
}

/// The most a slider can be set to.
pub(super) fn most(friends: usize) -> u32 {
    let others = u32::try_from(friends.saturating_sub(1)).unwrap_or(u32::MAX);
    WHOLE.saturating_sub(least(friends).saturating_mul(others))
}

/// The percents after one slider was moved: the others give or take what it took or gave, each in proportion.
pub(super) fn moved(percents: &[u32], at: usize, to: u32) -> Vec<u32> {
    if percents.len() < 2 {
        return equal(percents.len());
    }
    let least = least(percents.len());
    let to = to.clamp(least.min(WHOLE), most(percents.len()));
    let others = percents.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, percent)| *percent);
    let above: Vec<f64> = others.map(|percent| f64::from(percent.saturating_sub(least))).collect();
    let kept = least * u32::try_from(above.len()).unwrap_or_default();
    let mut rest: Vec<u32> = split((WHOLE - to).saturating_sub(kept), &above).iter().map(|part| part + least).collect();
    rest.insert(at, to);
    rest
}

/// Divides whole percents by weights: each gets what is due rounded down, and those that lost most by that one more.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 100")]
fn split(whole: u32, weights: &[f64]) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    let due: Vec<f64> = if sum > 0.0 && sum.is_finite() {
        weights.iter().map(|weight| f64::from(whole) * weight / sum).collect()
    } else if weights.is_empty() {
        return Vec::new();
    } else {
        return split(whole, &vec![1.0; weights.len()]);
    };
    let mut parts: Vec<u32> = due.iter().map(|due| due.floor() as u32).collect();
    let left = whole.saturating_sub(parts.iter().sum());
    let mut by_loss: Vec<usize> = (0..parts.len()).collect();
    by_loss.sort_by(|&one, &other| due[other].fract().total_cmp(&due[one].fract()).then(one.cmp(&other)));
    for place in by_loss.into_iter().take(left as usize) {
        parts[place] += 1;
    }
    parts
}

/// A part in whole percent up to the most there may be, as it is typed; `None`: it is none.
pub(super) fn typed_percent(text: &str, most: u32) -> Option<f64> {
    text.trim()
        .parse::<u32>()
        .ok()
        .filter(|percent| *percent <= most)
        .map(|percent| f64::from(percent) / f64::from(WHOLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_a_hundred_percent_together() {
        assert_eq!(percents(&[1.0, 1.0, 1.0]), [34, 33, 33]);
        assert_eq!(percents(&[2.0, 1.0, 1.0]), [50, 25, 25]);
        assert_eq!(percents(&[0.0, 0.0]), [50, 50]);
        assert_eq!(percents(&[]), [] as [u32; 0]);
        assert_eq!(equal(6).iter().sum::<u32>(), 100);
    }

    #[test]
    fn however_a_slider_is_moved_the_sum_stays() {
        for friends in 2..=7 {
            let mut now = equal(friends);
            for (step, to) in [0, 100, 37, 99, 1, 50].into_iter().cycle().take(60).enumerate() {
                let at = step % friends;
                now = moved(&now, at, to);
                assert_eq!(now.iter().sum::<u32>(), 100, "{now:?}");
                assert_eq!(now[at], to.clamp(1, most(friends)), "{now:?}");
                assert!(now.iter().all(|percent| *percent >= 1), "{now:?}");
            }
        }
    }

    #[test]
    fn the_others_give_in_proportion() {
        assert_eq!(moved(&[40, 40, 20], 0, 70), [70, 20, 10]);
        assert_eq!(moved(&[100], 0, 20), [100]);
        assert_eq!(moved(&[98, 1, 1], 0, 50), [50, 25, 25]);
    }

    #[test]
    fn a_new_friend_has_an_average_share_beside_shares_that_were_set() {
        let set = weights(&[50, 30, 20]);

        assert!((set.iter().sum::<f64>() - 3.0).abs() < 1e-9);
        assert_eq!(percents(&set), [50, 30, 20]);
        assert_eq!(percents(&[set, vec![1.0]].concat())[3], 25);
    }

    #[test]
    fn a_part_is_typed_in_whole_percent() {
        assert_eq!([" 60 ", "0", "100"].map(|text| typed_percent(text, WHOLE)), [Some(0.6), Some(0.0), Some(1.0)]);
        assert_eq!(["", "101", "-1", "6.5", "x"].map(|text| typed_percent(text, WHOLE)), [None; 5]);
        assert_eq!(typed_percent("91", MOST_RESERVED), None);
    }
}
