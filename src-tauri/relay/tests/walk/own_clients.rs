//! Subscriptions of every vendor serve only that vendor's own client, unless their owner switched that off; accounts by key
//! serve everybody.

use carpool_core::{
    credential::AccountKind,
    options::Options,
    provider::{Provider, code_assist::CODE_ASSIST, codex::CODEX, droid::DROID},
};
use carpool_relay::store::accounts::NewAccount;

use crate::{
    caller::{Ask, Whole},
    fixtures,
    providers::{self, PAIRS, Pair, TURNED, add_first, new_account, secret, shown, sign_in_as, user_agent},
    relay::TestRelay,
};

/// The providers with subscriptions besides Claude, and what their own clients are called.
fn subscriptions() -> [(&'static Provider, &'static str); 3] {
    [(&CODEX, "Codex"), (&CODE_ASSIST, "Gemini CLI"), (&DROID, "Droid")]
}

fn pair_of(provider: &Provider) -> &'static Pair {
    PAIRS.iter().chain(TURNED).find(|pair| pair.provider.id == provider.id).unwrap()
}

/// Signs a subscription in.
async fn subscribe(relay: &TestRelay, provider: &'static Provider, serves_any_client: bool) -> i64 {
    let account = new_account(relay, provider, "mine");
    let options = Options { serves_any_client, ..account.options.clone() };
    sign_in_as(relay, NewAccount { options, kind: AccountKind::Oauth, ..account }, "access-1").await
}

fn ask_as(relay: &TestRelay, pair: &Pair, client: &str) -> Ask {
    pair.ask(relay, false).without("user-agent").header("user-agent", client)
}

async fn served(relay: &TestRelay, call: Ask, pair: &Pair) -> Whole {
    let file = if pair.provider.id == CODE_ASSIST.id { "plain_wrapped.json" } else { "plain.json" };
    relay.pretend.next(fixtures::of(pair.speech.dialect, file).behaviour());
    call.send().await.whole().await
}

#[tokio::test]
async fn a_subscription_serves_its_vendors_own_client_and_tells_every_other_so() {
    for (provider, label) in subscriptions() {
        let relay = providers::start().await;
        let pair = pair_of(provider);
        subscribe(&relay, provider, false).await;
        let seen = relay.pretend.requests().len();

        for client in
            ["OpenAI/Python 2.1", "claude-cli/2.1.329 (external, cli)", "opencode/1.18", "my codex_cli_rs/0.1", ""]
        {
            let answer = ask_as(&relay, pair, client).send().await.whole().await;
            assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (403, "false"), "{label}: {client}");
            let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(&format!("serve only {label}")), "{message}");
        }
        assert_eq!(relay.pretend.requests().len(), seen, "nothing went upstream");
        assert!(relay.rows().await.iter().all(|row| row.outcome() == ("refused", Some(403), 0)));

        let answer = served(&relay, ask_as(&relay, pair, user_agent(provider)), pair).await;
        assert_eq!(answer.status, 200, "{label}");
        let request = relay.pretend.requests().pop().unwrap();
        assert_eq!(request.headers["authorization"], "Bearer access-1");
        assert_eq!(request.headers["user-agent"], user_agent(provider), "the client's own, and no other");
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_subscription_whose_owner_switched_that_on_serves_any_client_as_what_it_is() {
    for (provider, label) in subscriptions() {
        let relay = providers::start().await;
        let pair = pair_of(provider);
        subscribe(&relay, provider, true).await;

        let answer = served(&relay, ask_as(&relay, pair, "OpenAI/Python 2.1"), pair).await;

        assert_eq!(answer.status, 200, "{label}: {}", answer.text());
        assert_eq!(relay.pretend.requests().pop().unwrap().headers["user-agent"], "OpenAI/Python 2.1");
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn an_account_by_key_serves_every_client() {
    let by_key = PAIRS.iter().chain(TURNED).filter(|pair| pair.provider.kinds.contains(&AccountKind::ApiKey));
    for pair in by_key {
        let relay = providers::start().await;
        add_first(&relay, pair.provider).await;

        for client in ["OpenAI/Python 2.1", user_agent(&CODEX), user_agent(&CODE_ASSIST), user_agent(&DROID), ""] {
            let answer = served(&relay, ask_as(&relay, pair, client), pair).await;
            assert_eq!(answer.status, 200, "{} for '{client}'", pair.name());
        }
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn another_client_goes_past_a_free_subscription_to_a_key_of_the_same_vendor() {
    let relay = providers::start().await;
    subscribe(&relay, &DROID, false).await;
    add_first(&relay, &DROID).await;
    crate::rows::change(relay.path(), "UPDATE accounts SET priority = 1 WHERE name = 'mine'").await;
    relay.house.reload().await.unwrap();
    let pair = pair_of(&DROID);

    served(&relay, ask_as(&relay, pair, "OpenAI/Python 2.1"), pair).await;
    served(&relay, ask_as(&relay, pair, user_agent(&DROID)).body(pair.body(false).replace("caf", "tea")), pair).await;

    let requests = relay.pretend.requests();
    let secrets: Vec<_> = requests.iter().filter_map(|request| request.secret()).collect();
    assert_eq!(secrets, [&*shown(&DROID, 1), "access-1"]);
    assert_eq!(secret(&DROID, 1), shown(&DROID, 1));
    relay.finish_unreconciled().await;
}
