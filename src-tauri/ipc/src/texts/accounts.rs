//! Accounts.

/// Accounts.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Accounts {
    pub title: &'static str,
}

pub(super) static ENGLISH: Accounts = Accounts { title: "Accounts" };

pub(super) static CHINESE: Accounts = Accounts { title: "Accounts" };
