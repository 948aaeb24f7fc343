//! Tests of what lets a call in or keeps it out by what it is, not by how much: client, address, hour, model.

use super::*;

fn enter(key: &str, friend: &str, user_agent: &str, address: &str) -> Result<(), Denied> {
    let (key, friend) = (limits(key), limits(friend));
    let subjects = [
        Subject { holder: Holder::Key(1), name: "laptop", limits: &key },
        Subject { holder: Holder::Friend(1), name: "Alex", limits: &friend },
    ];
    let arrival = Arrival { user_agent, address: address.parse().expect("an address") };
    may_enter(&subjects, &arrival, noon(), &TimeZone::UTC)
}

#[test]
fn only_the_clients_that_are_allowed_come_in() {
    let only = r#"{"allow_clients":["claude-code","opencode/"]}"#;

    assert_eq!(enter(only, "{}", "claude-cli/2.1.329 (external, cli)", "::1"), Ok(()));
    assert_eq!(enter(only, "{}", "opencode/1.18", "::1"), Ok(()));
    let denied = enter(only, "{}", "curl/8.9", "::1").expect_err("another client");

    let words = "Your key 'laptop' may only call with Claude Code, opencode/, and this is another client. Use one of \
                 them, or ask the owner to allow this one.";
    assert_eq!(told(&denied, noon()), (403, Retry::Never, words.to_owned()));
}

#[test]
fn only_the_addresses_that_are_allowed_come_in() {
    let only = r#"{"allow_ips":["10.0.0.0/8","2001:db8::/32"]}"#;

    for inside in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"] {
        assert_eq!(enter("{}", only, "", inside), Ok(()), "{inside}");
    }
    let denied = enter("{}", only, "", "::ffff:192.0.2.1").expect_err("another network");

    let words = "Your limit over all keys: you may not call from 192.0.2.1. Ask the owner to allow this address.";
    assert_eq!(told(&denied, noon()), (403, Retry::Never, words.to_owned()));
}

#[test]
fn quiet_hours_keep_calls_out_until_the_last_of_them_ends() {
    let denied = enter(r#"{"quiet":["11:00-13:00"]}"#, r#"{"quiet":["11:30-14:00"]}"#, "", "::1").expect_err("quiet");

    let words = "Your key 'laptop' may make no calls in quiet hours. Try again at 14:00.";
    assert_eq!(told(&denied, noon()), (403, in_seconds(7200), words.to_owned()));
    assert_eq!(enter(r#"{"quiet":["13:00-11:00"]}"#, "{}", "", "::1"), Ok(()));
}

#[test]
fn clients_come_before_addresses_and_those_before_hours() {
    let address = r#"{"allow_ips":["10.0.0.0/8"]}"#;
    let others = r#"{"allow_clients":["codex"],"quiet":["11:00-13:00"]}"#;

    let denied = enter(address, others, "curl/8", "::1").expect_err("denied");
    assert!(matches!(denied.why(), Why::Client { is: crate::call::Client::Other, .. }));
    let denied = enter(address, others, "codex_exec/1", "::1").expect_err("denied");
    assert!(matches!(denied.why(), Why::Address(_)));
    let denied = enter(address, others, "codex_exec/1", "10.0.0.1").expect_err("denied");
    assert!(matches!(denied.why(), Why::Quiet));
}

/// Whether a call that names these models is let through, with those limits of its key.
fn may_ask(limits_of_key: &str, operation: Operation, model: Option<&str>, other_models: &[&str]) -> bool {
    let other_models: Vec<_> = other_models.iter().map(|model| (*model).to_owned()).collect();
    let ask = Ask { operation, model, other_models: &other_models, estimate: Estimate::default() };
    Desk::with_key(limits(limits_of_key)).ask(&ask, noon()).is_ok()
}

#[test]
fn a_model_is_allowed_or_denied_however_its_name_is_written() {
    let limits = r#"{"allow_models":["claude-*","gpt-5"],"deny_models":["*opus*"]}"#;
    let cases = [
        ("claude-sonnet-4-5", true),
        ("Claude-Sonnet-4-5[1m]", true),
        ("gpt-5[200k]", true),
        ("models/gpt-5", true),
        ("gpt-5-mini", false),
        ("claude-opus-5", false),
        ("CLAUDE-OPUS-5[1m]", false),
        ("models/claude-opus-5", false),
        ("", false),
    ];

    for (model, is_allowed) in cases {
        for operation in [Operation::Generate, Operation::Embed, Operation::CountTokens] {
            assert_eq!(may_ask(limits, operation, Some(model), &[]), is_allowed, "{model}");
        }
        assert!(may_ask(limits, Operation::Aside, Some(model), &[]), "{model}");
    }
}

#[test]
fn models_that_may_answer_instead_are_asked_for_too() {
    let deny = r#"{"deny_models":["*opus*"]}"#;

    assert!(may_ask(deny, Operation::Generate, Some("sonnet"), &["haiku"]));
    assert!(!may_ask(deny, Operation::Generate, Some("sonnet"), &["haiku", "opus"]));
    assert!(!may_ask(deny, Operation::Generate, None, &["opus"]));
}

#[test]
fn a_call_that_names_no_model_is_refused_where_only_some_are_allowed() {
    assert!(!may_ask(r#"{"allow_models":["a"]}"#, Operation::Generate, None, &[]));
    assert!(may_ask(r#"{"allow_models":["a"]}"#, Operation::Generate, None, &["A"]));
    assert!(may_ask(r#"{"deny_models":["a"]}"#, Operation::Generate, None, &[]));
    assert!(may_ask(r#"{"allow_models":["a"]}"#, Operation::ListModels, None, &[]));
}

#[test]
fn who_asks_for_a_model_in_vain_is_told_which_there_are() {
    let words = |limits_of_key: &str, model| {
        let denied = Desk::with_key(limits(limits_of_key)).ask(&Ask { model, ..generate(0, cents(0)) }, noon());
        told(&denied.expect_err("denied"), noon())
    };

    let allowed = "Your key 'laptop' may not ask for the model 'opus[1m]'. Allowed are: haiku*, sonnet.";
    let limits = r#"{"allow_models":["haiku*","sonnet"]}"#;
    assert_eq!(words(limits, Some("opus[1m]")), (403, Retry::Never, allowed.to_owned()));
    let denied = "Your key 'laptop' may not ask for the model 'opus'. Use another model, or ask the owner.";
    assert_eq!(words(r#"{"deny_models":["opus"]}"#, Some("opus")).2, denied);
    let none = "Your key 'laptop' may ask for some models only, and this call names none. Allowed are: haiku*, sonnet.";
    assert_eq!(words(limits, None).2, none);
}
