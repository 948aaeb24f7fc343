//! Code Assist's envelope: put around calls and taken off answers for clients of the public API, the other way round for the
//! Gemini CLI at an API key, and left alone between the CLI and Code Assist.

use carpool_core::provider::{Provider, code_assist::CODE_ASSIST, gemini::GEMINI};
use carpool_relay::pretend::{Behaviour, Step, Wait};

use crate::{
    caller::{Ask, Whole},
    fixtures::{self, Fixture},
    providers::{self, PAIRS, Pair, TURNED, add_first, user_agent},
    relay::TestRelay,
    verbatim,
};

const MODEL: &str = "gemini-2.5-pro";
/// What the client asks inside the envelope, or without one.
const BARE: &str = "{ \"contents\" :[{\"parts\":[{\"text\":\"caf\\u00e9 \\/ 🚗\"}]}],\r\n\"x\":1e2 }";

/// How a stream is asked for, and what is wrapped and what is not of the answer to it.
const STREAM: &str = "streamGenerateContent?alt=sse";

fn generate_content(file: &str) -> Fixture {
    fixtures::of(&carpool_core::dialect::generate_content::GENERATE_CONTENT, file)
}

async fn relay_with(provider: &'static Provider) -> TestRelay {
    let relay = providers::start().await;
    add_first(&relay, provider).await;
    relay
}

/// The Gemini CLI's call, for a method that the public API has too or for one of its own.
fn cli(relay: &TestRelay, method: &str, body: &str) -> Ask {
    TURNED[0].ask_for(relay, &format!("/v1internal:{method}"), body.to_owned())
}

/// A call of the public API, as an SDK sends it.
fn public(relay: &TestRelay, pair: &Pair, method: &str, body: &str) -> Ask {
    pair.ask_for(relay, &format!("/v1beta/models/{MODEL}:{method}"), body.to_owned())
}

/// What an answer's events hold, with the envelope put around each or taken off.
fn events(text: &str, turn: impl Fn(&str) -> String) -> String {
    let turned = text.split_inclusive('\n').map(|line| match line.strip_prefix("data: ") {
        Some(data) => format!("data: {}{}", turn(data.trim_end()), &line[line.trim_end().len()..]),
        None => line.to_owned(),
    });
    turned.collect()
}

fn unwrapped(data: &str) -> String {
    let inner = data.strip_prefix("{\"response\":").unwrap();
    inner[..inner.rfind(",\"traceId\"").unwrap()].to_owned()
}

fn wrapped(data: &str) -> String {
    format!("{{\"response\":{data}}}")
}

async fn answered(relay: &TestRelay, call: Ask, fixture: &Fixture) -> Whole {
    relay.pretend.next(fixture.behaviour());
    let answer = call.send().await.whole().await;
    assert_eq!((answer.status.as_u16(), answer.is_whole), (200, true), "{}", answer.text());
    let row = relay.rows().await.pop().unwrap();
    assert_eq!(row.outcome(), ("complete", Some(200), 1));
    assert_eq!(row.model.as_deref(), Some(MODEL));
    fixture.assert_told_by(&row, "an envelope");
    answer
}

