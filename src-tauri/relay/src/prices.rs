//! The prices in use: a book, the owner's own prices over it, and what a call cost by them.

mod daily;
mod recount;
mod take;

use std::sync::{Arc, RwLock};

use carpool_core::{
    call::Operation,
    meter::Observed,
    price::{self, OwnPrice, PicoUsd, PriceBook},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub(crate) use self::daily::keep_looking;
pub use self::{
    daily::{Daily, daily, set_daily},
    recount::{Recounted, Taking, recount},
    take::{Found, LITELLM, TakeError, look, look_at_built_in, take, take_built_in},
};
use crate::store::{Store, StoreError, prices};

/// Where the embedded book comes from.
const SOURCE: &str = "embedded: LiteLLM model_prices_and_context_window.json";

/// The prices in use.
#[derive(Debug)]
pub struct Prices(RwLock<Arc<InUse>>);

/// A book with the owner's own prices over it, and its version in the database.
#[derive(Debug)]
pub struct InUse {
    book: PriceBook,
    version: i64,
    /// What it was made of, to tell whether that changed.
    text: Option<Vec<u8>>,
    own: Vec<OwnPrice>,
}

/// What a call cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Priced {
    /// The cost; `None` when it cannot be told.
    pub cost: Option<PicoUsd>,
    /// What the provider's prompt cache saved; `None` when that cannot be told.
    pub saved: Option<PicoUsd>,
    /// The version of the prices that told.
    pub version: Option<i64>,
}

impl Prices {
    /// Takes the prices that the owner chose into use.
    ///
    /// # Errors
    /// When the database refuses, or holds what is no price book.
    pub async fn load(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self(RwLock::new(Arc::new(InUse::load(store, now).await?))))
    }

    /// Takes over what a command changed.
    ///
    /// # Errors
    /// When the database refuses; then the former prices stay in use.
    pub async fn reload(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let pool = store.pool();
        let (text, own) = (prices::text_in_use(pool).await?, prices::own(pool).await?);
        let in_use = self.now();
        if in_use.text != text || in_use.own != own {
            let changed = Arc::new(InUse::load(store, now).await?);
            *self.0.write().expect("no one panics while holding the prices") = changed;
        }
        Ok(())
    }

    /// The prices as they are now.
    #[must_use]
    pub fn now(&self) -> Arc<InUse> {
        Arc::clone(&self.0.read().expect("no one panics while holding the prices"))
    }

    /// What a call cost that was charged by its usage, by the prices of now.
    #[must_use]
    pub fn of(&self, provider: &str, asked: Option<&str>, observed: &Observed) -> Priced {
        self.now().of(provider, asked, observed)
    }

    /// What a call cost that ended without any usage: nothing, if nothing is ever charged for it.
    #[must_use]
    pub fn without_usage(operation: Operation) -> Priced {
        let cost = (!operation.is_charged()).then_some(PicoUsd(0));
        Priced { cost, saved: cost, version: None }
    }
}

impl InUse {
    /// Reads the prices that the owner chose.
    ///
    /// # Errors
    /// When the database refuses, or holds what is no price book.
    pub async fn load(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let pool = store.pool();
        let (text, own) = (prices::text_in_use(pool).await?, prices::own(pool).await?);
        let taken = match &text {
            Some(digest) => Some(prices::text(pool, digest).await?),
            None => None,
        };
        let (json, source) = match &taken {
            Some(taken) => (text_of(taken)?, taken.source.as_str()),
            None => (PriceBook::embedded_json().to_vec(), SOURCE),
        };
        let book = PriceBook::from_json(&json).map_err(unreadable)?;
        let own_json = serde_json::to_string(&own).expect("plain data serializes");
        let version = prices::Version { digest: &digest(&json, &own), source, text: text.as_deref(), own: &own_json };
        let version = prices::version_of(pool, &version, now).await?;
        Ok(Self { book: book.with_own(own.clone()), version, text, own })
    }

    /// The book.
    #[must_use]
    pub fn book(&self) -> &PriceBook {
        &self.book
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// What a call cost that was charged by its usage. The model is the one the provider says it ran; an answer that
    /// names one the book does not know (a new dated name) is priced as the model that was asked for. An unknown model
    /// is unpriced, never free.
    #[must_use]
    pub fn of(&self, provider: &str, asked: Option<&str>, observed: &Observed) -> Priced {
        let names = [observed.model.as_deref(), asked];
        let found = names.into_iter().flatten().find_map(|name| self.book.find(provider, name));
        let found = found.filter(|_| observed.usage.is_reported());
        let cost = found.and_then(|model| price::price(&observed.usage, model));
        let saved = found.and_then(|model| price::saved(&observed.usage, model));
        Priced { cost, saved, version: cost.map(|_| self.version) }
    }
}

/// The digest of a version: of its text alone, where the owner stated nothing.
fn digest(json: &[u8], own: &[OwnPrice]) -> Vec<u8> {
    let mut digest = Sha256::new_with_prefix(json);
    if !own.is_empty() {
        digest.update([0]);
        digest.update(serde_json::to_vec(own).expect("plain data serializes"));
    }
    digest.finalize().to_vec()
}

/// The text of a book that was taken, if it still is what was taken.
fn text_of(taken: &prices::Text) -> Result<Vec<u8>, StoreError> {
    let json = zstd::decode_all(taken.zstd.as_slice()).map_err(unreadable)?;
    let is_whole = Sha256::digest(&json).as_slice() == taken.digest;
    if is_whole { Ok(json) } else { Err(unreadable("its digest is another")) }
}

/// A book in the database that cannot be read. Calls are not priced by another one behind the owner's back.
#[derive(Debug, thiserror::Error)]
#[error(
    "the price book that was taken cannot be read: go back to the one that is built in with \
     carpool prices update --built-in --yes"
)]
struct Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>);

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Sqlite(sqlx::Error::Decode(Box::new(Unreadable(error.into()))))
}
