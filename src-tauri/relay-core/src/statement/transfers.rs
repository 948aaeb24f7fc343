//! Who pays whom, in as few payments as there can be.
//!
//! People whose balances cancel out settle among themselves: a group of `n` needs `n - 1` payments, so the fewest payments
//! are those of the most groups. Finding the most groups is a search over all sets of people; for more people than that is
//! quick for, equal balances are paired and the rest is settled largest first.

/// So many people with a balance are settled exactly: a search over 65,536 sets.
const EXACT_UP_TO: usize = 16;

/// A payment: who pays, who gets it, and how many cents.
pub(super) type Payment = (usize, usize, i64);

/// The payments that bring every balance to zero; a positive balance gets money. The balances add up to zero.
pub(super) fn payments(balances: &[i64]) -> Vec<Payment> {
    let open: Vec<usize> = (0..balances.len()).filter(|index| balances[*index] != 0).collect();
    let groups = if open.len() <= EXACT_UP_TO { groups(balances, &open) } else { pairs(balances, &open) };
    let mut payments: Vec<Payment> = groups.iter().flat_map(|group| settled(balances, group)).collect();
    payments.sort_unstable_by_key(|(from, to, _)| (*from, *to));
    payments
}

/// The most groups whose balances cancel out.
fn groups(balances: &[i64], open: &[usize]) -> Vec<Vec<usize>> {
    let sets = 1_usize << open.len();
    let mut sums = vec![0_i64; sets];
    let mut most = vec![0_u8; sets];
    for set in 1..sets {
        let first = set.trailing_zeros() as usize;
        sums[set] = sums[set & (set - 1)] + balances[open[first]];
        let without = (0..open.len()).filter(|bit| set >> bit & 1 == 1).map(|bit| most[set ^ (1 << bit)]);
        most[set] = without.max().unwrap_or(0) + u8::from(sums[set] == 0);
    }

    // From everyone down, one at a time, along the way with the most groups: each set that cancels out ends one.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut set = sets - 1;
    while set != 0 {
        let ends = u8::from(sums[set] == 0);
        if ends == 1 {
            groups.push(Vec::new());
        }
        let leaves = (0..open.len()).find(|bit| set >> bit & 1 == 1 && most[set ^ (1 << bit)] + ends == most[set]);
        let bit = leaves.expect("the most is reached by leaving somebody out");
        groups.last_mut().expect("everyone together cancels out").push(open[bit]);
        set ^= 1 << bit;
    }
    groups
}

/// Pairs whose balances cancel out, and everyone else.
fn pairs(balances: &[i64], open: &[usize]) -> Vec<Vec<usize>> {
    let mut rest = open.to_vec();
    let mut groups = Vec::new();
    while let Some((one, other)) = (0..rest.len()).find_map(|one| {
        let other = (one + 1..rest.len()).find(|other| balances[rest[one]] == -balances[rest[*other]])?;
        Some((one, other))
    }) {
        groups.push(vec![rest[one], rest[other]]);
        rest.remove(other);
        rest.remove(one);
    }
    groups.push(rest);
    groups
}

/// Settles a group: whoever owes the most pays whoever gets the most.
fn settled(balances: &[i64], group: &[usize]) -> Vec<Payment> {
    let side = |owes: bool| {
        let mut side: Vec<(i64, usize)> = group
            .iter()
            .filter(|index| (balances[**index] < 0) == owes)
            .map(|index| (balances[*index].abs(), *index))
            .collect();
        side.sort_unstable_by_key(|(amount, index)| (std::cmp::Reverse(*amount), *index));
        side.into_iter()
    };
    let (mut owing, mut getting) = (side(true), side(false));
    let (mut payments, mut from, mut to) = (Vec::new(), owing.next(), getting.next());
    while let (Some((owed, payer)), Some((due, payee))) = (from, to) {
        let amount = owed.min(due);
        payments.push((payer, payee, amount));
        from = if owed > amount { Some((owed - amount, payer)) } else { owing.next() };
        to = if due > amount { Some((due - amount, payee)) } else { getting.next() };
    }
    payments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The fewest payments, found by trying them all: the first open balance is settled with each opposite one in turn.
    fn fewest(balances: &mut Vec<i64>) -> usize {
        let Some(first) = balances.iter().position(|balance| *balance != 0) else { return 0 };
        let mut best = usize::MAX;
        for other in first + 1..balances.len() {
            if balances[other].signum() == -balances[first].signum() {
                let moved = balances[first];
                balances[other] += moved;
                balances[first] = 0;
                best = best.min(1 + fewest(balances));
                balances[first] = moved;
                balances[other] -= moved;
            }
        }
        best
    }

    fn after(balances: &[i64], payments: &[Payment]) -> Vec<i64> {
        let mut left = balances.to_vec();
        for (from, to, amount) in payments {
            left[*from] += amount;
            left[*to] -= amount;
        }
        left
    }

    fn cancelling(mut balances: Vec<i64>) -> Vec<i64> {
        let rest: i64 = balances.iter().sum();
        balances.push(-rest);
        balances
    }

    #[test]
    fn people_whose_balances_cancel_out_settle_among_themselves() {
        let cases: [(&[i64], usize); 6] = [
            (&[], 0),
            (&[0, 0, 0], 0),
            (&[-500, 500], 1),
            (&[-100, -200, 300], 2),
            (&[-500, 700, -700, 500], 2),
            (&[10, -7, -3, 5, -5, 20, -15, -5], 5),
        ];

        for (balances, expected) in cases {
            assert_eq!(payments(balances).len(), expected, "{balances:?}");
        }
        assert_eq!(payments(&[-300, 100, 200]), [(0, 1, 100), (0, 2, 200)]);
    }

    proptest! {
        #[test]
        fn no_fewer_payments_settle_everything(balances in prop::collection::vec(-6..7_i64, 0..7)) {
            let balances = cancelling(balances);

            let found = payments(&balances);

            prop_assert_eq!(after(&balances, &found), vec![0; balances.len()]);
            prop_assert_eq!(found.len(), fewest(&mut balances.clone()));
            prop_assert!(found.iter().all(|(from, to, amount)| *amount > 0 && balances[*from] < 0 && balances[*to] > 0));
        }

        #[test]
        fn a_crowd_is_settled_in_less_than_one_payment_each(balances in prop::collection::vec(-1000..1000_i64, 17..60)) {
            let balances = cancelling(balances);

            let found = payments(&balances);

            prop_assert_eq!(after(&balances, &found), vec![0; balances.len()]);
            prop_assert!(found.len() < balances.len());
        }
    }
}
