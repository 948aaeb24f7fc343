//! Takes a price book from a file or an address: first it is looked at, then it is taken into use.

use std::{path::Path, time::Duration};

use carpool_core::price::{Change, PriceBook, PriceBookError, changes};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::InUse;
use crate::{
    accounts::Surroundings,
    network::Route,
    store::{StoreError, prices},
    upstream::{self, WayError},
};

/// Where LiteLLM publishes its book.
pub const LITELLM: &str = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json";

/// How much of a book is read, in bytes: ten times LiteLLM's of November 2026.
const AT_MOST: usize = 20 * 1024 * 1024;
/// How long an address may take.
const WITHIN: Duration = Duration::from_secs(60);
/// Level of compression: a book is written once in a while, and read at each start.
const ZSTD_LEVEL: i32 = 9;

/// A book that was found, and what it would change.
#[derive(Debug)]
pub struct Found {
    json: Vec<u8>,
    /// Where it was found.
    pub source: String,
    /// How many models it prices.
    pub models: usize,
    /// What it would change.
    pub changes: Vec<Change>,
}

/// Why no book was taken. The one in use stays.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The file cannot be read.
    #[error("the file {0} cannot be read")]
    File(String, #[source] std::io::Error),
    /// There is no way to the address that may be taken.
    #[error("{0} cannot be asked")]
    Way(String, #[source] WayError),
    /// The address does not answer, or not with a book.
    #[error("{0} does not give a price book: {1}")]
    Address(String, String),
    /// What was found is none.
    #[error("{0} is no price book of LiteLLM's form")]
    NoBook(String, #[source] PriceBookError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TakeError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(..) => "price_file",
            Self::Way(..) | Self::Address(..) => "price_address",
            Self::NoBook(..) => "no_price_book",
            Self::Store(error) => error.code(),
        }
    }
}

/// Looks at a book in a file, or at an `http` or `https` address, beside the one in use. Nothing is changed.
///
/// # Errors
/// [`TakeError`] when there is none.
pub async fn look(around: &Surroundings, from: &str, now: Timestamp) -> Result<Found, TakeError> {
    let json = if from.starts_with("https://") || from.starts_with("http://") {
        fetch(around, from).await?
    } else {
        std::fs::read(Path::new(from)).map_err(|error| TakeError::File(from.to_owned(), error))?
    };
    let book = PriceBook::from_json(&json).map_err(|error| TakeError::NoBook(from.to_owned(), error))?;
    let changes = beside_the_one_in_use(around, &book, now).await;
    Ok(Found { json, source: from.to_owned(), models: book.len(), changes })
}

/// Takes a book that was found into use, and returns the version of the prices from then on.
///
/// # Errors
/// When the database refuses; then the former one stays in use.
pub async fn take(around: &Surroundings, found: &Found, now: Timestamp) -> Result<i64, TakeError> {
    let compressed = zstd::encode_all(found.json.as_slice(), ZSTD_LEVEL);
    let zstd = compressed.map_err(|error| TakeError::File(found.source.clone(), error))?;
    let digest = Sha256::digest(&found.json).to_vec();
    let text = prices::Text { digest, zstd, source: found.source.clone() };
    prices::take_text(around.store.pool(), &text, now).await.map_err(StoreError::from)?;
    Ok(InUse::load(&around.store, now).await?.version())
}

/// Looks at the built-in book beside the one in use. Nothing is changed.
pub async fn look_at_built_in(around: &Surroundings, now: Timestamp) -> Found {
    let book = PriceBook::embedded();
    let changes = beside_the_one_in_use(around, &book, now).await;
    Found { json: Vec::new(), source: "built in".to_owned(), models: book.len(), changes }
}

/// What a book would change. One in use that cannot be read any more can be replaced, too: then nothing is told of it.
async fn beside_the_one_in_use(around: &Surroundings, book: &PriceBook, now: Timestamp) -> Vec<Change> {
    let in_use = InUse::load(&around.store, now).await;
    in_use.map_or_else(|_| Vec::new(), |in_use| changes(in_use.book(), book))
}

/// Takes the built-in book into use, and returns the version of the prices from then on.
///
/// # Errors
/// When the database refuses; then the former one stays in use.
pub async fn take_built_in(around: &Surroundings, now: Timestamp) -> Result<i64, TakeError> {
    prices::take_built_in(around.store.pool()).await.map_err(StoreError::from)?;
    Ok(InUse::load(&around.store, now).await?.version())
}

async fn fetch(around: &Surroundings, address: &str) -> Result<Vec<u8>, TakeError> {
    let client = around.upstream.client(&Route::default(), address);
    let client = client.map_err(|error| TakeError::Way(address.to_owned(), error))?;
    let failed = |why: String| TakeError::Address(address.to_owned(), why);
    let asked = client.get(address).timeout(WITHIN).send().await;
    let mut answer = asked.map_err(|error| failed(upstream::cause(error)))?;
    if !answer.status().is_success() {
        return Err(failed(format!("HTTP {}", answer.status().as_u16())));
    }
    let mut json = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| failed(upstream::cause(error)))? {
        json.extend_from_slice(&piece);
        if json.len() > AT_MOST {
            return Err(failed(format!("it is longer than {AT_MOST} bytes")));
        }
    }
    Ok(json)
}
