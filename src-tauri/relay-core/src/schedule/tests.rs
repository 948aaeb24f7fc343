//! Tests of the choice.

use std::{sync::LazyLock, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::{
    prelude::{Just, prop, prop_assert, prop_assert_eq, prop_oneof, proptest},
    strategy::Strategy as _,
};

use super::*;
use crate::{dialect::messages::MESSAGES, provider::claude::CLAUDE, refusal::Retry};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);

fn candidate(id: i64) -> Candidate<'static> {
    Candidate {
        id: AccountId(id),
        name: "one",
        provider: &CLAUDE,
        kind: AccountKind::ApiKey,
        options: &OPTIONS,
        at: Address::Providers,
        held: None,
        priority: 50,
        in_flight: 0,
        max_concurrency: 0,
        used: 0,
        last_turn: 0,
        is_avoided: false,
    }
}

const SDK: Demand<'static> = Demand {
    dialect: &MESSAGES,
    operation: Operation::Generate,
    client: Client::Other,
    model: None,
    among: None,
    providers: None,
};

fn chosen(strategy: Strategy, candidates: &[Candidate<'_>]) -> i64 {
    choose(strategy, candidates, SDK, None, &[]).expect("one can serve").account.0
}

#[test]
fn whatever_the_strategy_the_lower_priority_number_wins() {
    let preferred = Candidate { priority: 10, in_flight: 9, used: 500, last_turn: 9, ..candidate(3) };
    for strategy in Strategy::ALL {
        assert_eq!(chosen(strategy, &[candidate(1), candidate(2), preferred.clone()]), 3, "{strategy}");
    }
}

#[test]
fn balanced_takes_the_least_busy_then_the_least_used_then_the_longest_unused() {
    let busy = Candidate { in_flight: 3, ..candidate(1) };
    let used = Candidate { used: 400, ..candidate(2) };
    let recent = Candidate { last_turn: 7, ..candidate(3) };

    assert_eq!(chosen(Strategy::Balanced, &[busy.clone(), used.clone()]), 2);
    assert_eq!(chosen(Strategy::Balanced, &[busy, used, recent.clone()]), 3);
    assert_eq!(chosen(Strategy::Balanced, &[recent, candidate(4)]), 4);
}

#[test]
fn fill_first_uses_one_up_before_the_next() {
    let used = Candidate { used: 400, in_flight: 5, ..candidate(2) };

    assert_eq!(chosen(Strategy::FillFirst, &[candidate(1), used]), 2);
    assert_eq!(chosen(Strategy::FillFirst, &[candidate(2), candidate(1)]), 1);
}

#[test]
fn round_robin_takes_turns() {
    let turn = |id, last_turn| Candidate { last_turn, ..candidate(id) };

    assert_eq!(chosen(Strategy::RoundRobin, &[turn(1, 3), turn(2, 1), turn(3, 2)]), 2);
}

#[test]
fn a_conversation_stays_where_it_is_and_moves_only_when_that_is_out() {
    let at = |held| {
        let home = Candidate { in_flight: 9, held, ..candidate(1) };
        choose(Strategy::Balanced, &[home, candidate(2)], SDK, Some(AccountId(1)), &[]).expect("one can serve")
    };

    assert_eq!(at(None), Choice { account: AccountId(1), because: Because::Affinity });
    let moved = at(Some(Reason::Limited(NOW)));
    assert_eq!(moved, Choice { account: AccountId(2), because: Because::Moved(AccountId(1)) });

    let full = Candidate { in_flight: 2, max_concurrency: 2, ..candidate(1) };
    let beside = choose(Strategy::Balanced, &[full, candidate(2)], SDK, Some(AccountId(1)), &[]);
    assert_eq!(beside.expect("one can").because, Because::Beside(AccountId(1)), "it comes back when there is room");
}

#[test]
fn a_crowded_account_serves_only_when_no_other_can() {
    let crowded = Candidate { is_avoided: true, priority: 1, ..candidate(1) };

    assert_eq!(chosen(Strategy::Balanced, &[crowded.clone(), candidate(2)]), 2);
    assert_eq!(chosen(Strategy::Balanced, &[crowded]), 1);
}

#[test]
fn a_subscription_serves_only_the_vendors_own_client() {
    let subscription = Candidate { kind: AccountKind::Oauth, ..candidate(1) };
    let claude_code = Demand { client: Client::ClaudeCode, ..SDK };

    assert!(choose(Strategy::Balanced, std::slice::from_ref(&subscription), claude_code, None, &[]).is_ok());
    let refusal = choose(Strategy::Balanced, &[subscription], SDK, None, &[]).expect_err("refused");
    assert_eq!((refusal.status().as_u16(), refusal.retry(NOW)), (403, Retry::Never));
    let text = refusal.describe(NOW, &TimeZone::UTC);
    assert!(text.contains("serve only Claude Code"), "{text}");
}

#[test]
fn counting_tokens_takes_no_place() {
    let full = Candidate { in_flight: 1, max_concurrency: 1, ..candidate(1) };
    let counting = Demand { operation: Operation::CountTokens, ..SDK };

    assert!(choose(Strategy::Balanced, std::slice::from_ref(&full), counting, None, &[]).is_ok());
    let refusal = choose(Strategy::Balanced, &[full], SDK, None, &[]).expect_err("it is full");
    assert!(refusal.is_busy());
    assert_eq!(refusal.retry(NOW), Retry::After(Duration::from_secs(5)));
}

#[test]
fn a_key_that_is_bound_to_accounts_uses_no_other() {
    let among = [AccountId(2)];
    let bound = Demand { among: Some(&among), ..SDK };

    let choice = choose(Strategy::Balanced, &[candidate(1), candidate(2)], bound, Some(AccountId(1)), &[]);

    assert_eq!(choice.expect("one can").account, AccountId(2));
}

#[test]
fn a_key_that_may_use_no_account_of_the_provider_is_told_so() {
    let allowed = ["openai".to_owned()];
    let restricted = Demand { providers: Some(&allowed), ..SDK };

    let refusal = choose(Strategy::Balanced, &[candidate(1)], restricted, None, &[]).expect_err("it is Claude's");

    assert_eq!((refusal.status().as_u16(), refusal.retry(NOW)), (403, Retry::Never));
    assert!(
        choose(
            Strategy::Balanced,
            &[candidate(1)],
            Demand { providers: Some(&["claude".to_owned()]), ..SDK },
            None,
            &[]
        )
        .is_ok()
    );
}

#[test]
fn who_is_over_their_share_is_told_how_much_it_is_and_when_there_is_room() {
    let soon = NOW + SignedDuration::from_secs(20);
    let over = |until| Reason::OverShare(OverShare { until, used: 340, entitled: 250 });
    let held = |reason| Candidate { held: Some(reason), ..candidate(1) };
    let later = NOW + SignedDuration::from_hours(3);

    let refusal = choose(Strategy::Balanced, &[held(over(later)), held(over(soon))], SDK, None, &[]).expect_err("over");
    assert_eq!(refusal.status(), http::StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refusal.retry(NOW), Retry::After(Duration::from_secs(20)));
    assert!(refusal.may_wait(NOW, Duration::from_secs(30)) && !refusal.may_wait(NOW, Duration::from_secs(10)));
    let text = refusal.describe(NOW, &TimeZone::UTC);
    assert!(text.starts_with("You have used 34 % of the subscription's window, of which your share is 25 %"), "{text}");
    assert!(text.contains("Try again at 00:00:20"), "{text}");

    let busy = Candidate { in_flight: 1, max_concurrency: 1, ..candidate(2) };
    let refusal = choose(Strategy::Balanced, &[held(over(later)), busy], SDK, None, &[]).expect_err("busy");
    assert_eq!(refusal.status(), http::StatusCode::SERVICE_UNAVAILABLE, "the other account will be free sooner");
}

#[test]
fn a_refusal_counts_each_accounts_reason_and_tells_when_the_first_is_back() {
    let held = |reason: Reason| Candidate { held: Some(reason), ..candidate(1) };
    let noon = NOW + SignedDuration::from_hours(12);
    let refused = |reasons: Vec<Reason>| {
        let candidates: Vec<_> = reasons.into_iter().map(held).collect();
        choose(Strategy::Balanced, &candidates, SDK, None, &[]).expect_err("refused")
    };

    let for_good = refused(vec![Reason::Paused, Reason::NeedsLogin, Reason::NeedsLogin]);
    let text = for_good.describe(NOW, &TimeZone::UTC);
    assert!(text.contains("1 paused, 2 needs login. Ask the owner"), "{text}");
    assert_eq!(for_good.retry(NOW), Retry::Never, "only the owner can mend this");

    let later = noon + SignedDuration::from_hours(36);
    let for_now = refused(vec![Reason::Limited(later), Reason::Cooling(noon), Reason::NeedsLogin]);
    let text = for_now.describe(NOW, &TimeZone::UTC);
    let expected = "1 limited until 1970-01-03 00:00, 1 cooling until 12:00, 1 needs login. Try again at 12:00.";
    assert!(text.ends_with(expected), "{text}");
    assert_eq!(for_now.retry(NOW), Retry::After(Duration::from_secs(12 * 3600)));
}

fn any_candidate() -> impl proptest::strategy::Strategy<Value = Candidate<'static>> {
    let held = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Reason::Paused)),
        1 => Just(Some(Reason::NeedsLogin)),
        1 => Just(Some(Reason::Limited(NOW))),
        1 => Just(Some(Reason::Cooling(NOW))),
    ];
    (held, 0..3_i64, 0..3_u32, 0..3_u32, 0..1000_u16, 0..9_u64, prop::bool::ANY).prop_map(
        |(held, priority, in_flight, max_concurrency, used, last_turn, is_avoided)| Candidate {
            held,
            priority,
            in_flight,
            max_concurrency,
            used,
            last_turn,
            is_avoided,
            ..candidate(0)
        },
    )
}

