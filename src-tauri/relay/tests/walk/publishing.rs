//! The public address is told to the place that the owner chose, and who still uses an old one is known.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
};
use carpool_core::reach::{TunnelSeen, TunnelState};
use carpool_relay::reach::{
    names,
    publish::{self, Published, Telling},
};
use http::StatusCode;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    changes::within_a_second,
    privacy::files_with,
    relay::{TestRelay, prompt, until},
    stopped_time::StoppedTime,
};

/// What is secret in the place's address.
const HOOK: &str = "hook-7c1d-secret";

#[derive(Debug, Default)]
struct Shared {
    told: Mutex<Vec<(String, Value)>>,
    statuses: Mutex<VecDeque<u16>>,
}

/// A place that addresses are told to; it stops when this is dropped.
struct Place {
    url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Place {
    /// One that answers like this, one after the other, and then takes everything.
    async fn start(statuses: &[u16]) -> Self {
        let shared = Arc::new(Shared { statuses: Mutex::new(statuses.iter().copied().collect()), ..Shared::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/services/{HOOK}", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(router.clone());
                let builder = auto::Builder::new(TokioExecutor::new());
                // A client that breaks its connection off is the client's business.
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            }
        });
        Self { url, shared, serving }
    }

    fn told(&self) -> Vec<Value> {
        self.shared.told.lock().unwrap().iter().map(|(_, told)| told.clone()).collect()
    }
}

async fn take(State(shared): State<Arc<Shared>>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let told = serde_json::from_slice(&to_bytes(body, 1 << 16).await.unwrap()).unwrap();
    shared.told.lock().unwrap().push((head.uri.path().to_owned(), told));
    let status = shared.statuses.lock().unwrap().pop_front().unwrap_or(204);
    StatusCode::from_u16(status).unwrap()
}

fn up(url: &str) -> TunnelSeen {
    TunnelSeen { state: TunnelState::Up, url: Some(url.to_owned()) }
}

/// Waits until it is known what became of telling this address.
async fn told(relay: &TestRelay, url: &str) -> Published {
    let last = async || publish::last(&relay.around().store).await.unwrap().filter(|last| last.url == url);
    until("the address was told", async || last().await.is_some()).await;
    last().await.unwrap()
}

#[tokio::test]
async fn every_change_of_the_address_is_told_once_with_the_one_before() {
    let relay = TestRelay::start().await;
    let place = Place::start(&[]).await;
    publish::set_place(relay.around(), Some(&place.url.clone().into())).await.unwrap();

    relay.house.tunnel_is(up("https://blue.example"));
    assert_eq!(told(&relay, "https://blue.example").await.state, Telling::Told);
    relay.house.tunnel_is(TunnelSeen { state: TunnelState::Retrying("network".to_owned()), url: None });
    relay.house.tunnel_is(up("https://blue.example"));
    relay.house.reload().await.unwrap();
    relay.house.tunnel_is(up("https://red.example"));
    assert_eq!(told(&relay, "https://red.example").await.state, Telling::Told);

    let at = relay.clock.now();
    assert_eq!(
        place.told(),
        [
            json!({ "event": "address", "url": "https://blue.example", "at": at, "previous": null }),
            json!({ "event": "address", "url": "https://red.example", "at": at, "previous": "https://blue.example" }),
        ]
    );
    assert!(place.shared.told.lock().unwrap()[0].0.ends_with(HOOK), "it was told where the owner said");
    assert!(files_with(relay.path(), HOOK).is_empty(), "the place's address is sealed");
    assert_eq!(publish::shown(&place.url.clone().into()), place.url.replace(&format!("services/{HOOK}"), "…"));
    relay.finish().await;
}

#[tokio::test]
async fn without_a_place_or_after_it_was_taken_away_nobody_is_told() {
    let relay = TestRelay::start().await;
    let place = Place::start(&[]).await;
    publish::set_place(relay.around(), Some(&place.url.clone().into())).await.unwrap();
    publish::set_place(relay.around(), None).await.unwrap();

    relay.house.tunnel_is(up("https://blue.example"));
    let address = async || names::address(&relay.around().store).await.unwrap();
    until("the address is noted", async || address().await.is_some()).await;

    assert_eq!(publish::last(&relay.around().store).await.unwrap(), None);
    assert_eq!(place.told(), Vec::<Value>::new());
    for nonsense in ["", "blue.example", "ftp://blue.example/x", "file:///etc/passwd", "https://"] {
        assert!(publish::set_place(relay.around(), Some(&nonsense.into())).await.is_err(), "{nonsense}");
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_place_in_trouble_is_told_again_after_a_pause() {
    let relay = TestRelay::start().await;
    let place = Place::start(&[503]).await;
    publish::set_place(relay.around(), Some(&place.url.clone().into())).await.unwrap();
    relay.house.tunnel_is(up("https://blue.example"));
    let first = told(&relay, "https://blue.example").await;
    let time = StoppedTime::stop();

    time.pass(Duration::from_millis(4500)).await;
    let last = async || publish::last(&relay.around().store).await.unwrap().unwrap();
    within_a_second("it is told", &time, async || last().await.state == Telling::Told).await;

    assert_eq!((first.state, &*first.detail, first.tries), (Telling::Trying, "HTTP 503", 1));
    assert!(first.again_at.is_some());
    assert_eq!((last().await.tries, place.told().len()), (2, 2));
    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn a_place_that_refuses_is_left_alone_until_the_owner_says_so() {
    let relay = TestRelay::start().await;
    let place = Place::start(&[404]).await;
    publish::set_place(relay.around(), Some(&place.url.clone().into())).await.unwrap();

    relay.house.tunnel_is(up("https://blue.example"));
    assert_eq!(told(&relay, "https://blue.example").await.state, Telling::GaveUp);
    publish::tell_again(relay.around()).await.unwrap();
    relay.house.reload().await.unwrap();

    assert_eq!(told(&relay, "https://blue.example").await.state, Telling::Told);
    assert_eq!(place.told().len(), 2);
    relay.finish().await;
}

#[tokio::test]
async fn who_came_last_by_an_old_address_is_known_and_nothing_else_that_stood_in_a_host() {
    let relay = TestRelay::start().await;
    let store = &relay.around().store;
    let known = async |url: &str| {
        relay.house.tunnel_is(up(url));
        let is_known = async || names::address(store).await.unwrap().is_some_and(|address| address.url == url);
        until("the address is known", is_known).await;
    };
    let call_by = async |host: &str| {
        let call = relay.call(prompt("claude-sonnet-4-5", "hello")).without("host").header("host", host);
        assert_eq!(call.send().await.whole().await.status, 200);
        relay.house.note_devices().await.unwrap();
    };
    let old = async || {
        let found = names::on_old_address(store, relay.clock.now()).await.unwrap();
        found.into_iter().map(|one| format!("{} {} {}", one.friend, one.key, one.reached_by)).collect::<Vec<_>>()
    };

    known("https://Blue.example").await;
    call_by("blue.example:443").await;
    assert_eq!(old().await, Vec::<String>::new());
    known("https://red.example").await;
    assert_eq!(old().await, ["Alex laptop blue.example"]);
    call_by("canary-5f1e7c.example").await;
    assert_eq!(old().await, ["Alex laptop blue.example"], "a name that is none of the relay's says nothing");
    assert!(files_with(relay.path(), "canary-5f1e7c").is_empty());
    call_by("red.example").await;
    assert_eq!(old().await, Vec::<String>::new());
    relay.finish().await;
}
