//! Lists of models, in each dialect: what a key may use and nothing else, with the provider asked once in a while; and a
//! model that no account has.

use std::time::Duration;

use carpool_core::{
    options::Options,
    provider::{Provider, azure::AZURE, claude::CLAUDE, compatible::COMPATIBLE, gemini::GEMINI, openai::OPENAI},
};
use carpool_relay::{
    pretend::Behaviour,
    store::{
        accounts::{self, NewAccount},
        client_keys::{self, Bound},
    },
};
use http::Method;
use serde_json::Value;

use crate::{
    caller::Ask,
    providers::{self, PAIRS, TURNED, add, add_first, new_account, secret, user_agent},
    relay::TestRelay,
    verbatim,
};

/// Adds an account that serves these models only.
async fn add_with(relay: &TestRelay, provider: &'static Provider, number: usize, models: &[&str]) -> i64 {
    let account = new_account(relay, provider, &format!("{} {number}", provider.id));
    let models = models.iter().map(|model| model.parse().unwrap()).collect();
    let options = Options { models, ..account.options.clone() };
    add(relay, NewAccount { options, ..account }, &secret(provider, number)).await
}

fn get(relay: &TestRelay, target: &str, header: &str) -> Ask {
    let before = if header == "authorization" { "Bearer " } else { "" };
    Ask::bare(relay.address, Method::GET, target).header(header, &format!("{before}{}", relay.key))
}

/// The names in a list of models, in the form of whichever dialect it is in.
async fn listed(call: Ask) -> Vec<String> {
    let answer = call.send().await.whole().await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    assert!(answer.header("x-carpool-call").starts_with("call_"));
    names(&answer.json())
}

