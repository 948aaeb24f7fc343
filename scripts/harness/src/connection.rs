//! One kept-alive connection to a target, and what a call over it showed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::call::{Call, Expects};
use crate::clock;
use crate::sse::StreamReader;

/// A connection that carries one call at a time and is reopened when the other side closed it.
pub(crate) struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

/// A call that was answered in full.
#[derive(Debug)]
pub(crate) struct Answered {
    /// From sending to the first byte of the answer's body.
    pub(crate) first_byte: Duration,
    /// From sending to the end of the answer.
    pub(crate) total: Duration,
    pub(crate) body_bytes: u64,
    pub(crate) events: u64,
    pub(crate) delays_us: Vec<u32>,
}

impl Connection {
    /// Connects, without Nagle's delay.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self { address, sender: connect(address).await? })
    }

    /// Makes one call and reads its answer to the end.
    pub(crate) async fn make(&mut self, call: &Call) -> Result<Answered> {
        let (sent, answer) = self.send(call).await?;
        match call.expects {
            Expects::Document { at_least } => read_document(sent, answer, at_least).await,
            Expects::Stream { deltas } => read_stream(sent, answer, deltas).await,
        }
    }

    /// Makes one call and returns its answer's body, to compare targets with.
    pub(crate) async fn fetch(&mut self, call: &Call) -> Result<Bytes> {
        let (_, answer) = self.send(call).await?;
        Ok(answer.into_body().collect().await.context("reading the answer")?.to_bytes())
    }

    async fn send(&mut self, call: &Call) -> Result<(Instant, Response<Incoming>)> {
        if self.sender.ready().await.is_err() {
            self.sender = connect(self.address).await?;
        }
        let sent = Instant::now();
        let answer = self.sender.send_request(call.request()).await.context("sending")?;
        if answer.status() == StatusCode::OK {
            return Ok((sent, answer));
        }
        let status = answer.status();
        let body = answer.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        bail!("answered {status}: {}", String::from_utf8_lossy(&body));
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.context("starting HTTP")?;
    // How a connection ended shows in the calls over it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

async fn read_document(sent: Instant, answer: Response<Incoming>, at_least: usize) -> Result<Answered> {
    let mut body = answer.into_body();
    let (mut first_byte, mut body_bytes) = (None, 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.context("reading the answer")?;
        first_byte.get_or_insert_with(|| sent.elapsed());
        body_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
    let total = sent.elapsed();
    if body_bytes < at_least as u64 {
        bail!("an answer of {body_bytes} bytes instead of at least {at_least}");
    }
    Ok(Answered { first_byte: first_byte.unwrap_or(total), total, body_bytes, events: 0, delays_us: Vec::new() })
}

async fn read_stream(sent: Instant, answer: Response<Incoming>, deltas: u32) -> Result<Answered> {
    let mut body = answer.into_body();
    let mut reader = StreamReader::default();
    let (mut first_byte, mut body_bytes) = (None, 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.context("reading the stream")?;
        first_byte.get_or_insert_with(|| sent.elapsed());
        let Some(data) = frame.data_ref() else { continue };
        body_bytes += data.len() as u64;
        reader.push(data, clock::micros());
    }
    let total = sent.elapsed();
    let streamed = reader.finish(deltas).map_err(anyhow::Error::msg)?;
    let first_byte = first_byte.unwrap_or(total);
    Ok(Answered { first_byte, total, body_bytes, events: streamed.events, delays_us: streamed.delays_us })
}
