//! Usage.

/// Usage.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Usage {
    pub title: &'static str,
}

pub(super) static ENGLISH: Usage = Usage { title: "Usage" };

pub(super) static CHINESE: Usage = Usage { title: "Usage" };