fn names(list: &Value) -> Vec<String> {
    let (members, name) = match list.get("models") {
        Some(models) => (models, "name"),
        None => (&list["data"], "id"),
    };
    members.as_array().unwrap().iter().map(|model| model[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_dialects_list_is_in_its_own_form_and_has_the_models_of_the_accounts_that_speak_it() {
    let relay = providers::start().await;
    add_with(&relay, &CLAUDE, 1, &["claude-sonnet-4-5"]).await;
    add_with(&relay, &OPENAI, 1, &["gpt-4.1", "gpt-5.2"]).await;
    add_with(&relay, &GEMINI, 1, &["gemini-2.5-pro"]).await;

    let messages = get(&relay, "/api/v1/models?limit=1000", "x-api-key").send().await.whole().await.json();
    assert_eq!(messages["data"][0]["display_name"], "claude-sonnet-4-5");
    assert_eq!((&messages["data"][0]["type"], &messages["has_more"]), (&"model".into(), &false.into()));
    assert_eq!(messages["data"].as_array().unwrap().len(), 1);
    let chat = get(&relay, "/openai/v1/models", "authorization").send().await.whole().await.json();
    assert_eq!((&chat["object"], &chat["data"][0]["owned_by"]), (&"list".into(), &"openai".into()));
    assert_eq!(names(&chat), ["gpt-4.1", "gpt-5.2"]);
    let gemini = get(&relay, "/gemini/v1beta/models", "x-goog-api-key").send().await.whole().await.json();
    assert_eq!(gemini["models"][0]["supportedGenerationMethods"][0], "generateContent");
    assert_eq!(names(&gemini), ["models/gemini-2.5-pro"]);

    let rows = relay.rows().await;
    assert!(rows.iter().all(|row| row.operation == "list_models" && row.outcome() == ("complete", Some(200), 0)));
    let dialects: Vec<_> = rows.iter().map(|row| &*row.dialect).collect();
    assert_eq!(dialects, ["messages", "chat", "generate_content"]);
    assert!(relay.pretend.requests().is_empty(), "the owner named the models, so nobody was asked");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn on_the_shared_path_the_headers_tell_whose_list_is_wanted() {
    let relay = providers::start().await;
    add_with(&relay, &CLAUDE, 1, &["claude-sonnet-4-5"]).await;
    add_with(&relay, &OPENAI, 1, &["gpt-4.1"]).await;
    add_with(&relay, &GEMINI, 1, &["gemini-2.5-pro"]).await;
    let anthropics = get(&relay, "/v1/models", "authorization").header("anthropic-version", "2023-06-01");

    assert_eq!(listed(get(&relay, "/v1/models", "x-api-key")).await, ["claude-sonnet-4-5"]);
    assert_eq!(listed(anthropics).await, ["claude-sonnet-4-5"], "current SDKs send the key as a bearer");
    assert_eq!(listed(get(&relay, "/v1/models", "authorization")).await, ["gpt-4.1"]);
    assert_eq!(listed(get(&relay, "/v1/models", "x-goog-api-key")).await, ["models/gemini-2.5-pro"]);
    assert_eq!(listed(get(&relay, "/v1beta/models", "authorization")).await, ["models/gemini-2.5-pro"]);
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_list_has_what_the_key_may_use_and_nothing_of_a_paused_account() {
    let relay = providers::start().await;
    let first = add_with(&relay, &OPENAI, 1, &["gpt-4.1", "both"]).await;
    let second = add_with(&relay, &OPENAI, 2, &["gpt-5.2", "both"]).await;
    let pool = relay.around().store.pool().clone();
    let list = || listed(get(&relay, "/openai/models", "authorization"));
    assert_eq!(list().await, ["both", "gpt-4.1", "gpt-5.2"]);

    accounts::set_paused(&pool, second, true).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(list().await, ["both", "gpt-4.1"]);
    accounts::set_paused(&pool, second, false).await.unwrap();
    client_keys::bind(&pool, 1, Some(&Bound::Account(second))).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(list().await, ["both", "gpt-5.2"]);
    client_keys::bind(&pool, 1, Some(&Bound::Account(first))).await.unwrap();
    relay.house.reload().await.unwrap();
    assert_eq!(list().await, ["both", "gpt-4.1"]);
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_provider_is_asked_for_its_list_once_an_hour_with_the_accounts_own_credential() {
    let relay = providers::start().await;
    add_first(&relay, &OPENAI).await;
    let list = || listed(get(&relay, "/openai/v1/models", "authorization"));
    let asked = || relay.pretend.requests_for("/openai/v1/models").len();
    relay.pretend.next(verbatim::json(r#"{"object":"list","data":[{"id":"gpt-5.2"},{"id":"o9"}]}"#));

    for _ in 0..3 {
        assert_eq!(list().await, ["gpt-5.2", "o9"]);
    }
    assert_eq!(asked(), 1);
    let request = relay.pretend.requests().remove(0);
    assert_eq!(request.secret(), Some(&*secret(&OPENAI, 1)));
    assert!(!format!("{:?}", request.headers).contains(&relay.key));

    relay.clock.advance(Duration::from_secs(3600));
    relay.pretend.next(Behaviour::refuse(500));
    assert_eq!(list().await, ["gpt-5.2", "o9"], "a list that cannot be had anew stays");
    assert_eq!(asked(), 2);
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn where_a_provider_does_not_tell_the_price_book_does_and_names_of_the_owners_are_in_any_list() {
    let relay = providers::start().await;
    let account = new_account(&relay, &OPENAI, "openai");
    let model_map = vec!["house-model=gpt-4.1".parse().unwrap(), "claude-*=gpt-5.2".parse().unwrap()];
    let options = Options { model_map, ..Options::default() };
    add(&relay, NewAccount { options, ..account }, &secret(&OPENAI, 1)).await;

    let names = listed(get(&relay, "/openai/v1/models", "authorization")).await;

    assert!(names.contains(&"house-model".to_owned()) && names.contains(&"gpt-4.1".to_owned()), "{names:?}");
    assert!(names.iter().all(|name| !name.contains('*')), "{names:?}");
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn an_option_of_models_leaves_the_others_out_of_lists_and_of_calls() {
    let relay = providers::start().await;
    add_with(&relay, &AZURE, 1, &["gpt-5*"]).await;
    let account = new_account(&relay, &COMPATIBLE, "compatible");
    let options = Options { models: vec!["glm-5".parse().unwrap()], ..account.options.clone() };
    add(&relay, NewAccount { options, ..account }, &secret(&COMPATIBLE, 1)).await;

    let names = listed(get(&relay, "/openai/v1/models", "authorization")).await;
    assert!(names.contains(&"glm-5".to_owned()), "{names:?}");
    assert!(names.iter().all(|name| name == "glm-5" || name.starts_with("gpt-5")), "{names:?}");

    let pair = PAIRS.iter().find(|pair| pair.provider.id == "compatible" && pair.speech.dialect.id == "chat").unwrap();
    let ask = |model: &str| {
        pair.ask_for(&relay, "/v1/chat/completions", format!(r#"{{"model":"{model}","messages":[]}}"#)).send()
    };
    relay.pretend.next_for(&secret(&COMPATIBLE, 1), verbatim::json("{}"));
    relay.pretend.next_for(&secret(&AZURE, 1), verbatim::json("{}"));
    assert_eq!(ask("glm-5").await.whole().await.status, 200);
    assert_eq!(ask("gpt-5.2").await.whole().await.status, 200);
    assert_eq!(ask("gpt-4.1").await.whole().await.status, 404);
    let secrets: Vec<_> = relay.pretend.requests().iter().map(|call| call.secret().unwrap().to_owned()).collect();
    assert_eq!(secrets, [secret(&COMPATIBLE, 1), secret(&AZURE, 1)]);
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn a_model_that_no_account_has_is_not_found_in_any_dialect_and_those_near_to_it_are_named() {
    for pair in PAIRS.iter().chain(TURNED) {
        let relay = providers::start().await;
        let account = new_account(&relay, pair.provider, "one");
        let near = format!("{}x", pair.speech.model);
        let options =
            Options { models: vec![near.parse().unwrap(), "another-one".parse().unwrap()], ..account.options.clone() };
        add(&relay, NewAccount { options, ..account }, &secret(pair.provider, 1)).await;
        let seen = relay.pretend.requests().len();

        for is_stream in [false, true] {
            let answer = pair.ask(&relay, is_stream).send().await.whole().await;

            let whose = format!("{} as {}", pair.name(), user_agent(pair.provider));
            assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (404, "false"), "{whose}");
            let expected = format!("No account here has the model '{}'. Near to it are: {near}.", pair.speech.model);
            let error = answer.json()["error"].clone();
            assert_eq!(error["message"].as_str(), Some(&*expected), "{whose}");
            let (word, kind) = match pair.speech.dialect.id {
                "messages" => ("type", "not_found_error"),
                "generate_content" => ("status", "NOT_FOUND"),
                _ => ("type", "invalid_request_error"),
            };
            assert_eq!(error[word], kind, "{whose}");
            assert_eq!(relay.rows().await.pop().unwrap().outcome(), ("refused", Some(404), 0), "{whose}");
        }
        assert_eq!(relay.pretend.requests().len(), seen);
        relay.finish_unreconciled().await;
    }
}
