//! A provider's answer of which the beginning was read ahead, to be judged, and which still passes on whole.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// An answer's body: first what was read ahead, then the rest.
#[derive(Debug)]
pub struct Ahead {
    read: VecDeque<Bytes>,
    rest: Incoming,
}

impl From<Incoming> for Ahead {
    fn from(rest: Incoming) -> Self {
        Self { read: VecDeque::new(), rest }
    }
}

impl Ahead {
    /// Reads the next piece ahead; `None` at the end.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub async fn read_on(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = self.rest.frame().await.transpose()? {
            // Trailers tell nothing that clients of these formats read.
            if let Ok(piece) = frame.into_data() {
                self.read.push_back(piece.clone());
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
}

impl Body for Ahead {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.read.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let read: u64 = self.read.iter().map(|piece| piece.len() as u64).sum();
        match self.rest.size_hint().exact() {
            Some(rest) => SizeHint::with_exact(read + rest),
            None => SizeHint::default(),
        }
    }
}
