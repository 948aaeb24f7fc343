//! How friends reach the relay: each step of the look, the light, and a probe that opens nothing.
//!
//! The probe of a stream takes most of a second, as it does for owners: only so it can tell pieces that come from pieces
//! that are held back.

use std::time::Duration;

use carpool_core::{
    reach::{Cause, Light, StepId, TunnelSeen, TunnelState, Verdict},
    tunnel::TunnelSettings,
};
use carpool_relay::{
    clock::Stopwatch,
    reach::{Reach, examine, record},
    tunnel::State,
};
use http::HeaderName;

use crate::{
    edge::{Edge, FarEnd},
    relay::{TestRelay, prompt, until},
    stopped_time::StoppedTime,
};

/// The time at which every test begins, as an edge tells it, and eleven minutes later.
const RIGHT: &str = "Fri, 20 Nov 2026 12:00:00 GMT";
const WRONG: &str = "Fri, 20 Nov 2026 12:11:00 GMT";

fn up(url: &str) -> TunnelSeen {
    TunnelSeen { state: TunnelState::Up, url: Some(url.to_owned()) }
}

async fn start() -> TestRelay {
    let relay = TestRelay::start().await;
    relay.house.announce(relay.address).unwrap();
    relay
}

async fn look_through(relay: &TestRelay, url: &str) -> Reach {
    relay.house.tunnel_is(up(url));
    examine(&relay.house).await
}

fn step(reach: &Reach, id: StepId) -> (Verdict, Cause) {
    let step = reach.steps.iter().find(|step| step.id == id).unwrap();
    (step.verdict, step.cause)
}

#[tokio::test]
async fn a_way_that_is_as_it_should_be_is_green_from_end_to_end() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::Dates(RIGHT)).await;

    let reach = look_through(&relay, &far_end.url).await;

    assert_eq!(reach.light, Light::Green, "{reach:#?}");
    assert_eq!(step(&reach, StepId::Tls), (Verdict::Ok, Cause::PlainInside));
    for id in [StepId::Listener, StepId::Tunnel, StepId::Probe, StepId::Stream, StepId::Clock] {
        assert_eq!(step(&reach, id), (Verdict::Ok, Cause::Fine), "{id:?}");
    }
    assert_eq!(relay.house.reach(), reach);
    relay.finish().await;
}

#[tokio::test]
async fn a_way_that_holds_answers_back_is_yellow() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::HoldsBack).await;

    let reach = look_through(&relay, &far_end.url).await;

    assert_eq!(reach.light, Light::Yellow, "{reach:#?}");
    assert_eq!(step(&reach, StepId::Stream), (Verdict::Warn, Cause::Buffered));
    assert_eq!(step(&reach, StepId::Clock).1, Cause::NoOutsideClock, "the relay's own time is no time from outside");
    relay.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_off_is_yellow() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::Dates(WRONG)).await;

    let reach = look_through(&relay, &far_end.url).await;

    assert_eq!(reach.light, Light::Yellow, "{reach:#?}");
    assert_eq!(step(&reach, StepId::Clock), (Verdict::Warn, Cause::ClockWrong));
    relay.finish().await;
}

#[tokio::test]
async fn whoever_else_answers_at_the_public_address_is_not_taken_for_this_relay() {
    let relay = start().await;
    let other = start().await;
    let far_end = FarEnd::start(&relay, Edge::Echoes).await;

    for edge in [Edge::Echoes, Edge::IsAlone] {
        far_end.becomes(edge);
        let reach = look_through(&relay, &far_end.url).await;
        assert_eq!(reach.light, Light::Red, "{edge:?}");
        assert_eq!(step(&reach, StepId::Probe), (Verdict::Fail, Cause::SomebodyElse), "{edge:?}");
    }
    let reach = look_through(&relay, &format!("http://{}", other.address)).await;
    assert_eq!(step(&reach, StepId::Probe), (Verdict::Fail, Cause::SomebodyElse), "another relay is another relay");

    relay.finish().await;
    other.finish().await;
}

