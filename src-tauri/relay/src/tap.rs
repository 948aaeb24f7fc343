//! The tap: an answer's bytes stream on to the client while the meter reads beside them.
//!
//! It never alters or delays content. Only the very last frame waits for the ledger's commit, so that a call a client
//! saw end is written down. A stream that breaks off never looks like a clean end. If the client leaves, the rest is
//! drained for a while, so that the usage is complete.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use carpool_core::{
    attempt::Finding,
    call::CallId,
    dialect::Dialect,
    meter::Ending,
    refusal::{Refusal, RefusalText},
};
use futures_util::future::poll_fn;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    House,
    incoming::{Answer, Piece},
    ledger::Written,
    open_call::OpenCall,
    receipt::Receipt,
    store::calls::CallStatus,
};

/// The longest silence of a provider within an answer. Clients give up on a silent stream at about the same time.
const UPSTREAM_IDLE: Duration = Duration::from_secs(300);
/// After so much silence a stream gets a comment, so that no tunnel on the way takes it for dead.
const PING_AFTER: Duration = Duration::from_secs(15);
/// An event-stream comment, which every client skips.
const PING: Bytes = Bytes::from_static(b": keep-alive\n\n");
/// How long a provider is listened to after the client left, in all and between two pieces.
const DRAIN: Duration = Duration::from_secs(60);
const DRAIN_IDLE: Duration = Duration::from_secs(10);

/// The body of the answer to the client.
#[derive(Debug)]
pub struct Tap {
    house: Arc<House>,
    dialect: &'static Dialect,
    call_id: CallId,
    /// `None` once the end is settled and the rest was read or given up.
    answer: Option<Answer>,
    /// `None` once it is settled.
    call: Option<OpenCall>,
    stage: Stage,
    last_bytes: Instant,
    silence: Pin<Box<Sleep>>,
}

#[derive(Debug)]
enum Stage {
    Flowing,
    /// The end waits for its commit.
    Committing {
        written: Written,
        then: Then,
    },
    Ended,
}

/// What follows a commit.
#[derive(Debug)]
enum Then {
    /// This frame, then whatever the provider still sends.
    Last(Bytes),
    /// This frame, then the end.
    Final(Bytes),
    /// The end.
    End,
    /// A broken connection: the only sign of trouble that is left.
    Break(String),
}

/// What ends a connection that must not look like a clean end.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BrokenAnswer(String);

impl Tap {
    /// Puts the tap between a provider's answer and the client.
    #[must_use]
    pub fn new(house: &Arc<House>, dialect: &'static Dialect, call_id: CallId, call: OpenCall, answer: Answer) -> Self {
        let now = Instant::now();
        Self {
            house: Arc::clone(house),
            dialect,
            call_id,
            answer: Some(answer),
            call: Some(call),
            stage: Stage::Flowing,
            last_bytes: now,
            silence: Box::pin(sleep_until(now + PING_AFTER)),
        }
    }

    /// The body for the client.
    pub fn into_body(self) -> Body {
        Body::new(self)
    }

    /// Takes in what the provider sent next and says what goes on to the client now, if anything.
    fn take_in(&mut self, piece: Piece) -> Option<Bytes> {
        let answer = self.answer.as_mut()?;
        let Piece { bytes, ending, is_last } = piece;
        if let Some(call) = &self.call {
            call.grew(answer.meter().observed());
        }
        let goes_on = matches!(ending, Ending::Open | Ending::Enough) && !is_last;
        if self.call.is_none() || goes_on {
            return Some(bytes).filter(|bytes| !bytes.is_empty());
        }
        let written = self.settle_end()?;
        let then = if is_last { Then::Final(bytes) } else { Then::Last(bytes) };
        self.stage = Stage::Committing { written, then };
        None
    }

    /// Settles an answer that has reached its end.
    fn settle_end(&mut self) -> Option<Written> {
        let (answer, call) = (self.answer.as_mut()?, self.call.take()?);
        Some(settle_end(self.dialect, answer, call).0)
    }

    /// The provider sent its last byte.
    fn end(&mut self) {
        let Some(answer) = &self.answer else {
            self.stage = Stage::Ended;
            return;
        };
        let is_open = answer.meter().observed().ending == Ending::Open;
        let is_cut = answer.is_success() && answer.meter().is_stream() && is_open && answer.can_tell_the_end();
        if is_cut && self.call.is_some() {
            self.break_off("it ended before it was complete");
            return;
        }
        self.stage = match self.settle_end() {
            Some(written) => Stage::Committing { written, then: Then::End },
            None => Stage::Ended,
        };
        self.answer = None;
    }

    /// The provider broke off. A stream says so in an event of its dialect and ends properly, because some clients die of
    /// a body that is cut; any other body breaks the connection.
    fn break_off(&mut self, why: &str) {
        let (Some(mut answer), Some(call)) = (self.answer.take(), self.call.take()) else {
            // The end was settled before: what is cut now carried nothing.
            self.stage = Stage::Ended;
            return;
        };
        call.report(&Finding::BrokeOff(why.to_owned()));
        let written = call.settle(CallStatus::UpstreamError, answer.meter_mut().finish());
        let then = if answer.takes_events() {
            Then::Final(self.broken_event(&answer, why))
        } else {
            Then::Break(why.to_owned())
        };
        self.stage = Stage::Committing { written, then };
    }

