//! Every limit holds on every surface: the product of all paths a friend can call and of all limits an owner can set, on the
//! key and on the friend.

use std::num::{NonZeroU32, NonZeroU64};

use carpool_core::{limits::Limits, price::PicoUsd};
use carpool_relay::{
    pretend::{Behaviour, Gate},
    store::{client_keys, friends},
};
use http::Method;

use crate::{
    caller::{Ask, Whole},
    relay::{NOW, TestRelay, prompt, until},
};

/// The shape a refusal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Anthropic,
    OpenAi,
    Google,
}

/// A path a friend can call.
struct Surface {
    targets: &'static [&'static str],
    method: Method,
    body: &'static str,
    shape: Shape,
    /// Whether providers charge for it: only then it takes a place, tokens and money.
    is_charged: bool,
    /// Whether it names a model.
    has_model: bool,
}

const MESSAGE: &str = r#"{"model":"claude-sonnet-4-5","max_tokens":64,"messages":[{"role":"user","content":"hello"}]}"#;
const RESPONSE: &str = r#"{"model":"gpt-5.2","input":"hello"}"#;
const CHAT: &str = r#"{"model":"gpt-4.1","messages":[{"role":"user","content":"hello"}]}"#;
const CONTENT: &str = r#"{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}"#;
const ENVELOPE: &str =
    r#"{"model":"gemini-2.5-pro","request":{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}}"#;

fn surfaces() -> Vec<Surface> {
    let charged = |targets, body, shape| Surface {
        targets,
        method: Method::POST,
        body,
        shape,
        is_charged: true,
        has_model: true,
    };
    let counted = |targets, body, shape| Surface { is_charged: false, ..charged(targets, body, shape) };
    let listed =
        |targets, shape| Surface { targets, method: Method::GET, body: "", shape, is_charged: false, has_model: false };
    vec![
        charged(
            &["/v1/messages", "/api/v1/messages?beta=true", "/claude/v1/messages", "/droid/claude/v1/messages"],
            MESSAGE,
            Shape::Anthropic,
        ),
        charged(
            &["/v1/responses", "/openai/v1/responses", "/openai/responses", "/droid/openai/v1/responses"],
            RESPONSE,
            Shape::OpenAi,
        ),
        charged(
            &[
                "/v1/chat/completions",
                "/openai/v1/chat/completions",
                "/openai/chat/completions",
                "/droid/comm/v1/chat/completions",
                "/azure/openai/deployments/gpt-4.1/chat/completions?api-version=2025-04-01-preview",
            ],
            CHAT,
            Shape::OpenAi,
        ),
        charged(
            &["/v1/embeddings", "/openai/v1/embeddings"],
            r#"{"model":"text-embedding-3-small","input":"a"}"#,
            Shape::OpenAi,
        ),
        charged(
            &[
                "/v1beta/models/gemini-2.5-flash:generateContent",
                "/gemini/v1beta/models/gemini-2.5-flash:generateContent",
                "/gemini/v1/models/gemini-2.5-flash:generateContent",
                "/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            ],
            CONTENT,
            Shape::Google,
        ),
        charged(
            &["/v1internal:generateContent", "/gemini/v1internal:streamGenerateContent?alt=sse"],
            ENVELOPE,
            Shape::Google,
        ),
        counted(&["/v1/messages/count_tokens", "/api/v1/messages/count_tokens?beta=true"], MESSAGE, Shape::Anthropic),
        counted(&["/gemini/v1beta/models/gemini-2.5-flash:countTokens"], CONTENT, Shape::Google),
        listed(&["/api/v1/models", "/claude/v1/models"], Shape::Anthropic),
        listed(&["/openai/v1/models", "/openai/models"], Shape::OpenAi),
        listed(&["/gemini/v1beta/models"], Shape::Google),
    ]
}

/// A limit, how it is reached, and how a call is refused then.
struct Case {
    name: &'static str,
    limits: fn(&mut Limits),
    status: u16,
    /// Which surfaces it is about.
    concerns: fn(&Surface) -> bool,
    reached: Reached,
    /// Whether it ends by itself: then the answer says when.
    ends: bool,
}

/// What has to happen first.
enum Reached {
    Always,
    ByOneCall,
    WhileOneIsUnderWay,
}

fn cases() -> Vec<Case> {
    let everywhere: fn(&Surface) -> bool = |_| true;
    let charged: fn(&Surface) -> bool = |surface| surface.is_charged;
    let with_model: fn(&Surface) -> bool = |surface| surface.has_model;
    let case = |name, limits: fn(&mut Limits), status, concerns, ends| {
        let reached = match status {
            403 => Reached::Always,
            _ if name == "concurrency" => Reached::WhileOneIsUnderWay,
            _ => Reached::ByOneCall,
        };
        Case { name, limits, status, concerns, reached, ends }
    };
    vec![
        case("rpm", |limits| limits.rpm = NonZeroU32::new(1), 429, everywhere, true),
        case("tpm", |limits| limits.tpm = NonZeroU64::new(1), 429, charged, true),
        case("concurrency", |limits| limits.concurrency = NonZeroU32::new(1), 429, charged, true),
        case("cap_5h", |limits| limits.cap_5h = Some(PicoUsd(1)), 402, charged, true),
        case("cap_day", |limits| limits.cap_day = Some(PicoUsd(1)), 402, charged, true),
        case("cap_week", |limits| limits.cap_week = Some(PicoUsd(1)), 402, charged, true),
        case("cap_month", |limits| limits.cap_month = Some(PicoUsd(1)), 402, charged, true),
        case("cap_total", |limits| limits.cap_total = Some(PicoUsd(1)), 402, charged, false),
        case("allow_models", |limits| limits.allow_models = vec!["nothing-*".parse().unwrap()], 403, with_model, false),
        case("deny_models", |limits| limits.deny_models = vec!["*".parse().unwrap()], 403, with_model, false),
        case("allow_providers", |limits| limits.allow_providers = vec!["nobody".to_owned()], 403, with_model, false),
        case(
            "allow_clients",
            |limits| limits.allow_clients = vec!["codex".to_owned().try_into().unwrap()],
            403,
            everywhere,
            false,
        ),
        case("allow_ips", |limits| limits.allow_ips = vec!["10.0.0.0/8".parse().unwrap()], 403, everywhere, false),
        case(
            "quiet",
            |limits| limits.quiet = vec!["00:00-12:00".parse().unwrap(), "12:00-23:59".parse().unwrap()],
            403,
            everywhere,
            true,
        ),
    ]
}

/// Whose limits they are.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Key,
    Friend,
}

