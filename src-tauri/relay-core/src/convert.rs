//! Answers that do not come in the form the client reads: turned into it piece by piece, as they come.

mod envelope;

use std::fmt;

pub use self::envelope::{Envelope, Shape, Turn};
use crate::{dialect::UsageOnRequest, meter::Meter, sse::Event};

/// Turns an answer into the form the client reads. It feeds the meter itself, because it knows on which side of it the
/// dialect's own form is.
pub trait Conversion: fmt::Debug + Send {
    /// Takes the next bytes of the answer in, without any content coding, and returns what goes on to the client.
    ///
    /// # Errors
    /// [`Unreadable`] when they are not what the provider should send: the answer breaks off there.
    fn push(&mut self, piece: &[u8], meter: &mut Meter) -> Result<Vec<u8>, Unreadable>;

    /// The answer has come to its end: returns what goes on to the client after that.
    ///
    /// # Errors
    /// [`Unreadable`] when it may not end here.
    fn finish(&mut self, meter: &mut Meter) -> Result<Vec<u8>, Unreadable>;

    /// The media type of what goes on, where it is another than that of what comes in.
    fn media_type(&self) -> Option<&'static str> {
        None
    }
}

/// An answer that is not what its provider should send; the text says what is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Takes the events out of a stream that are there only because Carpool asked for them.
#[derive(Debug)]
pub struct WithoutExtra {
    usage: UsageOnRequest,
    /// An event that has not come to its end.
    pending: Vec<u8>,
}

impl WithoutExtra {
    /// Takes out what this names.
    #[must_use]
    pub fn of(usage: UsageOnRequest) -> Self {
        Self { usage, pending: Vec::new() }
    }
}

impl Conversion for WithoutExtra {
    fn push(&mut self, piece: &[u8], meter: &mut Meter) -> Result<Vec<u8>, Unreadable> {
        meter.feed(piece);
        let Self { usage, pending } = self;
        pending.extend_from_slice(piece);
        let mut kept = Vec::with_capacity(pending.len());
        let rest = crate::sse::split(pending, |text, event: Option<&Event<'_>>| {
            if !event.is_some_and(usage.is_extra) {
                kept.extend_from_slice(text);
            }
        });
        pending.drain(..rest);
        Ok(kept)
    }

    fn finish(&mut self, _: &mut Meter) -> Result<Vec<u8>, Unreadable> {
        Ok(std::mem::take(&mut self.pending))
    }
}
