//! What the upstream answers: Anthropic messages, as a document or as a stream paced by a timer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde_json::json;
use tokio::time::{Instant, Sleep};

use crate::clock;
use crate::upstream::Ledger;
use crate::wire::{DOCUMENT_USAGE, MODEL, STREAM_USAGE};

/// Text of an ordinary answer: brings the document to about 600 bytes.
pub(crate) const ORDINARY_TEXT_BYTES: usize = 200;

/// A non-streamed answer with `text_bytes` characters of text.
pub(crate) fn document(text_bytes: usize) -> Bytes {
    static ORDINARY: LazyLock<Bytes> = LazyLock::new(|| build_document(ORDINARY_TEXT_BYTES));
    static MEGABYTE: LazyLock<Bytes> = LazyLock::new(|| build_document(1_000_000));
    match text_bytes {
        ORDINARY_TEXT_BYTES => ORDINARY.clone(),
        1_000_000 => MEGABYTE.clone(),
        other => build_document(other),
    }
}

fn build_document(text_bytes: usize) -> Bytes {
    let text: String = "The quick brown fox jumps over the lazy dog.\n".chars().cycle().take(text_bytes).collect();
    let message = json!({
        "id": "msg_01BenchBenchBenchBenchBench", "type": "message", "role": "assistant", "model": MODEL,
        "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {
            "input_tokens": DOCUMENT_USAGE.input_tokens, "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0, "output_tokens": DOCUMENT_USAGE.output_tokens, "service_tier": "standard",
        },
    });
    Bytes::from(message.to_string())
}

/// How a streamed answer is paced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) deltas: u32,
    pub(crate) interval: Duration,
    /// Until the first delta.
    pub(crate) lead: Duration,
}

/// A streamed answer: an opening frame at once, `deltas` frames on time, a closing frame.
///
/// Each delta carries the time it was handed to the socket's writer and its number. A delta that is late moves
/// the following ones: two never leave in one write, so the cost of an event stays the cost of an event.
pub(crate) struct Paced {
    step: Step,
    pace: Pace,
    timer: Pin<Box<Sleep>>,
    ledger: Arc<Ledger>,
}

enum Step {
    Opening,
    Delta(u32),
    Ended,
}

impl Paced {
    /// Starts the clock; `ledger` is told when the last frame leaves.
    pub(crate) fn new(pace: Pace, ledger: Arc<Ledger>) -> Self {
        Self { step: Step::Opening, pace, timer: Box::pin(tokio::time::sleep(pace.lead)), ledger }
    }

    fn next_due(&self) -> Instant {
        let due = self.timer.deadline() + self.pace.interval;
        let now = Instant::now();
        if due > now { due } else { now + self.pace.interval }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let frame = match this.step {
            Step::Opening => {
                this.step = Step::Delta(0);
                opening()
            }
            Step::Delta(number) if number < this.pace.deltas => {
                ready!(this.timer.as_mut().poll(cx));
                let due = this.next_due();
                this.timer.as_mut().reset(due);
                this.step = Step::Delta(number + 1);
                delta(number)
            }
            Step::Delta(_) => {
                this.step = Step::Ended;
                this.ledger.book(STREAM_USAGE);
                closing()
            }
            Step::Ended => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }
}

fn delta(number: u32) -> Bytes {
    let now = clock::micros();
    Bytes::from(format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\
         \"delta\":{{\"type\":\"text_delta\",\"text\":\"@{now} {number} fox jumps\"}}}}\n\n"
    ))
}

fn opening() -> Bytes {
    static OPENING: LazyLock<Bytes> = LazyLock::new(|| {
        let start = json!({"type": "message_start", "message": {
            "id": "msg_01BenchBenchBenchBenchBench", "type": "message", "role": "assistant", "model": MODEL,
            "content": [], "stop_reason": null, "stop_sequence": null,
            "usage": {
                "input_tokens": STREAM_USAGE.input_tokens, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0, "output_tokens": 1, "service_tier": "standard",
            },
        }});
        let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
        let ping = json!({"type": "ping"});
        events(&[("message_start", start), ("content_block_start", block), ("ping", ping)])
    });
    OPENING.clone()
}

fn closing() -> Bytes {
    static CLOSING: LazyLock<Bytes> = LazyLock::new(|| {
        let stop = json!({"type": "content_block_stop", "index": 0});
        let delta = json!({
            "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": STREAM_USAGE.output_tokens},
        });
        let end = json!({"type": "message_stop"});
        events(&[("content_block_stop", stop), ("message_delta", delta), ("message_stop", end)])
    });
    CLOSING.clone()
}

fn events(events: &[(&str, serde_json::Value)]) -> Bytes {
    events.iter().map(|(name, data)| format!("event: {name}\ndata: {data}\n\n")).collect::<String>().into()
}
