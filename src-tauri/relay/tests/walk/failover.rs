//! Failover: another account is tried before the first byte, at most three in all, and what nobody can mend is passed
//! on as it is.

use carpool_relay::{
    pretend::{Behaviour, Refused},
    store::accounts,
};
use http::StatusCode;
use url::Url;

use crate::relay::{SECRET, TestRelay, prompt, streaming_prompt};

const SECOND: &str = "sk-ant-api03-second";
const THIRD: &str = "sk-ant-api03-third";
const FOURTH: &str = "sk-ant-api03-fourth";

/// The accounts that were asked, by their secrets, in order.
fn asked(relay: &TestRelay) -> Vec<String> {
    relay.pretend.requests().iter().map(|request| request.secret().unwrap_or_default().to_owned()).collect()
}

/// An address nobody listens at.
async fn closed_port() -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

#[tokio::test]
async fn another_account_serves_what_one_refuses_and_the_client_notices_nothing() {
    let relay = TestRelay::start().await;
    let second = relay.add_account("second", SECOND).await;
    for status in [429, 500, 502, 503, 529] {
        // A conversation of its own: it is at no account yet.
        let body = streaming_prompt("claude-sonnet-4-5", &format!("hello {status}"));
        relay.pretend.always_for(SECRET, Behaviour::refuse(status));

        let answer = relay.call(body.clone()).send().await.whole().await;

        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("event: message_stop"));
        assert!(asked(&relay).ends_with(&[SECRET.to_owned(), SECOND.to_owned()]));
        let row = relay.rows().await.pop().unwrap();
        assert_eq!(row.outcome(), ("complete", Some(200), 2));
        assert_eq!(row.account_id, Some(second));
        assert!(relay.pretend.requests().iter().rev().take(2).all(|request| request.body == body.as_bytes()));
        relay.clear(1).await;
    }
    relay.finish().await;
}

#[tokio::test]
async fn another_account_serves_what_one_cannot_be_reached_for() {
    let relay = TestRelay::start_without_account().await;
    relay.add_account_at("gone", "sk-ant-api03-gone", Some(closed_port().await)).await;
    relay.add_account("second", SECOND).await;

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert_eq!(relay.row().await.outcome(), ("complete", Some(200), 2));
    relay.finish().await;
}

#[tokio::test]
async fn an_only_account_that_cannot_be_reached_is_a_bad_gateway() {
    let relay = TestRelay::start_without_account().await;
    let port = closed_port().await;
    relay.add_account_at("gone", "sk-ant-api03-gone", Some(port.clone())).await;

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (502, &"api_error".into()));
    assert!(!answer.text().contains(&port.port().unwrap().to_string()), "an address may hold a name or a password");
    assert_eq!(answer.header("x-should-retry"), "");
    let row = relay.row().await;
    assert_eq!(row.outcome(), ("upstream_error", Some(502), 1));
    assert_eq!(row.cost_pico_usd, Some(0));
    relay.finish().await;
}

#[tokio::test]
async fn at_most_three_accounts_are_tried_and_the_last_refusal_is_passed_on_as_it_is() {
    let relay = TestRelay::start().await;
    for (name, secret) in [("second", SECOND), ("third", THIRD), ("fourth", FOURTH)] {
        relay.add_account(name, secret).await;
    }
    relay.pretend.always_for(SECRET, Behaviour::refuse(500));
    relay.pretend.always_for(SECOND, Behaviour::refuse(529));
    let retry_after = Some(std::time::Duration::from_secs(77));
    let refused = Refused { status: StatusCode::TOO_MANY_REQUESTS, retry_after };
    relay.pretend.always_for(THIRD, Behaviour::Refuse(refused));

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!(asked(&relay), [SECRET, SECOND, THIRD]);
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, ""), "the fourth account is free now");
    assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
    assert_eq!(answer.json()["request_id"], answer.header("request-id"), "these are the provider's own words");
    assert_eq!(answer.header("request-id"), "req_pretend_00000003");
    assert_eq!(relay.row().await.outcome(), ("upstream_error", Some(429), 3));
    relay.finish().await;
}

#[tokio::test]
async fn a_providers_own_words_tell_more_than_a_connection_that_failed_after_them() {
    let relay = TestRelay::start().await;
    relay.pretend.always_for(SECRET, Behaviour::refuse(529));
    relay.add_account_at("gone", SECOND, Some(closed_port().await)).await;

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["type"]), (529, &"overloaded_error".into()));
    assert_eq!(relay.row().await.outcome(), ("upstream_error", Some(529), 2));
    relay.finish().await;
}

#[tokio::test]
async fn the_callers_own_mistake_is_tried_nowhere_else() {
    let relay = TestRelay::start().await;
    relay.add_account("second", SECOND).await;
    for status in [400, 404, 413, 422] {
        relay.pretend.always_for(SECRET, Behaviour::refuse(status));

        let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(relay.rows().await.pop().unwrap().attempts, 1);
    }
    assert_eq!(asked(&relay), [SECRET; 4]);
    relay.finish().await;
}

#[tokio::test]
async fn an_api_key_the_provider_refuses_needs_login_and_is_asked_no_more() {
    let relay = TestRelay::start().await;
    relay.add_account("second", SECOND).await;
    relay.pretend.always_for(SECRET, Behaviour::refuse(401));
    let body = prompt("claude-sonnet-4-5", "hello");

    let first = relay.call(body.clone()).send().await.whole().await;
    let second = relay.call(body.clone()).send().await.whole().await;

    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    assert_eq!(asked(&relay), [SECRET, SECOND, SECOND]);
    assert_eq!(relay.standing(1), "needs_login");

    relay.pretend.always_for(SECRET, Behaviour::Answer(carpool_relay::pretend::Delivery::default()));
    relay.clear(1).await;
    relay.call(prompt("claude-sonnet-4-5", "something else")).send().await.whole().await;
    assert_eq!(asked(&relay).last().unwrap(), SECRET, "clearing it lets it serve again");
    relay.finish().await;
}

#[tokio::test]
async fn without_an_account_that_can_serve_the_refusal_counts_the_reasons() {
    let relay = TestRelay::start().await;
    relay.add_account("second", SECOND).await;
    relay.pretend.always_for(SECRET, Behaviour::refuse(401));
    accounts::set_paused(relay.around().store.pool(), 2, true).await.unwrap();
    relay.house.reload().await.unwrap();
    let body = prompt("claude-sonnet-4-5", "hello");

    let tried = relay.call(body.clone()).send().await.whole().await;
    let untried = relay.call(body).send().await.whole().await;

    for answer in [tried, untried] {
        assert_eq!(answer.status, 503);
        assert!(answer.text().contains("1 needs login, 1 paused"), "{}", answer.text());
    }
    let rows = relay.rows().await;
    assert_eq!(rows[0].outcome(), ("upstream_error", Some(503), 1));
    assert_eq!(rows[1].outcome(), ("refused", Some(503), 0));
    relay.finish().await;
}