proptest! {
    #[test]
    fn an_account_that_is_out_is_never_chosen_a_free_one_is_always_found_and_affinity_holds(
        mut candidates in prop::collection::vec(any_candidate(), 0..6),
        tried in prop::collection::vec(0..6_i64, 0..3),
        place in prop::option::of(0..6_i64),
        strategy in prop::sample::select(Strategy::ALL.to_vec()),
    ) {
        for (id, candidate) in (0..).zip(&mut candidates) {
            candidate.id = AccountId(id);
        }
        let tried: Vec<_> = tried.into_iter().map(AccountId).collect();
        let place = place.map(AccountId);
        let can_serve = |candidate: &Candidate<'_>| {
            candidate.held.is_none()
                && !tried.contains(&candidate.id)
                && (candidate.max_concurrency == 0 || candidate.in_flight < candidate.max_concurrency)
        };

        match choose(strategy, &candidates, SDK, place, &tried) {
            Ok(choice) => {
                let chosen = candidates.iter().find(|candidate| candidate.id == choice.account).expect("one of them");
                prop_assert!(can_serve(chosen));
                let home = candidates.iter().find(|candidate| Some(candidate.id) == place);
                if let Some(home) = home.filter(|home| can_serve(home) && !home.is_avoided) {
                    prop_assert_eq!(choice, Choice { account: home.id, because: Because::Affinity });
                }
            }
            Err(_) => prop_assert!(!candidates.iter().any(can_serve)),
        }
    }
}

