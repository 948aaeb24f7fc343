//! A request's body in the pieces it came in: sent as often as needed, never put together.

use std::{
    convert::Infallible,
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use carpool_core::json::Edit;
use http_body::{Body, Frame, SizeHint};

use crate::accounts::Turn;

/// A smaller piece is put together with its neighbours: a body that trickles in must not cost many times its size.
const SMALL_PIECE: usize = 4096;

/// The pieces of a body. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    pieces: Arc<Vec<Bytes>>,
    /// Small ones that came last.
    tail: BytesMut,
    len: usize,
}

impl Pieces {
    /// Bytes in all pieces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Says whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a piece.
    pub fn push(&mut self, piece: Bytes) {
        self.len += piece.len();
        if piece.len() < SMALL_PIECE {
            self.tail.extend_from_slice(&piece);
            if self.tail.len() >= SMALL_PIECE {
                self.end();
            }
            return;
        }
        self.end();
        Arc::make_mut(&mut self.pieces).push(piece);
    }

    /// Says that no more small pieces follow the last ones.
    pub fn end(&mut self) {
        if !self.tail.is_empty() {
            Arc::make_mut(&mut self.pieces).push(self.tail.split().freeze());
        }
    }

    /// The pieces, for who looks at all of them.
    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// The same body with these changes. What is not changed is shared with this one.
    #[must_use]
    pub fn edited(&self, mut edits: Vec<Edit>) -> Self {
        if edits.is_empty() {
            return self.clone();
        }
        // Where two begin at the same place, they come in the order they are in.
        edits.sort_by_key(|edit| edit.at.start);
        let mut edited = Vec::with_capacity(self.pieces.len() + 2 * edits.len());
        let mut from = 0;
        for Edit { at, with } in edits {
            self.copy_to(&mut edited, from..at.start);
            if !with.is_empty() {
                edited.push(Bytes::from(with));
            }
            from = at.end.max(from);
        }
        self.copy_to(&mut edited, from..self.len);
        let len = edited.iter().map(Bytes::len).sum();
        Self { pieces: Arc::new(edited), tail: BytesMut::new(), len }
    }

    fn copy_to(&self, edited: &mut Vec<Bytes>, range: Range<usize>) {
        let mut begin = 0;
        for piece in self.pieces.iter() {
            let end = begin + piece.len();
            let (first, last) = (range.start.max(begin), range.end.min(end));
            if first < last {
                edited.push(piece.slice(first - begin..last - begin));
            }
            begin = end;
        }
    }

    /// The body of one attempt.
    #[must_use]
    pub fn to_body(&self) -> Sending {
        Sending { pieces: Arc::clone(&self.pieces), next: 0, left: self.len as u64, turn: None }
    }
}

/// Pieces on their way.
#[derive(Debug, Default)]
pub struct Sending {
    pieces: Arc<Vec<Bytes>>,
    next: usize,
    left: u64,
    /// Given back when all is sent.
    turn: Option<Turn>,
}

impl Sending {
    /// Holds a turn at an account's turnstile until all is sent, or given up.
    pub fn hold(&mut self, turn: Option<Turn>) {
        self.turn = turn;
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.get(self.next).cloned();
        self.next += 1;
        if self.next >= self.pieces.len() {
            self.turn = None;
        }
        self.left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.pieces.len()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn edits_change_the_pieces_as_they_would_change_the_whole(
            size in 1usize..9000,
            cut in 1usize..5000,
            first in 0usize..9000,
            second in 0usize..9000,
            with in prop::collection::vec(any::<u8>(), 0..5),
        ) {
            let whole: Vec<u8> = (0..size).map(|place| (place % 251) as u8).collect();
            let mut pieces = Pieces::default();
            for piece in whole.chunks(cut) {
                pieces.push(Bytes::copy_from_slice(piece));
            }
            pieces.end();
            let (first, second) = (first % (size + 1), second % (size + 1));
            let (start, end) = (first.min(second), first.max(second));
            let edits = vec![
                Edit { at: size..size, with: b"end".to_vec() },
                Edit { at: start..end, with },
                Edit { at: 0..0, with: b"begin".to_vec() },
            ];

            let edited = pieces.edited(edits.clone());

            prop_assert_eq!(edited.pieces().concat(), carpool_core::json::apply(&whole, &edits));
            prop_assert_eq!(edited.len(), edited.pieces().concat().len());
        }

        #[test]
        fn a_body_is_sent_as_it_came_each_time(sizes in prop::collection::vec(0usize..9000, 0..12)) {
            let mut pieces = Pieces::default();
            let mut whole = Vec::new();
            for (place, size) in sizes.into_iter().enumerate() {
                let piece = vec![u8::try_from(place).expect("few"); size];
                whole.extend_from_slice(&piece);
                pieces.push(piece.into());
            }
            pieces.end();

            for _ in 0..2 {
                let body = pieces.to_body();
                prop_assert_eq!(body.size_hint().exact(), Some(whole.len() as u64));
                let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
                let sent = runtime.block_on(body.collect()).expect("no errors").to_bytes();
                prop_assert_eq!(&sent[..], &whole[..]);
            }
        }
    }
}
