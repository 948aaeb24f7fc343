//! What narrows the ledger down, in SQL: for its rows, and for the roll-ups that say where those rows are.

use carpool_core::call::CallId;
use sqlx::{QueryBuilder, Sqlite};

use super::list::Filter;
use crate::store::calls::CallStatus;

/// Stands for calls that have none.
const NONE: &str = "-";

/// Which table is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// The ledger.
    Calls,
    /// The roll-ups: of a group that has such a call, maybe among others.
    Rollups,
}

/// A filter without its span.
#[derive(Debug)]
pub(super) struct Narrow<'a> {
    filter: &'a Filter,
    /// Only the calls of the friend with this id.
    friend_id: Option<i64>,
    /// The text that is searched for, in small letters; empty for none.
    search: String,
    /// The one call that is searched for by its id.
    call: Option<CallId>,
}

impl<'a> Narrow<'a> {
    pub(super) fn new(filter: &'a Filter, friend_id: Option<i64>) -> Self {
        let search = filter.search.as_deref().unwrap_or_default().trim().to_lowercase();
        // Without its mark, every word that looks like hexadecimal digits would be one.
        let call = search.strip_prefix("call_").and_then(|_| search.parse().ok());
        Self { filter, friend_id, search, call }
    }

    /// Says whether every call is let through.
    pub(super) fn is_nothing(&self) -> bool {
        let Filter { friend, key, account, provider, model, status, .. } = self.filter;
        let given = [friend, key, account, provider, model, status];
        given.into_iter().all(Option::is_none) && self.friend_id.is_none() && self.search.is_empty()
    }

    /// The one call that is looked for, if it is named by its id.
    pub(super) fn call(&self) -> Option<CallId> {
        self.call
    }

    /// Adds the conditions; the table is called `c`.
    pub(super) fn push(&self, query: &mut QueryBuilder<Sqlite>, table: Table) {
        if let Some(id) = self.friend_id {
            query.push(" AND c.friend_id = ").push_bind(id);
        }
        for (column, names, wanted) in self.named() {
            match wanted {
                Some(NONE) if column == "c.account_id" => drop(query.push(" AND c.account_id IS NULL")),
                Some(wanted) => {
                    query.push(" AND ").push(column).push(" IN (SELECT id FROM ").push(names).push(" WHERE name = ");
                    query.push_bind(wanted.to_owned()).push(")");
                }
                None => {}
            }
        }
        for (column, wanted) in [("c.provider", &self.filter.provider), ("c.model", &self.filter.model)] {
            if let Some(wanted) = wanted {
                let wanted = (wanted != NONE).then(|| wanted.clone());
                query.push(" AND ").push(column).push(" IS ").push_bind(wanted);
            }
        }
        if let Some(wanted) = &self.filter.status {
            query.push(" AND ");
            push_status(query, table, |status| status == wanted);
        }
        self.push_search(query, table);
    }

    fn push_search(&self, query: &mut QueryBuilder<Sqlite>, table: Table) {
        if let Some(call) = self.call.filter(|_| table == Table::Calls) {
            query.push(" AND c.id = ").push_bind(call.0);
            return;
        }
        if self.search.is_empty() {
            return;
        }
        query.push(" AND (");
        for (column, names, _) in self.named() {
            query.push(column).push(" IN (SELECT id FROM ").push(names).push(" WHERE instr(lower(name), ");
            query.push_bind(self.search.clone()).push(") > 0) OR ");
        }
        for column in ["c.provider", "c.model"] {
            query.push("instr(lower(").push(column).push("), ").push_bind(self.search.clone()).push(") > 0 OR ");
        }
        push_status(query, table, |status| status.contains(&self.search));
        query.push(")");
    }

    /// What is named elsewhere: the column, the table of the names, and the name that is wanted.
    fn named(&self) -> [(&'static str, &'static str, Option<&'a str>); 3] {
        [
            ("c.friend_id", "friends", self.filter.friend.as_deref()),
            ("c.key_id", "client_keys", self.filter.key.as_deref()),
            ("c.account_id", "accounts", self.filter.account.as_deref()),
        ]
    }
}

/// Asks for calls that ended in one of these ways. A roll-up has a column for each, of the same name.
fn push_status(query: &mut QueryBuilder<Sqlite>, table: Table, is_wanted: impl Fn(&str) -> bool) {
    query.push("(false");
    for status in CallStatus::ENDED.map(CallStatus::as_str).into_iter().filter(|status| is_wanted(status)) {
        match table {
            Table::Calls => query.push(" OR c.status = '").push(status).push("'"),
            Table::Rollups => query.push(" OR c.").push(status).push(" > 0"),
        };
    }
    query.push(")");
}
