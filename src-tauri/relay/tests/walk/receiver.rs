//! A receiver of webhooks on this machine: it notes what it is sent, answers as a test says, and checks signatures by itself.

use std::{
    collections::VecDeque,
    future,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, Response};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinHandle};

/// What is secret in the receiver's address.
pub(crate) const HOOK: &str = "hook-4be81f-secret";

/// How it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    /// With a status, and a redirect where it is one.
    Status(u16),
    /// With a good status and this body.
    Says(&'static str),
    /// Never.
    Hangs,
}

/// Something it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Bytes,
}

impl Delivery {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.raw).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    /// Says whether it is signed with this secret, as Standard Webhooks has it.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut signed = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).into_bytes();
        signed.extend_from_slice(&self.raw);
        let expected = format!("v1,{}", BASE64_STANDARD.encode(hmac(&key, &signed)));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

/// HMAC-SHA256 as RFC 2104 writes it down, and not as the relay's library has it.
pub(crate) fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[derive(Debug, Default)]
struct Shared {
    sent: Mutex<Vec<Delivery>>,
    replies: Mutex<VecDeque<Reply>>,
}

/// The receiver; it stops when this is dropped.
pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// One that answers like this, one after the other, and then takes everything.
    pub(crate) async fn start(replies: &[Reply]) -> Self {
        let shared = Arc::new(Shared { replies: Mutex::new(replies.iter().copied().collect()), ..Shared::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/services/{HOOK}", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answering = TowerToHyperService::new(router.clone());
                tokio::spawn(async move {
                    let builder = auto::Builder::new(TokioExecutor::new());
                    // A client that breaks its connection off is the client's business.
                    let _ = builder.serve_connection(TokioIo::new(stream), answering).await;
                });
            }
        });
        Self { url, shared, serving }
    }

    /// What it was sent so far.
    pub(crate) fn sent(&self) -> Vec<Delivery> {
        self.shared.sent.lock().unwrap().clone()
    }
}

async fn take(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let raw = to_bytes(body, 1 << 16).await.unwrap();
    let path = head.uri.to_string();
    shared.sent.lock().unwrap().push(Delivery { path, headers: head.headers, raw });
    let reply = shared.replies.lock().unwrap().pop_front().unwrap_or(Reply::Status(204));
    match reply {
        Reply::Status(status) => {
            Response::builder().status(status).header("location", "/elsewhere").body(Body::empty()).unwrap()
        }
        Reply::Says(body) => Response::new(Body::from(body)),
        Reply::Hangs => future::pending().await,
    }
}
