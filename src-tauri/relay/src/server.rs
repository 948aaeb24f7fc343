//! The public port: calls and health, nothing else. HTTP/1.1, and HTTP/2 with prior knowledge.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{House, walk::walk};

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest buffer a connection reads into, in bytes: large bodies come in pieces of this size, and a connection that
/// once carried one does not keep more than this.
const READ_BUFFER: usize = 128 * 1024;
/// How long running calls may go on after the relay was told to stop.
pub const GRACE: Duration = Duration::from_secs(30);
/// How long the last rows may take to be written after that.
const LAST_ROWS: Duration = Duration::from_secs(10);
/// A pause after an accept that failed, e.g. because no file descriptor is free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A port that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has it.
    #[error("port {0} is taken by another program: stop that one, or choose another port with --port")]
    Taken(u16),
    /// The system refused.
    #[error("{0} cannot be listened on")]
    Refused(SocketAddr, #[source] io::Error),
}

/// Opens the port.
///
/// # Errors
/// [`BindError`] when it is taken or the address is not this machine's.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(address.port()),
        _ => BindError::Refused(address, error),
    })
}

/// Serves until `stop` is cancelled; then takes no more connections, lets calls end for [`GRACE`], writes the last rows
/// and returns.
pub async fn serve(listener: TcpListener, house: Arc<House>, stop: CancellationToken) {
    let router = router(Arc::clone(&house));
    let connections = GracefulShutdown::new();
    let cut = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => serve_connection(stream, &router, &connections, &house, &cut),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("calls still running after the grace period are cut");
    }
    cut.cancel();
    house.close(LAST_ROWS).await;
}

fn serve_connection(
    stream: TcpStream,
    router: &Router,
    connections: &GracefulShutdown,
    house: &House,
    cut: &CancellationToken,
) {
    // Without this, small events wait for the client's acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(READ_BUFFER);
    builder.http2().timer(TokioTimer::new()).adaptive_window(true);
    let service = TowerToHyperService::new(router.clone());
    let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
    let cut = cut.clone();
    house.tasks.spawn(async move {
        let connection = pin!(connection);
        tokio::select! {
            served = connection => {
                if let Err(error) = served {
                    tracing::debug!(error, "a connection ended badly");
                }
            }
            () = cut.cancelled() => {}
        }
    });
}

fn router(house: Arc<House>) -> Router {
    Router::new().route("/health", get(health)).fallback(call).with_state(house)
}

async fn health(State(house): State<Arc<House>>) -> Response {
    let version = env!("CARGO_PKG_VERSION");
    if house.ledger.accepts_calls() {
        Json(json!({ "status": "ok", "version": version })).into_response()
    } else {
        let failing = json!({ "status": "failing", "version": version, "reason": "the ledger cannot be written" });
        (StatusCode::SERVICE_UNAVAILABLE, Json(failing)).into_response()
    }
}

async fn call(State(house): State<Arc<House>>, request: Request) -> Response {
    walk(house, request).await
}
