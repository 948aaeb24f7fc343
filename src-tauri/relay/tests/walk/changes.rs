//! What the owner changes acts on a running relay within a second, whichever process changed it.

use std::time::Duration;

use carpool_relay::{
    accounts::sign_in,
    store::{accounts, client_keys, friends},
};

use crate::{
    relay::{TestRelay, comes_true, prompt},
    rows,
    stopped_time::StoppedTime,
};

/// Half the time in which a change has to act.
const HALF_A_SECOND: Duration = Duration::from_millis(500);
/// How often a change is looked for after each half.
const LOOKS: u32 = 200;

/// The status of a call with Alex's key.
async fn status(relay: &TestRelay) -> u16 {
    relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status.as_u16()
}

/// Lets a second pass and waits until calls are answered with this status.
async fn becomes(relay: &TestRelay, time: &StoppedTime, wanted: u16) {
    let what = format!("calls are answered with {wanted}");
    within_a_second(&what, time, async || status(relay).await == wanted).await;
}

/// Lets a second pass and waits until something has become true.
pub(crate) async fn within_a_second(what: &str, time: &StoppedTime, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..2 {
        // What the relay reads takes no time by the stopped clock, but it has to be waited for.
        time.pass(HALF_A_SECOND).await;
        if comes_true(LOOKS, &mut is_so).await {
            return;
        }
    }
    panic!("a second has passed, and it is not so that {what}");
}

#[tokio::test]
async fn pausing_and_resuming_a_friend_acts_within_a_second() {
    let relay = TestRelay::start().await;
    let time = StoppedTime::stop();
    assert_eq!(status(&relay).await, 200);

    friends::set_paused(relay.around().store.pool(), 1, true).await.unwrap();
    becomes(&relay, &time, 403).await;
    friends::set_paused(relay.around().store.pool(), 1, false).await.unwrap();
    becomes(&relay, &time, 200).await;

    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_revoked_or_rotated_key_stops_working_within_a_second() {
    let relay = TestRelay::start().await;
    let time = StoppedTime::stop();
    let pool = relay.around().store.pool();
    let digest = carpool_core::client_key::KeyDigest::of("another");

    client_keys::rotate(pool, 1, digest, "cr_another").await.unwrap();
    becomes(&relay, &time, 401).await;
    let digest = carpool_core::client_key::KeyDigest::of(&relay.key);
    client_keys::rotate(pool, 1, digest, "cr_first").await.unwrap();
    becomes(&relay, &time, 200).await;
    client_keys::revoke(pool, 1, relay.clock.now()).await.unwrap();
    becomes(&relay, &time, 401).await;

    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_new_key_works_within_a_second_and_a_removed_friends_keys_stop() {
    let mut relay = TestRelay::start().await;
    let time = StoppedTime::stop();
    let pool = relay.around().store.pool().clone();

    let digest = carpool_core::client_key::KeyDigest::of("cr_second");
    let new = client_keys::NewClientKey { friend_id: 1, name: "desktop", digest, prefix: "cr_second" };
    client_keys::insert(&pool, new, relay.clock.now()).await.unwrap();
    "cr_second".clone_into(&mut relay.key);
    becomes(&relay, &time, 200).await;
    friends::remove(&pool, 1, relay.clock.now()).await.unwrap();
    becomes(&relay, &time, 401).await;

    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_paused_resumed_or_removed_account_acts_within_a_second() {
    let relay = TestRelay::start().await;
    let time = StoppedTime::stop();
    let pool = relay.around().store.pool();

    accounts::set_paused(pool, 1, true).await.unwrap();
    becomes(&relay, &time, 503).await;
    accounts::set_paused(pool, 1, false).await.unwrap();
    becomes(&relay, &time, 200).await;
    sign_in::remove(relay.around(), 1).await.unwrap();
    becomes(&relay, &time, 503).await;

    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_change_by_another_process_acts_within_a_second() {
    let relay = TestRelay::start().await;
    let time = StoppedTime::stop();

    rows::change(relay.path(), "UPDATE friends SET paused = 1").await;
    becomes(&relay, &time, 403).await;

    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn the_ledger_goes_on_naming_what_was_removed() {
    let relay = TestRelay::start().await;
    assert_eq!(status(&relay).await, 200);

    friends::remove(relay.around().store.pool(), 1, relay.clock.now()).await.unwrap();
    sign_in::remove(relay.around(), 1).await.unwrap();

    let entries = carpool_relay::store::entries::latest(relay.around().store.pool(), None, 10).await.unwrap();
    assert_eq!((entries[0].friend.as_str(), entries[0].account.as_deref()), ("Alex", Some("first")));
    relay.finish().await;
}