#[tokio::test]
async fn each_failure_is_told_at_its_step_and_what_follows_is_left_out() {
    let relay = start().await;
    let address = relay.address;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    for (url, id, cause) in [
        (format!("http://{nobody}"), StepId::Tls, Cause::NoConnection),
        (format!("https://{address}"), StepId::Tls, Cause::BadCertificate),
        ("ftp://relay.example".to_owned(), StepId::Dns, Cause::BadAddress),
        ("nonsense".to_owned(), StepId::Dns, Cause::BadAddress),
    ] {
        let reach = look_through(&relay, &url).await;
        assert_eq!(reach.light, Light::Red, "{url}");
        assert_eq!(step(&reach, id), (Verdict::Fail, cause), "{url}: {:#?}", reach.steps);
        let failed = reach.steps.iter().filter(|step| step.verdict == Verdict::Fail).count();
        assert_eq!((failed, reach.steps.len()), (1, 7), "{url}");
        assert_eq!(step(&reach, StepId::Stream), (Verdict::Skipped, Cause::EarlierStep), "{url}");
    }
    relay.finish().await;
}

#[tokio::test]
async fn without_a_tunnel_there_is_no_light_and_nothing_outside_is_asked() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::PassesOn).await;

    relay.house.tunnel_is(TunnelSeen { state: TunnelState::Off, url: Some(far_end.url.clone()) });
    let reach = examine(&relay.house).await;

    assert_eq!(reach.light, Light::Off);
    assert_eq!(step(&reach, StepId::Listener), (Verdict::Ok, Cause::Fine));
    assert_eq!(far_end.seen().len(), 0);
    relay.finish().await;
}

#[tokio::test]
async fn the_canary_opens_the_probe_and_nothing_else() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::PassesOn).await;
    look_through(&relay, &far_end.url).await;
    let shown = far_end.seen();
    let canary = shown.iter().find_map(|headers| headers.get("x-carpool-canary")).unwrap().to_str().unwrap().to_owned();
    let bare = |target: &str| relay.get(target).without("x-api-key");

    let answered = bare("/probe").header("x-carpool-canary", &canary).send().await.whole().await;
    assert_eq!(answered.status, 200);
    assert!(!answered.text().contains(&canary), "who heard the question does not know the answer");
    for ask in [
        bare("/probe"),
        relay.get("/probe"),
        bare("/probe").header("x-carpool-canary", &canary[1..]),
        bare("/probe").header("x-carpool-canary", answered.json()["relay"].as_str().unwrap()),
        bare("/probe").header("x-carpool-canary", &canary).header("x-carpool-canary", &canary),
        bare(&format!("/probe?x-carpool-canary={canary}")),
    ] {
        let refused = ask.send().await.whole().await;
        assert_eq!((refused.status.as_u16(), refused.body.len()), (404, 0));
    }
    let message = prompt("claude-sonnet-4-5", "hello");
    let call = || relay.call(message.clone()).without("x-api-key");
    for ask in [
        call().header("x-api-key", &canary),
        call().header("authorization", &format!("Bearer {canary}")),
        call().header("x-carpool-canary", &canary),
        call().at(&format!("/v1/messages?key={canary}")),
        call().header("x-api-key", &format!("cr_{canary}")),
        bare("/v1/models").header("x-api-key", &canary),
        bare("/me").header("x-api-key", &canary),
        bare("/me").header("x-carpool-canary", &canary),
    ] {
        assert_eq!(ask.send().await.whole().await.status, 401);
    }
    assert_eq!(relay.pretend.requests().len(), 0, "nothing went upstream");
    relay.finish().await;
}

#[tokio::test]
async fn the_canary_is_in_no_file_and_another_one_after_a_restart() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::PassesOn).await;
    look_through(&relay, &far_end.url).await;
    let first = far_end.seen()[0]["x-carpool-canary"].to_str().unwrap().to_owned();

    until("it is written down what was seen", async || record::read(relay.path()).is_some()).await;
    assert!(crate::privacy::files_with(relay.path(), &first).is_empty());
    let dir = relay.finish_unreconciled().await;
    let again = TestRelay::start_on(dir, carpool_relay::pretend::Pretend::start().await.unwrap()).await;
    assert!(record::read(again.path()).is_none_or(|reach| reach.light == Light::Off));
    let far_end = FarEnd::start(&again, Edge::PassesOn).await;
    look_through(&again, &far_end.url).await;

    assert_ne!(far_end.seen()[0]["x-carpool-canary"].to_str().unwrap(), first);
    again.finish().await;
}

