//! What an owner does before friends can call.

use carpool_core::price::{self, PriceBook};
use carpool_relay::pretend::{Pretend, usage_for};
use serde_json::{Value, json};

use super::program::{API_KEY, Folder};

/// The ledger's counters that the pretend provider tells.
pub(crate) const TOKEN_FIELDS: [&str; 5] =
    ["input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "output_tokens"];

/// Adds an account at the pretend provider by API key, and tells what the command printed.
pub(crate) async fn add_account(folder: &Folder, pretend: &Pretend, name: &str) -> Value {
    let words = format!("account add claude --name {name} --base-url {} --secret-stdin", pretend.url());
    folder.feed(&words, API_KEY).await.done()
}

/// Adds a friend with one key, and returns the key.
pub(crate) async fn add_friend(folder: &Folder, name: &str) -> String {
    folder.run(&format!("friend add {name}")).await.done();
    create_key(folder, name).await
}

/// Makes a key for a friend, and returns it.
pub(crate) async fn create_key(folder: &Folder, friend: &str) -> String {
    let created = folder.run(&format!("key create --friend {friend}")).await.done();
    created["key"].as_str().expect("the key is shown once").to_owned()
}

/// Adds the account `work` and the friend `Alex`, and returns the friend's key.
pub(crate) async fn set_up(folder: &Folder, pretend: &Pretend) -> String {
    add_account(folder, pretend, "work").await;
    add_friend(folder, "Alex").await
}

/// Every row of the ledger, the newest first.
pub(crate) async fn ledger(folder: &Folder) -> Vec<Value> {
    let rows = folder.run("calls --limit 1000000").await.done();
    rows.as_array().expect("a list").clone()
}

/// What the ledger has to say of a call with this body that was served whole: its tokens and its cost.
pub(crate) fn expected_usage(book: &PriceBook, body: &str) -> Value {
    let asked: Value = serde_json::from_str(body).expect("a request");
    let model = book.find("claude", asked["model"].as_str().expect("a model"));
    let usage = usage_for(body.as_bytes());
    json!({
        "input_tokens": usage.input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_5m_tokens": usage.cache_write_5m_tokens,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "output_tokens": usage.output_tokens,
        "cost_pico_usd": model.and_then(|model| price::price(&usage, model)).map(|cost| cost.0),
    })
}

/// The same of a row.
pub(crate) fn usage_of(row: &Value) -> Value {
    let fields = TOKEN_FIELDS.into_iter().chain(["cost_pico_usd"]);
    Value::Object(fields.map(|field| (field.to_owned(), row[field].clone())).collect())
}
