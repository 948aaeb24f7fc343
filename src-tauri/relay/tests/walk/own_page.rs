//! What friends see and do with their own key: what is stored about them, replacing, pausing and resuming it, and the test.

use std::time::Duration;

use carpool_core::{call::CallId, limits::Limits, price::PicoUsd};
use carpool_relay::store::{client_keys, friends};
use http::Method;
use serde_json::Value;

use crate::{
    caller::{Ask, Whole},
    relay::{TestRelay, prompt},
    rows,
};

const MODEL: &str = "claude-sonnet-4-5";

async fn act(relay: &TestRelay, key: &str, path: &str) -> Whole {
    Ask::bare(relay.address, Method::POST, path).header("x-api-key", key).send().await.whole().await
}

async fn me(relay: &TestRelay) -> Whole {
    relay.get("/me").send().await.whole().await
}

async fn call(relay: &TestRelay, key: &str) -> Whole {
    let call = relay.call(prompt(MODEL, "hello")).without("x-api-key").header("x-api-key", key);
    call.send().await.whole().await
}

fn code(answer: &Whole) -> Value {
    answer.json()["error"]["code"].clone()
}

#[tokio::test]
async fn a_friend_sees_how_the_relay_stands_and_what_is_stored_about_them() {
    let relay = TestRelay::start().await;
    let sam = relay.add_friend("Sam").await;
    call(&relay, &relay.key).await;
    call(&relay, &sam).await;
    relay.settled().await;
    relay.house.note_devices().await.unwrap();

    let me = me(&relay).await.json();

    assert_eq!((&me["key_id"], &me["key_prefix"]), (&"k1".into(), &relay.key[..11].into()));
    assert_eq!((&me["key_expires_at"], &me["key_paused"]), (&Value::Null, &false.into()));
    let service = &me["service"];
    assert_eq!(
        (&service["sharing"], &service["accounts_ready"], &service["accounts"]),
        (&"on".into(), &1.into(), &1.into())
    );
    let devices = me["devices"].as_array().unwrap();
    assert_eq!((devices.len(), &devices[0]["key"], &devices[0]["calls"]), (1, &"laptop".into(), &1.into()));
    assert_eq!((&me["stored"]["ledger_rows"], &me["stored"]["devices"]), (&1.into(), &1.into()));
    assert_eq!(me["stored"]["oldest_at"], "2026-11-20T12:00:00Z");
    let columns = me["stored"]["columns"].as_array().unwrap();
    assert!(columns.contains(&"model".into()) && !columns.contains(&"prompt".into()));
    relay.finish().await;
}

