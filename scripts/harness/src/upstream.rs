//! The upstream: a provider on loopback that answers as fast as it can and counts what it answered.
//!
//! It runs as its own process. It reads the whole request body and looks at nothing in it; see [`crate::wire`]
//! for the headers that shape an answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};

use crate::answer::{self, ORDINARY_TEXT_BYTES, Pace, Paced};
use crate::args::UpstreamArgs;
use crate::clock;
use crate::target::Target;
use crate::wire::{self, DOCUMENT_USAGE, Tally, Usage};

/// Streams are opened a thousand at a time.
const BACKLOG: u32 = 4096;

type Answer = Response<Either<Full<Bytes>, Paced>>;

/// Serves on loopback, printing `{"event":"listening","url":…}` first; until stdin ends, if so asked.
pub(crate) async fn serve(args: UpstreamArgs) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))).context("binding the upstream's port")?;
    let listener = socket.listen(BACKLOG)?;
    println!("{}", serde_json::json!({"event": "listening", "url": format!("http://{}", listener.local_addr()?)}));
    if !args.until_stdin_closes {
        return accept(listener).await;
    }
    tokio::select! {
        ended = accept(listener) => ended,
        () = stdin_closed() => Ok(()),
    }
}

async fn stdin_closed() {
    let mut ignored = [0; 64];
    while tokio::io::stdin().read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}

async fn accept(listener: TcpListener) -> Result<()> {
    let books = Arc::new(Books::default());
    loop {
        let (stream, _) = listener.accept().await.context("accepting")?;
        stream.set_nodelay(true)?;
        let books = Arc::clone(&books);
        tokio::spawn(async move {
            let service = service_fn(|request| respond(request, Arc::clone(&books)));
            // A client that leaves is no error of ours: the load generator reports what it did not get.
            let _left = hyper::server::conn::http1::Builder::new()
                .header_read_timeout(None)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(request: Request<Incoming>, books: Arc<Books>) -> Result<Answer, Infallible> {
    Ok(match (request.method(), request.uri().path()) {
        (&Method::POST, wire::MESSAGES) => messages(request, &books).await,
        (&Method::GET, wire::COUNTS) => document(Bytes::from(books.to_json())),
        (&Method::GET, wire::HEALTH) => document(Bytes::from_static(br#"{"status":"ok"}"#)),
        _ => status(StatusCode::NOT_FOUND),
    })
}

async fn messages(request: Request<Incoming>, books: &Books) -> Answer {
    let (head, mut body) = request.into_parts();
    while let Some(frame) = body.frame().await {
        if frame.is_err() {
            return status(StatusCode::BAD_REQUEST);
        }
    }
    let ledger = books.of(&head.headers);
    if let Some(deltas) = number(&head.headers, wire::EVENTS) {
        return stream(Paced::new(pace(&head.headers, deltas), ledger));
    }
    let answer = document(answer::document(number(&head.headers, wire::BYTES).unwrap_or(ORDINARY_TEXT_BYTES)));
    ledger.book(DOCUMENT_USAGE);
    answer
}

fn pace(headers: &HeaderMap, deltas: u32) -> Pace {
    let interval = Duration::from_micros(number(headers, wire::INTERVAL_US).unwrap_or(10_000));
    let start_at: u64 = number(headers, wire::START_AT_US).unwrap_or_default();
    let lead = Duration::from_micros(start_at.saturating_sub(clock::micros()));
    Pace { deltas, interval, lead: if lead.is_zero() { interval } else { lead } }
}

fn number<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

fn document(body: Bytes) -> Answer {
    with_type("application/json", Either::Left(Full::new(body)))
}

fn stream(body: Paced) -> Answer {
    with_type("text/event-stream; charset=utf-8", Either::Right(body))
}

fn with_type(content_type: &'static str, body: Either<Full<Bytes>, Paced>) -> Answer {
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    answer
}

fn status(status: StatusCode) -> Answer {
    let mut answer = document(Bytes::from_static(b"{}"));
    *answer.status_mut() = status;
    answer
}

/// What was answered to each target.
#[derive(Default)]
struct Books {
    by_target: [Arc<Ledger>; Target::ALL.len()],
    unlabelled: Arc<Ledger>,
}

impl Books {
    fn of(&self, headers: &HeaderMap) -> Arc<Ledger> {
        let label = headers.get(wire::TARGET).map(|value| value.as_bytes());
        let known = Target::ALL.iter().position(|target| Some(target.name().as_bytes()) == label);
        Arc::clone(known.map_or(&self.unlabelled, |index| &self.by_target[index]))
    }

    fn to_json(&self) -> String {
        let named = Target::ALL.iter().zip(&self.by_target).map(|(target, ledger)| (target.name(), ledger));
        let all: BTreeMap<&str, Tally> =
            named.chain([("unlabelled", &self.unlabelled)]).map(|(name, ledger)| (name, ledger.tally())).collect();
        serde_json::to_string(&all).expect("a map of numbers serializes")
    }
}

/// What was answered to one target.
#[derive(Default)]
pub(crate) struct Ledger {
    calls: AtomicU64,
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
}

impl Ledger {
    /// Adds one answered call.
    pub(crate) fn book(&self, usage: Usage) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.input_tokens.fetch_add(usage.input_tokens, Ordering::Relaxed);
        self.output_tokens.fetch_add(usage.output_tokens, Ordering::Relaxed);
    }

    fn tally(&self) -> Tally {
        Tally {
            calls: self.calls.load(Ordering::Relaxed),
            input_tokens: self.input_tokens.load(Ordering::Relaxed),
            output_tokens: self.output_tokens.load(Ordering::Relaxed),
        }
    }
}
