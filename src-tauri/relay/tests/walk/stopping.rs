//! Stopping: nobody new comes in, who is inside is served to the end, and the ledger is written.

use std::{path::PathBuf, sync::Arc};

use carpool_relay::{
    House, OpenError, Start,
    pretend::{Behaviour, Gate, Place, Trouble, Wait},
    running,
    tunnel::Processes,
    vault::VaultKind,
};

use crate::{
    relay::{TestRelay, prompt, streaming_prompt, until},
    rows,
};

fn start(relay: &TestRelay) -> Start {
    Start {
        data_dir: relay.path().to_owned(),
        vault: VaultKind::File,
        endpoints: relay.pretend.endpoints(),
        clock: relay.clock.clone(),
        launcher: Arc::new(Processes::default()),
    }
}

#[tokio::test]
async fn a_stream_that_runs_when_the_relay_stops_ends_well_and_nobody_new_comes_in() {
    let mut relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Until(gate.clone()))));
    let mut answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await;
    answer.read_until("event: content_block_delta").await;

    relay.stop();
    until("new connections are refused", async || {
        relay.call(prompt("claude-sonnet-4-5", "hello")).try_send().await.is_err()
    })
    .await;
    gate.open();
    let rest = answer.whole().await;
    relay.stopped().await;

    assert!(rest.is_whole && rest.text().contains("event: message_stop"));
    assert_eq!(relay.rows().await[0].outcome(), ("complete", Some(200), 1));
    relay.finish().await;
}

#[tokio::test]
async fn a_call_that_waits_for_its_answer_when_the_relay_stops_is_answered() {
    let mut relay = TestRelay::start().await;
    let gate = Gate::default();
    relay.pretend.next(Behaviour::behind(&gate));
    let calling = tokio::spawn(relay.call(prompt("claude-sonnet-4-5", "hello")).send());
    until("the provider has the call", async || relay.pretend.requests().len() == 1).await;

    relay.stop();
    gate.open();
    let answer = calling.await.unwrap().whole().await;
    relay.stopped().await;

    assert_eq!((answer.status.as_u16(), answer.is_whole), (200, true));
    assert_eq!(relay.row().await.status, "complete");
    relay.finish().await;
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_the_relay_up() {
    let mut relay = TestRelay::start().await;
    let _idle = tokio::net::TcpStream::connect(relay.address).await.unwrap();
    relay.get("/v1/models").send().await.whole().await;
    let time = crate::stopped_time::StoppedTime::stop();

    relay.stop();
    relay.stopped().await;

    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_call_whose_client_left_does_not_hold_the_relay_up_and_is_written_down() {
    let mut relay = TestRelay::start().await;
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Forever)));
    let mut answer = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send().await;
    answer.read_until("event: content_block_delta").await;
    drop(answer);

    relay.stop();
    relay.stopped().await;

    let row = relay.row().await;
    assert_eq!(row.outcome(), ("aborted", Some(200), 1));
    assert!(row.input_tokens.is_some());
    relay.finish().await;
}

#[tokio::test]
async fn only_one_relay_runs_on_a_data_folder_and_commands_find_it() {
    let mut relay = TestRelay::start().await;
    relay.house.announce(relay.address).unwrap();

    let second = House::open(start(&relay)).await;
    let found = running(relay.path()).unwrap();

    assert!(matches!(second, Err(OpenError::Running(_))));
    assert_eq!((found.pid, found.url), (std::process::id(), format!("http://{}", relay.address)));
    relay.stop();
    relay.stopped().await;
    assert!(!relay.path().join("relay.json").exists());
    relay.finish().await;
}

#[tokio::test]
async fn a_stopped_relay_leaves_a_whole_database_and_can_be_started_again() {
    let relay = TestRelay::start().await;
    relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    let (key, pretend) = (relay.key.clone(), carpool_relay::pretend::Pretend::start().await.unwrap());
    let before = relay.rows().await;
    let dir = relay.finish_unreconciled().await;

    let log: PathBuf = dir.path().join("carpool.db-wal");
    assert!(!log.exists() || log.metadata().unwrap().len() == 0, "the log is folded into the database");
    let mut again = TestRelay::start_on(dir, pretend).await;
    again.key = key;

    assert_eq!(rows::read(again.path()).await, before);
    assert_eq!(again.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await.status, 200);
    again.finish_unreconciled().await;
}
