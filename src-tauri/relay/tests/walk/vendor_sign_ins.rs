//! Signing in to Codex and to Code Assist by pasted code, and renewing such sign-ins, against an authorization server that
//! takes no request that is not as the vendor wants it. What is secret is in the vault and in no file.

use std::time::Duration;

use carpool_core::{
    credential::AccountKind,
    options::Options,
    provider::{Provider, code_assist::CODE_ASSIST, codex::CODEX},
};
use carpool_relay::{
    accounts::{refresh_item, sign_in},
    pretend::{Behaviour, Pretend},
    store::accounts::{self, Account, NewAccount},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::{
    authority::{Authority, id_token},
    fixtures,
    privacy::files_with,
    providers::{self, PAIRS, Pair, TURNED, new_account},
    relay::TestRelay,
    verbatim,
};

/// What Code Assist says of an account.
const LOADED: &str = r#"{"currentTier":{"id":"standard-tier","name":"Standard"},"cloudaicompanionProject":"found-7"}"#;
const CLIENT_SECRET: &str = "GOCSPX-of-the-owner";

fn pair_of(provider: &Provider) -> &'static Pair {
    PAIRS.iter().chain(TURNED).find(|pair| pair.provider.id == provider.id).unwrap()
}

fn besides(provider: &Provider) -> Value {
    let auth = json!({ "chatgpt_account_id": "acc-1", "chatgpt_plan_type": "pro" });
    let claims = json!({ "email": "o@example.org", "https://api.openai.com/auth": auth });
    match provider.id {
        "codex" => json!({ "id_token": id_token(&claims) }),
        _ => json!({ "id_token": id_token(&json!({ "email": "o@example.org" })), "scope": "x" }),
    }
}

async fn relay_at(provider: &Provider) -> (TestRelay, Authority) {
    let authority = Authority::start(besides(provider)).await;
    if provider.id == CODE_ASSIST.id {
        authority.want_secret(CLIENT_SECRET);
    }
    (providers::start_with(Pretend::start().await.unwrap(), &authority.url).await, authority)
}

/// The account as the owner asks for it: without a project, which the vendor names.
fn wanted(relay: &TestRelay, provider: &'static Provider) -> NewAccount {
    let account = new_account(relay, provider, "mine");
    let options = Options { project: None, ..account.options.clone() };
    NewAccount { options, ..account }
}

async fn sign_in_to(relay: &TestRelay, authority: &Authority, provider: &'static Provider) -> i64 {
    let account = wanted(relay, provider);
    let begun = sign_in::begin(relay.around(), provider, &account.options, None).await.unwrap();
    let pasted = authority.agree(begun.url());
    if provider.discover.is_some() {
        relay.pretend.next(verbatim::json(LOADED));
    }
    let id = sign_in::finish(relay.around(), &begun, &pasted, account).await.unwrap();
    relay.house.reload().await.unwrap();
    id
}

async fn stored(relay: &TestRelay) -> Account {
    accounts::list(relay.around().store.pool()).await.unwrap().remove(0)
}

async fn refresh_token(relay: &TestRelay, id: i64) -> String {
    relay.around().vault.get(&refresh_item(id)).await.unwrap().unwrap().expose_secret().to_owned()
}

/// Answers a call with this access token.
fn serve(relay: &TestRelay, pair: &Pair, token: &str) {
    let file = if pair.provider.id == CODE_ASSIST.id { "plain_wrapped.json" } else { "plain.json" };
    relay.pretend.next_for(token, fixtures::of(pair.speech.dialect, file).behaviour());
}

