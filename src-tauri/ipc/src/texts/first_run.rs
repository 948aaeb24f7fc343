//! The first run.

/// The first run.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct FirstRun {
    pub title: &'static str,
}

pub(super) static ENGLISH: FirstRun = FirstRun { title: "FirstRun" };

pub(super) static CHINESE: FirstRun = FirstRun { title: "FirstRun" };
