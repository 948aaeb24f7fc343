//! Signing in by pasted code, from the authorize address to a saved account.

use carpool_core::{credential::AccountKind, options::Options, provider::claude::CLAUDE};
use carpool_relay::{
    accounts::{refresh_item, sign_in},
    pretend::{Behaviour, EMAIL},
    store::accounts::{self, NewAccount},
};
use http::Method;
use secrecy::ExposeSecret;

use crate::{
    caller::Ask,
    relay::{TestRelay, new_account, prompt},
};

async fn listed(relay: &TestRelay) -> Vec<accounts::Account> {
    accounts::list(relay.around().store.pool()).await.unwrap()
}

async fn refresh_token(relay: &TestRelay, id: i64) -> Option<String> {
    let token = relay.around().vault.get(&refresh_item(id)).await.unwrap();
    token.map(|token| token.expose_secret().to_owned())
}

#[tokio::test]
async fn an_owner_signs_in_by_browser_and_pasted_code() {
    let relay = TestRelay::start_without_account().await;
    let pending = sign_in::begin(relay.around(), &CLAUDE, &Options::default(), None).await.unwrap();

    // The browser: from the authorize address to the page that shows the code.
    let target = |url: &url::Url| url[url::Position::BeforePath..].to_owned();
    let address = relay.pretend.url().socket_addrs(|| None).unwrap()[0];
    let agreed = Ask::bare(address, Method::GET, &target(pending.url())).send().await.whole().await;
    let callback = url::Url::parse(agreed.header("location")).unwrap();
    let page = Ask::bare(address, Method::GET, &target(&callback)).send().await.whole().await.text();
    let pasted = page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let id = sign_in::finish(relay.around(), &pending, &format!(" {pasted}\n"), new_account("mine")).await.unwrap();

    let account = &listed(&relay).await[0];
    assert_eq!((account.id, account.kind, account.profile.email.as_deref()), (id, AccountKind::Oauth, Some(EMAIL)));
    assert_eq!(refresh_token(&relay, id).await.as_deref(), Some("sk-ant-ort01-pretend-2"));
    assert_eq!(sign_in::test(relay.around(), account).await.unwrap().plan.as_deref(), Some("claude_max"));
    relay.finish().await;
}

#[tokio::test]
async fn a_code_works_once_and_only_for_the_sign_in_that_asked_for_it() {
    let relay = TestRelay::start_without_account().await;
    let pending = sign_in::begin(relay.around(), &CLAUDE, &Options::default(), None).await.unwrap();
    let other = sign_in::begin(relay.around(), &CLAUDE, &Options::default(), None).await.unwrap();
    let pasted = relay.pretend.sign_in(pending.url());
    let lone_code = relay.pretend.sign_in(other.url()).split('#').next().unwrap().to_owned();
    let finish = async |pasted: &str| {
        sign_in::finish(relay.around(), &pending, pasted, new_account("mine")).await.map_err(|error| error.code())
    };

    assert_eq!(finish("code#another-state").await, Err("state_mismatch"));
    assert_eq!(finish(&lone_code).await, Err("invalid_grant"), "its code verifier is another one");
    assert!(finish(&pasted).await.is_ok());
    assert_eq!(finish(&pasted).await, Err("invalid_grant"));

    assert_eq!(listed(&relay).await.len(), 1);
    relay.finish().await;
}

#[tokio::test]
async fn a_sign_in_that_fails_saves_nothing() {
    let relay = TestRelay::start_without_account().await;
    for (behaviour, code) in [
        (Behaviour::refuse(500), "token_endpoint_busy"),
        (Behaviour::refuse(429), "token_endpoint_busy"),
        (Behaviour::refuse(403), "token_request_refused"),
        (crate::verbatim::json(r#"{"access_token":"a","expires_in":9}"#), "no_refresh_token"),
        (crate::verbatim::json("<html>"), "not_a_token_answer"),
    ] {
        let pending = sign_in::begin(relay.around(), &CLAUDE, &Options::default(), None).await.unwrap();
        let pasted = relay.pretend.sign_in(pending.url());
        relay.pretend.next_token(behaviour);

        let finished = sign_in::finish(relay.around(), &pending, &pasted, new_account("mine")).await;

        assert_eq!(finished.map_err(|error| error.code()), Err(code));
        assert!(listed(&relay).await.is_empty());
    }
    relay.finish().await;
}

#[tokio::test]
async fn signing_in_again_under_the_same_name_mends_the_account_in_place() {
    let relay = TestRelay::start_without_account().await;
    let id = relay.sign_in("mine").await;
    relay.pretend.end_sign_ins();
    relay.claude_code(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
    assert_eq!(relay.standing(id), "needs_login");
    let first = refresh_token(&relay, id).await;

    let again = relay.sign_in("mine").await;

    assert_eq!(again, id);
    assert_eq!(relay.standing(id), "ready");
    assert_ne!(refresh_token(&relay, id).await, first);
    relay.finish().await;
}

#[tokio::test]
async fn a_removed_account_leaves_no_secret_and_frees_its_name() {
    let relay = TestRelay::start_without_account().await;
    let id = relay.sign_in("mine").await;

    sign_in::remove(relay.around(), id).await.unwrap();

    assert!(listed(&relay).await.is_empty());
    assert_eq!(refresh_token(&relay, id).await, None);
    assert!(accounts::credential(relay.around().store.pool(), id).await.unwrap().is_none());
    assert_ne!(relay.sign_in("mine").await, id);
    relay.finish().await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_one_is_refused_and_a_name_is_given_once() {
    let relay = TestRelay::start().await;
    let add = async |name: &str, secret: &str| {
        let account = NewAccount { name: name.to_owned(), ..new_account(name) };
        let added = sign_in::add_by_secret(relay.around(), account, &secret.into(), None).await;
        added.map(|_| ()).map_err(|error| error.code())
    };

    assert_eq!(add("other", "").await, Err("not_a_secret"));
    assert_eq!(add("other", "two words").await, Err("not_a_secret"));
    assert_eq!(add("other", &relay.key).await, Err("not_a_secret"));
    assert_eq!(add("first", "sk-ant-api03-x").await, Err("name_taken"));
    assert_eq!(add("other", "sk-ant-oat01-setup").await, Ok(()));

    let kinds: Vec<_> = listed(&relay).await.iter().map(|account| account.kind).collect();
    assert_eq!(kinds, [AccountKind::ApiKey, AccountKind::SetupToken]);
    relay.finish().await;
}

#[tokio::test]
async fn testing_an_account_says_what_is_wrong_with_it() {
    let relay = TestRelay::start().await;
    let account = &listed(&relay).await[0];

    assert!(sign_in::test(relay.around(), account).await.is_ok());
    relay.pretend.next(Behaviour::refuse(401));
    let refused = sign_in::test(relay.around(), account).await.unwrap_err();

    assert_eq!(refused.code(), "account_refused");
    assert!(refused.to_string().contains("HTTP 401"), "{refused}");
    assert!(relay.rows().await.is_empty(), "a test is no call");
    relay.finish().await;
}
