//! SIGTERM: no more connections, what runs may end, everything is written down, exit code 0.

use carpool_relay::pretend::{Behaviour, Gate, Place, Pretend, Trouble, Wait};
use tokio::{net::TcpStream, time::timeout};

use crate::support::{
    PATIENCE,
    database::calls_by_status,
    eventually,
    friend::{Friend, ends_well, prompt, stream},
    owner::{ledger, set_up},
    program::Folder,
    relay::Relay,
};

#[tokio::test]
async fn a_stream_that_runs_when_the_relay_is_told_to_stop_ends_well() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let (friend, address) = (Friend::new(&relay, &key), relay.address().to_owned());
    let gate = Gate::default();
    pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Until(gate.clone()))));

    let mut answer = friend.post("/v1/messages", &stream("hello").to_string()).send().await.expect("an answer");
    let mut events = answer.chunk().await.expect("a stream").expect("its first events").to_vec();
    relay.ask_to_stop().await;
    let is_refused = async || TcpStream::connect(&address).await.is_err().then_some(());
    eventually("connections are refused", PATIENCE, is_refused).await;
    gate.open();
    while let Some(chunk) = answer.chunk().await.expect("it goes on") {
        events.extend_from_slice(&chunk);
    }

    assert!(ends_well(&events), "{}", String::from_utf8_lossy(&events));
    assert!(relay.ended().await.success());
    let rows = ledger(&folder).await;
    assert_eq!((rows.len(), &rows[0]["status"]), (1, &"complete".into()));
    assert!(!folder.data_dir().join("relay.json").exists(), "commands would look for a relay that is gone");
}

#[tokio::test]
async fn a_connection_that_is_kept_for_later_does_not_hold_up_the_end() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    let friend = Friend::new(&relay, &key);
    assert_eq!(friend.ask(&prompt("hello")).await.status, 200);
    let silent = TcpStream::connect(relay.address()).await.expect("a connection");

    let stopping = timeout(PATIENCE / 3, relay.stop());

    stopping.await.expect("it stops at once");
    drop((friend, silent));
}

#[tokio::test]
async fn being_told_twice_ends_it_at_once() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    let key = set_up(&folder, &pretend).await;
    let relay = Relay::start(&folder).await;
    pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Forever)));
    let friend = Friend::new(&relay, &key);
    let mut answer = friend.post("/v1/messages", &stream("hello").to_string()).send().await.expect("an answer");
    answer.chunk().await.expect("a stream").expect("its first events");
    let is_open = async || calls_by_status(&folder).await.contains_key("open").then_some(());
    eventually("the call is written down", PATIENCE, is_open).await;

    let address = relay.address().to_owned();
    relay.ask_to_stop().await;
    let is_refused = async || TcpStream::connect(&address).await.is_err().then_some(());
    eventually("connections are refused", PATIENCE, is_refused).await;
    relay.ask_to_stop().await;

    assert_eq!(relay.ended().await.code(), Some(130));
    Relay::start(&folder).await.stop().await;
    assert_eq!(ledger(&folder).await[0]["status"], "interrupted");
}
