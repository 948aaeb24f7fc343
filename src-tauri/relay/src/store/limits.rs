//! Limits as the database holds them: JSON, checked whenever it is read.
//!
//! Nobody but a newer program or a hand at the database writes what cannot be read. It must then not count as "no
//! limits", and one bad row must not take the other keys down: so it says what is wrong, stands for limits that let
//! nothing be spent, and authentication refuses the key.

use std::sync::Arc;

use carpool_core::{limits::Limits, price::PicoUsd};

/// Limits that were read, and what is wrong with them if they could not be.
pub(super) struct Read {
    pub(super) limits: Arc<Limits>,
    pub(super) fault: Option<String>,
}

/// Reads the limits of a key or a friend.
pub(super) fn read(text: &str) -> Read {
    match serde_json::from_str(text) {
        Ok(limits) => Read { limits: Arc::new(limits), fault: None },
        Err(error) => Read { limits: Arc::new(closed()), fault: Some(error.to_string()) },
    }
}

/// What stands for limits that cannot be read.
fn closed() -> Limits {
    Limits { cap_total: Some(PicoUsd(0)), ..Limits::default() }
}

pub(super) fn written(limits: &Limits) -> String {
    serde_json::to_string(limits).expect("limits are numbers, words and lists of words")
}
