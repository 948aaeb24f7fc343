//! The demo: a pretend provider, an account there, and friends who call now and then.

use std::{sync::Arc, time::Duration};

use carpool_core::{credential::AccountKind, provider::claude::CLAUDE};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    House,
    accounts::sign_in::{self, SignInError},
    people::{self, PeopleError},
    pretend::Pretend,
    store::accounts::NewAccount,
};

/// Who plays along.
const FRIENDS: [&str; 3] = ["Alex", "Mia", "Sam"];
/// What they ask for.
const MODELS: [&str; 3] = ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-8"];
const PROMPTS: [&str; 3] = ["Why is the sky blue?", "Write a haiku about a shared car.", "Explain a mutex to a child."];
/// How long a friend thinks between two calls.
const PAUSE: Duration = Duration::from_millis(1500);
/// How long the pretend provider takes between two pieces of an answer.
const PACE: Duration = Duration::from_millis(40);

/// A demo that was set up. The provider goes when this is dropped.
#[derive(Debug)]
pub struct Stage {
    /// The friends and their keys.
    pub friends: Vec<DemoFriend>,
    _provider: Pretend,
}

/// A pretend friend.
#[derive(Debug)]
pub struct DemoFriend {
    /// The name.
    pub name: &'static str,
    /// The key.
    pub key: SecretString,
}

/// Why the demo cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The pretend provider cannot listen.
    #[error("the pretend provider cannot listen")]
    Provider(#[from] std::io::Error),
    /// Its account cannot be added.
    #[error(transparent)]
    Account(#[from] SignInError),
    /// Its friends cannot be added.
    #[error("{0}; was this data folder used for a demo or a relay before? Choose a new one")]
    Friends(#[from] PeopleError),
}

/// Starts the pretend provider and adds its account, the friends and their keys.
///
/// # Errors
/// [`DemoError`] when the data folder is not new or cannot be written.
pub async fn set_up(house: &House) -> Result<Stage, DemoError> {
    let around = house.around();
    let provider = Pretend::start().await?;
    provider.set_pace(PACE);
    let account = NewAccount {
        base_url: Some(provider.url()),
        ..NewAccount::named("Pretend".to_owned(), &CLAUDE, AccountKind::ApiKey)
    };
    sign_in::add_by_secret(around, account, &"sk-ant-api03-pretend".into(), None).await?;

    let mut cast = Vec::new();
    for name in FRIENDS {
        let friend_id = people::add_friend(around, name, 1.0).await?;
        let issued = people::issue_key(around, friend_id, None).await?;
        cast.push(DemoFriend { name, key: issued.key });
    }
    Ok(Stage { friends: cast, _provider: provider })
}

/// Lets each friend call again and again until `stop` is cancelled.
pub fn let_friends_call(house: &Arc<House>, stage: &Stage, url: &str, stop: &CancellationToken) {
    for (place, friend) in stage.friends.iter().enumerate() {
        let (house, stop) = (Arc::clone(house), stop.clone());
        let (url, key) = (format!("{url}/v1/messages"), friend.key.clone());
        let tasks = house.tasks.clone();
        tasks.spawn(async move {
            for round in place.. {
                let call =
                    call_once(&house, &url, &key, MODELS[round % MODELS.len()], PROMPTS[(round / 2) % PROMPTS.len()]);
                let calling = async {
                    if let Err(error) = call.await {
                        tracing::debug!(%error, "a pretend friend's call failed");
                    }
                    sleep(PAUSE * (1 + u32::try_from(place).unwrap_or(0))).await;
                };
                if stop.run_until_cancelled(calling).await.is_none() {
                    break;
                }
            }
        });
    }
}

async fn call_once(
    house: &House,
    url: &str,
    key: &SecretString,
    model: &str,
    prompt: &str,
) -> Result<(), reqwest::Error> {
    let body = serde_json::json!({
        "model": model, "max_tokens": 200, "stream": true, "messages": [{ "role": "user", "content": prompt }],
    });
    let mut answer = house
        .upstream
        .local()
        .post(url)
        .header("x-api-key", key.expose_secret())
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body.to_string())
        .send()
        .await?;
    while answer.chunk().await?.is_some() {}
    Ok(())
}
