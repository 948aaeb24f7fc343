//! Works out what caching saved for calls from before that was written down, by the prices that they were priced by.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use carpool_core::price::{self, OwnPrice, PicoUsd, PriceBook};
use tokio::time::sleep;

use super::{digest, find, text_of, unreadable};
use crate::store::{Store, StoreError, prices, recounts::PricedCall, savings};

/// Calls in one transaction: some milliseconds of work, for which the ledger waits.
const AT_ONCE: u32 = 250;

/// Works it out for all calls that are due, with a pause after each step. Where the book of a version is not to be had any
/// more, it stays open what was saved.
pub(crate) async fn work_out(store: &Store, pause: Duration) -> Result<(), StoreError> {
    let mut books: HashMap<i64, Option<PriceBook>> = HashMap::new();
    while let Some((calls, through)) = savings::page(store.pool(), AT_ONCE).await? {
        for version in calls.iter().filter_map(|call| call.version) {
            if let Entry::Vacant(unknown) = books.entry(version) {
                unknown.insert(book_of(store, version).await?);
            }
        }
        let book = |call: &PricedCall| books.get(&call.version?)?.as_ref();
        let saved: Vec<_> = calls.iter().filter_map(|call| Some((call.id, of(call, book(call))?))).collect();
        savings::put(store.pool(), &saved, through).await?;
        sleep(pause).await;
    }
    Ok(())
}

/// What a call saved; nothing, where it was not charged.
fn of(call: &PricedCall, book: Option<&PriceBook>) -> Option<PicoUsd> {
    if call.cost == Some(PicoUsd(0)) && call.version.is_none() {
        return Some(PicoUsd(0));
    }
    let names = [call.upstream_model.as_deref(), call.model.as_deref()];
    price::saved(&call.usage, find(book?, &call.provider, names)?)
}

/// The prices of a version, if they can be put together again.
async fn book_of(store: &Store, version: i64) -> Result<Option<PriceBook>, StoreError> {
    let Some(known) = prices::made_of(store.pool(), version).await? else { return Ok(None) };
    let json = match &known.text {
        Some(digest) => text_of(&prices::text(store.pool(), digest).await?)?,
        None => PriceBook::embedded_json().to_vec(),
    };
    let own: Vec<OwnPrice> = serde_json::from_str(&known.own).map_err(unreadable)?;
    // The built-in book may be another one by now.
    if digest(&json, &own) != known.digest {
        return Ok(None);
    }
    Ok(Some(PriceBook::from_json(&json).map_err(unreadable)?.with_own(own)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tempfile::TempDir;

    use super::*;
    use crate::prices::InUse;

    #[tokio::test]
    async fn calls_from_before_are_given_their_figure_by_the_prices_they_were_priced_by() {
        let folder = TempDir::new().expect("a folder");
        let store = Store::open(folder.path()).await.expect("a database");
        let version = InUse::load(&store, Timestamp::UNIX_EPOCH).await.expect("prices").version();
        let unknown = version + 1;
        for statement in [
            "INSERT INTO price_books (digest, source, added_at) VALUES (x'00', 'a book that was built in once', 0)",
            "INSERT INTO calls (id, at, friend_id, key_id, provider, dialect, operation, model, stream, status, input_tokens,
                                cache_read_tokens, output_tokens, cost_pico_usd, price_version, attempts)
             VALUES (1, 0, 1, 1, 'claude', 'messages', 'generate', 'claude-sonnet-4-5', 0, 'complete', 0, 10000, 0, 1, 1, 1),
                    (2, 0, 1, 1, 'claude', 'messages', 'generate', 'claude-sonnet-4-5', 0, 'complete', 0, 10000, 0, 1, 2, 1),
                    (3, 0, 1, 1, 'claude', 'messages', 'generate', 'claude-sonnet-4-5', 0, 'refused', NULL, NULL, NULL, 0,
                     NULL, 0),
                    (4, 0, 1, 1, 'claude', 'messages', 'generate', 'claude-sonnet-4-5', 0, 'complete', 0, 10000, 0, NULL,
                     NULL, 1),
                    (5, 0, 1, 1, 'claude', 'messages', 'generate', 'claude-sonnet-4-5', 0, 'complete', 0, 10000, 0, 1, 1, 1)",
            "UPDATE savings_due SET after_id = 0, until_id = 4",
        ] {
            sqlx::query(statement).execute(store.pool()).await.expect("written");
        }
        assert_eq!((version, unknown), (1, 2), "as the rows say");

        work_out(&store, Duration::ZERO).await.expect("worked out");

        let saved: Vec<Option<i64>> = sqlx::query_scalar("SELECT saved_pico_usd FROM calls ORDER BY id")
            .fetch_all(store.pool())
            .await
            .expect("rows");
        assert_eq!(saved, [Some(27_000_000_000), None, Some(0), None, None]);
        assert!(savings::page(store.pool(), AT_ONCE).await.expect("told").is_none());
    }
}
