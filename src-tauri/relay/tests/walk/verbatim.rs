//! Answers that a test writes itself, byte for byte.

use bytes::Bytes;
use carpool_relay::pretend::{Behaviour, Reply, Step, Wait};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

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

/// A refusal in Anthropic's shape, with these headers besides.
pub(crate) fn refusal(status: u16, text: &str, headers: &[(&'static str, &str)]) -> Behaviour {
    let body = serde_json::json!({ "type": "error", "error": { "type": "pretend_error", "message": text } });
    let mut reply = answer("application/json", [Bytes::from(body.to_string())]);
    reply.status = StatusCode::from_u16(status).unwrap();
    reply.headers.extend(headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())));
    Behaviour::Verbatim(reply)
}

/// A stream that begins with an error.
pub(crate) fn stream_of_error(kind: &str) -> Behaviour {
    let data = serde_json::json!({ "type": "error", "error": { "type": kind, "message": "Overloaded" } });
    stream(&[&format!("event: error\ndata: {data}\n\n")])
}
