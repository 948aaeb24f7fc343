//! The front door: who shows no good key gets nothing, from nowhere, and is told so in a way that ends its retries.

use std::time::Duration;

use carpool_relay::store::{client_keys, friends};
use http::Method;

use crate::{
    caller::{Ask, Whole},
    relay::{SECRET, TestRelay, prompt},
    rows,
};

fn assert_refused(answer: &Whole, status: u16, kind: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("x-should-retry"), "false");
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    assert_eq!((&body["type"], &body["error"]["type"]), (&"error".into(), &kind.into()));
    assert_eq!(body["request_id"], answer.header("x-carpool-call"));
    assert!(!body["error"]["message"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_key_there_is_nothing_but_health() {
    let relay = TestRelay::start().await;

    for (method, target) in [
        (Method::POST, "/v1/messages"),
        (Method::POST, "/api/v1/messages?beta=true"),
        (Method::POST, "/claude/v1/messages/count_tokens"),
        (Method::GET, "/v1/models"),
        (Method::POST, "/"),
        (Method::GET, "/admin"),
        (Method::GET, "/metrics"),
        (Method::POST, "/api/oauth/profile"),
        (Method::DELETE, "/v1/messages"),
    ] {
        let ask = Ask::bare(relay.address, method, target).body(prompt("claude-sonnet-4-5", "hello"));
        assert_refused(&ask.send().await.whole().await, 401, "authentication_error");
    }

    let health = Ask::bare(relay.address, Method::GET, "/health").send().await.whole().await;
    assert_eq!((health.status.as_u16(), &health.json()["status"]), (200, &"ok".into()));
    assert!(relay.pretend.requests().is_empty() && relay.rows().await.is_empty());
    relay.finish().await;
}

#[tokio::test]
async fn a_header_that_claims_to_come_from_this_machine_opens_nothing() {
    let relay = TestRelay::start().await;

    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;host=localhost;proto=http"),
        ("x-real-ip", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("host", "localhost"),
        ("origin", "tauri://localhost"),
        ("cookie", "session=owner"),
    ] {
        let call = relay.call(prompt("claude-sonnet-4-5", "hello")).without("x-api-key").header(name, value);
        assert_refused(&call.send().await.whole().await, 401, "authentication_error");
    }

    assert!(relay.pretend.requests().is_empty());
    relay.finish().await;
}

#[tokio::test]
async fn a_key_that_nobody_was_given_is_refused() {
    let relay = TestRelay::start().await;
    let unknown = format!("cr_{}", "0".repeat(64));
    let upper_case = relay.key.to_uppercase();
    let longer = format!("{}0", relay.key);

    for wrong in [unknown.as_str(), &upper_case, &longer, &relay.key[..66], SECRET, "null", "Bearer"] {
        let call = relay.call(prompt("claude-sonnet-4-5", "hello")).without("x-api-key").header("x-api-key", wrong);
        assert_refused(&call.send().await.whole().await, 401, "authentication_error");
    }

    assert!(relay.pretend.requests().is_empty() && relay.rows().await.is_empty());
    relay.finish().await;
}

#[tokio::test]
async fn two_different_keys_are_refused_even_if_one_of_them_is_good() {
    let relay = TestRelay::start().await;
    let body = prompt("claude-sonnet-4-5", "hello");

    for call in [
        relay.call(body.clone()).header("authorization", "Bearer sk-ant-api03-mine"),
        relay.call(body.clone()).header("x-api-key", "cr_other"),
        relay.call(body.clone()).header("x-goog-api-key", "cr_other"),
        relay.call(body.clone()).header("api-key", "cr_other"),
        relay.call(body.clone()).at("/v1/messages?key=cr_other"),
    ] {
        let answer = call.send().await.whole().await;
        assert_refused(&answer, 401, "authentication_error");
        assert!(answer.text().contains("two different keys"), "{}", answer.text());
    }

    assert!(relay.pretend.requests().is_empty());
    relay.finish().await;
}

#[tokio::test]
async fn a_good_key_is_taken_from_every_place_and_goes_upstream_in_none() {
    let relay = TestRelay::start().await;
    let key = relay.key.clone();
    let bare = || relay.call(prompt("claude-sonnet-4-5", "hello")).without("x-api-key");

    for call in [
        bare().header("x-api-key", &key),
        bare().header("x-goog-api-key", &key),
        bare().header("api-key", &key),
        bare().header("authorization", &format!("Bearer {key}")),
        bare().header("authorization", &format!("bearer {key}")).header("x-api-key", &key),
        bare().at(&format!("/v1/messages?beta=true&key={key}")),
    ] {
        assert_eq!(call.send().await.whole().await.status, 200);
    }

    let requests = relay.pretend.requests();
    assert_eq!(requests.len(), 6);
    for request in requests {
        assert_eq!(request.secret(), Some(SECRET));
        assert!(!format!("{request:?}").contains(&key), "{request:?}");
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_paused_friend_or_key_is_told_so() {
    let relay = TestRelay::start().await;
    let pool = relay.around().store.pool();
    let body = prompt("claude-sonnet-4-5", "hello");

    friends::set_paused(pool, 1, true).await.unwrap();
    relay.house.reload().await.unwrap();
    let friend_paused = relay.call(body.clone()).send().await.whole().await;
    friends::set_paused(pool, 1, false).await.unwrap();
    client_keys::set_paused(pool, 1, true).await.unwrap();
    relay.house.reload().await.unwrap();
    let key_paused = relay.call(body.clone()).send().await.whole().await;
    client_keys::set_paused(pool, 1, false).await.unwrap();
    relay.house.reload().await.unwrap();
    let resumed = relay.call(body).send().await.whole().await;

    assert_refused(&friend_paused, 403, "permission_error");
    assert!(friend_paused.text().contains("paused Alex"));
    assert_refused(&key_paused, 403, "permission_error");
    assert!(key_paused.text().contains("laptop"));
    assert_eq!(resumed.status, 200);
    assert_eq!(relay.pretend.requests().len(), 1);
    relay.finish().await;
}

#[tokio::test]
async fn a_key_past_its_date_is_refused_from_that_moment() {
    let relay = TestRelay::start().await;
    rows::change(relay.path(), "UPDATE client_keys SET expires_at = 1795176060000").await;
    relay.house.reload().await.unwrap();
    let call = || relay.call(prompt("claude-sonnet-4-5", "hello"));

    relay.clock.advance(Duration::from_secs(59));
    assert_eq!(call().send().await.whole().await.status, 200);
    relay.clock.advance(Duration::from_secs(1));
    let answer = call().send().await.whole().await;

    assert_refused(&answer, 401, "authentication_error");
    assert!(answer.text().contains("This key expired at "), "{}", answer.text());
    assert_eq!(relay.pretend.requests().len(), 1);
    relay.finish().await;
}

#[tokio::test]
async fn a_key_whose_limits_cannot_be_read_is_refused_and_so_is_a_friends() {
    let relay = TestRelay::start().await;
    let call = async || {
        relay.house.reload().await.unwrap();
        relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await
    };

    rows::change(relay.path(), r#"UPDATE client_keys SET limits = '{"rpm":0}'"#).await;
    let of_key = call().await;
    rows::change(relay.path(), "UPDATE client_keys SET limits = '{}'").await;
    rows::change(relay.path(), r#"UPDATE friends SET limits = '{"unknown":1}'"#).await;
    let of_friend = call().await;
    rows::change(relay.path(), "UPDATE friends SET limits = '{}'").await;
    let mended = call().await;

    for (refused, whose) in [(&of_key, "laptop"), (&of_friend, "Alex")] {
        assert_refused(refused, 403, "permission_error");
        assert!(refused.text().contains(whose) && refused.text().contains("cannot be read"), "{}", refused.text());
    }
    assert_eq!(mended.status, 200);
    assert_eq!(relay.pretend.requests().len(), 1);
    relay.finish().await;
}

#[tokio::test]
async fn a_path_that_is_not_served_is_named_to_whoever_has_a_key() {
    let relay = TestRelay::start().await;

    for target in
        ["/v1/", "/v1/messages/", "/v1/complete", "/api/api/v1/messages", "/api/oauth/profile", "/%2e%2e/v1/models"]
    {
        let answer = relay.get(target).send().await.whole().await;
        assert_refused(&answer, 404, "not_found_error");
        assert!(answer.text().contains("base URL"));
    }

    assert!(relay.pretend.requests().is_empty());
    relay.finish().await;
}
