//! What the fair share does to friends of many kinds.

use super::*;
use crate::share::Mode;

const CAPACITY: PicoUsd = PicoUsd(20_000_000_000_000);
/// A thousandth of the window.
const CALL: PicoUsd = PicoUsd(20_000_000_000);
const FOR_EVER: SignedDuration = SignedDuration::from_hours(10_000);
const WINDOW: SignedDuration = SignedDuration::from_hours(5);
const SEEDS: std::ops::Range<u64> = 1..6;

/// Fills the window alone in about an hour.
fn greedy(friend: i64) -> Trace {
    Trace {
        friend,
        share: 1.0,
        agents: 6,
        cost: CALL,
        lasts: SignedDuration::from_secs(20),
        pause: SignedDuration::from_secs(2),
        from: SignedDuration::ZERO,
        until: FOR_EVER,
        bursts: None,
    }
}

/// Uses so many percent of a window, evenly.
fn light(friend: i64, percent: i64) -> Trace {
    let gap = WINDOW.as_secs() / (percent * 10);
    Trace { agents: 1, pause: SignedDuration::from_secs(gap - 20), ..greedy(friend) }
}

fn idle(friend: i64) -> Trace {
    Trace { agents: 0, ..greedy(friend) }
}

fn settings(mode: Mode) -> Settings {
    Settings { mode, ..Settings::default() }
}

fn scenario(settings: Settings, friends: &[Trace]) -> Scenario {
    let allowances = vec![Allowance { hours: 5, capacity: CAPACITY }];
    Scenario { settings, allowances, outside: 0.0, friends: friends.to_vec() }
}

fn play(scenario: &Scenario, windows: i32, seed: u64) -> Outcome {
    let mut simulation = Simulation::new(scenario.clone(), &mut Dice::new(seed));
    simulation.run_until(WINDOW * windows);
    simulation.outcome().clone()
}

/// The part of the calls of everybody but the first that were refused within their share.
fn refused_lights(outcome: &Outcome) -> f64 {
    let lights = &outcome.friends[1..];
    let part = |tally: &Tally| f64::from(tally.refused_within()) / f64::from(tally.calls.max(1));
    lights.iter().map(part).fold(0.0, f64::max)
}

fn ratio(one: PicoUsd, other: PicoUsd) -> f64 {
    one.0 as f64 / other.0 as f64
}

#[test]
fn light_friends_beside_a_greedy_one_are_refused_never_in_strict_and_hardly_in_gentle() {
    let friends = [greedy(1), light(2, 12), light(3, 12), light(4, 12)];

    for seed in SEEDS {
        let refused = |mode| refused_lights(&play(&scenario(settings(mode), &friends), 3, seed));
        assert!(refused(Mode::Off) > 0.01, "without a share they starve");
        assert!(refused(Mode::Gentle) <= 0.01, "{}", refused(Mode::Gentle));
        assert_eq!(refused(Mode::Strict), 0.0);
    }
}

#[test]
fn with_a_lower_line_friends_can_use_nearly_all_of_their_shares() {
    let friends = [greedy(1), light(2, 22), light(3, 22), light(4, 22)];

    for seed in SEEDS {
        let refused = |mode| {
            let settings = Settings { soft_line: 0.25, ..settings(mode) };
            refused_lights(&play(&scenario(settings, &friends), 3, seed))
        };
        assert!(refused(Mode::Gentle) <= 0.01, "{}", refused(Mode::Gentle));
        assert_eq!(refused(Mode::Strict), 0.0);
    }
}

#[test]
fn friends_who_call_in_bursts_are_not_refused_within_their_shares() {
    let minutes = SignedDuration::from_mins;
    let bursty = |friend, from| Trace {
        agents: 3,
        from: minutes(from),
        bursts: Some((minutes(6), minutes(70))),
        pause: SignedDuration::from_secs(15),
        ..greedy(friend)
    };
    let friends = [greedy(1), bursty(2, 1), bursty(3, 20), bursty(4, 45)];

    for seed in SEEDS {
        let refused = |mode| refused_lights(&play(&scenario(settings(mode), &friends), 3, seed));
        assert!(refused(Mode::Off) > 0.01, "without a share they starve");
        assert!(refused(Mode::Gentle) <= 0.01, "{}", refused(Mode::Gentle));
        assert_eq!(refused(Mode::Strict), 0.0);
    }
}

#[test]
fn who_is_alone_is_served_exactly_as_without_a_share() {
    let friends = [greedy(1), idle(2), idle(3)];

    for seed in SEEDS {
        let without = play(&scenario(settings(Mode::Off), &friends), 3, seed);
        assert_eq!(play(&scenario(settings(Mode::Gentle), &friends), 3, seed), without);
        assert_eq!(play(&scenario(settings(Mode::Strict), &friends), 3, seed), without);
        assert_eq!(without.filled.len(), 3, "the window is the limit");
    }
}

