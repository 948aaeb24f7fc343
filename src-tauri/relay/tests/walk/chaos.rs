//! Everything at once: after it, the ledger and the provider agree to the token, and nothing is left behind.

use std::collections::HashMap;

use carpool_relay::{
    pretend::{Behaviour, TROUBLE_MODELS},
    store::usage::{self, GroupBy},
};
use jiff::Timestamp;

use crate::{
    relay::{TestRelay, prompt, streaming_prompt},
    rows,
};

/// Models that take their time, which this test has not.
const SLOW: [&str; 2] = ["pretend-stall", "pretend-slow"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_any_chaos_the_ledger_agrees_with_the_provider_to_the_token() {
    let relay = TestRelay::start().await;
    relay.add_account("second", "sk-ant-api03-second").await;
    relay.add_account("third", "sk-ant-api03-third").await;
    relay.sign_in("mine").await;
    let good = ["claude-sonnet-4-5", "claude-haiku-4-5"];
    let trouble =
        TROUBLE_MODELS.iter().map(|model| model.name).filter(|name| !SLOW.contains(name) && *name != "pretend-401");
    let models: Vec<_> = good.into_iter().chain(trouble).collect();

    let mut clients = Vec::new();
    for round in 0..120 {
        let model = models[round % models.len()];
        let text = format!("round {round}");
        let body = if round % 3 == 0 { prompt(model, &text) } else { streaming_prompt(model, &text) };
        let call = if round % 4 == 0 { relay.claude_code(body) } else { relay.call(body) };
        clients.push(tokio::spawn(async move {
            let mut answer = call.send().await;
            if round % 5 == 0 {
                // This one leaves after the first piece.
                return answer.piece().await.is_some();
            }
            answer.whole().await;
            true
        }));
        if round == 60 {
            relay.pretend.end_access_tokens();
        }
    }
    for client in clients {
        client.await.unwrap();
    }

    assert_eq!(relay.settled().await.len(), 120);
    relay.finish().await;
}

#[tokio::test]
async fn each_call_counts_for_the_friend_the_key_and_the_account_it_came_with() {
    let mut relay = TestRelay::start().await;
    relay.add_account("second", "sk-ant-api03-second").await;
    let alex = relay.key.clone();
    let desktop = relay.add_key(1, "desktop").await;
    let mia = relay.add_friend("Mia").await;
    for (key, calls) in [(alex, 1), (desktop, 2), (mia, 3)] {
        relay.key = key;
        for call in 0..calls {
            if call == 1 && calls == 2 {
                // From here on the first account is left alone.
                relay.pretend.next_for("sk-ant-api03-first", Behaviour::refuse(529));
            }
            relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
        }
    }

    let rows = relay.settled().await;
    let calls_by = async |group| -> HashMap<String, i64> {
        let sums = usage::by_name(relay.around().store.pool(), group, Timestamp::MIN, Timestamp::MAX).await.unwrap();
        let cost: i64 = sums.iter().map(|(_, sums)| sums.cost_pico_usd).sum();
        assert_eq!(cost, rows.iter().filter_map(|row| row.cost_pico_usd).sum::<i64>());
        sums.into_iter().map(|(name, sums)| (name, sums.calls)).collect()
    };
    let expected = |pairs: &[(&str, i64)]| pairs.iter().map(|(name, calls)| ((*name).to_owned(), *calls)).collect();
    assert_eq!(calls_by(GroupBy::Friend).await, expected(&[("Alex", 3), ("Mia", 3)]));
    assert_eq!(calls_by(GroupBy::Key).await, expected(&[("Alex/laptop", 1), ("Alex/desktop", 2), ("Mia/laptop", 3)]));
    assert_eq!(calls_by(GroupBy::Account).await, expected(&[("first", 2), ("second", 4)]));
    assert_eq!(calls_by(GroupBy::Model).await, expected(&[("claude-sonnet-4-5", 6)]));
    relay.finish().await;
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_takes_no_new_calls_and_loses_none() {
    let relay = TestRelay::start().await;
    rows::change(relay.path(), "ALTER TABLE calls RENAME TO calls_away").await;

    let served = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    let refused = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    let health = relay.get("/health").send().await.whole().await;
    rows::change(relay.path(), "ALTER TABLE calls_away RENAME TO calls").await;
    relay.house.flush().await;
    let after = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

    assert_eq!((served.status.as_u16(), served.is_whole), (200, true), "a slow disk does not hold up an answer");
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "30"));
    assert_eq!((health.status.as_u16(), &health.json()["status"]), (503, &"failing".into()));
    assert_eq!(after.status, 200);
    let rows = relay.settled().await;
    let outcomes: Vec<_> = rows.iter().map(|row| row.outcome()).collect();
    assert_eq!(outcomes, [("complete", Some(200), 1), ("refused", Some(503), 0), ("complete", Some(200), 1)]);
    relay.finish().await;
}
