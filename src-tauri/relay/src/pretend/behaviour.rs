//! How the pretend provider may behave: as values, so that a test says in one line what goes wrong where.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::coding::Coding;

/// The `retry-after` of a refusal that was asked for by a model's name.
const RETRY_AFTER: Duration = Duration::from_secs(7);
/// How long `pretend-slow` takes to begin.
const SLOW: Duration = Duration::from_secs(3);

/// How an answer comes about.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// The plausible answer, delivered like this.
    Answer(Delivery),
    /// A refusal with the vendor's error body.
    Refuse(Refused),
    /// This very answer.
    Verbatim(Reply),
}

impl Behaviour {
    /// A refusal with this status.
    ///
    /// # Panics
    /// When it is no status.
    #[must_use]
    pub fn refuse(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("the caller names a status");
        Self::Refuse(Refused { status, retry_after: None })
    }

    /// The plausible answer with this trouble on the way.
    #[must_use]
    pub fn trouble(place: Place, trouble: Trouble) -> Self {
        Self::Answer(Delivery { trouble: Some((place, trouble)), ..Delivery::default() })
    }

    /// The plausible answer in this coding.
    #[must_use]
    pub fn coded(coding: Coding) -> Self {
        Self::Answer(Delivery { coding, ..Delivery::default() })
    }

    /// The plausible answer, beginning only when the gate opens.
    #[must_use]
    pub fn behind(gate: &Gate) -> Self {
        Self::Answer(Delivery { before_head: Wait::Until(gate.clone()), ..Delivery::default() })
    }
}

/// A refusal.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// Its status.
    pub status: StatusCode,
    /// Its `retry-after`.
    pub retry_after: Option<Duration>,
}

/// How a plausible answer is delivered; by default plainly and at once.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The content coding, whether asked for or not.
    pub coding: Coding,
    /// The sizes of the pieces it is sent in, over and over; empty: an event at a time.
    pub piece_sizes: Vec<usize>,
    /// How the end of the body is told.
    pub framing: Framing,
    /// What comes before the head of the answer.
    pub before_head: Wait,
    /// What goes wrong, and where.
    pub trouble: Option<(Place, Trouble)>,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// By the last chunk.
    #[default]
    Chunked,
    /// By `content-length`.
    Length,
}

/// A place in an answer's body.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// After so many whole events.
    AfterEvents(usize),
    /// In the middle of the event that follows so many others.
    InEvent(usize),
    /// After so many bytes.
    AfterBytes(usize),
}

/// What can go wrong with a body.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The connection breaks.
    Cut,
    /// The body ends as if all were well.
    End,
    /// Nothing comes for a while, then the rest.
    Wait(Wait),
}

/// A time in which nothing comes.
#[derive(Clone, Debug, Default)]
pub enum Wait {
    /// None.
    #[default]
    No,
    /// This long.
    For(Duration),
    /// Until the gate opens.
    Until(Gate),
    /// As long as the connection lasts.
    Forever,
}

impl Wait {
    pub(super) async fn over(&self) {
        match self {
            Self::No => {}
            Self::For(time) => sleep(*time).await,
            Self::Until(gate) => gate.0.cancelled().await,
            Self::Forever => std::future::pending().await,
        }
    }
}

/// A gate that a test opens when it has seen enough; it stays open.
#[derive(Clone, Debug, Default)]
pub struct Gate(CancellationToken);

impl Gate {
    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.0.cancel();
    }
}

/// An answer, step by step.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What comes before the head.
    pub before_head: Wait,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub steps: VecDeque<Step>,
}

/// A step in sending a body; after the last one it ends well.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends this piece.
    Send(Bytes),
    /// Sends nothing.
    Wait(Wait),
    /// Breaks the connection.
    Cut,
}

/// A model whose name asks for trouble, so that who tries the demo can see it.
#[derive(Clone, Copy, Debug)]
pub struct TroubleModel {
    /// The model's name.
    pub name: &'static str,
    /// What to expect of it.
    pub about: &'static str,
    behave: fn() -> Behaviour,
}

/// Every such model, in the order they are shown.
pub const TROUBLE_MODELS: &[TroubleModel] = &[
    TroubleModel { name: "pretend-429", about: "a rate limit, with retry-after", behave: || refuse_for_a_while(429) },
    TroubleModel { name: "pretend-529", about: "an overloaded provider", behave: || refuse_for_a_while(529) },
    TroubleModel { name: "pretend-500", about: "a provider that fails", behave: || Behaviour::refuse(500) },
    TroubleModel { name: "pretend-401", about: "a key the provider refuses", behave: || Behaviour::refuse(401) },
    TroubleModel {
        name: "pretend-cut",
        about: "an answer that breaks off",
        behave: || Behaviour::trouble(Place::AfterEvents(5), Trouble::Cut),
    },
    TroubleModel {
        name: "pretend-cut-event",
        about: "an answer that breaks off within an event",
        behave: || Behaviour::trouble(Place::InEvent(5), Trouble::Cut),
    },
    TroubleModel {
        name: "pretend-early-end",
        about: "an answer that ends too early, without saying so",
        behave: || Behaviour::trouble(Place::AfterEvents(5), Trouble::End),
    },
    TroubleModel {
        name: "pretend-stall",
        about: "an answer that falls silent",
        behave: || Behaviour::trouble(Place::AfterEvents(5), Trouble::Wait(Wait::Forever)),
    },
    TroubleModel {
        name: "pretend-slow",
        about: "an answer that takes long to begin",
        behave: || Behaviour::Answer(Delivery { before_head: Wait::For(SLOW), ..Delivery::default() }),
    },
    TroubleModel { name: "pretend-gzip", about: "an answer in gzip", behave: || Behaviour::coded(Coding::Gzip) },
    TroubleModel {
        name: "pretend-deflate",
        about: "an answer in deflate",
        behave: || Behaviour::coded(Coding::Deflate),
    },
    TroubleModel { name: "pretend-br", about: "an answer in brotli", behave: || Behaviour::coded(Coding::Brotli) },
    TroubleModel { name: "pretend-zstd", about: "an answer in zstd", behave: || Behaviour::coded(Coding::Zstd) },
];

/// What a model's name asks for: the plausible answer unless it is one of [`TROUBLE_MODELS`].
pub(super) fn for_model(model: &str) -> Behaviour {
    let named = TROUBLE_MODELS.iter().find(|known| known.name == model);
    named.map_or_else(|| Behaviour::Answer(Delivery::default()), |known| (known.behave)())
}

fn refuse_for_a_while(status: u16) -> Behaviour {
    let Behaviour::Refuse(refused) = Behaviour::refuse(status) else { unreachable!("a refusal was asked for") };
    Behaviour::Refuse(Refused { retry_after: Some(RETRY_AFTER), ..refused })
}
