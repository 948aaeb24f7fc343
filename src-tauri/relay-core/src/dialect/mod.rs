//! The wire formats clients speak. One file each, one line in [`DIALECTS`].

mod beginning;
pub mod chat;
mod extent;
pub mod generate_content;
mod growth;
mod inclusive;
pub mod messages;
pub(crate) mod openai_error;
pub mod responses;
mod route;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub use self::route::{Path, guess, route};
use crate::{
    call::Asked,
    json::{Edit, Field, Fields, NotAnObject},
    meter::Observed,
    refusal::RefusalText,
    sse::Event,
};

/// Every dialect, in the order their routes are tried.
pub const DIALECTS: &[&Dialect] =
    &[&messages::MESSAGES, &responses::RESPONSES, &chat::CHAT, &generate_content::GENERATE_CONTENT];

/// What there is to know about a wire format.
#[derive(Debug)]
pub struct Dialect {
    /// The word the ledger keeps.
    pub id: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// The prefixes its paths stand under, the longest first; the empty one is last.
    pub prefixes: &'static [&'static str],
    /// Its calls.
    pub paths: &'static [Path],
    /// Headers that only its clients send: they tell which dialect is meant where several share a path.
    pub marks: &'static [&'static str],
    /// The top-level fields of a request's body that scheduling, the ledger and providers need.
    pub asked_fields: &'static [Field],
    /// Reads them, with the request's headers. What the path says of model and stream counts instead of what is returned.
    pub read_asked: fn(&Fields, &HeaderMap) -> Result<Asked, NotReadable>,
    /// Says whether an event only opens a streamed answer: an error that follows it comes before anything was answered.
    pub is_opening: fn(&Event<'_>) -> bool,
    /// Learns from one event of a streamed answer.
    pub observe_event: fn(&mut Observed, &Event<'_>),
    /// The top-level fields of a whole answer that tell its usage.
    pub answer_fields: &'static [Field],
    /// Learns from them.
    pub observe_answer: fn(&mut Observed, &Fields),
    /// Streams that tell their usage only when they are asked to.
    pub usage_on_request: Option<UsageOnRequest>,
    /// The status that an error within a stream would have had as an answer of its own, by the event's data.
    pub error_status: fn(&[u8]) -> StatusCode,
    /// The smallest call that shows that a model answers.
    pub smallest_call: fn(&str) -> SmallestCall,
    /// Renders a refusal of ours as a body in this format.
    pub render_refusal: fn(&RefusalText<'_>) -> String,
    /// Renders a refusal of ours as a stream event in this format, blank line included.
    pub render_refusal_event: fn(&RefusalText<'_>) -> String,
    /// Renders a list of models as a body in this format, for the path it was asked under.
    pub render_models: fn(&[ListedModel<'_>]) -> String,
}

impl Dialect {
    /// Says whether a client of one speaks the other too: they stand under one prefix, and have one list of models.
    #[must_use]
    pub fn is_sibling(&self, other: &Dialect) -> bool {
        let is_shared = |prefix: &&&str| !prefix.is_empty() && other.prefixes.contains(*prefix);
        self.id == other.id || self.prefixes.iter().any(|prefix| is_shared(&prefix))
    }
}

/// The smallest call of a format, as a client of it would send it to this relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallestCall {
    /// The path it is posted to.
    pub path: String,
    /// A header that the format asks for.
    pub header: Option<(HeaderName, HeaderValue)>,
    /// JSON.
    pub body: String,
}

/// How a stream is made to tell its usage, and what it says that it would not have said otherwise.
#[derive(Clone, Copy, Debug)]
pub struct UsageOnRequest {
    /// The change to a request that did not ask; `None` for one that asked itself, or that has no stream.
    pub ask: fn(&Fields, &Asked) -> Option<Edit>,
    /// Says whether an event is there only because it was asked for. It is read and then taken out again.
    pub is_extra: fn(&Event<'_>) -> bool,
}

/// A model in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedModel<'a> {
    /// Its name, as calls name it.
    pub id: &'a str,
    /// The provider's id.
    pub provider: &'static str,
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
    /// It asks for something that Carpool cannot do; the text says what, and what to do instead.
    #[error("{0}")]
    NotServed(&'static str),
}

/// The dialect with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.id == id).copied()
}
