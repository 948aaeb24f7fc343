//! The price book in use, and what a call cost by it.

use carpool_core::{
    call::Operation,
    meter::Observed,
    price::{self, PicoUsd, PriceBook},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::store::{Store, StoreError, prices};

/// Where the embedded book comes from.
const SOURCE: &str = "embedded: LiteLLM model_prices_and_context_window.json";

/// The price book in use and its version in the database.
#[derive(Debug)]
pub struct Prices {
    book: PriceBook,
    version: i64,
}

/// What a call cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Priced {
    /// The cost; `None` when it cannot be told.
    pub cost: Option<PicoUsd>,
    /// The price book that told.
    pub version: Option<i64>,
}

impl Prices {
    /// Takes the embedded book into use.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn load(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let digest = Sha256::digest(PriceBook::embedded_json());
        let version = prices::version_of(store.pool(), &digest, SOURCE, now).await?;
        Ok(Self { book: PriceBook::embedded(), version })
    }

    /// The book.
    #[must_use]
    pub fn book(&self) -> &PriceBook {
        &self.book
    }

    /// What a call cost that was charged by its usage. The model is the one the provider says it ran; an answer that
    /// names one the book does not know (a new dated name) is priced as the model that was asked for. An unknown model
    /// is unpriced, never free.
    #[must_use]
    pub fn of(&self, provider: &str, asked: Option<&str>, observed: &Observed) -> Priced {
        let names = [observed.model.as_deref(), asked];
        let found = names.into_iter().flatten().find_map(|name| self.book.find(provider, name));
        let cost =
            found.filter(|_| observed.usage.is_reported()).and_then(|model| price::price(&observed.usage, model));
        Priced { cost, version: cost.map(|_| self.version) }
    }

    /// What a call cost that ended without any usage: nothing, if nothing is ever charged for it.
    #[must_use]
    pub fn without_usage(operation: Operation) -> Priced {
        let cost = (!operation.is_charged()).then_some(PicoUsd(0));
        Priced { cost, version: None }
    }
}
