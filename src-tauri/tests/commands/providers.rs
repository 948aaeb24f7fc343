//! `carpool account …` at every provider: what it is added with, what it is set to, and logins that are copied.

use std::fs;

use carpool_core::provider::PROVIDERS;
use serde_json::{Value, json};

use crate::support::{disk::files_with, program::Folder};

/// A refresh token that must be found nowhere.
const REFRESH: &str = "refresh-canary-5c1d";

#[tokio::test]
async fn an_account_by_key_can_be_added_at_every_provider_that_has_keys() {
    let folder = Folder::new();
    for (provider, secret, more) in [
        ("claude", "sk-ant-api03-x", ""),
        ("openai", "sk-proj-x", ""),
        ("gemini", "AIza-x", ""),
        ("azure", "azure-key", " --base-url https://mine.openai.azure.com --model-map gpt-5=my-deployment"),
        ("bedrock", "AKIDEXAMPLE:secret", " --region eu-central-1"),
        ("droid", "fk-x", ""),
        ("compatible", "sk-x", " --preset deepseek"),
    ] {
        let words = format!("account add {provider} --name {provider} --secret-stdin{more}");

        let added = folder.feed(&words, secret).await.done();

        assert_eq!((&added["provider"], &added["kind"]), (&json!(provider), &json!("api_key")), "{added}");
    }
    let keyed = PROVIDERS.iter().filter(|provider| provider.login.is_none() || provider.kinds.len() > 1).count();
    assert_eq!(folder.run("account list").await.done().as_array().map(Vec::len), Some(keyed));
}

#[tokio::test]
async fn what_an_account_is_set_to_is_shown_and_changed() {
    let folder = Folder::new();
    let words = "account add compatible --name local --base-url http://127.0.0.1:9/v1 --secret-stdin --dialect chat \
                 --model-map gpt-*=llama --models gpt-5 --key-header api-key";

    let added = folder.feed(words, "").await.done();
    assert_eq!(
        added["options"],
        json!({
            "model_map": [{ "asked": "gpt-*", "upstream": "llama" }], "models": ["gpt-5"], "dialects": ["chat"],
            "key_header": "api-key",
        })
    );

    let changed = folder.run("account set local --no-model-map --models gpt-6 --dialect chat messages").await.done();
    assert_eq!(
        changed["options"],
        json!({ "models": ["gpt-6"], "dialects": ["chat", "messages"], "key_header": "api-key" })
    );
}

#[tokio::test]
async fn what_a_provider_has_no_use_for_is_refused_with_a_reason() {
    let folder = Folder::new();
    for (words, code, says) in [
        ("account add claude --name a --secret-stdin --region eu", "no_such_option", "have no --region"),
        ("account add openai --name a --secret-stdin --dialect chat", "no_such_option", "have no --dialect"),
        ("account add compatible --name a --secret-stdin --preset nobody", "no_such_option", "deepseek"),
        ("account add compatible --name a --secret-stdin", "missing_endpoint", "base URL"),
        ("account add azure --name a --secret-stdin", "missing_endpoint", "base URL"),
        ("account add bedrock --name a --secret-stdin", "missing_endpoint", "region"),
        ("account add codex --name a --secret-stdin", "not_a_secret", "sign in"),
        ("account import openai --name a", "no_local_login", "OpenAI"),
    ] {
        let ran = folder.feed(words, "secret:key").await;

        assert_eq!(ran.failed(), code, "{words}");
        assert!(ran.stderr.contains(says), "{words}: {ran}");
    }
    assert_eq!(folder.run("account list").await.done(), json!([]));
}

#[tokio::test]
async fn a_login_that_codex_keeps_is_copied_and_lies_in_the_vault_alone() {
    let folder = Folder::new();
    let file = folder.path().join("auth.json");
    let claims = r#"{"email":"o@example.org","https://api.openai.com/auth":{"chatgpt_account_id":"acc-1","chatgpt_plan_type":"plus"}}"#;
    let kept = json!({ "tokens": { "id_token": token(claims), "access_token": token(r#"{"exp":4102444800}"#), "refresh_token": REFRESH } });
    fs::write(&file, kept.to_string()).expect("written");

    let words = format!("account import codex --name own --file {}", file.display());
    let imported = folder.run(&words).await;

    assert!(imported.stderr.contains("copied, not moved"), "{imported}");
    let account = imported.done();
    assert_eq!(
        (&account["kind"], &account["email"], &account["plan"], &account["options"]),
        (&json!("oauth"), &json!("o@example.org"), &json!("plus"), &json!({ "project": "acc-1" }))
    );
    assert_eq!(fs::read_to_string(&file).expect("still there"), kept.to_string());
    fs::remove_file(&file).expect("removed");
    assert_eq!(files_with(folder.path(), REFRESH), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn a_file_without_a_login_is_refused_and_nothing_is_saved() {
    let folder = Folder::new();
    let file = folder.path().join("auth.json");
    fs::write(&file, r#"{"OPENAI_API_KEY":"sk-1"}"#).expect("written");

    let words = format!("account import codex --name own --file {}", file.display());
    assert_eq!(folder.run(&words).await.failed(), "no_local_login");
    assert_eq!(folder.run("account import codex --name own --file /nowhere").await.failed(), "no_local_login");

    assert_eq!(folder.run("account list").await.done(), json!([]));
}

#[tokio::test]
async fn the_decision_for_a_model_is_explained_in_the_dialect_that_has_it() {
    let folder = Folder::new();
    folder.feed("account add claude --name work --secret-stdin", "sk-ant-api03-x").await.done();
    folder.feed("account add openai --name other --secret-stdin", "sk-proj-x").await.done();
    folder.run("friend add Alex").await.done();

    let explain =
        async |model: &str| -> Value { folder.run(&format!("explain --friend Alex --model {model}")).await.done() };

    assert_eq!(explain("claude-sonnet-4-5").await["account"], "work");
    assert_eq!(explain("gpt-5").await["account"], "other");
}

/// A JSON Web Token with these claims.
fn token(claims: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims))
}
