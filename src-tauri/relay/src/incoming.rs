//! A provider's answer as it comes in: its coding undone where the client did not ask for it, turned into the client's form
//! where it has another, metered on the way. It can be read ahead, to be judged, and still passes on whole.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use carpool_core::{
    convert::Conversion,
    dialect::Dialect,
    headers,
    meter::{Ending, Meter},
};
use futures_util::future::poll_fn;
use http::{HeaderMap, header, response::Parts};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::{decode::Decoder, receive::Call, upstream};

/// Up to here a piece is copied rather than passed on with its buffer, in bytes: an event or two.
const SMALL_PIECE: usize = 1024;

/// What happens to the answer's content coding.
#[derive(Debug)]
enum Coding {
    /// There is none.
    Identity,
    /// The client asked for it: its bytes pass, the meter reads a decoded side copy; `None` where it cannot be read.
    Passed(Option<Decoder>),
    /// It is undone for meter and client.
    Undone(Decoder),
}

/// A provider's answer on its way through.
#[derive(Debug)]
pub struct Answer {
    incoming: Incoming,
    coding: Coding,
    conversion: Option<Box<dyn Conversion>>,
    meter: Meter,
    /// Bytes of the body still to come, where the provider said how many and none is added or taken away.
    left: Option<u64>,
    is_success: bool,
    /// What was read ahead.
    ahead: VecDeque<Piece>,
    is_over: bool,
    /// Whether what goes on has the coding that the headers name.
    is_encoded: bool,
    /// The media type of what goes on, where it is not the one that came.
    media_type: Option<&'static str>,
}

/// A piece of an answer.
#[derive(Debug)]
pub struct Piece {
    /// What goes on to the client.
    pub bytes: Bytes,
    /// How the answer stands after it.
    pub ending: Ending,
    /// Whether it is the last, by the length the provider named.
    pub is_last: bool,
}

/// What one piece of the provider's is for the client, and what it says.
struct Read {
    piece: Piece,
    /// Without any coding.
    plain: Bytes,
}

impl Answer {
    /// Takes an answer in, to be turned into the client's form by `conversion` if it is a success.
    #[must_use]
    pub fn new(call: &Call, head: &Parts, incoming: Incoming, conversion: Option<Box<dyn Conversion>>) -> Self {
        let is_success = head.status.is_success();
        let conversion = conversion.filter(|_| is_success);
        let meter = meter_for(call, is_success, &head.headers, conversion.as_deref());
        let coding = coding_for(&call.headers, &head.headers, conversion.is_some());
        // A stream may need one event more than the provider counted.
        let keeps_length = !meter.is_stream() && conversion.is_none() && !matches!(coding, Coding::Undone(_));
        let left = incoming.size_hint().exact().filter(|_| keeps_length);
        let media_type = conversion.as_ref().and_then(|conversion| conversion.media_type());
        let is_encoded = matches!(coding, Coding::Passed(_));
        let ahead = VecDeque::new();
        Self { incoming, coding, conversion, meter, left, is_success, ahead, is_over: false, is_encoded, media_type }
    }

    /// Lets this go to the client in the place of all that came.
    pub fn replace_with(&mut self, bytes: Bytes, media_type: &'static str) {
        self.ahead = [Piece { bytes, ending: Ending::Open, is_last: false }].into();
        self.is_over = true;
        self.left = None;
        self.is_encoded = false;
        self.media_type = Some(media_type);
    }

