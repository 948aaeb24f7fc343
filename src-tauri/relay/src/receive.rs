//! Reading a request: its head as it is, its body counted while it comes, and of the body's content only what
//! scheduling and the ledger need.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use carpool_core::{
    call::{Asked, Operation, Route},
    client_key,
    dialect::Dialect,
    refusal::Refusal,
};
use http::{HeaderMap, Method, header, request::Parts};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::decode::Decoder;

/// The longest a client may take between two pieces of a body.
const BODY_IDLE: Duration = Duration::from_secs(60);
/// How long, and how much, of a body that is too large is thrown away so that the client gets to read the refusal.
const DISCARD_TIME: Duration = Duration::from_secs(10);
const DISCARD_BYTES: usize = 256 * 1024 * 1024;
/// A body's declared length is believed up to here when memory is set aside for it.
const BELIEVED_BYTES: usize = 8 * 1024 * 1024;

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
    /// The dialect it is written in.
    pub dialect: &'static Dialect,
    /// What it asks for.
    pub operation: Operation,
    /// The method.
    pub method: Method,
    /// The path without our prefix.
    pub path: String,
    /// The query without a client key.
    pub query: Option<String>,
    /// The client's headers.
    pub headers: HeaderMap,
    /// The body; `None` where the method has none.
    pub body: Option<Bytes>,
    /// What the body asks.
    pub asked: Asked,
}

/// Reads a request.
///
/// # Errors
/// [`Refusal`] when the body is too large, stops arriving, or is not a request of the dialect.
pub async fn read(route: Route, head: Parts, body: Body, limits: Limits) -> Result<Call, Refusal> {
    let body = match head.method {
        Method::GET => None,
        _ => Some(read_body(body, limits.body_bytes).await?),
    };
    let asked = match &body {
        Some(body) => read_content(route.dialect, &head.headers, body, limits.body_bytes)?,
        None => Asked::default(),
    };
    Ok(Call {
        dialect: route.dialect,
        operation: route.operation,
        path: head.uri.path()[route.prefix_len..].to_owned(),
        method: head.method,
        query: head.uri.query().map(client_key::without_key_parameter),
        headers: head.headers,
        body,
        asked,
    })
}

async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limit {
        return Err(too_large(body, limit).await);
    }
    let Some(first) = next_piece(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(too_large(body, limit).await);
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(declared.clamp(first.len(), BELIEVED_BYTES.max(first.len())));
    whole.extend_from_slice(&first);
    while let Some(piece) = next_piece(&mut body).await? {
        if whole.len() + piece.len() > limit {
            drop(whole);
            return Err(too_large(body, limit).await);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

async fn next_piece(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        match timeout(BODY_IDLE, body.frame()).await {
            Err(_) => return Err(Refusal::BodyStalled),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(Refusal::BadRequest("The request body broke off. Send it again.".to_owned())),
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

fn read_content(dialect: &Dialect, headers: &HeaderMap, body: &Bytes, limit: usize) -> Result<Asked, Refusal> {
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let decoded = match coding {
        None | Some("" | "identity") => body.clone(),
        Some(coding) => {
            let unreadable = |why: &str| Refusal::BadRequest(format!("The request body's coding '{coding}' {why}."));
            let mut decoder = Decoder::new(coding).ok_or_else(|| unreadable("is not known; send it plain"))?;
            let decoded = decoder.push(body).map_err(|_| unreadable("does not fit its bytes"))?;
            if decoded.len() > limit {
                return Err(Refusal::TooLarge { limit_bytes: limit });
            }
            decoded
        }
    };
    (dialect.read)(&decoded).map_err(|error| Refusal::BadRequest(error.to_string()))
}
