//! Answers that a test writes itself, byte for byte.

use bytes::Bytes;
use carpool_relay::pretend::{Behaviour, Reply, Step, Wait};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// An answer of these pieces.
pub(crate) fn answer(media_type: &'static str, pieces: impl IntoIterator<Item = Bytes>) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    Reply {
        before_head: Wait::No,
        status: StatusCode::OK,
        headers,
        steps: pieces.into_iter().map(Step::Send).collect(),
    }
}

/// A stream of these pieces.
pub(crate) fn stream(pieces: &[&str]) -> Behaviour {
    let pieces = pieces.iter().map(|piece| Bytes::copy_from_slice(piece.as_bytes()));
    Behaviour::Verbatim(answer("text/event-stream", pieces))
}

/// A JSON answer, whether it is JSON or not.
pub(crate) fn json(text: &str) -> Behaviour {
    Behaviour::Verbatim(answer("application/json", [Bytes::copy_from_slice(text.as_bytes())]))
}