#[tokio::test]
async fn every_limit_of_a_key_holds_on_every_surface() {
    for case in cases() {
        hold(&case, Whose::Key).await;
    }
}

#[tokio::test]
async fn every_limit_of_a_friend_holds_on_every_surface() {
    for case in cases() {
        hold(&case, Whose::Friend).await;
    }
}

async fn hold(case: &Case, whose: Whose) {
    let relay = TestRelay::start().await;
    set(&relay, case, whose).await;
    let gate = Gate::default();
    let under_way = match case.reached {
        Reached::Always => None,
        Reached::ByOneCall => {
            assert_eq!(relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status, 200);
            None
        }
        Reached::WhileOneIsUnderWay => {
            relay.pretend.next(Behaviour::behind(&gate));
            Some(tokio::spawn(relay.call(prompt("claude-sonnet-4-5", "hello")).send()))
        }
    };
    let seen = usize::from(!matches!(case.reached, Reached::Always));
    until("the limit is reached", async || relay.pretend.requests().len() == seen).await;

    for surface in surfaces().iter().filter(|surface| (case.concerns)(surface)) {
        for target in surface.targets {
            let answer = ask(&relay, surface, target).send().await.whole().await;
            assert_refused(&answer, case, surface, &format!("{} of the {whose:?} at {target}", case.name));
        }
    }

    assert_eq!(relay.pretend.requests().len(), seen, "{}: something went upstream", case.name);
    gate.open();
    if let Some(under_way) = under_way {
        assert_eq!(under_way.await.unwrap().whole().await.status, 200, "{}: what was let in is served", case.name);
    }
    relay.finish().await;
}

async fn set(relay: &TestRelay, case: &Case, whose: Whose) {
    let mut limits = Limits::default();
    (case.limits)(&mut limits);
    let pool = relay.around().store.pool();
    match whose {
        Whose::Key => client_keys::set_limits(pool, 1, &limits).await.unwrap(),
        Whose::Friend => friends::set_limits(pool, 1, &limits).await.unwrap(),
    }
    relay.house.reload().await.unwrap();
}

fn ask(relay: &TestRelay, surface: &Surface, target: &str) -> Ask {
    let ask = Ask::bare(relay.address, Method::GET, target).header("x-api-key", &relay.key);
    let ask = if surface.shape == Shape::Anthropic { ask.header("anthropic-version", "2023-06-01") } else { ask };
    if surface.method == Method::POST { ask.posting(surface.body) } else { ask }
}

fn assert_refused(answer: &Whole, case: &Case, surface: &Surface, what: &str) {
    assert_eq!(answer.status.as_u16(), case.status, "{what}: {}", answer.text());
    let body = answer.json();
    let message = match surface.shape {
        Shape::Anthropic => {
            assert_eq!(body["type"], "error", "{what}: {body}");
            &body["error"]["message"]
        }
        Shape::OpenAi => {
            assert!(body["error"]["type"].is_string(), "{what}: {body}");
            &body["error"]["message"]
        }
        Shape::Google => {
            assert_eq!(body["error"]["code"], case.status, "{what}: {body}");
            &body["error"]["message"]
        }
    };
    assert!(message.as_str().is_some_and(|message| message.len() > 20), "{what}: {body}");
    let retry_after = answer.headers.get("retry-after").map(|value| value.to_str().unwrap().parse::<i64>().unwrap());
    if case.ends {
        assert!(retry_after.is_some_and(|seconds| (1..=NOW).contains(&seconds)), "{what}: {:?}", answer.headers);
        let is_long = retry_after > Some(120);
        assert_eq!(answer.headers.contains_key("x-should-retry"), is_long, "{what}: {retry_after:?}");
    } else {
        assert_eq!(answer.header("x-should-retry"), "false", "{what}");
        assert_eq!(retry_after, None, "{what}");
    }
    assert!(answer.header("x-carpool-call").starts_with("call_"), "{what}");
}
