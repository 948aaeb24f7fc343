//! A database for the tests of this folder: one friend with two keys, and rows for its ledger.

use carpool_core::{
    call::{CallId, Operation},
    client_key::KeyDigest,
    price::PicoUsd,
    usage::Usage,
};
use jiff::Timestamp;
use sqlx::SqlitePool;
use tempfile::TempDir;

use super::{
    Store,
    calls::{self, CallRow, CallStatus},
    client_keys::{self, NewClientKey},
    friends,
};

/// A data folder with the friend `Alex` (1) and the keys `laptop` (1) and `phone` (2).
pub(super) struct Rehearsal {
    store: Store,
    _folder: TempDir,
}

impl Rehearsal {
    pub(super) async fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let store = Store::open(folder.path()).await.expect("a database");
        let now = Timestamp::UNIX_EPOCH;
        friends::insert(store.pool(), "Alex", 1.0, now).await.expect("a friend");
        for name in ["laptop", "phone"] {
            let key = NewClientKey { friend_id: 1, name, digest: KeyDigest::of(name), prefix: "cr_0" };
            client_keys::insert(store.pool(), key, now).await.expect("a key");
        }
        Self { store, _folder: folder }
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        self.store.pool()
    }

    pub(super) async fn write(&self, rows: &[CallRow]) {
        let mut connection = self.store.connect().await.expect("a connection");
        calls::write(&mut connection, rows).await.expect("written");
    }

    /// Makes a change past the program.
    pub(super) async fn change(&self, statement: &'static str) {
        sqlx::query(statement).execute(self.pool()).await.expect("changed");
    }
}

/// A call with a key that was answered by the account 1 and counts as so much, in pico-dollars.
pub(crate) fn row(id: i64, key_id: i64, at: Timestamp, cap: Option<i64>) -> CallRow {
    CallRow {
        id: CallId(id),
        at,
        friend_id: 1,
        key_id,
        account_id: Some(1),
        provider: Some("claude"),
        dialect: "messages",
        operation: Operation::Generate,
        model: Some("claude-sonnet-4-5".to_owned()),
        upstream_model: None,
        stream: false,
        status: CallStatus::Complete,
        http_status: Some(200),
        usage: Usage::default(),
        cost: None,
        saved: None,
        cap: cap.map(PicoUsd),
        price_version: None,
        ttfb_ms: None,
        duration_ms: None,
        attempts: 1,
    }
}
