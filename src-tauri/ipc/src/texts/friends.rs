//! Friends.

/// Friends.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Friends {
    pub title: &'static str,
}

pub(super) static ENGLISH: Friends = Friends { title: "Friends" };

pub(super) static CHINESE: Friends = Friends { title: "Friends" };