#[test]
fn a_model_that_no_account_has_is_named_with_those_that_resemble_it() {
    let options = Options { models: vec!["claude-haiku-4-5".parse().expect("a pattern")], ..Options::default() };
    let listed = Candidate { options: &options, ..candidate(1) };
    let asks = |model| Demand { model: Some(model), ..SDK };
    let choose = |candidates: &[Candidate<'_>], model| choose(Strategy::Balanced, candidates, asks(model), None, &[]);

    assert!(choose(std::slice::from_ref(&listed), "claude-haiku-4-5").is_ok());
    assert!(choose(&[candidate(1)], "claude-sonnet-9").is_ok(), "new models come out every month");
    assert!(choose(&[Candidate { at: Address::Owners, ..candidate(1) }], "gpt-5").is_ok());

    let none = choose(&[listed, candidate(2)], "gpt-5").expect_err("no account has it");
    assert_eq!(none.status(), http::StatusCode::NOT_FOUND);
    assert_eq!(none.retry(NOW), Retry::Never);
    let said = none.about_model(Some("gpt-5"), vec!["gpt-5.5".to_owned()]).describe(NOW, &TimeZone::UTC);
    assert_eq!(said, "No account here has the model 'gpt-5'. Near to it are: gpt-5.5.");
}

#[test]
fn a_subscription_serves_other_clients_only_when_its_owner_says_so() {
    let subscription = Candidate { kind: AccountKind::Oauth, ..candidate(1) };
    let open = Options { serves_any_client: true, ..Options::default() };

    assert!(choose(Strategy::Balanced, std::slice::from_ref(&subscription), SDK, None, &[]).is_err());
    assert!(choose(Strategy::Balanced, &[Candidate { options: &open, ..subscription }], SDK, None, &[]).is_ok());
}