#[tokio::test]
async fn a_running_relay_looks_by_itself_and_at_once_when_something_changes_or_a_command_asks() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::PassesOn).await;
    let light = |wanted: Light| {
        let (house, path) = (relay.house.clone(), relay.path().to_owned());
        async move {
            until(wanted.as_str(), async || {
                house.reach().light == wanted && record::read(&path).is_some_and(|reach| reach.light == wanted)
            })
            .await;
        }
    };

    relay.house.tunnel_is(TunnelSeen { state: TunnelState::Starting, url: None });
    light(Light::Yellow).await;
    relay.house.tunnel_is(up(&far_end.url));
    light(Light::Green).await;
    far_end.becomes(Edge::IsAlone);
    record::ask(&relay.around().store, relay.clock.now()).await.unwrap();
    relay.house.reload().await.unwrap();
    light(Light::Red).await;
    relay.house.tunnel_is(TunnelSeen::default());
    light(Light::Off).await;

    let dir = relay.finish_unreconciled().await;
    assert!(record::read(dir.path()).is_none(), "it says nothing about a relay that does not run");
}

#[tokio::test]
async fn it_looks_every_minute_when_all_is_well_and_every_ten_seconds_when_it_is_not() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::IsAlone).await;
    relay.house.tunnel_is(up(&far_end.url));
    until("it is red", async || relay.house.reach().light == Light::Red).await;
    let looks = || far_end.seen().len();
    let time = StoppedTime::stop();
    let until_the_next = async || {
        let (seen, since) = (looks(), Stopwatch::start());
        until("it looks again", async || {
            time.pass(Duration::from_secs(1)).await;
            looks() > seen
        })
        .await;
        since.elapsed().as_secs()
    };

    until_the_next().await;
    let when_not_well = until_the_next().await;
    far_end.becomes(Edge::PassesOn);
    until("it is green", async || {
        time.pass(Duration::from_millis(200)).await;
        relay.house.reach().light == Light::Green
    })
    .await;
    let when_well = until_the_next().await;

    // What the relay does takes no time by the stopped clock, but while it is waited for, that is moved on.
    assert!((9..=20).contains(&when_not_well), "{when_not_well} s");
    assert!((58..=70).contains(&when_well), "{when_well} s");
    drop(time);
    relay.finish().await;
}

#[tokio::test]
async fn the_owners_own_way_is_looked_through_and_its_header_is_believed() {
    let relay = start().await;
    let far_end = FarEnd::start(&relay, Edge::Tells("x-own-proxy", "203.0.113.9")).await;
    let settings = TunnelSettings {
        url: Some(far_end.url.parse().unwrap()),
        client_address_header: Some(HeaderName::from_static("x-own-proxy")),
        ..TunnelSettings::new("own".parse().unwrap())
    };

    relay.house.tunnel().start(settings).await.unwrap();
    until("it is up", async || {
        relay.clock.advance(Duration::from_secs(1));
        relay.house.tunnel().tend();
        relay.house.tunnel().status().state == State::Up
    })
    .await;
    until("it is green", async || relay.house.reach().light == Light::Green).await;

    assert_eq!(relay.house.reach().url.as_deref(), Some(&*far_end.url));
    let at_the_far_end = far_end.url.trim_start_matches("http://").parse().unwrap();
    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).to(at_the_far_end).send().await.whole().await;
    assert_eq!(answer.status, 200);
    relay.house.note_devices().await.unwrap();
    let listed = carpool_relay::store::devices::list(relay.around().store.pool()).await.unwrap();
    assert_eq!(listed[0].address, "203.0.113.9");
    assert!(!relay.pretend.requests()[0].headers.contains_key("x-own-proxy"));
    relay.finish().await;
}