#[tokio::test]
async fn a_call_of_the_public_api_is_put_into_an_envelope_for_code_assist_and_its_answer_taken_out() {
    let relay = relay_with(&CODE_ASSIST).await;
    for (method, file) in [("generateContent", "plain_wrapped.json"), (STREAM, "stream_wrapped.sse")] {
        let fixture = generate_content(file);

        let answer = answered(&relay, public(&relay, &TURNED[0], method, BARE), &fixture).await;

        let text = fixture.text();
        let expected = if fixture.is_stream { events(&text, unwrapped) } else { unwrapped(&text) };
        assert_eq!(answer.text(), expected);
        let request = relay.pretend.requests().pop().unwrap();
        assert_eq!(request.target, format!("/code-assist/v1internal:{method}"));
        let call = answer.header("x-carpool-call");
        let front =
            format!("{{\"model\":\"{MODEL}\",\"project\":\"proj-1\",\"user_prompt_id\":\"{call}\",\"request\":");
        assert_eq!(request.body, format!("{front}{BARE}}}"));
        assert_eq!(request.secret(), Some("ya29.code-assist-1"));
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_stream_that_the_public_apis_client_wants_as_an_array_is_taken_out_of_its_envelopes_one_by_one() {
    let relay = relay_with(&CODE_ASSIST).await;
    let bare = generate_content("stream_array.json");
    let elements: Vec<serde_json::Value> = serde_json::from_slice(&bare.body).unwrap();
    let turned: Vec<_> = elements.iter().map(|element| wrapped(&element.to_string())).collect();
    let sent = format!("[{}\n]", turned.join("\n,\r\n"));
    relay.pretend.next(Behaviour::Verbatim(verbatim::answer("application/json", fixtures::pieces(&sent.into()))));

    let answer = public(&relay, &TURNED[0], "streamGenerateContent", BARE).send().await.whole().await;

    let texts: Vec<_> = elements.iter().map(ToString::to_string).collect();
    assert_eq!(answer.text(), format!("[{}\n]", texts.join("\n,\r\n")));
    let row = relay.row().await;
    assert_eq!(row.outcome(), ("complete", Some(200), 1));
    bare.assert_told_by(&row, "an array");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn between_the_gemini_cli_and_code_assist_only_the_project_and_a_mapped_model_are_changed() {
    let relay = relay_with(&CODE_ASSIST).await;
    for (method, file) in [("generateContent", "plain_wrapped.json"), (STREAM, "stream_wrapped.sse")] {
        let fixture = generate_content(file);
        for (project, arrives_as) in [
            ("\"project\": \"the-friends\",", "\"project\": \"proj-1\","),
            ("\"project\":\"proj-1\" ,", "\"project\":\"proj-1\" ,"),
        ] {
            let body = |project: &str| {
                format!("{{{project}\"model\":\"{MODEL}\", \"request\":{BARE},\"user_prompt_id\":\"p#1\"}}")
            };

            let answer = answered(&relay, cli(&relay, method, &body(project)), &fixture).await;

            assert_eq!(answer.text(), fixture.text());
            let request = relay.pretend.requests().pop().unwrap();
            assert_eq!(request.target, format!("/code-assist/v1internal:{method}"));
            assert_eq!(request.body, body(arrives_as));
        }
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn the_gemini_clis_call_is_taken_out_of_its_envelope_for_an_api_key_and_the_answer_put_into_one() {
    let relay = relay_with(&GEMINI).await;
    for (method, file) in [("generateContent", "plain.json"), (STREAM, "stream.sse")] {
        let fixture = generate_content(file);
        relay.pretend.next(fixture.behaviour());
        let body =
            format!("{{\"model\":\"{MODEL}\",\"project\":\"theirs\",\"request\" : {BARE} ,\"user_prompt_id\":\"p\"}}");

        let answer = cli(&relay, method, &body).send().await.whole().await;

        let text = fixture.text();
        let expected = if fixture.is_stream { events(&text, wrapped) } else { wrapped(&text) };
        assert_eq!((answer.status.as_u16(), answer.text()), (200, expected));
        let request = relay.pretend.requests().pop().unwrap();
        assert_eq!(request.target, format!("/gemini/v1beta/models/{MODEL}:{method}"));
        assert_eq!(request.body, BARE);
        fixture.assert_told_by(&relay.rows().await.pop().unwrap(), method);
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_count_of_tokens_is_wrapped_and_comes_back_as_it_is() {
    let relay = relay_with(&CODE_ASSIST).await;
    relay.pretend.next(verbatim::json("{ \"totalTokens\": 31 }"));

    let answer = public(&relay, &TURNED[0], "countTokens", BARE).send().await.whole().await;

    assert_eq!(answer.text(), "{ \"totalTokens\": 31 }");
    let request = relay.pretend.requests().pop().unwrap();
    assert_eq!(request.target, "/code-assist/v1internal:countTokens");
    let inner = BARE.replacen('{', &format!("{{\"model\":\"models/{MODEL}\","), 1);
    assert_eq!(request.body, format!("{{\"request\":{inner}}}"));
    let row = relay.row().await;
    assert_eq!((&*row.operation, row.cost_pico_usd, row.input_tokens), ("count_tokens", Some(0), None));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn what_the_gemini_cli_asks_aside_goes_to_code_assist_alone_and_never_changes_the_owners_account() {
    let relay = relay_with(&CODE_ASSIST).await;
    let asked = r#"{"cloudaicompanionProject":"theirs","metadata":{"duetProject":"theirs","ideType":"X"}}"#;
    relay.pretend.next(verbatim::json(r#"{"currentTier":{"id":"standard-tier"}}"#));

    let loaded = cli(&relay, "loadCodeAssist", asked).send().await.whole().await;
    let changing = cli(&relay, "onboardUser", asked).send().await.whole().await;

    assert_eq!(loaded.text(), r#"{"currentTier":{"id":"standard-tier"}}"#);
    assert_eq!(relay.pretend.requests().len(), 2, "the token's and this one");
    assert_eq!(relay.pretend.requests().pop().unwrap().body, asked.replace("theirs", "proj-1"));
    assert_eq!((changing.status.as_u16(), changing.header("x-should-retry")), (400, "false"));
    assert_eq!(changing.json()["error"]["status"], "INVALID_ARGUMENT");
    assert_eq!(relay.rows().await[0].cost_pico_usd, Some(0));
    relay.finish_unreconciled().await;

    let relay = relay_with(&GEMINI).await;
    let nobody_knows = cli(&relay, "loadCodeAssist", asked).send().await.whole().await;
    assert_eq!(nobody_knows.status, 400);
    assert!(nobody_knows.text().contains("cannot ask"), "{}", nobody_knows.text());
    assert!(relay.pretend.requests().is_empty());
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_wrapped_stream_that_is_cut_ends_with_an_error_that_the_client_can_read() {
    let relay = relay_with(&CODE_ASSIST).await;
    let fixture = generate_content("stream_wrapped.sse");
    let cut = fixture.text().find("\"!\"").unwrap();
    for ends_well in [true, false] {
        let mut reply = fixture.reply();
        reply.steps = fixtures::pieces(&fixture.body.slice(..cut)).into_iter().map(Step::Send).collect();
        reply.steps.push_back(if ends_well { Step::Wait(Wait::No) } else { Step::Cut });
        relay.pretend.next(Behaviour::Verbatim(reply));

        let answer = public(&relay, &TURNED[0], STREAM, BARE).send().await.whole().await;

        assert!(answer.is_whole, "the body itself ends well, because the CLI dies of one that does not");
        let text = answer.text();
        let events: Vec<_> = text.split_terminator("\n\n").collect();
        let data = |event: &str| -> serde_json::Value {
            serde_json::from_str(event.trim().strip_prefix("data: ").unwrap()).unwrap_or_else(|_| panic!("{text}"))
        };
        assert_eq!(data(events.last().unwrap())["error"]["status"], "UNAVAILABLE", "{text}");
        assert!(text.starts_with("data: {\"candidates\""), "{text}");
        let row = relay.rows().await.pop().unwrap();
        assert_eq!(row.outcome(), ("upstream_error", Some(200), 1));
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn another_client_is_served_by_an_api_key_where_a_code_assist_account_would_not() {
    let relay = relay_with(&CODE_ASSIST).await;
    add_first(&relay, &GEMINI).await;
    let pair = PAIRS.iter().find(|pair| pair.provider.id == GEMINI.id).unwrap();
    assert_ne!(user_agent(pair.provider), user_agent(&CODE_ASSIST));
    relay.pretend.next(generate_content("plain.json").behaviour());

    let answer = public(&relay, pair, "generateContent", BARE).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert_eq!(relay.pretend.requests().pop().unwrap().secret(), Some("AIzaSygemini-1"));
    relay.finish_unreconciled().await;
}
