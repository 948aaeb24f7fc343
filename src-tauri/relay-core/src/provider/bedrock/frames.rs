//! Amazon's framing of streams: each frame has a length, headers, a payload, and two checksums.
//!
//! Source: <https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html> (read November 2026). A frame begins
//! with its whole length, the length of its headers and the checksum (CRC-32) of these two, four bytes each, the highest
//! first; it ends with the checksum of all before it. The vendor's own crate looks at the first checksum only when a whole
//! frame is there, so that a length which was changed on the way could fill the memory.

use crate::convert::Unreadable;

/// The two lengths and their checksum.
const PRELUDE: usize = 12;
/// One checksum.
const CHECKSUM: usize = 4;
/// The longest frame: 24 MiB of payload and 128 KiB of headers are the most the vendor's clients take.
const LONGEST: usize = 24 * 1024 * 1024 + 128 * 1024 + PRELUDE + CHECKSUM;

/// One frame.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    headers: &'a [u8],
    /// What it carries.
    pub(super) payload: &'a [u8],
}

/// Finds the frames in a stream of pieces, wherever it was cut.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// A frame whose end has not come.
    pending: Vec<u8>,
}

impl Frames {
    /// Calls `on_frame` for each frame that this piece completes.
    ///
    /// # Errors
    /// [`Unreadable`] when a frame is not as it was sent, or `on_frame` cannot read it: nothing after it is read.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        mut on_frame: impl FnMut(&Frame<'_>) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        self.pending.extend_from_slice(piece);
        let mut from = 0;
        while let Some((frame, len)) = read(&self.pending[from..])? {
            on_frame(&frame)?;
            from += len;
        }
        self.pending.drain(..from);
        Ok(())
    }

    /// Says whether everything that came so far was whole frames.
    pub(super) fn is_between_frames(&self) -> bool {
        self.pending.is_empty()
    }
}

impl Frame<'_> {
    /// The text that a header holds.
    pub(super) fn text(&self, wanted: &str) -> Option<&str> {
        let mut rest = self.headers;
        while let Some(header) = Header::first(rest) {
            if header.name == wanted.as_bytes() {
                return header.text.and_then(|text| str::from_utf8(text).ok());
            }
            rest = header.behind;
        }
        None
    }
}

/// The frame that bytes begin with, and how long it is; `None` while it is not whole.
fn read(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Unreadable> {
    let damaged = || Unreadable("the provider's stream is damaged".to_owned());
    let Some((prelude, _)) = bytes.split_at_checked(PRELUDE) else { return Ok(None) };
    let [len, headers_len, checksum] = [0, 4, 8].map(|at| number(prelude, at));
    if crc32fast::hash(&prelude[..PRELUDE - CHECKSUM]) != checksum {
        return Err(damaged());
    }
    let (len, headers_len) = (len as usize, headers_len as usize);
    if len > LONGEST || headers_len > len.saturating_sub(PRELUDE + CHECKSUM) || len < PRELUDE + CHECKSUM {
        return Err(damaged());
    }
    let Some((frame, _)) = bytes.split_at_checked(len) else { return Ok(None) };
    let (content, checksum) = frame.split_at(len - CHECKSUM);
    if crc32fast::hash(content) != number(checksum, 0) {
        return Err(damaged());
    }
    let (headers, payload) = content[PRELUDE..].split_at(headers_len);
    Ok(Some((Frame { headers, payload }, len)))
}

/// The four bytes at a place that has them.
fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// One header.
struct Header<'a> {
    name: &'a [u8],
    /// Its value, if that is a text.
    text: Option<&'a [u8]>,
    /// The headers behind it.
    behind: &'a [u8],
}

impl<'a> Header<'a> {
    /// The first of several; `None` at the end, and where they are of a form that is not known.
    fn first(headers: &'a [u8]) -> Option<Self> {
        /// The types of value that have a length of their own, by their numbers.
        const BYTES: u8 = 6;
        const TEXT: u8 = 7;
        let (&name_len, rest) = headers.split_first()?;
        let (name, rest) = rest.split_at_checked(name_len.into())?;
        let (&kind, rest) = rest.split_first()?;
        let (value_len, rest) = match kind {
            0 | 1 => (0, rest),
            2 => (1, rest),
            3 => (2, rest),
            4 => (4, rest),
            5 | 8 => (8, rest),
            9 => (16, rest),
            BYTES | TEXT => {
                let (len, rest) = rest.split_at_checked(2)?;
                (usize::from(u16::from_be_bytes(len.try_into().ok()?)), rest)
            }
            _ => return None,
        };
        let (value, behind) = rest.split_at_checked(value_len)?;
        Some(Self { name, text: (kind == TEXT).then_some(value), behind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_behind_values_of_every_other_type() {
        let mut headers = Vec::new();
        for (kind, len) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16)] {
            headers.extend([1, b'x', kind]);
            headers.extend(vec![7; len]);
        }
        headers.extend([1, b'y', 6, 0, 2, 1, 1, 1, b'z', 7, 0, 2, b'h', b'i']);
        let frame = Frame { headers: &headers, payload: b"" };

        assert_eq!((frame.text("z"), frame.text("y"), frame.text("a")), (Some("hi"), None, None));
        let cut = Frame { headers: &headers[..headers.len() - 1], payload: b"" };
        assert_eq!(cut.text("z"), None);
    }
}
