//! The far end of a tunnel, on loopback: it passes requests on to the relay, or does what the edges of tunnels do besides.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use carpool_relay::upstream::Upstream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

use crate::relay::TestRelay;

/// What it does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// Passes them on, and the answers back as they come.
    PassesOn,
    /// The same, and holds each answer back until it is whole.
    HoldsBack,
    /// The same, and writes the time by its own clock.
    Dates(&'static str),
    /// The same, and writes where the client is.
    Tells(&'static str, &'static str),
    /// Answers with what it was sent: headers, one on each line.
    Echoes,
    /// Has no relay behind it.
    IsAlone,
}

#[derive(Debug)]
struct Shared {
    to: String,
    edge: Mutex<Edge>,
    seen: Mutex<Vec<HeaderMap>>,
    client: reqwest::Client,
}

/// The far end; it stops when this is dropped.
pub(crate) struct FarEnd {
    pub(crate) url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl FarEnd {
    pub(crate) async fn start(relay: &TestRelay, edge: Edge) -> Self {
        let shared = Arc::new(Shared {
            to: format!("http://{}", relay.address),
            edge: Mutex::new(edge),
            seen: Mutex::default(),
            client: Upstream::new().unwrap().local(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let service = TowerToHyperService::new(router.clone());
                connections.spawn(async move {
                    let builder = auto::Builder::new(TokioExecutor::new());
                    // A client that breaks its connection off is the client's business.
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, shared, serving }
    }

    /// Does something else from now on.
    pub(crate) fn becomes(&self, edge: Edge) {
        *self.shared.edge.lock().unwrap() = edge;
    }

    /// The headers of every request so far.
    pub(crate) fn seen(&self) -> Vec<HeaderMap> {
        self.shared.seen.lock().unwrap().clone()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let edge = *shared.edge.lock().unwrap();
    let (mut head, body) = request.into_parts();
    shared.seen.lock().unwrap().push(head.headers.clone());
    match edge {
        Edge::IsAlone => return (StatusCode::BAD_GATEWAY, "there is nobody behind this").into_response(),
        Edge::Echoes => {
            let lines = head.headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
            return lines.collect::<String>().into_response();
        }
        Edge::Tells(name, value) => {
            head.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Edge::PassesOn | Edge::HoldsBack | Edge::Dates(_) => {}
    }
    let target = head.uri.path_and_query().unwrap().as_str();
    head.headers.remove(header::CONTENT_LENGTH);
    let passed_on = shared
        .client
        .request(head.method, format!("{}{target}", shared.to))
        .headers(head.headers)
        .body(to_bytes(body, 1 << 20).await.unwrap());
    let answer = passed_on.send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    if let Edge::Dates(date) = edge {
        headers.insert(header::DATE, HeaderValue::from_static(date));
    }
    let body = if edge == Edge::HoldsBack {
        Body::from(answer.bytes().await.unwrap())
    } else {
        Body::from_stream(answer.bytes_stream())
    };
    let mut passed_back = Response::new(body);
    *passed_back.status_mut() = status;
    *passed_back.headers_mut() = headers;
    passed_back
}
