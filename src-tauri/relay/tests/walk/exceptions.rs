//! The named exceptions from transparency: a model map rewrites the one value, and a chat stream that does not ask for its
//! usage is asked for it, without its client noticing.

use carpool_core::options::Options;
use carpool_relay::{
    pretend::{Behaviour, Coding},
    store::accounts::NewAccount,
};
use http::header;

use crate::{
    fixtures,
    providers::{self, PAIRS, Pair, add, add_first, new_account, secret},
    relay::TestRelay,
};

/// Adds an account of the pair's provider that calls a model otherwise.
async fn add_with_map(relay: &TestRelay, pair: &Pair, map: &str) {
    let account = new_account(relay, pair.provider, "mapped");
    let options = Options { model_map: vec![map.parse().unwrap()], ..account.options.clone() };
    add(relay, NewAccount { options, ..account }, &secret(pair.provider, 1)).await;
}

fn chat_pairs() -> impl Iterator<Item = &'static Pair> {
    PAIRS.iter().filter(|pair| pair.speech.dialect.id == "chat")
}

#[tokio::test]
async fn a_model_map_changes_the_models_name_and_not_a_byte_beside_it() {
    for pair in PAIRS {
        let is_in_path = pair.speech.dialect.id == "generate_content";
        let upstream = if is_in_path { "tuned-1.5" } else { "our \"own\"/m:1" };
        let relay = providers::start().await;
        add_with_map(&relay, pair, &format!("{}*={upstream}", &pair.speech.model[..4])).await;

        for file in ["plain.json", "stream.sse"] {
            let fixture = fixtures::of(pair.speech.dialect, file);
            relay.pretend.next(fixture.behaviour());
            let answer = pair.ask(&relay, fixture.is_stream).send().await.whole().await;

            let whose = format!("{}, {file}", pair.name());
            assert_eq!((answer.status.as_u16(), answer.text()), (200, fixture.text()), "{whose}");
            let request = relay.pretend.requests().pop().unwrap();
            let body = pair.body(fixture.is_stream);
            let (target, body) = if is_in_path {
                (pair.arrives_at(fixture.is_stream).replace(pair.speech.model, upstream), body)
            } else {
                let named = format!("\"{}\"", pair.speech.model);
                (pair.arrives_at(fixture.is_stream), body.replacen(&named, "\"our \\\"own\\\"/m:1\"", 1))
            };
            assert_eq!((request.target, request.body), (target, body.into()), "{whose}");
            let row = relay.rows().await.pop().unwrap();
            assert_eq!(row.model.as_deref(), Some(pair.speech.model), "{whose}: the ledger has what was asked for");
        }
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_chat_stream_that_does_not_ask_for_its_usage_is_asked_and_its_client_does_not_see_it() {
    let asked = r#""stream_options":{"include_usage":true}"#;
    for pair in chat_pairs() {
        let relay = providers::start().await;
        add_first(&relay, pair.provider).await;
        let fixture = fixtures::of(pair.speech.dialect, "stream.sse");
        let extra =
            fixture.text().split_inclusive("\n\n").find(|event| event.contains("\"choices\":[]")).unwrap().to_owned();

        for (body, arrives_as) in [
            (
                r#" { "model":"gpt-4.1","stream":true ,"messages":[]}"#,
                format!(r#" {{{asked}, "model":"gpt-4.1","stream":true ,"messages":[]}}"#),
            ),
            (
                r#"{"stream_options":null,"model":"gpt-4.1","stream":true}"#,
                format!(r#"{{{asked},"model":"gpt-4.1","stream":true}}"#),
            ),
            (
                r#"{"model":"gpt-4.1","stream":true,"stream_options" : { "x":1e2}}"#,
                r#"{"model":"gpt-4.1","stream":true,"stream_options" : {"include_usage":true, "x":1e2}}"#.to_owned(),
            ),
            (
                r#"{"model":"gpt-4.1","stream":true,"stream_options":{"include_usage": false}}"#,
                r#"{"model":"gpt-4.1","stream":true,"stream_options":{"include_usage": true}}"#.to_owned(),
            ),
        ] {
            relay.pretend.next(fixture.behaviour());
            let answer = pair.ask_for(&relay, "/v1/chat/completions", body).send().await.whole().await;

            assert!(answer.is_whole);
            assert_eq!(answer.text(), fixture.text().replace(&extra, ""), "{}", pair.name());
            assert_eq!(relay.pretend.requests().pop().unwrap().body, arrives_as, "{}", pair.name());
            let row = relay.rows().await.pop().unwrap();
            assert_eq!(row.outcome(), ("complete", Some(200), 1));
            fixture.assert_told_by(&row, &pair.name());
        }
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn usage_that_comes_with_content_stays_even_if_only_carpool_asked_for_it() {
    let pair = chat_pairs().next().unwrap();
    let relay = providers::start().await;
    add_first(&relay, pair.provider).await;

    for file in ["reasoning.sse", "cached_kimi.sse", "refusal.sse"] {
        let fixture = fixtures::of(pair.speech.dialect, file);
        relay.pretend.next(fixture.behaviour());
        let body = r#"{"model":"gpt-4.1","stream":true}"#;
        let answer = pair.ask_for(&relay, "/v1/chat/completions", body).send().await.whole().await;

        let is_extra = |event: &&str| event.contains("\"choices\":[]") && event.contains("\"usage\":{");
        let text = fixture.text();
        let expected: String = text.split_inclusive("\n\n").filter(|event| !is_extra(event)).collect();
        assert_eq!(answer.text(), expected, "{file}");
        fixture.assert_told_by(&relay.rows().await.pop().unwrap(), file);
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_chat_stream_that_is_rid_of_its_extra_chunk_reaches_the_client_without_any_coding() {
    let pair = chat_pairs().next().unwrap();
    let relay = providers::start().await;
    add_first(&relay, pair.provider).await;
    let fixture = fixtures::of(pair.speech.dialect, "stream.sse");
    for (is_asking, coding) in [(false, Coding::Gzip), (true, Coding::Gzip), (false, Coding::Zstd)] {
        let encoded: bytes::Bytes = coding.encode(&[fixture.body.to_vec()]).unwrap().concat().into();
        let mut reply = fixture.reply();
        reply.steps = fixtures::pieces(&encoded).into_iter().map(carpool_relay::pretend::Step::Send).collect();
        reply.headers.insert(header::CONTENT_ENCODING, coding.as_str().parse().unwrap());
        reply.headers.insert(header::CONTENT_LENGTH, encoded.len().into());
        relay.pretend.next(Behaviour::Verbatim(reply));

        let call = if is_asking {
            pair.ask(&relay, true)
        } else {
            pair.ask_for(&relay, "/v1/chat/completions", r#"{"model":"gpt-4.1","stream":true}"#)
        };
        let answer = call.header("accept-encoding", "gzip, zstd").send().await.whole().await;

        assert!(answer.is_whole);
        if is_asking {
            assert_eq!((answer.body.as_ref(), answer.header("content-encoding")), (&*encoded, "gzip"));
        } else {
            assert_eq!(answer.header("content-encoding"), "");
            assert!(answer.text().ends_with("\"finish_reason\":\"stop\"}],\"usage\":null}\n\ndata: [DONE]\n\n"));
        }
        fixture.assert_told_by(&relay.rows().await.pop().unwrap(), pair.speech.dialect.id);
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_whole_chat_answer_is_asked_for_as_it_is() {
    for pair in chat_pairs() {
        let relay = providers::start().await;
        add_first(&relay, pair.provider).await;
        let fixture = fixtures::of(pair.speech.dialect, "cached.json");
        for body in [r#"{"model":"gpt-4.1"}"#, r#"{"model":"gpt-4.1","stream":false,"stream_options":null}"#] {
            relay.pretend.next(fixture.behaviour());

            let answer = pair.ask_for(&relay, "/v1/chat/completions", body).send().await.whole().await;

            assert_eq!(answer.text(), fixture.text());
            assert_eq!(relay.pretend.requests().pop().unwrap().body, body, "{}", pair.name());
        }
        relay.finish_unreconciled().await;
    }
}