#[tokio::test]
async fn codex_is_signed_in_to_by_the_address_the_browser_ends_on_and_tells_account_and_plan() {
    let (relay, authority) = relay_at(&CODEX).await;

    let id = sign_in_to(&relay, &authority, &CODEX).await;

    let account = stored(&relay).await;
    assert_eq!((account.id, account.kind), (id, AccountKind::Oauth));
    assert_eq!(account.options.project.as_deref(), Some("acc-1"));
    assert_eq!(account.profile.email.as_deref(), Some("o@example.org"));
    assert_eq!(account.profile.plan.as_deref(), Some("pro"));
    let form = authority.last();
    let mut names: Vec<_> = form.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["client_id", "code", "code_verifier", "grant_type", "redirect_uri"]);
    assert_eq!(form["client_id"], "app_EMoamEEZ73f0CkXaXp7hrann");
    assert_eq!(refresh_token(&relay, id).await, "refresh-token-1");

    serve(&relay, pair_of(&CODEX), "access-token-1");
    assert_eq!(pair_of(&CODEX).ask(&relay, false).send().await.whole().await.status, 200);
    assert_eq!(relay.pretend.requests().pop().unwrap().headers["chatgpt-account-id"], "acc-1");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn code_assist_is_signed_in_to_with_the_owners_own_client_and_its_project_found() {
    let (relay, authority) = relay_at(&CODE_ASSIST).await;

    let id = sign_in_to(&relay, &authority, &CODE_ASSIST).await;
    assert_eq!(stored(&relay).await.options.project.as_deref(), Some("found-7"));
    for _ in 0..2 {
        relay.pretend.next_for("access-token-1", verbatim::json(LOADED));
    }
    let profile = sign_in::test(relay.around(), &stored(&relay).await).await.unwrap();
    relay.house.reload().await.unwrap();

    let form = authority.last();
    assert_eq!((&*form["client_id"], &*form["client_secret"]), ("the-owners-own", CLIENT_SECRET));
    let account = stored(&relay).await;
    assert_eq!(account.options.project.as_deref(), Some("found-7"));
    assert_eq!(account.options.client_id.as_deref(), Some("the-owners-own"));
    assert_eq!((profile.plan.as_deref(), profile.email.as_deref()), (Some("Standard"), Some("o@example.org")));
    let asked: Vec<_> = relay.pretend.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(asked, ["/code-assist/v1internal:loadCodeAssist"; 3]);

    serve(&relay, pair_of(&CODE_ASSIST), "access-token-1");
    assert_eq!(pair_of(&CODE_ASSIST).ask(&relay, false).send().await.whole().await.status, 200);
    let request = relay.pretend.requests().pop().unwrap();
    assert!(String::from_utf8_lossy(&request.body).contains("\"project\":\"found-7\""));
    assert_eq!(refresh_token(&relay, id).await, "refresh-token-1");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_by_the_vendors_form_and_the_new_refresh_token_is_kept() {
    for (provider, besides) in [(&CODEX, &["scope"][..]), (&CODE_ASSIST, &["client_secret"][..])] {
        let (relay, authority) = relay_at(provider).await;
        let id = sign_in_to(&relay, &authority, provider).await;
        let pair = pair_of(provider);
        relay.pretend.always_for("access-token-1", Behaviour::refuse(401));
        serve(&relay, pair, "access-token-2");

        let answer = pair.ask(&relay, false).send().await.whole().await;

        assert_eq!(answer.status, 200, "{}: {}", provider.id, answer.text());
        let form = authority.last();
        let mut names: Vec<_> = form.keys().map(String::as_str).collect();
        let mut expected = ["client_id", "grant_type", "refresh_token"].to_vec();
        expected.extend(besides);
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{}", provider.id);
        assert_eq!((&*form["refresh_token"], authority.asked().len()), ("refresh-token-1", 2));
        assert_eq!(refresh_token(&relay, id).await, "refresh-token-2", "{}", provider.id);
        assert_eq!((relay.standing(id), relay.row().await.attempts), ("ready", 2));
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_renewed_before_the_call_and_a_sign_in_that_is_over_needs_login() {
    for provider in [&CODEX, &CODE_ASSIST] {
        let (relay, authority) = relay_at(provider).await;
        let id = sign_in_to(&relay, &authority, provider).await;
        let pair = pair_of(provider);
        relay.clock.advance(Duration::from_secs(3600));
        serve(&relay, pair, "access-token-2");

        assert_eq!(pair.ask(&relay, false).send().await.whole().await.status, 200, "{}", provider.id);
        assert_eq!(relay.pretend.requests().pop().unwrap().secret(), Some("access-token-2"));

        authority.end_all();
        relay.clock.advance(Duration::from_secs(3600));
        let seen = relay.pretend.requests().len();
        let answer = pair.ask(&relay, false).send().await.whole().await;
        assert_eq!((answer.status.as_u16(), relay.standing(id)), (503, "needs_login"), "{}", provider.id);
        assert!(answer.text().contains("needs login"), "{}", answer.text());
        assert_eq!(relay.pretend.requests().len(), seen, "{}: nothing was sent", provider.id);

        let again = sign_in_to(&relay, &authority, provider).await;
        assert_eq!((again, relay.standing(id)), (id, "ready"));
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_code_of_another_sign_in_or_with_the_wrong_client_secret_saves_nothing() {
    let (relay, authority) = relay_at(&CODE_ASSIST).await;
    let account = wanted(&relay, &CODE_ASSIST);
    let begin = || sign_in::begin(relay.around(), &CODE_ASSIST, &account.options, None);
    let (one, other) = (begin().await.unwrap(), begin().await.unwrap());
    let pasted = authority.agree(one.url());
    let code = async |begun, pasted: &str, account: NewAccount| {
        sign_in::finish(relay.around(), begun, pasted, account).await.map_err(|error| error.code())
    };

    assert_eq!(code(&other, &pasted, account.clone()).await, Err("state_mismatch"));
    let wrong = NewAccount { client_secret: Some("GOCSPX-wrong".into()), ..account.clone() };
    assert_eq!(code(&one, &pasted, wrong).await, Err("token_request_refused"));
    let denied = "http://localhost:1455/auth/callback?error=access_denied";
    assert_eq!(code(&one, denied, account.clone()).await, Err("sign_in_denied"));

    assert!(accounts::list(relay.around().store.pool()).await.unwrap().is_empty());
    assert!(
        sign_in::begin(relay.around(), &CODE_ASSIST, &Options::default(), None).await.is_err(),
        "no client of Carpool's"
    );
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn nothing_that_is_secret_of_a_sign_in_is_in_any_file() {
    for provider in [&CODEX, &CODE_ASSIST] {
        let (relay, authority) = relay_at(provider).await;
        sign_in_to(&relay, &authority, provider).await;
        let pair = pair_of(provider);
        relay.pretend.always_for("access-token-1", Behaviour::refuse(401));
        serve(&relay, pair, "access-token-2");
        assert_eq!(pair.ask(&relay, false).send().await.whole().await.status, 200);
        relay.settled().await;

        let of_sign_in = authority.asked().remove(0).form;
        let secrets = [
            "access-token-1".to_owned(),
            "access-token-2".to_owned(),
            "refresh-token-1".to_owned(),
            "refresh-token-2".to_owned(),
            CLIENT_SECRET.to_owned(),
            of_sign_in["code"].clone(),
            of_sign_in["code_verifier"].clone(),
        ];
        let check = |dir: &std::path::Path| {
            for secret in &secrets {
                assert_eq!(files_with(dir, secret), [""; 0], "{}: {secret}", provider.id);
            }
            assert!(!files_with(dir, "mine").is_empty(), "the account itself is in a file");
        };
        check(relay.path());
        check(relay.finish_unreconciled().await.path());
    }
}
