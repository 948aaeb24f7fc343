//! The calls the load generator makes.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use serde_json::json;

use crate::target::Running;
use crate::wire;

/// The size of a large body's text.
pub(crate) const LARGE_BYTES: usize = 1_000_000;

/// A call that can be sent again and again.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    headers: HeaderMap,
    body: Bytes,
    pub(crate) expects: Expects,
}

/// What a good answer looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expects {
    /// A document of at least so many bytes.
    Document { at_least: usize },
    /// A stream with so many deltas.
    Stream { deltas: u32 },
}

impl Call {
    /// A short question with a short answer.
    pub(crate) fn small(to: &Running) -> Self {
        static BODY: LazyLock<Bytes> = LazyLock::new(|| body("What does the fox do?", Form::Document));
        Self { headers: headers(to), body: BODY.clone(), expects: Expects::Document { at_least: 400 } }
    }

    /// A long conversation, 1 MB, with a short answer.
    pub(crate) fn upload(to: &Running) -> Self {
        static BODY: LazyLock<Bytes> = LazyLock::new(|| body(&long_text(), Form::Document));
        Self { body: BODY.clone(), ..Self::small(to) }
    }

    /// A short question with an answer of 1 MB.
    pub(crate) fn download(to: &Running) -> Self {
        Self { expects: Expects::Document { at_least: LARGE_BYTES }, ..Self::small(to) }
            .with(wire::BYTES, LARGE_BYTES as u64)
    }

    /// A short question answered by `deltas` events, one each `interval`.
    pub(crate) fn stream(to: &Running, deltas: u32, interval: Duration) -> Self {
        static BODY: LazyLock<Bytes> = LazyLock::new(|| body("What does the fox do?", Form::Stream));
        let interval_us = u64::try_from(interval.as_micros()).expect("an interval is short");
        Self { headers: headers(to), body: BODY.clone(), expects: Expects::Stream { deltas } }
            .with(wire::EVENTS, u64::from(deltas))
            .with(wire::INTERVAL_US, interval_us)
    }

    /// Asks a stream to send its first delta at `micros` since the epoch.
    pub(crate) fn starting_at(self, micros: u64) -> Self {
        self.with(wire::START_AT_US, micros)
    }

    /// Length of the request's body.
    pub(crate) fn body_bytes(&self) -> usize {
        self.body.len()
    }

    /// The request to send.
    pub(crate) fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = http::Uri::from_static(wire::MESSAGES);
        *request.headers_mut() = self.headers.clone();
        request
    }

    fn with(mut self, name: &'static str, value: u64) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        self
    }
}

/// What an SDK sends, more or less.
fn headers(to: &Running) -> HeaderMap {
    let pairs = [
        ("host", to.address.to_string()),
        ("accept", String::from("application/json")),
        ("content-type", String::from("application/json")),
        ("user-agent", String::from("carpool-bench/1 (loopback)")),
        ("anthropic-version", String::from("2023-06-01")),
        ("x-api-key", to.key.clone()),
        (wire::TARGET, String::from(to.target.name())),
    ];
    let to_header = |(name, value): (&'static str, String)| {
        (HeaderName::from_static(name), HeaderValue::try_from(value).expect("keys and addresses are plain ASCII"))
    };
    pairs.into_iter().map(to_header).collect()
}

/// The form of answer a body asks for.
#[derive(Clone, Copy)]
enum Form {
    Document,
    Stream,
}

/// A request as clients write it: `stream` comes last, so it is found only after the whole conversation.
fn body(text: &str, form: Form) -> Bytes {
    let messages = json!([{"role": "user", "content": [{"type": "text", "text": text}]}]);
    let model = json!(wire::MODEL);
    let stream = matches!(form, Form::Stream);
    Bytes::from(format!(r#"{{"model":{model},"messages":{messages},"max_tokens":1024,"stream":{stream}}}"#))
}

/// Source code as tools paste it: with quotes and line ends that JSON must escape.
fn long_text() -> String {
    let line = "    println!(\"{}\", fox.jumps(over, \"the lazy dog\"));\n";
    line.repeat(LARGE_BYTES / (line.len() + 5))
}
