//! Tests of [`super::Health`].

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const OPUS: Option<&str> = Some("opus");
const HAIKU: Option<&str> = Some("haiku");

fn after(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

fn failed() -> Finding {
    Finding::Failed("HTTP 500".to_owned())
}

fn limited(scope: Scope, until: Option<Timestamp>) -> Finding {
    Finding::Limited { scope, until, reason: "used up".to_owned() }
}

fn note(health: &mut Health, finding: &Finding, now: Timestamp) {
    health.note(finding, OPUS, Charged::Yes, now);
}

#[test]
fn an_overloaded_provider_is_left_alone_for_a_minute_and_each_time_twice_as_long_up_to_ten() {
    let mut health = Health::default();
    let mut now = NOW;
    for minutes in [1, 2, 4, 8, 10, 10] {
        note(&mut health, &Finding::Overloaded("HTTP 529".to_owned()), now);
        let until = health.held(now).expect("held").until;
        assert_eq!(until, now + SignedDuration::from_mins(minutes));
        now = until;
        assert_eq!(health.held(now), None, "it ends by itself");
    }
}

#[test]
fn a_failing_provider_is_left_alone_for_ten_seconds_doubling_to_five_minutes_and_a_success_forgets_it() {
    let mut health = Health::default();
    let mut now = NOW;
    for seconds in [10, 20, 40, 80, 160, 300, 300] {
        note(&mut health, &failed(), now);
        let until = health.held(now).expect("held").until;
        assert_eq!(until, now + SignedDuration::from_secs(seconds));
        now = until;
    }
    note(&mut health, &Finding::Served, now);
    note(&mut health, &failed(), now);
    assert_eq!(health.held(now).expect("held").until, now + SignedDuration::from_secs(10));
}

#[test]
fn many_calls_that_fail_together_are_one_failure() {
    let mut health = Health::default();
    for _ in 0..50 {
        note(&mut health, &failed(), NOW);
    }

    assert_eq!(health.held(NOW).expect("held").until, after(10));
}

#[test]
fn a_limit_lasts_until_the_reset_but_a_provider_is_not_believed_for_more_than_a_week() {
    let mut health = Health::default();
    note(&mut health, &limited(Scope::Account, Some(after(3600 * 5))), NOW);
    assert_eq!(health.reason_against(HAIKU, after(3600 * 5 - 1)), Some(Reason::Limited(after(3600 * 5))));
    assert_eq!(health.reason_against(HAIKU, after(3600 * 5)), None);

    note(&mut health, &limited(Scope::Account, Some(after(3600 * 24 * 365))), NOW);
    assert_eq!(health.held(NOW).expect("held").until, NOW + SignedDuration::from_hours(7 * 24 + 1));

    for unknown in [None, Some(after(-5))] {
        note(&mut health, &limited(Scope::Account, unknown), NOW);
        assert_eq!(health.held(NOW).expect("held").until, after(3600), "looked at again after an hour");
    }
}

#[test]
fn a_limit_of_a_model_family_leaves_the_others_alone() {
    let mut health = Health::default();
    note(&mut health, &limited(Scope::Family, Some(after(60))), NOW);

    assert_eq!(health.reason_against(OPUS, NOW), Some(Reason::Limited(after(60))));
    assert_eq!((health.reason_against(HAIKU, NOW), health.held(NOW)), (None, None));
    health.note(&Finding::Served, HAIKU, Charged::Yes, NOW);
    assert!(health.reason_against(OPUS, NOW).is_some(), "another family's success says nothing");
    health.note(&Finding::Served, OPUS, Charged::Yes, NOW);
    assert_eq!(health.reason_against(OPUS, NOW), None);
}

#[test]
fn a_call_that_costs_nothing_does_not_show_that_an_allowance_is_left() {
    let mut health = Health::default();
    note(&mut health, &limited(Scope::Account, Some(after(60))), NOW);
    note(&mut health, &Finding::SignedOut("401".to_owned()), NOW);

    health.note(&Finding::Served, None, Charged::No, NOW);

    assert_eq!(health.held(NOW).map(|hold| hold.kind), Some(HoldKind::Limited));
}

#[test]
fn the_third_refusal_in_a_row_blocks() {
    let forbidden = Finding::Forbidden("HTTP 403".to_owned());
    let mut health = Health::default();
    for finding in [&forbidden, &forbidden, &Finding::Served, &forbidden, &forbidden] {
        note(&mut health, finding, NOW);
        assert_eq!(health.held(NOW), None);
    }

    note(&mut health, &forbidden, NOW);

    assert_eq!(health.held(NOW).map(|hold| hold.kind), Some(HoldKind::Blocked));
    assert_eq!(health.due_for_test(after(60)), Some(HoldKind::Blocked), "they may have been about the calls");
}

#[test]
fn what_only_the_owner_can_mend_is_tested_again_every_hour() {
    let mut health = Health::default();
    note(&mut health, &Finding::SignedOut("401".to_owned()), NOW);

    assert_eq!(health.due_for_test(after(3599)), None);
    assert_eq!(health.due_for_test(after(3600)), Some(HoldKind::NeedsLogin));
    assert!(health.held(after(3600)).is_some(), "until the test shows that it is over");
    health.postpone_tests(after(3600));
    assert_eq!(health.due_for_test(after(7199)), None);
}

#[test]
fn a_crowded_account_is_not_held_and_only_for_a_minute_not_the_first_choice() {
    let mut health = Health::default();
    let day = Some(Duration::from_secs(86_400));
    note(&mut health, &Finding::Crowded { wait: day }, NOW);

    assert_eq!(health.held_for(OPUS, NOW), None);
    assert!(
        health.is_avoided(OPUS, after(59)) && !health.is_avoided(HAIKU, NOW) && !health.is_avoided(OPUS, after(60))
    );
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let text = || Just("why".to_owned());
    let until = prop::option::of((-100_000..10_000_000_i64).prop_map(after));
    prop_oneof![
        Just(Finding::Served),
        Just(Finding::CallersOwn),
        text().prop_map(Finding::SignedOut),
        text().prop_map(Finding::Forbidden),
        text().prop_map(Finding::Blocked),
        (prop_oneof![Just(Scope::Account), Just(Scope::Family)], until, text())
            .prop_map(|(scope, until, reason)| Finding::Limited { scope, until, reason }),
        prop::option::of((0..100_000_u64).prop_map(Duration::from_secs)).prop_map(|wait| Finding::Crowded { wait }),
        text().prop_map(Finding::BrokeOff),
        text().prop_map(Finding::Overloaded),
        text().prop_map(Finding::Failed),
    ]
}

proptest! {
    #[test]
    fn no_state_is_without_an_exit(
        events in prop::collection::vec((any_finding(), 0..2000_i64, prop::bool::ANY), 0..40),
    ) {
        let mut health = Health::default();
        let mut now = NOW;
        for (finding, seconds, opus) in events {
            health.note(&finding, if opus { OPUS } else { HAIKU }, Charged::Yes, now);
            now += SignedDuration::from_secs(seconds);
        }
        for hold in health.holds() {
            prop_assert!(hold.since <= now && !hold.reason.is_empty());
            prop_assert!(hold.until <= now + LONGEST_LIMIT, "every end is bounded");
        }
        let week = now + LONGEST_LIMIT;
        for family in [None, OPUS, HAIKU] {
            let is_free_or_tested = health.held_for(family, week).is_none_or(|hold| hold.kind.ends_by_test())
                && (health.held_for(family, week).is_none() || health.due_for_test(week).is_some());
            prop_assert!(is_free_or_tested, "time alone brings it back, or to a test");

            let mut served = health.clone();
            served.note(&Finding::Served, family, Charged::Yes, now);
            prop_assert_eq!(served.held_for(family, now), None, "a success brings it back");
        }
        health.clear();
        prop_assert_eq!(health, Health::default());
    }
}
