//! Sending an answer step by step, and counting what it tells as it leaves.

use std::{collections::VecDeque, io, sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use carpool_core::usage::Usage;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::task::yield_now;

use super::{
    State,
    behaviour::{Delivery, Framing, Place, Reply, Step, Trouble, Wait},
    coding::Coding,
    text::Part,
};

/// Usage that is told when so many bytes have left.
#[derive(Debug)]
struct Mark {
    bytes: usize,
    usage: Usage,
}

/// An answer ready to be sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    reply: Reply,
    marks: VecDeque<Mark>,
}

impl From<Reply> for Outgoing {
    fn from(reply: Reply) -> Self {
        Self { reply, marks: VecDeque::new() }
    }
}

impl Outgoing {
    /// The headers it is sent with.
    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.reply.headers
    }

    /// What it tells of usage in the end.
    pub(super) fn usage(&self) -> Option<&Usage> {
        self.marks.back().map(|mark| &mark.usage)
    }
}

/// Lays out the plausible answer as its delivery says, with a pause between the pieces of a stream.
pub(super) fn lay_out(parts: Vec<Part>, media_type: &'static str, delivery: &Delivery, pause: Duration) -> Outgoing {
    let plain: Vec<Vec<u8>> = parts.iter().map(|part| part.bytes.clone()).collect();
    let encoded = delivery.coding.encode(&plain).expect("a vector takes everything");
    let ends: Vec<usize> = encoded
        .iter()
        .scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        })
        .collect();
    let marks = parts.into_iter().zip(&ends).filter_map(|(part, end)| Some(Mark { bytes: *end, usage: part.told? }));

    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if delivery.coding != Coding::Identity {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(delivery.coding.as_str()));
    }
    let body = encoded.concat();
    if delivery.framing == Framing::Length {
        headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    let cuts = if delivery.piece_sizes.is_empty() { ends.clone() } else { cuts(&delivery.piece_sizes, body.len()) };
    let trouble = delivery.trouble.as_ref().map(|(place, trouble)| (offset(*place, &ends), trouble));
    let steps = steps(&Bytes::from(body), &cuts, trouble, pause);
    let reply = Reply { before_head: delivery.before_head.clone(), status: StatusCode::OK, headers, steps };
    Outgoing { reply, marks: marks.collect() }
}

/// Where pieces of these sizes end.
fn cuts(sizes: &[usize], length: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut end = 0;
    for size in sizes.iter().cycle() {
        end = (end + (*size).max(1)).min(length);
        ends.push(end);
        if end == length {
            break;
        }
    }
    ends
}

/// Where in the body something happens.
fn offset(place: Place, ends: &[usize]) -> usize {
    let length = ends.last().copied().unwrap_or(0);
    let after = |events: usize| if events == 0 { 0 } else { ends.get(events - 1).copied().unwrap_or(length) };
    match place {
        Place::AfterEvents(events) => after(events),
        Place::InEvent(events) => usize::midpoint(after(events), after(events + 1)),
        Place::AfterBytes(bytes) => bytes.min(length),
    }
}

fn steps(body: &Bytes, cuts: &[usize], trouble: Option<(usize, &Trouble)>, pause: Duration) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    let mut start = 0;
    let mut pending = trouble;
    for end in cuts {
        if let Some((at, trouble)) = pending.filter(|(at, _)| at <= end) {
            pending = None;
            steps.push_back(Step::Send(body.slice(start..at)));
            start = at;
            match trouble {
                Trouble::Cut => {
                    steps.push_back(Step::Cut);
                    return steps;
                }
                Trouble::End => return steps,
                Trouble::Wait(wait) => steps.push_back(Step::Wait(wait.clone())),
            }
        }
        if start > 0 && !pause.is_zero() {
            steps.push_back(Step::Wait(Wait::For(pause)));
        }
        steps.push_back(Step::Send(body.slice(start..*end)));
        start = *end;
    }
    steps
}

/// Sends an answer.
pub(super) async fn send(state: &Arc<State>, outgoing: Outgoing) -> Response {
    let Outgoing { reply, marks } = outgoing;
    reply.before_head.over().await;
    let sending = Sending { state: Arc::clone(state), steps: reply.steps, marks, sent: 0, told: None };
    let mut answer = Response::new(Body::from_stream(stream::unfold(sending, Sending::next)));
    *answer.status_mut() = reply.status;
    *answer.headers_mut() = reply.headers;
    answer
}

/// Lets what came before leave: hyper flushes when a body has nothing to give for a moment.
async fn leave_first() {
    yield_now().await;
}

struct Sending {
    state: Arc<State>,
    steps: VecDeque<Step>,
    marks: VecDeque<Mark>,
    sent: usize,
    told: Option<Usage>,
}

impl Sending {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        loop {
            let Some(step) = self.steps.pop_front() else {
                leave_first().await;
                return None;
            };
            match step {
                Step::Wait(wait) => wait.over().await,
                Step::Send(piece) if piece.is_empty() => {}
                Step::Send(piece) => {
                    self.count(piece.len());
                    return Some((Ok(piece), self));
                }
                Step::Cut => {
                    leave_first().await;
                    return Some((Err(io::Error::other("cut on purpose")), self));
                }
            }
        }
    }

    fn count(&mut self, leaving: usize) {
        self.sent += leaving;
        while let Some(mark) = self.marks.pop_front_if(|mark| mark.bytes <= self.sent) {
            self.state.totals().tell(self.told.as_ref(), &mark.usage);
            self.told = Some(mark.usage);
        }
    }
}
