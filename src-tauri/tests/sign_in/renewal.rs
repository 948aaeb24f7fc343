//! Calls with a signed-in account: the access token is used, renewed in time, and lost for good only when it is.

use std::time::Duration;

use carpool_relay::pretend::{Behaviour, Pretend};
use serde_json::Value;

use crate::support::{
    eventually,
    friend::{Answer, CLAUDE_CODE, Friend, prompt},
    login::{point_at, sign_in},
    owner::add_friend,
    program::{Folder, Ran},
    relay::Relay,
};

/// A relay with one account, signed in, and a friend who uses Claude Code.
struct SignedIn {
    folder: Folder,
    pretend: Pretend,
    relay: Relay,
    key: String,
}

impl SignedIn {
    /// Signs in with access tokens that live for so long, and lets later ones live for hours.
    async fn for_a(lifetime: Duration) -> Self {
        let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
        point_at(&folder, &pretend, "/v1/oauth/token");
        pretend.set_access_lifetime(Some(lifetime));
        let signed_in: Ran = sign_in(&folder, &pretend, "own").await;
        assert_eq!(signed_in.code, Some(0), "{signed_in}");
        pretend.set_access_lifetime(Some(Duration::from_secs(8 * 3600)));
        let key = add_friend(&folder, "Alex").await;
        let relay = Relay::start(&folder).await;
        Self { folder, pretend, relay, key }
    }

    async fn ask(&self) -> Answer {
        let friend = Friend::new(&self.relay, &self.key);
        Answer::of(friend.post("/v1/messages", &prompt("hello").to_string()).header("user-agent", CLAUDE_CODE)).await
    }

    /// The access tokens that calls came with, in order.
    fn access_tokens(&self) -> Vec<String> {
        let calls = self.pretend.requests_for("/v1/messages");
        calls.iter().map(|call| call.secret().expect("a token").to_owned()).collect()
    }

    /// The refresh tokens that renewals came with, in order.
    fn refresh_tokens(&self) -> Vec<String> {
        let asked = self.pretend.requests_for("/v1/oauth/token");
        let bodies = asked.iter().map(|request| serde_json::from_slice::<Value>(&request.body).expect("JSON"));
        bodies.filter_map(|body| body["refresh_token"].as_str().map(str::to_owned)).collect()
    }
}

const HOURS: Duration = Duration::from_secs(8 * 3600);

#[tokio::test]
async fn a_call_of_the_vendors_own_client_is_sent_with_the_access_token() {
    let house = SignedIn::for_a(HOURS).await;

    assert_eq!(house.ask().await.status, 200);

    let [call] = <[_; 1]>::try_from(house.pretend.requests_for("/v1/messages")).expect("one call");
    assert!(
        call.headers["authorization"].to_str().is_ok_and(|value| value.starts_with("Bearer sk-ant-oat01-pretend-"))
    );
    assert!(call.headers["anthropic-beta"].to_str().is_ok_and(|list| list.contains("oauth-2025-04-20")));
    assert!(!call.headers.contains_key("x-api-key"));
    assert_eq!(call.headers["user-agent"], CLAUDE_CODE);
    assert_eq!(house.refresh_tokens(), Vec::<String>::new());
}

#[tokio::test]
async fn a_call_of_another_client_is_refused_with_the_reason() {
    let house = SignedIn::for_a(HOURS).await;

    let refused = Friend::new(&house.relay, &house.key).ask(&prompt("hello")).await;

    assert_eq!((refused.status, refused.header("x-should-retry")), (403, Some("false")), "{refused:?}");
    assert!(refused.json()["error"]["message"].as_str().is_some_and(|text| text.contains("Claude Code")));
    assert!(house.pretend.requests_for("/v1/messages").is_empty());
}

#[tokio::test]
async fn an_access_token_that_ended_is_renewed_once_before_it_is_used() {
    let house = SignedIn::for_a(Duration::from_secs(5)).await;

    let (one, two, three) = tokio::join!(house.ask(), house.ask(), house.ask());

    assert_eq!([one.status, two.status, three.status], [200; 3]);
    assert_eq!(house.pretend.refreshes(), 1);
    let tokens = house.access_tokens();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[tokio::test]
async fn every_renewal_uses_the_refresh_token_of_the_one_before_even_after_a_restart() {
    let mut house = SignedIn::for_a(HOURS).await;

    for renewals in 1..=4 {
        house.pretend.end_access_tokens();
        assert_eq!(house.ask().await.status, 200);
        assert_eq!(house.pretend.refreshes(), renewals);
        house.relay.kill().await;
        house.relay = Relay::start(&house.folder).await;
    }

    let mut refresh_tokens = house.refresh_tokens();
    refresh_tokens.dedup();
    assert_eq!(refresh_tokens.len(), 4, "none is used twice: {refresh_tokens:?}");
}

#[tokio::test]
async fn a_renewal_by_command_reaches_the_running_relay() {
    let house = SignedIn::for_a(HOURS).await;
    assert_eq!(house.ask().await.status, 200);
    house.pretend.end_access_tokens();

    let refreshed = house.folder.run("account refresh own").await.done();

    assert_eq!(refreshed["state"], "ready");
    assert_eq!(house.ask().await.status, 200);
    assert_eq!(house.pretend.refreshes(), 1, "what the command was granted is good for the relay");
}

#[tokio::test]
async fn a_token_endpoint_that_is_busy_costs_the_account_no_sign_in() {
    let house = SignedIn::for_a(Duration::from_secs(5)).await;
    house.pretend.next_token(Behaviour::refuse(500));

    assert_eq!(house.ask().await.status, 502);
    // It is left alone for a moment, as after any failure, and the owner may end that.
    let shown = house.folder.run("account show own").await.done();
    assert_eq!(shown["state"], "cooling");
    assert!(shown["until"].is_string() && shown["reason"].is_string(), "{shown}");
    assert_eq!(house.folder.run("account clear own").await.done()["state"], "ready");

    let served = async || (house.ask().await.status == 200).then_some(());
    eventually("the relay knows that it may serve", Duration::from_secs(5), served).await;
}

#[tokio::test]
async fn a_sign_in_that_is_over_needs_login_and_is_back_after_it() {
    let house = SignedIn::for_a(HOURS).await;
    house.pretend.end_sign_ins();

    assert_eq!(house.ask().await.status, 503);
    let shown = house.folder.run("account list").await.done()[0].clone();
    assert_eq!(shown["state"], "needs_login");
    assert!(shown["reason"].as_str().is_some_and(|reason| reason.contains("Refresh token not found")), "{shown}");
    assert_eq!(house.folder.run("doctor").await.code, Some(1));
    assert_eq!(house.ask().await.status, 503);
    assert_eq!(house.refresh_tokens().len(), 1, "what is over is not asked again and again");

    assert_eq!(sign_in(&house.folder, &house.pretend, "own").await.code, Some(0));
    crate::support::eventually("it serves again", crate::support::PATIENCE, async || {
        (house.ask().await.status == 200).then_some(())
    })
    .await;
}