    /// Whether the provider answered with success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.is_success
    }

    /// Reads what it says of itself.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Reads what it says of itself, now that it is over.
    pub fn meter_mut(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// Bytes of the body still to come, where that is known.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        self.left.map(|left| left + self.ahead.iter().map(|piece| piece.bytes.len() as u64).sum::<u64>())
    }

    /// The headers for the client, which the answer came with.
    #[must_use]
    pub fn headers_for_client(&self, from_upstream: &HeaderMap) -> HeaderMap {
        let mut to_client = headers::for_client(from_upstream);
        if !self.is_encoded {
            to_client.remove(header::CONTENT_ENCODING);
        }
        if self.left.is_none() {
            to_client.remove(header::CONTENT_LENGTH);
        }
        if let Some(media_type) = self.media_type {
            to_client.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
        }
        to_client
    }

    /// Says whether the meter could read all of it, so that an end it did not see is none.
    #[must_use]
    pub fn can_tell_the_end(&self) -> bool {
        !matches!(self.coding, Coding::Passed(None)) && self.meter.can_tell_the_end()
    }

    /// Says whether this is a stream to which Carpool can add events of its own.
    #[must_use]
    pub fn takes_events(&self) -> bool {
        !matches!(self.coding, Coding::Passed(_)) && self.meter.is_stream()
    }

    /// Says whether a comment can go to the client here.
    #[must_use]
    pub fn takes_comments(&self) -> bool {
        self.takes_events() && self.meter.is_between_events()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// Why the answer breaks off here, in words.
    pub fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Piece, String>>> {
        if let Some(piece) = self.ahead.pop_front() {
            if self.ahead.is_empty() {
                self.ahead = VecDeque::new();
            }
            return Poll::Ready(Some(Ok(piece)));
        }
        let read = ready!(self.poll_read(context));
        Poll::Ready(read.map(|read| read.map(|read| read.piece)))
    }

    /// Says whether all of it has come and none of it went on yet.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.ahead.is_empty() && (self.is_over || self.left == Some(0))
    }

    /// Takes out what was read ahead.
    pub fn take_ahead(&mut self) -> Bytes {
        let pieces = std::mem::take(&mut self.ahead);
        match <[Piece; 1]>::try_from(Vec::from(pieces)) {
            Ok([only]) => only.bytes,
            Err(several) => {
                let mut whole = BytesMut::with_capacity(several.iter().map(|piece| piece.bytes.len()).sum());
                several.iter().for_each(|piece| whole.extend_from_slice(&piece.bytes));
                whole.freeze()
            }
        }
    }

    /// Reads on without anything going to the client yet. Returns what was read, without any coding; `None` at the end.
    ///
    /// # Errors
    /// Why the answer breaks off here, in words.
    pub async fn read_ahead(&mut self) -> Result<Option<Bytes>, String> {
        let Some(Read { piece, plain }) = poll_fn(|context| self.poll_read(context)).await.transpose()? else {
            return Ok(None);
        };
        self.ahead.push_back(piece);
        Ok(Some(plain))
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Read, String>>> {
        loop {
            if self.is_over {
                return Poll::Ready(None);
            }
            let read = match ready!(Pin::new(&mut self.incoming).poll_frame(context)) {
                // Trailers tell nothing that clients of these formats read.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(received) => self.read(received),
                    Err(_) => continue,
                },
                Some(Err(error)) => Err(upstream::cause_of_break(&error)),
                None => match self.finish() {
                    Some(read) => read,
                    None => return Poll::Ready(None),
                },
            };
            return Poll::Ready(Some(read));
        }
    }

    fn read(&mut self, received: Bytes) -> Result<Read, String> {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(received.len() as u64);
        }
        let damaged = |error: std::io::Error| format!("its content coding is damaged: {error}");
        let (plain, to_client) = match &mut self.coding {
            Coding::Identity => (received.clone(), Some(released(received))),
            Coding::Undone(decoder) => (decoder.push(&received).map_err(damaged)?, None),
            Coding::Passed(side_copy) => {
                let plain = match side_copy.as_mut().map(|decoder| decoder.push(&received)) {
                    Some(Ok(plain)) => plain,
                    Some(Err(error)) => {
                        tracing::warn!(%error, "an encoded answer could not be read for its usage");
                        *side_copy = None;
                        Bytes::new()
                    }
                    None => Bytes::new(),
                };
                (plain, Some(received))
            }
        };
        let bytes = match &mut self.conversion {
            Some(conversion) => conversion.push(&plain, &mut self.meter).map_err(|error| error.to_string())?.into(),
            None => {
                self.meter.feed(&plain);
                to_client.unwrap_or_else(|| plain.clone())
            }
        };
        let piece = Piece { bytes, ending: self.meter.observed().ending, is_last: self.left == Some(0) };
        Ok(Read { piece, plain })
    }

    /// What still goes to the client when the provider has sent its last byte.
    fn finish(&mut self) -> Option<Result<Read, String>> {
        self.is_over = true;
        let rest = self.conversion.as_mut()?.finish(&mut self.meter);
        let read = |bytes: Vec<u8>| Read {
            piece: Piece { bytes: bytes.into(), ending: self.meter.observed().ending, is_last: false },
            plain: Bytes::new(),
        };
        match rest {
            Ok(rest) if rest.is_empty() => None,
            Ok(rest) => Some(Ok(read(rest))),
            Err(error) => Some(Err(error.to_string())),
        }
    }
}

/// A small piece on its own: as a part of the buffer it was read into it would keep all of that from being used again,
/// for as long as it waits to be sent.
fn released(piece: Bytes) -> Bytes {
    if piece.len() <= SMALL_PIECE { Bytes::copy_from_slice(&piece) } else { piece }
}

/// What reads such an answer.
fn meter_for(call: &Call, is_success: bool, headers: &HeaderMap, conversion: Option<&dyn Conversion>) -> Meter {
    let dialect: &'static Dialect = call.dialect;
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = conversion.and_then(Conversion::media_type).or(sent).unwrap_or_default();
    if !is_success || !call.operation.is_charged() {
        Meter::nothing(dialect)
    } else if media_type.trim_start().to_ascii_lowercase().starts_with("text/event-stream") {
        Meter::stream(dialect)
    } else {
        Meter::body(dialect)
    }
}

fn coding_for(from_client: &HeaderMap, from_upstream: &HeaderMap, is_converted: bool) -> Coding {
    let Some(coding) = coding_of(from_upstream) else { return Coding::Identity };
    match Decoder::new(coding) {
        Some(decoder) if is_converted || !headers::accepts_coding(from_client, coding) => Coding::Undone(decoder),
        decoder => Coding::Passed(decoder),
    }
}

/// The name of an answer's content coding; `None` where it has none.
fn coding_of(from_upstream: &HeaderMap) -> Option<&str> {
    let coding = from_upstream.get(header::CONTENT_ENCODING)?.to_str().ok()?.trim();
    Some(coding).filter(|coding| !matches!(*coding, "" | "identity"))
}
