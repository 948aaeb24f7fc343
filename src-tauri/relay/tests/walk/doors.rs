//! What is refused at the door in the dialects besides Messages, before any provider is asked: WebSockets, responses in the
//! background, and codings where a body has to be changed.

use carpool_core::{options::Options, provider::openai::OPENAI};
use carpool_relay::{pretend::Coding, store::accounts::NewAccount};
use http::Method;

use crate::{
    caller::Ask,
    fixtures,
    providers::{self, PAIRS, TURNED, add, add_first, new_account, secret},
};

#[tokio::test]
async fn a_websocket_is_refused_in_the_way_after_which_codex_asks_by_http() {
    let relay = providers::start().await;
    add_first(&relay, &OPENAI).await;
    for target in ["/openai/v1/responses", "/openai/responses", "/v1/responses", "/responses"] {
        let call = Ask::bare(relay.address, Method::GET, target)
            .header("authorization", &format!("Bearer {}", relay.key))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");

        let answer = call.send().await.whole().await;

        assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (426, "false"), "{target}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{target}");
    }
    let stranger = Ask::bare(relay.address, Method::GET, "/openai/responses").send().await.whole().await;
    assert_eq!(stranger.status, 401, "without a key there is nothing");
    assert!(relay.pretend.requests().is_empty() && relay.rows().await.is_empty());
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_response_in_the_background_is_refused_because_nobody_could_fetch_it() {
    let relay = providers::start().await;
    add_first(&relay, &OPENAI).await;
    let pair = &PAIRS[1];
    let body = r#"{"model":"gpt-5.2","input":"hello","background":true}"#;

    let answer = pair.ask_for(&relay, "/v1/responses", body).send().await.whole().await;

    assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (400, "false"));
    assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    assert!(answer.text().contains("'background'"), "{}", answer.text());
    assert!(relay.pretend.requests().is_empty());
    assert_eq!(relay.row().await.outcome(), ("refused", Some(400), 0));
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_body_with_a_coding_crosses_where_nothing_is_changed_and_is_refused_clearly_where_something_is() {
    for pair in PAIRS.iter().chain(TURNED) {
        let relay = providers::start().await;
        let account = new_account(&relay, pair.provider, "plain");
        add(&relay, account, &secret(pair.provider, 1)).await;
        let is_turned = TURNED.iter().any(|turned| turned.provider.id == pair.provider.id);
        let coded: bytes::Bytes = Coding::Gzip.encode(&[pair.body(false).into_bytes()]).unwrap().concat().into();
        let fixture = fixtures::of(pair.speech.dialect, "plain.json");
        let seen = relay.pretend.requests().len();
        if !is_turned {
            relay.pretend.next(fixture.behaviour());
        }

        let call = pair.ask(&relay, false).body(coded.clone()).header("content-encoding", "gzip");
        let answer = call.send().await.whole().await;

        let whose = pair.name();
        let row = relay.rows().await.pop().unwrap();
        if is_turned {
            assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (400, "false"), "{whose}");
            assert!(answer.text().contains("without a content coding"), "{whose}: {}", answer.text());
            assert_eq!(relay.pretend.requests().len(), seen, "{whose}: nothing went upstream");
            assert_eq!(row.cost_pico_usd, Some(0), "{whose}");
        } else {
            assert_eq!((answer.status.as_u16(), answer.text()), (200, fixture.text()), "{whose}: {}", answer.text());
            let request = relay.pretend.requests().pop().unwrap();
            assert_eq!((request.body, &request.headers["content-encoding"]), (coded, &"gzip".parse().unwrap()));
            assert_eq!(row.model.as_deref(), Some(pair.speech.model), "{whose}: it was read all the same");
        }
        assert_eq!(relay.standing(1), "ready", "{whose}: it is no fault of the account's");
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_coded_body_that_one_account_would_have_to_change_goes_to_another_that_takes_it_as_it_is() {
    let relay = providers::start().await;
    let mapped = new_account(&relay, &OPENAI, "mapped");
    let options = Options { model_map: vec!["gpt-5.2=gpt-5.1".parse().unwrap()], ..Options::default() };
    add(&relay, NewAccount { options, priority: 1, ..mapped }, &secret(&OPENAI, 1)).await;
    let pair = &PAIRS[1];
    let coded: bytes::Bytes = Coding::Zstd.encode(&[pair.body(false).into_bytes()]).unwrap().concat().into();
    let call = || pair.ask(&relay, false).body(coded.clone()).header("content-encoding", "zstd");

    let alone = call().send().await.whole().await;
    add(&relay, new_account(&relay, &OPENAI, "plain"), &secret(&OPENAI, 2)).await;
    relay.pretend.next_for(&secret(&OPENAI, 2), fixtures::of(pair.speech.dialect, "plain.json").behaviour());
    let together = call().send().await.whole().await;

    assert_eq!((alone.status.as_u16(), together.status.as_u16()), (400, 200));
    assert_eq!(relay.pretend.requests().pop().unwrap().body, coded);
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_coding_that_is_not_known_or_does_not_fit_is_refused_in_every_dialect() {
    for pair in PAIRS {
        let relay = providers::start().await;
        add_first(&relay, pair.provider).await;
        let seen = relay.pretend.requests().len();
        for coding in ["compress", "gzip"] {
            let answer = pair.ask(&relay, false).header("content-encoding", coding).send().await.whole().await;
            assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (400, "false"), "{}", pair.name());
            assert!(answer.text().contains(&format!("coding '{coding}'")), "{}", answer.text());
        }
        assert_eq!(relay.pretend.requests().len(), seen);
        relay.finish_unreconciled().await;
    }
}