#[tokio::test]
async fn a_key_that_its_friend_replaces_is_unknown_from_that_moment_and_the_new_one_works() {
    let relay = TestRelay::start().await;

    let rotated = act(&relay, &relay.key, "/me/key/rotate").await;

    assert_eq!(rotated.status, 200, "{}", rotated.text());
    let rotated = rotated.json();
    let new = rotated["key"].as_str().unwrap();
    assert_eq!((&rotated["name"], &rotated["prefix"]), (&"laptop".into(), &new[..11].into()));
    assert_eq!(call(&relay, &relay.key).await.status, 401);
    assert_eq!(code(&me(&relay).await), "key_unknown");
    assert_eq!(call(&relay, new).await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn whoever_has_the_key_that_the_owner_just_replaced_cannot_replace_it_again() {
    let relay = TestRelay::start().await;

    // The owner's command, a moment before the relay picks it up.
    rows::change(relay.path(), "UPDATE client_keys SET digest = zeroblob(32)").await;
    let refused = act(&relay, &relay.key, "/me/key/rotate").await;

    // Unless it was picked up just now: then the key is unknown at the door.
    assert_eq!((refused.status.as_u16(), code(&refused)), (401, "key_unknown".into()));
    let key = client_keys::list(relay.around().store.pool()).await.unwrap().remove(0);
    assert_eq!(key.digest.0, [0; 32]);
    relay.finish().await;
}

#[tokio::test]
async fn a_key_that_its_friend_paused_is_resumed_by_the_friend_and_one_that_the_owner_paused_is_not() {
    let relay = TestRelay::start().await;
    let pool = relay.around().store.pool();

    assert_eq!(act(&relay, &relay.key, "/me/key/pause").await.status, 204);
    let paused = call(&relay, &relay.key).await;
    assert_eq!(paused.status, 403);
    assert!(paused.text().contains("friend page"), "{}", paused.text());
    assert_eq!(me(&relay).await.json()["key_paused"], true, "its friend can still see to it");
    assert!(client_keys::list(pool).await.unwrap()[0].paused_by_friend);
    assert_eq!(act(&relay, &relay.key, "/me/key/resume").await.status, 204);
    assert_eq!(call(&relay, &relay.key).await.status, 200);

    assert_eq!(act(&relay, &relay.key, "/me/key/pause").await.status, 204);
    client_keys::set_paused(pool, 1, true).await.unwrap();
    relay.house.reload().await.unwrap();
    for path in ["/me/key/resume", "/me/key/pause", "/me/key/rotate", "/me/test"] {
        let refused = act(&relay, &relay.key, path).await;
        assert_eq!((refused.status.as_u16(), code(&refused)), (403, "paused_by_owner".into()), "{path}");
    }
    client_keys::set_paused(pool, 1, false).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(call(&relay, &relay.key).await.status, 200);
    relay.finish().await;
}

#[tokio::test]
async fn an_owner_resumes_what_a_friend_paused_and_a_friend_does_not_undo_a_pause_that_is_not_picked_up_yet() {
    let relay = TestRelay::start().await;
    let pool = relay.around().store.pool();
    act(&relay, &relay.key, "/me/key/pause").await;

    client_keys::set_paused(pool, 1, false).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(call(&relay, &relay.key).await.status, 200);
    act(&relay, &relay.key, "/me/key/pause").await;
    client_keys::set_paused(pool, 1, true).await.unwrap();
    act(&relay, &relay.key, "/me/key/resume").await;

    assert!(client_keys::list(pool).await.unwrap()[0].paused, "the owner's word counts");
    relay.finish().await;
}

#[tokio::test]
async fn a_friend_whom_the_owner_paused_does_nothing_with_their_key() {
    let relay = TestRelay::start().await;
    friends::set_paused(relay.around().store.pool(), 1, true).await.unwrap();
    relay.house.reload().await.unwrap();

    for path in ["/me/key/rotate", "/me/key/resume", "/me/test"] {
        assert_eq!(code(&act(&relay, &relay.key, path).await), "paused_by_owner", "{path}");
    }
    let stranger = Ask::bare(relay.address, Method::POST, "/me/key/rotate").send().await.whole().await;
    assert_eq!((stranger.status.as_u16(), code(&stranger)), (401, "no_key".into()));
    relay.finish().await;
}

#[tokio::test]
async fn a_test_is_one_small_call_in_the_ledger_and_the_next_has_to_wait() {
    let relay = TestRelay::start().await;

    let tested = act(&relay, &relay.key, "/me/test").await;
    let again = act(&relay, &relay.key, "/me/test").await;

    assert_eq!(tested.status, 200);
    let tested = tested.json();
    assert_eq!(
        (&tested["ok"], &tested["status"], &tested["code"]),
        (&true.into(), &200.into(), &Value::Null),
        "{tested}"
    );
    let model = tested["model"].as_str().unwrap();
    assert!(model.contains("haiku"), "{model}");
    let row = relay.settled().await.pop().unwrap();
    assert_eq!(row.outcome(), ("complete", Some(200), 1));
    assert_eq!(tested["call"], CallId(row.id).to_string());
    let sent = relay.pretend.requests().pop().unwrap();
    assert!(String::from_utf8_lossy(&sent.body).contains("\"max_tokens\":1"));
    assert_eq!(
        (again.status.as_u16(), code(&again), again.header("retry-after")),
        (429, "too_many_tests".into(), "10")
    );
    relay.clock.advance(Duration::from_secs(10));
    assert_eq!(act(&relay, &relay.key, "/me/test").await.json()["ok"], true);
    relay.finish().await;
}

#[tokio::test]
async fn a_test_is_held_to_the_limits_of_its_key() {
    let relay = TestRelay::start().await;
    let limits = Limits { cap_total: Some(PicoUsd(1)), ..Limits::default() };
    client_keys::set_limits(relay.around().store.pool(), 1, &limits).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(act(&relay, &relay.key, "/me/test").await.json()["ok"], true, "nothing was spent before");
    relay.settled().await;
    relay.clock.advance(Duration::from_secs(10));

    let tested = act(&relay, &relay.key, "/me/test").await.json();

    assert_eq!((&tested["ok"], &tested["code"], &tested["status"]), (&false.into(), &"refused".into(), &402.into()));
    assert!(tested["message"].as_str().unwrap().contains("may spend"), "{tested}");
    let calls = relay.pretend.requests().into_iter().filter(|request| request.method == Method::POST);
    assert_eq!(calls.count(), 1);
    relay.finish().await;
}

#[tokio::test]
async fn a_test_does_not_pass_for_a_vendors_own_client_and_says_so() {
    let relay = TestRelay::start_without_account().await;
    relay.sign_in("plan").await;

    let tested = act(&relay, &relay.key, "/me/test").await.json();

    assert_eq!(
        (&tested["ok"], &tested["code"], &tested["status"]),
        (&false.into(), &"vendor_client_only".into(), &403.into())
    );
    assert!(tested["message"].as_str().unwrap().contains("Claude Code"), "{tested}");
    relay.finish().await;
}

#[tokio::test]
async fn a_test_where_there_is_no_account_says_so() {
    let relay = TestRelay::start_without_account().await;

    let tested = act(&relay, &relay.key, "/me/test").await.json();

    assert_eq!((&tested["ok"], &tested["code"], &tested["model"]), (&false.into(), &"no_model".into(), &Value::Null));
    relay.finish().await;
}
