//! Transparency for every provider: in a dialect that its accounts speak, requests and answers cross the relay byte for
//! byte, whole or streamed and however they are cut, and the ledger has what the vendor told.

use carpool_core::{options::Options, provider::azure::AZURE};
use carpool_relay::store::accounts::NewAccount;

use crate::{
    fixtures::{self, Fixture},
    providers::{self, PAIRS, Pair, add, add_first, credential_sent, new_account, secret},
    relay::TestRelay,
};

/// Lets one call cross the relay, and shows that nothing changed on the way.
async fn cross(relay: &TestRelay, pair: &Pair, fixture: &Fixture) {
    let whose = format!("{}, {}", pair.name(), fixture.name);
    relay.pretend.next(fixture.behaviour());

    let answer = pair.ask(relay, fixture.is_stream).in_chunks(31).send().await.whole().await;

    assert!(answer.is_whole, "{whose}");
    assert_eq!((answer.status.as_u16(), answer.text()), (200, fixture.text()), "{whose}");
    let request = relay.pretend.requests().pop().unwrap();
    assert_eq!(request.target, pair.arrives_at(fixture.is_stream), "{whose}");
    assert_eq!(request.body, pair.body(fixture.is_stream), "{whose}");
    assert_eq!(credential_sent(pair.provider, &request), secret(pair.provider, 1), "{whose}");
    assert_eq!(request.headers["x-stainless-lang"], "js", "{whose}");
    let texts = request.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    assert!(texts.chain([request.target.clone()]).all(|text| !text.contains(&relay.key)), "{whose}: the client's key");

    let row = relay.rows().await.pop().unwrap();
    assert_eq!(row.outcome(), ("complete", Some(200), 1), "{whose}");
    assert_eq!(row.provider.as_deref(), Some(pair.provider.id), "{whose}");
    assert_eq!((&*row.dialect, row.stream), (pair.speech.dialect.id, fixture.is_stream), "{whose}");
    assert_eq!(row.model.as_deref(), Some(pair.speech.model), "{whose}");
    fixture.assert_told_by(&row, &whose);
}

#[tokio::test]
async fn every_vendors_answers_cross_the_relay_byte_for_byte_and_so_do_the_requests_for_them() {
    for pair in PAIRS {
        let relay = providers::start().await;
        add_first(&relay, pair.provider).await;

        for fixture in fixtures::that_end_well(pair.speech.dialect) {
            cross(&relay, pair, &fixture).await;
        }

        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_key_in_the_query_is_taken_out_of_it_and_the_rest_of_the_query_stays() {
    for pair in PAIRS {
        let relay = providers::start().await;
        add_first(&relay, pair.provider).await;
        let fixture = fixtures::of(pair.speech.dialect, "plain.json");
        relay.pretend.next(fixture.behaviour());
        let target = format!("{}&key={}&z=1", pair.client_target("x=%27y%27"), relay.key);
        let call = pair.ask(&relay, false).at(&target);
        let bare = call.without("authorization").without("x-api-key").without("x-goog-api-key");

        let answer = bare.send().await.whole().await;

        assert_eq!(answer.status, 200, "{}: {}", pair.name(), answer.text());
        let request = relay.pretend.requests().pop().unwrap();
        assert!(request.target.ends_with("?x=%27y%27&z=1"), "{}: {}", pair.name(), request.target);
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn embeddings_and_a_compacted_conversation_are_charged_as_the_calls_they_are() {
    for (pair, path, file, operation) in [
        (&PAIRS[2], "/v1/embeddings", "plain_embeddings.json", "embed"),
        (&PAIRS[2], "/embeddings", "plain_embeddings.json", "embed"),
        (&PAIRS[1], "/v1/responses/compact", "plain_compact.json", "generate"),
        (&PAIRS[3], "/responses/compact", "plain_compact.json", "generate"),
    ] {
        let relay = providers::start().await;
        add_first(&relay, pair.provider).await;
        let fixture = fixtures::of(pair.speech.dialect, file);
        relay.pretend.next(fixture.behaviour());
        let body = r#"{ "input":"caf\u00e9" ,"model":"gpt-5.2"}"#;

        let answer = pair.ask_for(&relay, path, body).send().await.whole().await;

        assert_eq!((answer.status.as_u16(), answer.text()), (200, fixture.text()), "{path}");
        let request = relay.pretend.requests().pop().unwrap();
        assert_eq!(request.body, body, "{path}");
        assert!(request.target.ends_with(path), "{path}: {}", request.target);
        let row = relay.row().await;
        assert_eq!((&*row.operation, &*row.status), (operation, "complete"), "{path}");
        fixture.assert_told_by(&row, path);
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_deployment_in_azures_path_is_a_model_and_a_dated_api_is_asked_for_it_in_the_path_again() {
    let pair = PAIRS.iter().find(|pair| pair.provider.id == AZURE.id && pair.speech.dialect.id == "chat").unwrap();
    let path = "/deployments/gpt-4.1/chat/completions?api-version=2024-10-21";
    for (version, model, arrives_at, arrives_as) in [
        (None, "", "/azure/openai/v1/chat/completions?api-version=2024-10-21", r#"{"model":"gpt-4.1", "messages":[]}"#),
        (
            Some("2025-04-01-preview"),
            r#""model":"gpt-4.1","#,
            "/azure/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21",
            r#"{"model":"gpt-4.1", "messages":[]}"#,
        ),
    ] {
        let relay = providers::start().await;
        let account = new_account(&relay, &AZURE, "azure");
        let options = Options { api_version: version.map(str::to_owned), ..account.options.clone() };
        add(&relay, NewAccount { options, ..account }, &secret(&AZURE, 1)).await;
        let fixture = fixtures::of(pair.speech.dialect, "plain.json");
        relay.pretend.next(fixture.behaviour());

        let body = format!(r#"{{{model} "messages":[]}}"#);
        let answer = pair.ask_for(&relay, path, body).send().await.whole().await;

        assert_eq!((answer.status.as_u16(), answer.text()), (200, fixture.text()));
        let request = relay.pretend.requests().pop().unwrap();
        assert_eq!((&*request.target, &*request.body), (arrives_at, arrives_as.as_bytes()));
        assert_eq!(relay.row().await.model.as_deref(), Some("gpt-4.1"));
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_call_of_codex_names_the_owners_chatgpt_account_and_not_one_that_the_client_names() {
    let pair = PAIRS.iter().find(|pair| pair.provider.id == "codex").unwrap();
    for (project, sent) in [(Some("acc-1"), Some("acc-1")), (None, None)] {
        let relay = providers::start().await;
        let account = new_account(&relay, pair.provider, "mine");
        let options = Options { project: project.map(str::to_owned), ..Options::default() };
        add(&relay, NewAccount { options, ..account }, "at-1").await;
        relay.pretend.next(fixtures::of(pair.speech.dialect, "stream.sse").behaviour());

        let call = pair.ask(&relay, true).header("chatgpt-account-id", "the-clients").header("session_id", "s-1");
        assert_eq!(call.send().await.whole().await.status, 200);

        let request = relay.pretend.requests().pop().unwrap();
        assert_eq!(request.headers.get("chatgpt-account-id").map(|value| value.to_str().unwrap()), sent);
        assert_eq!(request.headers["session_id"], "s-1");
        relay.finish_unreconciled().await;
    }
}
