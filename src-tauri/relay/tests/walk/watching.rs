//! What the owner watches and does while calls go on: who is calling, who may, where the relay listens, what came of it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use carpool_core::schedule::AccountId;
use carpool_relay::{
    live::{Change, LiveCall},
    pretend::{Behaviour, Gate, Place, Trouble, Wait},
    server,
    store::{
        entries::{self, Page},
        settings,
        usage::{self, BarGroup, GroupBy, Whose},
    },
    workers::Workers,
};
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{
    relay::{TestRelay, prompt, streaming_prompt, until},
    verbatim,
};

fn the_call(relay: &TestRelay) -> Arc<LiveCall> {
    let calls = relay.house.live().now();
    assert_eq!(calls.len(), 1);
    Arc::clone(&calls[0])
}

#[tokio::test]
async fn a_call_in_flight_shows_whose_it_is_and_how_far_it_got() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(6), Trouble::Wait(Wait::Until(gate.clone()))));

    let mut answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await;
    answer.read_until("event: content_block_delta").await;

    let call = the_call(&relay);
    assert_eq!((call.key.friend.as_str(), call.key.name.as_str(), &*call.account), ("Alex", "laptop", "first"));
    assert_eq!(call.model.as_deref(), Some("claude-sonnet-4-5"));
    assert!(call.is_answering() && call.input_tokens() > 0 && call.output_tokens() > 0);
    gate.open();
    answer.whole().await;
    assert!(relay.house.live().now().is_empty());
    relay.finish().await;
}

#[tokio::test]
async fn who_watches_is_told_that_calls_begin_and_are_written_down() {
    let relay = TestRelay::start().await;

    relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    let mut seen = Vec::new();
    until("both were told", async || {
        let told = relay.house.live().changes().next().await;
        seen.extend([Change::Calls, Change::Ledger].into_iter().filter(|change| told.has(*change)));
        seen.contains(&Change::Calls) && seen.contains(&Change::Ledger)
    })
    .await;
    relay.finish().await;
}

#[tokio::test]
async fn while_sharing_is_paused_every_call_is_refused_and_none_goes_upstream() {
    let relay = TestRelay::start().await;
    settings::pause_sharing(relay.around().store.pool(), true).await.unwrap();
    relay.house.reload().await.unwrap();

    let refused = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!((refused.status.as_u16(), refused.header("x-should-retry")), (503, "false"));
    assert!(refused.text().contains("paused"));
    assert!(relay.pretend.requests().is_empty());
    settings::pause_sharing(relay.around().store.pool(), false).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status.as_u16(), 200);
    relay.finish().await;
}

#[tokio::test]
async fn a_second_door_serves_and_closing_it_cuts_nobody_at_the_first() {
    let relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Until(gate.clone()))));
    let mut answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await;
    answer.read_until("event: content_block_delta").await;
    let listener = server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let second = listener.local_addr().unwrap();
    let (stop, cut) = (CancellationToken::new(), CancellationToken::new());
    let house = Arc::clone(&relay.house);
    let (stop_too, cut_too) = (stop.clone(), cut.clone());
    let door = tokio::spawn(async move { server::listen(listener, &house, &Workers::here(), stop_too, cut_too).await });

    let call = relay.call(prompt("claude-sonnet-4-5", "hello")).to(second);
    assert_eq!(call.send().await.whole().await.status.as_u16(), 200);
    stop.cancel();
    door.await.unwrap();

    assert!(!cut.is_cancelled());
    gate.open();
    assert!(answer.whole().await.text().contains("event: message_stop"));
    relay.finish().await;
}

#[tokio::test]
async fn an_accounts_windows_are_what_its_last_answer_said() {
    let relay = TestRelay::start_without_account().await;
    let id = relay.add_account("mine", "sk-ant-oat01-mine").await;
    let mut reply = verbatim::answer("application/json", [Bytes::from_static(b"{}")]);
    reply.headers.insert("anthropic-ratelimit-unified-5h-utilization", HeaderValue::from_static("0.25"));
    relay.pretend.next(Behaviour::Verbatim(reply));

    relay.claude_code(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    let windows = relay.house.accounts().snapshot(AccountId(id)).unwrap().windows;
    assert_eq!(windows.iter().map(|window| (window.hours, window.used)).collect::<Vec<_>>(), [(5, 0.25)]);
    relay.finish().await;
}

#[tokio::test]
async fn bars_pages_and_sums_by_id_add_up_to_the_sums_by_name() {
    let mut relay = TestRelay::start().await;
    let alex = relay.key.clone();
    let mia = relay.add_friend("Mia").await;
    for (key, model) in [(&alex, "claude-sonnet-4-5"), (&mia, "claude-haiku-4-5"), (&alex, "claude-haiku-4-5")] {
        relay.key.clone_from(key);
        relay.call(prompt(model, "hello")).send().await.whole().await;
        relay.clock.advance(Duration::from_secs(3600));
    }
    relay.house.flush().await;
    let pool = relay.around().store.pool();
    let (since, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let first: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let hour = |number: i64| first + SignedDuration::from_hours(number);
    let bars: Vec<_> = (0..3).map(|number| (hour(number), hour(number + 1))).collect();

    let by_name = usage::by_name(pool, GroupBy::Friend, since, until).await.unwrap();
    let by_bar = usage::by_bar(pool, BarGroup::Friend, &bars).await.unwrap();
    let by_id = usage::by_id(pool, Whose::Friends, since).await.unwrap();

    let place = |bar: usize| by_bar.iter().find(|part| part.bar == bar).unwrap().name.clone().unwrap();
    assert_eq!([place(0), place(1), place(2)], ["Alex", "Mia", "Alex"]);
    for (name, sums) in &by_name {
        let cost = |part: &&usage::BarSums| part.name.as_ref() == Some(name);
        assert_eq!(by_bar.iter().filter(cost).map(|part| part.sums.cost_pico_usd).sum::<i64>(), sums.cost_pico_usd);
        assert!(sums.cost_pico_usd > 0 && by_id.values().any(|other| other == sums));
    }
    let page = |before, limit| entries::page(pool, Page { since, until, friend: Some("Alex"), before, limit });
    let newest = page(None, 1).await.unwrap();
    let next = page(Some(newest[0].id), 5).await.unwrap();
    assert_eq!(
        [newest[0].model.as_deref(), next[0].model.as_deref()],
        [Some("claude-haiku-4-5"), Some("claude-sonnet-4-5")]
    );
    assert_eq!(next.len(), 1);
    relay.finish().await;
}
