//! Home.

/// Home.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Home {
    pub title: &'static str,
}

pub(super) static ENGLISH: Home = Home { title: "Home" };

pub(super) static CHINESE: Home = Home { title: "Home" };
