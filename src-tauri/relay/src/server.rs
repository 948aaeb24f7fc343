//! The public port: calls, and the doors of the table in `web/routes.rs`, nothing else. HTTP/1.1, and HTTP/2 with prior
//! knowledge.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::{BoxError, body::Body, response::Response};
use futures_util::TryFutureExt;
use http::Request;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    House,
    walk::walk,
    web::{self, Visit, routes},
    workers::Workers,
};

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest buffer a connection reads into, in bytes: large bodies come in pieces of this size, and a connection that
/// once carried one does not keep more than this.
const READ_BUFFER: usize = 128 * 1024;
/// How long running calls may go on after the relay was told to stop.
pub const GRACE: Duration = Duration::from_secs(30);
/// What a client that speaks HTTP/2 sends first, and how much of it no HTTP/1 request begins with.
const HTTP2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const TELLING_BYTES: usize = 3;
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

/// Serves on `workers` until `stop` is cancelled; then takes no more connections, lets calls end for [`GRACE`], writes the
/// last rows and returns.
pub async fn serve(listener: TcpListener, house: Arc<House>, workers: Workers, stop: CancellationToken) {
    listen(listener, &house, &workers, stop, CancellationToken::new()).await;
    house.close().await;
}

/// Takes connections, served on `workers`, until `stop` is cancelled, and returns when the calls on them have ended: by themselves, after
/// [`GRACE`], or when `cut` is cancelled. The house stays open, e.g. for another port.
pub async fn listen(
    listener: TcpListener,
    house: &Arc<House>,
    workers: &Workers,
    stop: CancellationToken,
    cut: CancellationToken,
) {
    let connections = GracefulShutdown::new();
    // Cancelled at the end, and only for these connections.
    let cut = cut.child_token();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted.and_then(|(stream, from)| Ok((stream.into_std()?, from.ip().to_canonical()))) {
            Ok((stream, from)) => serve_connection(stream, from, &connections, house, workers.next(), &stop, &cut),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let ended = cut.run_until_cancelled(timeout(GRACE, connections.shutdown())).await;
    if !matches!(ended, Some(Ok(()))) {
        tracing::warn!("calls that are still running are cut");
    }
    cut.cancel();
}

fn serve_connection(
    stream: std::net::TcpStream,
    from: IpAddr,
    connections: &GracefulShutdown,
    house: &Arc<House>,
    worker: &Handle,
    stop: &CancellationToken,
    cut: &CancellationToken,
) {
    // Without this, small events wait for the client's acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let carried = Arc::clone(house);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let house = Arc::clone(&carried);
        let from = house.arrives(from, &mut request);
        // In a box, because the connection keeps room for what this returns, and most of the time it is not needed.
        async move { Ok::<_, Infallible>(Box::pin(answer(house, from, request.map(Body::new))).await) }
    });
    let (watcher, stop, cut) = (connections.watcher(), stop.clone(), cut.clone());
    let beginning = Box::pin(async move {
        let stream = TcpStream::from_std(stream)?;
        // A client that has not said anything when the relay stops has nothing to lose.
        let Some(beginning) = stop.run_until_cancelled(timeout(HEAD_TIMEOUT, speaks_http2(&stream))).await else {
            return Ok(None);
        };
        let conversation: Conversation = if matches!(beginning, Ok(Ok(true))) {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.timer(TokioTimer::new()).adaptive_window(true);
            Box::pin(watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).map_err(BoxError::from))
        } else {
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(READ_BUFFER);
            Box::pin(watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).map_err(BoxError::from))
        };
        Ok::<_, BoxError>(Some(conversation))
    });
    let serving = async move {
        match beginning.await? {
            Some(conversation) => conversation.await,
            None => Ok(()),
        }
    };
    let connection = async move {
        if let Some(Err(error)) = cut.run_until_cancelled(serving).await {
            tracing::debug!(%error, "a connection ended badly");
        }
    };
    house.tasks.spawn_on(connection, worker);
}

/// What goes on on a connection, in a box of its own: a future has room, as long as it lives, for all that it ever awaits,
/// and thousands of connections wait.
type Conversation = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// Says whether a client begins with the preface of HTTP/2 (RFC 9113, section 3.4). Looking ahead leaves the bytes where
/// they are, so that HTTP/1 is read at one go, into one buffer.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut start = [0; HTTP2_PREFACE.len()];
    let seen = stream.peek(&mut start).await?;
    Ok(seen >= TELLING_BYTES && HTTP2_PREFACE.starts_with(&start[..seen]))
}

async fn answer(house: Arc<House>, from: IpAddr, request: Request<Body>) -> Response {
    match routes::find(request.method(), request.uri().path()) {
        None => walk(house, from, request).await,
        Some(found) => web::answer(Visit { house, from, request }, found).await,
    }
}
