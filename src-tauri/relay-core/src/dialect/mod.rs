//! The wire formats clients speak. One file each, one line in [`DIALECTS`].

pub mod messages;

use http::Method;

use crate::{
    call::{Asked, Operation, Route},
    meter::Observed,
    refusal::RefusalText,
    sse::Event,
};

/// Every dialect, in the order their routes are tried.
pub const DIALECTS: &[&Dialect] = &[&messages::MESSAGES];

/// What there is to know about a wire format.
#[derive(Debug)]
pub struct Dialect {
    /// The word the ledger keeps.
    pub id: &'static str,
    /// The prefixes its routes stand under, the longest first; the empty one is last.
    pub prefixes: &'static [&'static str],
    /// Its calls: method, path below the prefix, what they ask for.
    pub routes: &'static [(Method, &'static str, Operation)],
    /// Reads from a request's body what scheduling and the ledger need.
    pub read: fn(&[u8]) -> Result<Asked, NotReadable>,
    /// Learns from one event of a streamed answer.
    pub observe_event: fn(&mut Observed, &Event<'_>),
    /// Learns from a whole answer.
    pub observe_body: fn(&mut Observed, &[u8]),
    /// Renders a refusal of ours as a body in this format.
    pub render_refusal: fn(&RefusalText<'_>) -> String,
    /// Renders a refusal of ours as a stream event in this format, blank line included.
    pub render_refusal_event: fn(&RefusalText<'_>) -> String,
}

/// A request body that is not what the dialect calls a request.
#[derive(Debug, thiserror::Error)]
#[error("the request body is not a valid request: {0}")]
pub struct NotReadable(#[from] serde_json::Error);

/// Finds what a request asks for, by method and path alone.
#[must_use]
pub fn route<'a>(method: &Method, path: &'a str) -> Option<Route<'a>> {
    DIALECTS.iter().find_map(|dialect| {
        dialect.prefixes.iter().find_map(|prefix| {
            let path = path.strip_prefix(prefix)?;
            let (.., operation) = dialect.routes.iter().find(|(verb, route, _)| verb == method && *route == path)?;
            Some(Route { dialect, operation: *operation, path })
        })
    })
}

/// The dialect a caller most likely speaks who asked for a path that does not exist.
#[must_use]
pub fn guess(path: &str) -> &'static Dialect {
    let has_prefix = |dialect: &&&Dialect| {
        dialect.prefixes.iter().any(|prefix| !prefix.is_empty() && path.starts_with(prefix))
    };
    DIALECTS.iter().find(has_prefix).unwrap_or(&DIALECTS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_under_every_prefix_and_nothing_else_is() {
        for path in ["/api/v1/messages", "/claude/v1/messages", "/v1/messages"] {
            let found = route(&Method::POST, path).expect("a route");
            assert_eq!((found.dialect.id, found.operation, found.path), ("messages", Operation::Generate, "/v1/messages"));
        }
        assert_eq!(route(&Method::POST, "/api/v1/messages/count_tokens").map(|r| r.operation), Some(Operation::CountTokens));
        assert_eq!(route(&Method::GET, "/v1/models").map(|r| r.operation), Some(Operation::ListModels));

        for (method, path) in [
            (Method::GET, "/v1/messages"),
            (Method::POST, "/v1/messages/"),
            (Method::POST, "/apiv1/messages"),
            (Method::POST, "/api/claude/v1/messages"),
            (Method::POST, "/admin"),
        ] {
            assert!(route(&method, path).is_none(), "{method} {path}");
        }
    }
}