    fn broken_event(&self, answer: &Answer, why: &str) -> Bytes {
        let refusal = Refusal::BrokeOff(why.to_owned());
        let text =
            RefusalText { status: refusal.status(), message: &refusal.to_string(), call_id: &self.call_id.to_string() };
        // An event that was cut in the middle has to be ended before another can begin.
        let gap = if answer.meter().is_between_events() { "" } else { "\n\n" };
        format!("{gap}{}", (self.dialect.render_refusal_event)(&text)).into()
    }

    /// Looks after a provider that is silent; yields a comment when one is due.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            ready!(self.silence.as_mut().poll(context));
            let now = Instant::now();
            let silent_for = now.duration_since(self.last_bytes);
            if silent_for >= UPSTREAM_IDLE {
                return Poll::Ready(None);
            }
            let is_due = silent_for >= PING_AFTER;
            let next = if is_due { now } else { self.last_bytes };
            self.silence.as_mut().reset(next + PING_AFTER);
            let takes_comments = self.answer.as_ref().is_some_and(Answer::takes_comments);
            if is_due && takes_comments {
                return Poll::Ready(Some(PING));
            }
        }
    }

    /// Ends a stage that waited for its commit.
    fn after_commit(&mut self, then: Then) -> Option<Result<Frame<Bytes>, BrokenAnswer>> {
        self.stage = match then {
            Then::Last(_) => Stage::Flowing,
            Then::Final(_) | Then::End | Then::Break(_) => Stage::Ended,
        };
        match then {
            Then::Last(bytes) | Then::Final(bytes) => Some(Ok(Frame::data(bytes))),
            Then::End => None,
            Then::Break(why) => Some(Err(BrokenAnswer(why))),
        }
    }
}

/// Settles a call whose answer has reached its end.
pub(crate) fn settle_end(dialect: &'static Dialect, answer: &mut Answer, call: OpenCall) -> (Written, Receipt) {
    let can_tell_the_end = answer.can_tell_the_end();
    let is_success = answer.is_success();
    let observed = answer.meter_mut().finish();
    let has_ended = match observed.ending {
        Ending::Complete | Ending::Enough => true,
        Ending::Failed => false,
        Ending::Open => !can_tell_the_end,
    };
    let is_complete = is_success && has_ended;
    if let Some(error) = &observed.error {
        call.judge_late((dialect.error_status)(error), error);
    }
    let status = if is_complete { CallStatus::Complete } else { CallStatus::UpstreamError };
    call.settle_with_receipt(status, observed)
}

/// Reads the rest of an answer for its usage alone, as long as the provider keeps talking.
async fn drain(mut answer: Answer, call: OpenCall, closing: CancellationToken) {
    // A client that leaves when all of the content has come has had a complete call.
    let had_enough = answer.meter().observed().ending == Ending::Enough;
    let deadline = Instant::now() + DRAIN;
    loop {
        let next = timeout_at(deadline.min(Instant::now() + DRAIN_IDLE), poll_fn(|context| answer.poll_piece(context)));
        match closing.run_until_cancelled(next).await {
            Some(Ok(Some(Ok(Piece { ending: Ending::Open | Ending::Enough, .. })))) => {}
            _ => break,
        }
    }
    let status = if had_enough { CallStatus::Complete } else { CallStatus::Aborted };
    // What the provider still charges for after this is not known; what it reported so far is.
    drop(call.settle(status, answer.meter_mut().finish()));
}

impl HttpBody for Tap {
    type Data = Bytes;
    type Error = BrokenAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenAnswer>>> {
        let tap = &mut *self;
        loop {
            match &mut tap.stage {
                Stage::Ended => return Poll::Ready(None),
                Stage::Committing { written, .. } => {
                    ready!(Pin::new(written).poll(context));
                    let Stage::Committing { then, .. } = std::mem::replace(&mut tap.stage, Stage::Ended) else {
                        continue;
                    };
                    return Poll::Ready(tap.after_commit(then));
                }
                Stage::Flowing => {}
            }
            let Some(answer) = &mut tap.answer else {
                tap.stage = Stage::Ended;
                continue;
            };
            match answer.poll_piece(context) {
                Poll::Ready(Some(Ok(piece))) => {
                    tap.last_bytes = Instant::now();
                    if let Some(bytes) = tap.take_in(piece) {
                        return Poll::Ready(Some(Ok(Frame::data(bytes))));
                    }
                }
                Poll::Ready(Some(Err(why))) => tap.break_off(&why),
                Poll::Ready(None) => tap.end(),
                Poll::Pending => match ready!(tap.poll_silence(context)) {
                    Some(ping) => return Poll::Ready(Some(Ok(Frame::data(ping)))),
                    None => tap.break_off("it was silent for five minutes"),
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        match self.answer.as_ref().and_then(Answer::left) {
            Some(left) if matches!(self.stage, Stage::Flowing) => SizeHint::with_exact(left),
            _ => SizeHint::default(),
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if let (Some(answer), Some(call)) = (self.answer.take(), self.call.take()) {
            self.house.tasks.spawn(drain(answer, call, self.house.closing.clone()));
        }
    }
}
