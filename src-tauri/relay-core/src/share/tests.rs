//! Verdicts on single calls, by examples and by laws.

use proptest::prelude::*;

use super::*;

/// A percent of the window.
const PERCENT: i64 = 1_000_000;
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn mins(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn percent(percent: i64) -> PicoUsd {
    PicoUsd(percent * PERCENT)
}

fn member(friend: i64, used: i64) -> MemberView {
    MemberView {
        friend,
        share: 1.0,
        used: percent(used),
        in_flight: PicoUsd(0),
        last_call: Some(NOW - mins(5)),
        is_paused: false,
    }
}

/// A 5-hour window half of whose time is over.
fn view(used: i64, members: &[MemberView]) -> WindowView {
    WindowView {
        hours: 5,
        family: None,
        used: used as f64 / 100.0,
        reported_at: NOW,
        settled_since: PicoUsd(0),
        resets_at: Some(NOW + mins(150)),
        capacity: Some(percent(100)),
        members: members.to_vec(),
    }
}

fn mode(mode: Mode) -> Settings {
    Settings { mode, ..Settings::default() }
}

fn over_until(verdict: Verdict) -> Option<SignedDuration> {
    match verdict {
        Verdict::Over { until, .. } => Some(until.duration_since(NOW)),
        Verdict::Free | Verdict::Within | Verdict::Lent => None,
    }
}

#[test]
fn below_the_line_and_for_who_is_alone_everything_is_free() {
    let two = [member(1, 50), member(2, 5)];
    let alone = [member(1, 95), MemberView { last_call: None, ..member(2, 0) }];
    let asks = |settings, view: &WindowView| decide(&settings, view, 1, percent(1), NOW);

    assert_eq!(asks(mode(Mode::Strict), &view(55, &two)), Verdict::Free);
    assert_eq!(asks(mode(Mode::Strict), &view(98, &alone)), Verdict::Free);
    assert_eq!(decide(&mode(Mode::Strict), &view(98, &alone), 1, percent(50), NOW), Verdict::Free);
    assert_eq!(asks(mode(Mode::Off), &view(99, &two)), Verdict::Free);
    assert_eq!(asks(mode(Mode::Strict), &WindowView { resets_at: Some(NOW), ..view(99, &two) }), Verdict::Free);
}

#[test]
fn what_is_left_of_the_others_shares_is_kept_for_them() {
    let friends = [member(1, 40), member(2, 15), member(3, 10)];
    let asks = |mode_of, friend| decide(&mode(mode_of), &view(65, &friends), friend, percent(1), NOW);

    let verdict = asks(Mode::Strict, 1);
    let Verdict::Over { until, used_fraction, entitled_fraction } = verdict else { panic!("{verdict:?}") };
    assert_eq!(until, NOW + mins(150));
    assert!((used_fraction - 0.4).abs() < 1e-9 && (entitled_fraction - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(asks(Mode::Strict, 2), Verdict::Within);

    // At an even pace each of the others uses no more than half a share in half of the time: 17 % and 17 %.
    let room = over_until(asks(Mode::Gentle, 1)).expect("65 % and 33 % and the rounding leave no room");
    assert!(room > mins(0) && room < mins(10), "{room}");
    assert_eq!(decide(&mode(Mode::Gentle), &view(65, &friends), 1, PicoUsd(0), NOW + room), Verdict::Lent);
}

#[test]
fn who_called_long_ago_has_no_claim() {
    let gone = |minutes| MemberView { last_call: Some(NOW - mins(minutes)), ..member(2, 0) };
    let asks =
        |mode_of, minutes| decide(&mode(mode_of), &view(70, &[member(1, 70), gone(minutes)]), 1, percent(1), NOW);

    assert_eq!(over_until(asks(Mode::Gentle, 50)), Some(mins(10)));
    assert_eq!(asks(Mode::Gentle, 60), Verdict::Free);
    assert_eq!(over_until(asks(Mode::Strict, 60)), Some(mins(150)));
    assert_eq!(over_until(asks(Mode::Strict, 590)), Some(mins(10)));
    assert_eq!(asks(Mode::Strict, 600), Verdict::Free);
}

#[test]
fn a_week_counts_presence_in_days() {
    let gone = |hours| MemberView { last_call: Some(NOW - SignedDuration::from_hours(hours)), ..member(2, 0) };
    let week = |hours| WindowView { hours: 168, ..view(70, &[member(1, 70), gone(hours)]) };
    let asks = |mode_of, hours| decide(&mode(mode_of), &week(hours), 1, percent(1), NOW).admits();

    assert!(asks(Mode::Gentle, 24) && !asks(Mode::Strict, 24));
    assert!(asks(Mode::Strict, 168));
    assert!(
        !decide(&mode(Mode::Gentle), &WindowView { resets_at: Some(NOW + mins(9000)), ..week(23) }, 1, percent(1), NOW)
            .admits()
    );
}

#[test]
fn who_is_paused_leaves_their_share_to_the_others() {
    let paused = MemberView { is_paused: true, ..member(3, 0) };
    let view = view(70, &[member(1, 45), member(2, 25), paused]);

    assert_eq!(decide(&mode(Mode::Strict), &view, 1, percent(5), NOW), Verdict::Within);
    let split = split(&view, &mode(Mode::Strict), NOW);
    assert_eq!(split.parts[2].entitled_fraction, 0.0);
    assert_eq!(split.parts[0].entitled_fraction, 0.5);
}

#[test]
fn the_owners_reserve_is_kept_and_what_they_used_is_out_of_it_first() {
    let settings = Settings { owner_reserve: 0.2, ..mode(Mode::Strict) };
    let alone = |used, mine| view(used, &[member(1, mine)]);
    let asks = |view: &WindowView| decide(&settings, view, 1, percent(1), NOW);

    assert_eq!(asks(&alone(75, 75)), Verdict::Within);
    assert_eq!(over_until(asks(&alone(82, 82))), Some(mins(150)));
    assert_eq!(asks(&alone(98, 75)), Verdict::Free, "the owner has had more than the reserve");
    let parts = split(&alone(95, 65), &settings, NOW);
    assert!((parts.outside - 0.3).abs() < 1e-9);
    assert!((parts.parts[0].entitled_fraction - 0.7).abs() < 1e-9, "what goes beyond is the friends' loss");
}

#[test]
fn without_a_known_worth_what_is_used_is_divided_by_cost() {
    let view = WindowView { capacity: None, ..view(80, &[member(1, 30), member(2, 10)]) };

    let split = split(&view, &mode(Mode::Strict), NOW);

    let used: Vec<_> = split.parts.iter().map(|part| (part.used_fraction * 1000.0).round()).collect();
    assert_eq!((used, split.outside), (vec![600.0, 200.0], 0.0));
    assert_eq!(decide(&mode(Mode::Strict), &view, 2, percent(1), NOW), Verdict::Within);
    assert!(!decide(&mode(Mode::Strict), &view, 1, percent(1), NOW).admits());
}

#[test]
fn where_the_end_is_not_known_nobody_is_stuck() {
    let friends = [member(1, 70), member(2, 0)];
    let unknown = WindowView { resets_at: None, ..view(70, &friends) };
    let asks = |view: &WindowView, now| decide(&mode(Mode::Strict), view, 1, percent(1), now);

    assert_eq!(over_until(asks(&unknown, NOW)), Some(UNKNOWN_END_WAIT));
    assert_eq!(asks(&unknown, NOW + mins(300)), Verdict::Free);
}

#[test]
fn the_worst_window_that_concerns_a_call_counts() {
    let friends = [member(1, 70), member(2, 0)];
    let opus = WindowView { family: Some("opus".to_owned()), resets_at: Some(NOW + mins(200)), ..view(90, &friends) };
    let all = [view(70, &friends), opus, view(10, &friends)];
    let asks = |family| decide_all(&mode(Mode::Strict), &all, (1, family), percent(1), NOW);

    assert_eq!(over_until(asks(Some("opus"))), Some(mins(200)));
    assert_eq!(over_until(asks(Some("haiku"))), Some(mins(150)));
    assert_eq!(decide_all(&mode(Mode::Strict), &all[2..], (1, None), percent(1), NOW), Verdict::Free);
}

#[test]
fn a_mode_is_its_word() {
    for mode in Mode::ALL {
        assert_eq!(mode.to_string().parse::<Mode>().ok(), Some(mode));
    }
    assert!("fair".parse::<Mode>().is_err());
}

prop_compose! {
    fn any_member()(
        share in 0.1..5.0_f64,
        used in 0..60_i64,
        in_flight in 0..5_i64,
        ago in prop::option::of(0..700_i64),
        is_paused in prop::bool::weighted(0.1),
    ) -> MemberView {
        let last_call = ago.map(|minutes| NOW - mins(minutes));
        MemberView { share, in_flight: percent(in_flight), last_call, is_paused, ..member(0, used) }
    }
}

prop_compose! {
    fn any_view()(
        mut members in prop::collection::vec(any_member(), 1..6),
        used in 0..105_i64,
        since in 0..5_i64,
        left in prop::option::of(1..18_000_000_i64),
        age in 0..250_i64,
        capacity in prop::option::of(50..200_i64),
    ) -> WindowView {
        for (friend, member) in (1..).zip(&mut members) {
            member.friend = friend;
        }
        WindowView {
            settled_since: percent(since),
            reported_at: NOW - mins(age),
            resets_at: left.map(|millis| NOW + SignedDuration::from_millis(millis)),
            capacity: capacity.map(percent),
            ..view(used, &members)
        }
    }
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let modes = prop::sample::select(vec![Mode::Gentle, Mode::Strict]);
    (modes, 0.0..0.9_f64, prop_oneof![Just(0.0), 0.0..MOST_RESERVED])
        .prop_map(|(mode, soft_line, owner_reserve)| Settings { mode, soft_line, owner_reserve })
}

proptest! {
    #[test]
    fn the_parts_are_never_more_than_what_is_used_or_than_there_is(view in any_view(), settings in any_settings()) {
        let split = split(&view, &settings, NOW);

        let used: f64 = split.parts.iter().map(|part| part.used_fraction).sum();
        prop_assert!((used + split.outside - split.used).abs() < 1e-9);
        let entitled: f64 = split.parts.iter().map(|part| part.entitled_fraction).sum();
        prop_assert!(entitled <= 1.0 - settings.owner_reserve + 1e-9);
    }

    #[test]
    fn a_call_within_its_friends_own_share_is_never_refused(
        view in any_view(), settings in any_settings(), estimate in 0..20 * PERCENT,
    ) {
        let usage = Usage::of(&view);
        let entitled = Entitled::of(&view, &usage, &settings);

        for member in &view.members {
            if usage.by_now(member) + usage.estimated(PicoUsd(estimate)) <= entitled.of_member(member) {
                prop_assert!(decide(&settings, &view, member.friend, PicoUsd(estimate), NOW).admits());
            }
        }
    }

    #[test]
    fn room_returns_exactly_when_it_is_said(
        view in any_view(), settings in any_settings(), estimate in 0..20 * PERCENT,
    ) {
        let at = |now| decide(&settings, &view, 1, PicoUsd(estimate), now);

        if let Verdict::Over { until, .. } = at(NOW) {
            prop_assert!(until > NOW && until <= view.end());
            if view.resets_at.is_some() {
                prop_assert!(at(until).admits());
            }
            let before = until - SignedDuration::from_secs(1);
            prop_assert!(before <= NOW || !at(before).admits());
        }
    }

    #[test]
    fn a_cheaper_call_is_never_refused_where_a_dearer_one_is_not(
        view in any_view(), settings in any_settings(), one in 0..20 * PERCENT, other in 0..20 * PERCENT,
    ) {
        let verdict = |estimate| decide(&settings, &view, 1, PicoUsd(estimate), NOW);

        let (cheap, dear) = (verdict(one.min(other)), verdict(one.max(other)));
        prop_assert!(cheap.gravity().0 <= dear.gravity().0, "{cheap:?} {dear:?}");
    }

    #[test]
    fn who_is_alone_is_never_slowed(view in any_view(), settings in any_settings(), estimate in 0..200 * PERCENT) {
        let settings = Settings { owner_reserve: 0.0, ..settings };
        let members = view.members.iter().map(|member| MemberView {
            last_call: member.last_call.filter(|_| member.friend == 1),
            in_flight: if member.friend == 1 { member.in_flight } else { PicoUsd(0) },
            ..member.clone()
        });
        let view = WindowView { members: members.collect(), ..view.clone() };

        prop_assert_eq!(decide(&settings, &view, 1, PicoUsd(estimate), NOW), Verdict::Free);
    }
}
