//! What is typed into the options, and which choices there are.

use leptos::prelude::RwSignal;

/// The headers a key can be sent in, the usual one first.
pub const KEY_HEADERS: [&str; 5] = ["", "bearer", "x-api-key", "api-key", "x-goog-api-key"];

/// What is typed into the options. It is a handle: copies are the same.
#[derive(Clone, Copy, Debug)]
pub struct TypedOptions {
    /// Models by other names.
    pub model_map: RwSignal<String>,
    /// The only models.
    pub models: RwSignal<String>,
    /// The dialects' ids; none for the first.
    pub dialects: RwSignal<Vec<String>>,
    /// The header's name; empty for the usual one.
    pub key_header: RwSignal<String>,
    /// The region.
    pub region: RwSignal<String>,
    /// The version of the API.
    pub api_version: RwSignal<String>,
    /// The project.
    pub project: RwSignal<String>,
    /// The id of the owner's own OAuth client.
    pub client_id: RwSignal<String>,
    /// Whether a subscription serves any client.
    pub serves_any_client: RwSignal<bool>,
}

/// The place of a header among [`KEY_HEADERS`].
pub(crate) fn key_header(id: &str) -> usize {
    KEY_HEADERS.iter().position(|known| *known == id).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_is_not_known_is_the_usual_one() {
        assert_eq!(key_header("x-api-key"), 2);
        assert_eq!((key_header(""), key_header("cookie")), (0, 0));
    }
}
