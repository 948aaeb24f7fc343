//! Forecasts against what really came, in simulated windows.

use super::*;
use crate::share::{
    Settings,
    simulator::{Allowance, Dice, Scenario, Simulation, Trace},
};

const CAPACITY: PicoUsd = PicoUsd(20_000_000_000_000);

fn mins(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Alone, so many programs fill the window in about six hours and a half, divided by their number.
fn trace(friend: i64, agents: u32) -> Trace {
    Trace {
        friend,
        share: 1.0,
        agents,
        cost: PicoUsd(20_000_000_000),
        lasts: SignedDuration::from_secs(20),
        pause: SignedDuration::from_secs(3),
        from: SignedDuration::ZERO,
        until: mins(100_000),
        bursts: None,
    }
}

fn scenario(friends: Vec<Trace>, outside: f64) -> Scenario {
    let settings = Settings { mode: crate::share::Mode::Off, ..Settings::default() };
    Scenario { settings, allowances: vec![Allowance { hours: 5, capacity: CAPACITY }], outside, friends }
}

/// The forecast in the middle, the time of it, and when the window really ended.
fn middle(scenario: &Scenario, seed: u64) -> (Forecast, Timestamp, Timestamp) {
    let mut whole = Simulation::new(scenario.clone(), &mut Dice::new(seed));
    whole.run_until(mins(300));
    let (ended, _) = *whole.outcome().filled.first().expect("the window is used up");

    let half = ended.duration_since(Simulation::START) / 2;
    let mut simulation = Simulation::new(scenario.clone(), &mut Dice::new(seed));
    simulation.run_until(half);
    let now = Simulation::START + half;
    let view = &simulation.views(now)[0];
    (forecast(view, &recent(view, simulation.burn(), now), now), now, ended)
}

/// How far the forecast is off, relative to the time that was left.
fn error(forecast: &Forecast, now: Timestamp, ended: Timestamp) -> f64 {
    let foretold = forecast.ends_at.expect("there is enough to go by").duration_since(now);
    let left = ended.duration_since(now);
    (foretold.as_secs_f64() / left.as_secs_f64() - 1.0).abs()
}

#[test]
fn where_the_pace_is_steady_the_end_is_foretold_within_15_percent() {
    let traces = [
        (vec![trace(1, 2)], 0.0),
        (vec![trace(1, 6)], 0.0),
        (vec![trace(1, 2), trace(2, 1), trace(3, 1), trace(4, 1)], 0.0),
        (vec![trace(1, 2), trace(2, 1)], 0.2),
        (vec![Trace { lasts: mins(3), cost: PicoUsd(160_000_000_000), ..trace(1, 2) }], 0.0),
    ];

    for (friends, outside) in traces {
        let scenario = scenario(friends, outside);
        for seed in 1..6 {
            let (forecast, now, ended) = middle(&scenario, seed);
            let error = error(&forecast, now, ended);
            assert!(error <= 0.15, "{error} {forecast:?} {ended}");
            assert!(forecast.earliest <= Some(ended), "{forecast:?} {ended}");
            assert!(forecast.latest.is_none_or(|latest| ended <= latest), "{forecast:?} {ended}");
            let reset = Simulation::START + mins(300);
            assert_eq!(forecast.before_reset, forecast.ends_at.map(|at| reset.duration_since(at)));
            assert!(forecast.used_at_reset.is_some_and(|used| used > 1.0));
        }
    }
}

#[test]
fn where_friends_call_in_bursts_the_range_contains_the_end() {
    let bursty = |friend, agents, from, lasts, period| Trace {
        from: mins(from),
        bursts: Some((mins(lasts), mins(period))),
        ..trace(friend, agents)
    };
    let traces = [
        vec![bursty(1, 9, 0, 15, 45)],
        vec![bursty(1, 6, 0, 20, 40), bursty(2, 4, 10, 10, 35)],
        vec![trace(1, 1), bursty(2, 8, 5, 10, 50), bursty(3, 6, 20, 10, 40)],
    ];

    for friends in traces {
        let scenario = scenario(friends, 0.0);
        for seed in 1..6 {
            let (forecast, _, ended) = middle(&scenario, seed);
            assert!(forecast.earliest.is_some_and(|earliest| earliest <= ended), "{forecast:?} {ended}");
            assert!(forecast.latest.is_none_or(|latest| ended <= latest), "{forecast:?} {ended}");
        }
    }
}

#[test]
fn who_drives_a_window_is_named_with_their_part_of_the_last_hour() {
    let (forecast, ..) = middle(&scenario(vec![trace(1, 1), trace(2, 3)], 0.0), 1);

    let (friend, part) = forecast.driver.expect("somebody burns");
    assert_eq!(friend, 2);
    assert!((part - 0.75).abs() < 0.05, "{part}");
}

#[test]
fn a_window_that_lasts_until_its_reset_has_no_end_but_a_level() {
    let scenario = scenario(vec![Trace { pause: SignedDuration::from_secs(120), ..trace(1, 4) }], 0.0);
    let mut simulation = Simulation::new(scenario, &mut Dice::new(1));
    simulation.run_until(mins(150));

    let now = Simulation::START + mins(150);
    let view = &simulation.views(now)[0];
    let forecast = forecast(view, &recent(view, simulation.burn(), now), now);

    assert_eq!((forecast.ends_at, forecast.latest, forecast.before_reset), (None, None, None));
    assert!(forecast.used_at_reset.is_some_and(|used| (used - 0.51).abs() < 0.06), "{forecast:?}");
}

#[test]
fn nothing_is_foretold_before_there_is_enough_to_go_by() {
    let mut simulation = Simulation::new(scenario(vec![trace(1, 6)], 0.0), &mut Dice::new(1));
    simulation.run_until(mins(4));

    let now = Simulation::START + mins(4);
    let view = &simulation.views(now)[0];
    let told = forecast(view, &recent(view, simulation.burn(), now), now);

    assert_eq!((told.ends_at, told.earliest, told.used_at_reset), (None, None, None));
    assert_eq!(told.driver.map(|(friend, _)| friend), Some(1));
}
