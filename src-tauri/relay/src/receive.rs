//! Reading a request: its head as it is, its body counted while it comes, and of the body's content only what
//! scheduling and the ledger need.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use carpool_core::{
    call::{Asked, CallId, Operation, Route},
    client_key,
    dialect::{Dialect, NotReadable},
    json::{Fields, NotAnObject, Outline},
    refusal::Refusal,
};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::{decode::Decoder, pieces::Pieces};

/// The longest a client may take between two pieces of a body.
const BODY_IDLE: Duration = Duration::from_secs(60);
/// How long, and how much, of a body that is too large is thrown away so that the client gets to read the refusal.
const DISCARD_TIME: Duration = Duration::from_secs(10);
const DISCARD_BYTES: usize = 256 * 1024 * 1024;

/// What a request may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body_bytes: usize,
}

impl Default for Limits {
    /// 100 MB: above every provider's own limit.
    fn default() -> Self {
        Self { body_bytes: 100_000_000 }
    }
}

/// A request that was read. The body is kept as it came, for every attempt.
#[derive(Debug)]
pub struct Call {
    /// Its name in the ledger.
    pub id: String,
    /// The dialect it is written in.
    pub dialect: &'static Dialect,
    /// What it asks for.
    pub operation: Operation,
    /// The method.
    pub method: Method,
    /// The path to ask a provider for.
    pub path: String,
    /// The query without a client key.
    pub query: Option<String>,
    /// The client's headers.
    pub headers: HeaderMap,
    /// The body; `None` where the method has none.
    pub body: Option<Pieces>,
    /// Whether the body has a content coding.
    pub is_coded: bool,
    /// The length of the body without it, in bytes.
    pub content_len: usize,
    /// What the request asks.
    pub asked: Asked,
    /// Where the body says so.
    pub fields: Fields,
}

/// Reads a request.
///
/// # Errors
/// [`Refusal`] when the body is too large, stops arriving, or is not a request of the dialect.
pub async fn read(id: CallId, route: Route, head: Parts, body: Body, limits: Limits) -> Result<Call, Refusal> {
    let (mut is_coded, mut content_len) = (false, 0);
    let (body, mut asked, fields) = match head.method {
        Method::GET => (None, Asked::default(), Fields::default()),
        _ => {
            let mut content = Content::of(route.dialect, &head.headers, limits.body_bytes)?;
            let body = read_body(body, limits.body_bytes, &mut content).await?;
            is_coded = content.decoder.is_some();
            content_len = if is_coded { content.decoded } else { body.len() };
            let (asked, fields) = content.asked(route.operation, &head.headers)?;
            (Some(body), asked, fields)
        }
    };
    // What the path says counts more: it is what a provider goes by.
    asked.model = route.model.or(asked.model);
    asked.stream = route.stream.unwrap_or(asked.stream);
    Ok(Call {
        id: id.to_string(),
        dialect: route.dialect,
        operation: route.operation,
        path: route.path,
        method: head.method,
        query: head.uri.query().map(client_key::without_key_parameter),
        headers: released(head.headers),
        body,
        is_coded,
        content_len,
        asked,
        fields,
    })
}

/// The same headers in memory of their own: as parts of the buffer they were read into they would keep all of it from
/// being used again, for as long as the call waits for its answer.
fn released(mut headers: HeaderMap) -> HeaderMap {
    for value in headers.values_mut() {
        let Ok(mut own) = HeaderValue::from_bytes(value.as_bytes()) else { continue };
        own.set_sensitive(value.is_sensitive());
        *value = own;
    }
    headers
}

async fn read_body(mut body: Body, limit: usize, content: &mut Content) -> Result<Pieces, Refusal> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limit {
        return Err(too_large(body, limit).await);
    }
    let mut pieces = Pieces::default();
    while let Some(piece) = next_piece(&mut body).await? {
        if pieces.len() + piece.len() > limit {
            drop(pieces);
            return Err(too_large(body, limit).await);
        }
        content.push(&piece)?;
        pieces.push(piece);
    }
    pieces.end();
    Ok(pieces)
}

async fn next_piece(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        match timeout(BODY_IDLE, body.frame()).await {
            Err(_) => return Err(Refusal::BodyStalled),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => {
                return Err(Refusal::BadRequest("The request body broke off. Send it again.".to_owned()));
            }
            Ok(Some(Ok(frame))) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

/// Throws the rest of a body away for a while: many clients read an answer only after they have sent everything.
async fn too_large(mut body: Body, limit_bytes: usize) -> Refusal {
    let discard = async {
        let mut discarded = 0;
        while let Some(Ok(frame)) = body.frame().await {
            discarded += frame.data_ref().map_or(0, Bytes::len);
            if discarded > DISCARD_BYTES {
                break;
            }
        }
    };
    // Whether it was all thrown away or the time is over: the refusal is the same.
    let _ = timeout(DISCARD_TIME, discard).await;
    Refusal::TooLarge { limit_bytes }
}

/// What is read of a body's content while it comes.
struct Content {
    dialect: &'static Dialect,
    outline: Outline,
    decoder: Option<Decoder>,
    /// The name of the coding, for messages.
    coding: String,
    decoded: usize,
    limit: usize,
}

impl Content {
    fn of(dialect: &'static Dialect, headers: &HeaderMap, limit: usize) -> Result<Self, Refusal> {
        let coding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let decoder = match coding {
            "" | "identity" => None,
            coding => Some(Decoder::new(coding).ok_or_else(|| {
                Refusal::BadRequest(format!("The request body's coding '{coding}' is not known; send it plain."))
            })?),
        };
        let outline = Outline::of(dialect.asked_fields);
        Ok(Self { dialect, outline, decoder, coding: coding.to_owned(), decoded: 0, limit })
    }

    fn push(&mut self, piece: &Bytes) -> Result<(), Refusal> {
        let Some(decoder) = &mut self.decoder else {
            self.outline.push(piece);
            return Ok(());
        };
        let decoded = decoder.push(piece).map_err(|_| {
            Refusal::BadRequest(format!("The request body's coding '{}' does not fit its bytes.", self.coding))
        })?;
        self.decoded += decoded.len();
        if self.decoded > self.limit {
            return Err(Refusal::TooLarge { limit_bytes: self.limit });
        }
        self.outline.push(&decoded);
        Ok(())
    }

    fn asked(self, operation: Operation, headers: &HeaderMap) -> Result<(Asked, Fields), Refusal> {
        let refusal = |error: NotReadable| Refusal::BadRequest(error.to_string());
        let fields = match self.outline.finish() {
            Ok(fields) => fields,
            // What a client asks aside may have no body at all.
            Err(NotAnObject::Cut) if operation == Operation::Aside => return Ok(Default::default()),
            Err(error) => return Err(refusal(error.into())),
        };
        let asked = (self.dialect.read_asked)(&fields, headers).map_err(refusal)?;
        Ok((asked, fields.without_beginnings()))
    }
}
