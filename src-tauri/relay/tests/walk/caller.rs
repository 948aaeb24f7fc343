//! A client that adds nothing: what a test does not say is not sent, and bytes come back as they were on the wire.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    body::{Frame, Incoming},
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, task::JoinHandle};

/// A request's body.
pub(crate) type Body = BoxBody<Bytes, std::convert::Infallible>;

/// A request that a test is putting together.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    address: SocketAddr,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Bytes,
    piece_size: Option<usize>,
}

impl Ask {
    /// A request without any header but `host`.
    pub(crate) fn bare(address: SocketAddr, method: Method, target: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, address.to_string().parse().unwrap());
        Self { address, method, target: target.to_owned(), headers, body: Bytes::new(), piece_size: None }
    }

    /// Adds a header, beside those of the same name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: http::HeaderName = name.parse().unwrap();
        self.headers.append(name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// Takes a header away.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Asks at another door.
    pub(crate) fn to(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Asks for another path and query.
    pub(crate) fn at(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// Posts this body instead.
    pub(crate) fn posting(mut self, body: impl Into<Bytes>) -> Self {
        self.method = Method::POST;
        self.header("content-type", "application/json").body(body)
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the body in chunks of this size, without telling its length.
    pub(crate) fn in_chunks(mut self, size: usize) -> Self {
        self.piece_size = Some(size);
        self
    }

    /// Sends it over a connection of its own and waits for the head of the answer.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// Sends it over a connection of its own; an error is a connection that broke or was not made.
    pub(crate) async fn try_send(self) -> Result<Answer, String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        let stream = TcpStream::connect(self.address).await.map_err(|error| text(&error))?;
        stream.set_nodelay(true).map_err(|error| text(&error))?;
        let (mut sender, connection) =
            http1::handshake::<_, Body>(TokioIo::new(stream)).await.map_err(|error| text(&error))?;
        let connection = Connection(tokio::spawn(async {
            // How it ended shows in the answer.
            let _ = connection.await;
        }));
        let answer = sender.send_request(self.request()).await.map_err(|error| text(&error))?;
        Ok(Answer::new(answer, connection))
    }

    /// Sends it over HTTP/2 with prior knowledge.
    pub(crate) async fn send_http2(mut self) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let handshake = http2::handshake::<_, _, Body>(TokioExecutor::new(), TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.unwrap();
        let connection = Connection(tokio::spawn(async {
            // How it ended shows in the answer.
            let _ = connection.await;
        }));
        self.headers.remove(header::HOST);
        self.target = format!("http://{}{}", self.address, self.target);
        let answer = sender.send_request(self.request()).await.unwrap();
        Answer::new(answer, connection)
    }

    fn request(self) -> Request<Body> {
        let body = match self.piece_size {
            None => Full::new(self.body).boxed(),
            Some(size) => {
                let pieces: Vec<_> = self.body.chunks(size).map(Bytes::copy_from_slice).collect();
                StreamBody::new(stream::iter(pieces.into_iter().map(|piece| Ok(Frame::data(piece))))).boxed()
            }
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.parse().unwrap();
        *request.headers_mut() = self.headers;
        request
    }
}

#[derive(Debug)]
/// A connection that ends when this is dropped, as if the client had left.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Debug)]
/// An answer whose body has yet to be read. Dropped before its end, the client has left.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    _connection: Connection,
}

/// An answer that was read as far as it came.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the body ended well, by its length or its last chunk.
    pub(crate) is_whole: bool,
}

impl Answer {
    fn new(answer: Response<Incoming>, connection: Connection) -> Self {
        let (head, body) = answer.into_parts();
        Self { status: head.status, headers: head.headers, body, _connection: connection }
    }

    /// The next piece of the body; `None` at its end, an error when the connection broke.
    pub(crate) async fn piece(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        loop {
            match self.body.frame().await? {
                Ok(frame) => {
                    if let Ok(piece) = frame.into_data() {
                        return Some(Ok(piece));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Reads until `text` has come, and returns everything up to there.
    pub(crate) async fn read_until(&mut self, text: &str) -> String {
        let mut read = Vec::new();
        while let Some(piece) = self.piece().await {
            read.extend_from_slice(&piece.unwrap());
            if String::from_utf8_lossy(&read).contains(text) {
                return String::from_utf8_lossy(&read).into_owned();
            }
        }
        panic!("the answer ended before {text:?}: {}", String::from_utf8_lossy(&read));
    }

    /// Reads to the end.
    pub(crate) async fn whole(mut self) -> Whole {
        let mut body = Vec::new();
        let mut is_whole = true;
        while let Some(piece) = self.piece().await {
            match piece {
                Ok(piece) => body.extend_from_slice(&piece),
                Err(_) => {
                    is_whole = false;
                    break;
                }
            }
        }
        Whole { status: self.status, headers: self.headers, body: body.into(), is_whole }
    }
}

impl Whole {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header's value; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
