//! The models an account has: those its owner named, else those its provider lists, which is asked when somebody wants to
//! know, else those the price book knows of the provider.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use carpool_core::{
    dialect::{DIALECTS, Dialect},
    price::PriceBook,
    provider::{self, Provider},
    schedule::AccountId,
};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Accounts, LiveAccount, question::Question};
use crate::store::accounts::Account;

/// How long what a provider listed is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How long a provider may take to list its models, and how much of its answer is read.
const ANSWER_TIME: Duration = Duration::from_secs(5);
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// What a provider listed, and when.
#[derive(Debug, Default)]
pub(super) struct Listed {
    names: Vec<String>,
    asked_at: Option<Timestamp>,
}

/// The models of one account.
#[derive(Debug)]
pub struct Catalog(Arc<LiveAccount>);

impl Catalog {
    /// The account's id.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.0.id()
    }

    /// The account's provider.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.0.account.provider
    }

    /// The names that calls may use, as far as they are known.
    #[must_use]
    pub fn names(&self, book: &PriceBook) -> BTreeSet<String> {
        let (account, listed) = (&self.0.account, self.0.vitals.listed());
        let mut names: BTreeSet<String> = account.options.named_models().map(str::to_owned).collect();
        if listed.names.is_empty() {
            names.extend(book.models_of(account.provider.id).map(str::to_owned));
        } else {
            names.extend(listed.names.iter().cloned());
        }
        names.retain(|name| self.0.serves(name));
        names
    }
}

impl Accounts {
    /// The models of every account that speaks a dialect, or one that the same clients speak, and is not paused.
    #[must_use]
    pub fn catalogs(&self, dialect: &Dialect) -> Vec<Catalog> {
        let speaks = |account: &Arc<LiveAccount>| {
            let Account { provider, options, is_paused, .. } = &account.account;
            let mut siblings = DIALECTS.iter().filter(|other| dialect.is_sibling(other));
            !is_paused && siblings.any(|spoken| provider.speaks(spoken, options))
        };
        self.all().into_iter().filter(speaks).map(Catalog).collect()
    }

    /// Asks a provider for its models, unless it told lately or the owner named them.
    pub async fn look_up(self: &Arc<Self>, catalog: &Catalog) {
        let account = &catalog.0;
        if !account.account.options.models.is_empty() {
            return;
        }
        let now = self.around.clock.now();
        {
            let mut listed = account.vitals.listed();
            if listed.asked_at.is_some_and(|at| now.duration_since(at) < GOOD_FOR) {
                return;
            }
            listed.asked_at = Some(now);
        }
        match self.ask_models(account).await {
            Ok(names) => account.vitals.listed().names = names,
            Err(why) => tracing::info!(account = account.account.id, why, "the models could not be asked for"),
        }
    }

    async fn ask_models(self: &Arc<Self>, account: &Arc<LiveAccount>) -> Result<Vec<String>, String> {
        let provider = account.account.provider;
        let (Some(path), Some(base)) = (provider.models_path, account.base_url.as_ref()) else {
            return Err("the provider has no list of models".to_owned());
        };
        let question = Question {
            method: Method::GET,
            to: provider::join_target(base, path).map_err(|error| error.to_string())?,
            body: None,
            within: ANSWER_TIME,
            at_most: ANSWER_BYTES,
        };
        let body = self.put_question(account, question).await?;
        read_models(&body).ok_or_else(|| "the answer cannot be read".to_owned())
    }
}

/// Reads a list of models in any vendor's form: `data[].id`, or `models[].name` with or without `models/` before it.
fn read_models(body: &[u8]) -> Option<Vec<String>> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let list = ["data", "models"].into_iter().find_map(|name| answer.get(name)?.as_array())?;
    let name = |model: &Value| {
        let name = ["id", "name", "slug"].into_iter().find_map(|field| model.get(field)?.as_str())?;
        Some(name.strip_prefix("models/").unwrap_or(name).to_owned())
    };
    Some(list.iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_models_are_read_in_every_vendors_form() {
        for body in [
            r#"{"object":"list","data":[{"id":"a","object":"model"},{"id":"b"}]}"#,
            r#"{"models":[{"name":"models/a","displayName":"A"},{"name":"b"}]}"#,
            r#"{"data":[{"type":"model","id":"a","display_name":"A"},{"id":"b"},{}],"has_more":false}"#,
        ] {
            assert_eq!(read_models(body.as_bytes()), Some(vec!["a".to_owned(), "b".to_owned()]), "{body}");
        }
        assert_eq!(read_models(b"<html>"), None);
        assert_eq!(read_models(b"{}"), None);
    }
}
