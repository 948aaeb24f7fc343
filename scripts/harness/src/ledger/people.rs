//! Who calls, and where.

use anyhow::Result;
use carpool_core::{credential::AccountKind, provider};
use carpool_relay::{
    accounts::{Surroundings, sign_in},
    people,
    store::accounts::NewAccount,
};

/// The friends, in the order of their ids; each has two keys. The last one hardly ever calls.
pub(super) const FRIENDS: [&str; 9] = ["Alex", "Mia", "Noor", "Sam", "Lena", "Tom", "Ida", "Yuki", "Rare"];

/// An account and the models it serves.
pub(super) struct At {
    pub(super) name: &'static str,
    pub(super) provider: &'static str,
    pub(super) models: [&'static str; 2],
}

/// The accounts, in the order of their ids.
pub(super) const ACCOUNTS: [At; 5] = [
    At { name: "max-one", provider: "claude", models: ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"] },
    At { name: "max-two", provider: "claude", models: ["claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929"] },
    At { name: "work", provider: "openai", models: ["gpt-5.1-codex", "gpt-5.1-mini"] },
    At { name: "google", provider: "gemini", models: ["gemini-3-pro-preview", "gemini-2.5-flash"] },
    At { name: "spare", provider: "claude", models: ["claude-haiku-4-5-20251001", "claude-sonnet-4-5-20250929"] },
];

/// A model that is hardly ever asked for.
pub(super) const RARE_MODEL: &str = "claude-3-opus-20240229";

/// Adds all of them.
pub(super) async fn add(around: &Surroundings) -> Result<()> {
    for At { name, provider, .. } in ACCOUNTS {
        let provider = provider::find(provider).expect("it is a provider's id");
        let account = NewAccount::named(name.to_owned(), provider, AccountKind::ApiKey);
        sign_in::add_by_secret(around, account, &format!("sk-ant-api03-{name}").into(), None).await?;
    }
    for name in FRIENDS {
        let friend = people::add_friend(around, name, 1.0).await?;
        for key in ["laptop", "phone"] {
            people::issue_key(around, friend, Some(key)).await?;
        }
    }
    Ok(())
}
