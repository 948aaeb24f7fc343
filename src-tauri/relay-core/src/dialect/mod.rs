//! The wire formats clients speak. One file each, one line in [`DIALECTS`].

pub mod messages;

use http::{HeaderMap, Method, StatusCode};

use crate::{
    call::{Asked, Operation, Route},
    json::{Field, Fields, NotAnObject},
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
    /// The top-level fields of a request's body that scheduling and the ledger need.
    pub asked_fields: &'static [Field],
    /// Reads them, in the order they are named, with the request's headers.
    pub read_asked: fn(&Fields, &HeaderMap) -> Result<Asked, NotReadable>,
    /// Learns from one event of a streamed answer.
    pub observe_event: fn(&mut Observed, &Event<'_>),
    /// The top-level fields of a whole answer that tell its usage.
    pub answer_fields: &'static [Field],
    /// Learns from them, in the order of their names.
    pub observe_answer: fn(&mut Observed, &Fields),
    /// The status that an error within a stream would have had as an answer of its own, by the event's data.
    pub error_status: fn(&[u8]) -> StatusCode,
    /// Renders a refusal of ours as a body in this format.
    pub render_refusal: fn(&RefusalText<'_>) -> String,
    /// Renders a refusal of ours as a stream event in this format, blank line included.
    pub render_refusal_event: fn(&RefusalText<'_>) -> String,
}

/// A request body that is not what the dialect calls a request.
#[derive(Debug, thiserror::Error)]
pub enum NotReadable {
    /// It is no JSON object.
    #[error("The request body is not a valid request: {0}.")]
    Outline(#[from] NotAnObject),
    /// A field holds something else than it should.
    #[error("The request's field '{0}' does not hold what it should.")]
    Field(&'static str),
}

/// Finds what a request asks for, by method and path alone.
#[must_use]
pub fn route(method: &Method, path: &str) -> Option<Route> {
    DIALECTS.iter().find_map(|dialect| {
        dialect.prefixes.iter().find_map(|prefix| {
            let below = path.strip_prefix(prefix)?;
            let (.., operation) = dialect.routes.iter().find(|(verb, route, _)| verb == method && *route == below)?;
            Some(Route { dialect, operation: *operation, prefix_len: prefix.len() })
        })
    })
}

/// The dialect a caller most likely speaks who asked for a path that does not exist.
#[must_use]
pub fn guess(path: &str) -> &'static Dialect {
    let has_prefix =
        |dialect: &&&Dialect| dialect.prefixes.iter().any(|prefix| !prefix.is_empty() && path.starts_with(prefix));
    DIALECTS.iter().find(has_prefix).unwrap_or(&DIALECTS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_under_every_prefix_and_nothing_else_is() {
        for path in ["/api/v1/messages", "/claude/v1/messages", "/v1/messages"] {
            let found = route(&Method::POST, path).expect("a route");
            assert_eq!((found.dialect.id, found.operation), ("messages", Operation::Generate));
            assert_eq!(&path[found.prefix_len..], "/v1/messages");
        }
        assert_eq!(
            route(&Method::POST, "/api/v1/messages/count_tokens").map(|r| r.operation),
            Some(Operation::CountTokens)
        );
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
