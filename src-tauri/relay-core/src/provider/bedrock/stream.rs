//! Bedrock's streams as the Messages format's events.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ResponseStream.html> (read November 2026). A
//! chunk holds one event of Anthropic's, in Base64; the last one also tells what was consumed, in Amazon's words, which
//! repeat Anthropic's. An error comes as a frame of its own.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde::Deserialize;

use super::frames::{Frame, Frames};
use crate::{
    convert::{Conversion, Unreadable},
    dialect::messages::MESSAGES,
    meter::Meter,
    refusal::RefusalText,
};

/// Turns frames into events.
#[derive(Debug)]
pub(super) struct ToEvents {
    frames: Frames,
    call_id: String,
    /// What is wrong with the answer, from the frame on that does not go on any more.
    broken: Option<String>,
}

impl ToEvents {
    /// For the answer to this call.
    pub(super) fn of(call_id: &str) -> Self {
        Self { frames: Frames::default(), call_id: call_id.to_owned(), broken: None }
    }
}

impl Conversion for ToEvents {
    fn push(&mut self, piece: &[u8], meter: &mut Meter) -> Result<Vec<u8>, Unreadable> {
        let mut events = String::new();
        if self.broken.is_none() {
            let call_id = &self.call_id;
            let read = self.frames.push(piece, |frame| {
                events += &event(frame, call_id)?;
                Ok(())
            });
            self.broken = read.err().map(|Unreadable(text)| text);
        }
        meter.feed(events.as_bytes());
        match &self.broken {
            // What came before the damage goes on first.
            Some(text) if events.is_empty() => Err(Unreadable(text.clone())),
            _ => Ok(events.into_bytes()),
        }
    }

    fn finish(&mut self, _: &mut Meter) -> Result<Vec<u8>, Unreadable> {
        match self.broken.take() {
            Some(text) => Err(Unreadable(text)),
            None if self.frames.is_between_frames() => Ok(Vec::new()),
            None => Err(Unreadable("the provider's stream ended in the middle of a frame".to_owned())),
        }
    }

    fn media_type(&self) -> Option<&'static str> {
        Some("text/event-stream")
    }
}

#[derive(Deserialize)]
struct WireChunk {
    bytes: String,
}

#[derive(Deserialize)]
struct WireKind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct WireException {
    message: Option<String>,
}

/// What a frame is as an event; nothing for a kind that is not known.
fn event(frame: &Frame<'_>, call_id: &str) -> Result<String, Unreadable> {
    match frame.text(":message-type") {
        Some("event") if frame.text(":event-type") == Some("chunk") => chunk(frame.payload),
        Some("event") => Ok(String::new()),
        Some("exception") => Ok(exception(frame, call_id)),
        // A failure of the framing itself, with code and text in its headers.
        Some("error") => {
            let said = frame.text(":error-message").or_else(|| frame.text(":error-code"));
            Ok(error(StatusCode::INTERNAL_SERVER_ERROR, said.unwrap_or("the provider's stream failed"), call_id))
        }
        _ => Err(Unreadable("the provider sent a frame of no known type".to_owned())),
    }
}

fn chunk(payload: &[u8]) -> Result<String, Unreadable> {
    let unreadable = || Unreadable("the provider sent a chunk that is no event".to_owned());
    let WireChunk { bytes } = serde_json::from_slice(payload).map_err(|_| unreadable())?;
    let data = String::from_utf8(STANDARD.decode(bytes).map_err(|_| unreadable())?).map_err(|_| unreadable())?;
    let WireKind { kind } = serde_json::from_str(&data).map_err(|_| unreadable())?;
    if kind.contains(char::is_control) {
        return Err(unreadable());
    }
    // A line feed in it would end the line; between the parts of JSON it may as well begin another.
    let lines: String = data.lines().map(|line| format!("data: {line}\n")).collect();
    Ok(format!("event: {kind}\n{lines}\n"))
}

fn exception(frame: &Frame<'_>, call_id: &str) -> String {
    let name = frame.text(":exception-type").unwrap_or_default();
    let said = serde_json::from_slice(frame.payload).ok().and_then(|WireException { message }| message);
    error(status(name), said.as_deref().unwrap_or(name), call_id)
}

/// The status that stands for an exception in the Messages format (its list of errors is shorter than Amazon's).
fn status(exception: &str) -> StatusCode {
    let code = match exception {
        "throttlingException" => 429,
        "validationException" => 400,
        "accessDeniedException" => 403,
        "serviceUnavailableException" => 529,
        "modelTimeoutException" => 504,
        _ => 500,
    };
    StatusCode::from_u16(code).expect("each is a status")
}

fn error(status: StatusCode, message: &str, call_id: &str) -> String {
    (MESSAGES.render_refusal_event)(&RefusalText { status, message, call_id })
}

#[cfg(test)]
mod tests;
