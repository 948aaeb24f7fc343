//! The names that friends know the relay by: that of the public address, and those it had before. A client's `Host` is kept
//! only when it is one of them, so that nothing else a client could write there is.

use std::sync::Arc;

use carpool_core::reach::{authority, authority_of_url};
use http::{header, request::Parts};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    House,
    store::{
        SqlError, Store,
        devices::{self, OnOtherAddress},
        settings,
    },
};

/// How many earlier addresses are remembered: a tunnel that gets a new name at each start has many.
const EARLIER: usize = 20;
/// Who did not call for so long is not waited for at an old address.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 30);

/// The public address, as it was seen last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The address.
    pub url: String,
    /// Since when it is that one.
    pub at: Timestamp,
    /// Those before, the latest first.
    pub earlier: Vec<String>,
}

/// The public address that was seen last, also by an earlier run.
///
/// # Errors
/// When SQLite refuses, or the database holds what is no such record.
pub async fn address(store: &Store) -> Result<Option<Address>, SqlError> {
    settings::record(store.pool(), settings::ADDRESS).await
}

/// Which friends' programs came last by an address that the relay has no more, of those that called lately.
///
/// # Errors
/// When SQLite refuses.
pub async fn on_old_address(store: &Store, now: Timestamp) -> Result<Vec<OnOtherAddress>, SqlError> {
    let Some(current) = address(store).await?.and_then(|address| authority_of_url(&address.url)) else {
        return Ok(Vec::new());
    };
    devices::on_other_address(store.pool(), &current, now - LATELY).await
}

impl House {
    /// By which of the relay's names a request came, if by one.
    pub(crate) fn reached_by(&self, head: &Parts) -> Option<Arc<str>> {
        let names = self.reaching.names.read().expect("no one panics while reading names");
        if names.is_empty() {
            return None;
        }
        let in_header = || head.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let named = authority(head.uri.authority().map(http::uri::Authority::as_str).or_else(in_header)?)?;
        names.iter().find(|name| ***name == *named).cloned()
    }

    /// Knows again the names that earlier runs had.
    pub(super) async fn recall_names(&self) -> Result<(), SqlError> {
        if let Some(address) = address(&self.around().store).await? {
            self.know(&address);
        }
        Ok(())
    }

    /// Remembers the address, and those before.
    pub(super) async fn note_address(&self, url: &str) -> Result<Address, SqlError> {
        let store = &self.around().store;
        let earlier = match address(store).await? {
            Some(known) if known.url == url => return Ok(known),
            None => Vec::new(),
            Some(Address { url: former, earlier, .. }) => {
                let others = earlier.into_iter().filter(|one| one != url && *one != former);
                std::iter::once(former.clone()).chain(others).take(EARLIER).collect()
            }
        };
        let address = Address { url: url.to_owned(), at: self.clock.now(), earlier };
        settings::put_record(store.pool(), settings::ADDRESS, &address).await?;
        self.know(&address);
        Ok(address)
    }

    fn know(&self, address: &Address) {
        let urls = std::iter::once(&address.url).chain(&address.earlier);
        let names = urls.filter_map(|url| authority_of_url(url)).map(Arc::from).collect();
        *self.reaching.names.write().expect("no one panics while reading names") = names;
    }
}
