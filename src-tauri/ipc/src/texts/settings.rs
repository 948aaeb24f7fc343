//! Settings.

/// Settings.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Settings {
    pub title: &'static str,
}

pub(super) static ENGLISH: Settings = Settings { title: "Settings" };

pub(super) static CHINESE: Settings = Settings { title: "Settings" };