#[test]
fn who_comes_when_all_is_used_up_has_room_after_the_reset() {
    let late = Trace { from: SignedDuration::from_mins(90), ..light(2, 12) };

    for mode in [Mode::Gentle, Mode::Strict] {
        let outcome = play(&scenario(settings(mode), &[greedy(1), late.clone()]), 3, 7);

        let tally = &outcome.friends[1];
        assert_eq!(tally.refused_within(), 1, "told once to come back at the reset");
        let reset = Simulation::START + WINDOW;
        assert!(tally.first_served.is_some_and(|at| at < reset + SignedDuration::from_mins(1)));
    }
}

#[test]
fn who_comes_while_the_window_is_scarce_has_room_at_once() {
    let before = Trace { from: SignedDuration::from_mins(40), ..light(3, 12) };
    let friends = [greedy(1), light(2, 12), before];

    for mode in [Mode::Gentle, Mode::Strict] {
        for seed in SEEDS {
            assert_eq!(refused_lights(&play(&scenario(settings(mode), &friends), 3, seed)), 0.0, "{mode}");
        }
    }
}

#[test]
fn what_the_owner_uses_outside_comes_out_of_the_reserve() {
    let friends = [greedy(1), light(2, 15)];

    for seed in SEEDS {
        for mode in [Mode::Gentle, Mode::Strict] {
            let settings = Settings { owner_reserve: 0.2, ..settings(mode) };
            let scenario = Scenario { outside: 0.2, ..scenario(settings, &friends) };
            let refused = refused_lights(&play(&scenario, 3, seed));
            assert!(refused <= if mode == Mode::Strict { 0.0 } else { 0.01 }, "{mode}: {refused}");
        }
    }
}

#[test]
fn two_who_are_always_hungry_end_by_their_shares() {
    let friends = [greedy(1), Trace { share: 3.0, ..greedy(2) }];
    let strict = Settings { soft_line: 0.5, ..settings(Mode::Strict) };

    for seed in SEEDS {
        let outcome = play(&scenario(strict, &friends), 3, seed);
        let part = ratio(outcome.friends[0].served, outcome.served_to_all());
        assert!((part - 0.25).abs() < 0.02, "{part}");

        // Up to the line nobody is slowed: until 60 % they have the same, and the rest is all the second one's.
        let outcome = play(&scenario(settings(Mode::Strict), &friends), 3, seed);
        let part = ratio(outcome.friends[0].served, outcome.served_to_all());
        assert!((part - 0.3).abs() < 0.02, "{part}");
    }
}

#[test]
fn when_all_are_hungry_next_to_nothing_is_left_unused() {
    let shared = |shares: &[f64]| -> Vec<_> {
        (1..).zip(shares).map(|(friend, share)| Trace { share: *share, ..greedy(friend) }).collect()
    };

    for shares in [&[1.0, 3.0][..], &[1.0, 1.0, 1.0, 1.0], &[1.0, 2.0, 3.0, 4.0, 5.0]] {
        let friends = shared(shares);
        for seed in SEEDS {
            let served = |mode| play(&scenario(settings(mode), &friends), 3, seed).served_to_all();
            let without = served(Mode::Off);
            assert!(ratio(served(Mode::Strict), without) >= 0.97, "{}", ratio(served(Mode::Strict), without));
            assert!(ratio(served(Mode::Gentle), without) >= 0.97, "{}", ratio(served(Mode::Gentle), without));
        }
    }
}

#[test]
fn what_light_friends_leave_is_lent_in_gentle() {
    let friends = [greedy(1), light(2, 5), light(3, 5), light(4, 5)];

    let served = |mode| play(&scenario(settings(mode), &friends), 4, 3).served_to_all();

    assert!(
        ratio(served(Mode::Gentle), served(Mode::Off)) > 0.95,
        "{}",
        ratio(served(Mode::Gentle), served(Mode::Off))
    );
    assert!(served(Mode::Strict) < served(Mode::Gentle));
}

#[test]
fn a_weeks_window_is_shared_beside_that_of_five_hours() {
    let friends = [greedy(1), light(2, 2), light(3, 2), light(4, 2)];
    let week = Allowance { hours: 168, capacity: PicoUsd(CAPACITY.0 * 6) };

    let with_a_week = |mode| {
        let one = scenario(settings(mode), &friends);
        Scenario { allowances: vec![one.allowances[0], week], ..one }
    };
    let weekly = |mode| refused_lights(&play(&with_a_week(mode), 33, 1));

    assert!(weekly(Mode::Off) > 0.0, "without a share they starve");
    assert_eq!(weekly(Mode::Strict), 0.0);
}
