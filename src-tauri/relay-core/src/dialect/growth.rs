//! Guesses how many tokens an answer has grown by, from the length of what passes by: shown while a call goes on, and
//! never written down.

use memchr::{memchr, memmem};

/// English text has about four bytes to a token.
const BYTES_PER_TOKEN: usize = 4;

/// The tokens of a text of so many bytes. Providers send no piece that is less than one.
pub(super) fn tokens(len: usize) -> u64 {
    (len / BYTES_PER_TOKEN).max(1) as u64
}

/// The length of what stands behind a name, up to the next such byte; `None` where the name does not stand there.
pub(super) fn length_behind(data: &[u8], name: &[u8], end: u8) -> Option<usize> {
    let rest = &data[memmem::find(data, name)? + name.len()..];
    Some(memchr(end, rest).unwrap_or(rest.len()))
}
