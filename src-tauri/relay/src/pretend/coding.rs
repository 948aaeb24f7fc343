//! Content codings, applied part by part, as servers do that stream: each part can be decoded when it has come.
//!
//! Brotli and zstd are written without being made smaller, as both formats provide for: their encoders, with all their
//! tables, would be a tenth of the program.

use std::io::{self, Write};

/// A content coding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// None.
    #[default]
    Identity,
    /// `gzip`
    Gzip,
    /// `deflate`
    Deflate,
    /// `br`
    Brotli,
    /// `zstd`
    Zstd,
}

impl Coding {
    /// All codings.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Gzip, Self::Deflate, Self::Brotli, Self::Zstd];

    /// The word in `content-encoding`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Encodes a body whose parts come one by one; the last one ends it.
    ///
    /// # Errors
    /// When the encoder refuses.
    pub fn encode(self, parts: &[Vec<u8>]) -> io::Result<Vec<Vec<u8>>> {
        let fast = flate2::Compression::fast();
        match self {
            Self::Identity => Ok(parts.to_vec()),
            Self::Gzip => {
                let encoder = flate2::write::GzEncoder::new(Vec::new(), fast);
                by_parts(parts, encoder, flate2::write::GzEncoder::get_mut, flate2::write::GzEncoder::finish)
            }
            Self::Deflate => {
                let encoder = flate2::write::ZlibEncoder::new(Vec::new(), fast);
                by_parts(parts, encoder, flate2::write::ZlibEncoder::get_mut, flate2::write::ZlibEncoder::finish)
            }
            Self::Brotli => Ok(STORED_BROTLI.encode(parts)),
            Self::Zstd => Ok(STORED_ZSTD.encode(parts)),
        }
    }
}

fn by_parts<E: Write>(
    parts: &[Vec<u8>],
    mut encoder: E,
    written: fn(&mut E) -> &mut Vec<u8>,
    finish: fn(E) -> io::Result<Vec<u8>>,
) -> io::Result<Vec<Vec<u8>>> {
    let mut encoded = Vec::with_capacity(parts.len());
    for part in parts {
        encoder.write_all(part)?;
        encoder.flush()?;
        encoded.push(std::mem::take(written(&mut encoder)));
    }
    let trailer = finish(encoder)?;
    match encoded.last_mut() {
        Some(last) => last.extend(trailer),
        None => encoded.push(trailer),
    }
    Ok(encoded)
}

/// A format whose blocks can be as the bytes are.
struct Stored {
    begin: &'static [u8],
    /// Of a block, in bytes.
    most: usize,
    /// What begins a block of so many bytes.
    head: fn(u32) -> u32,
    end: &'static [u8],
}

/// A window of 64 kB and a block of nothing, so that the next one begins with a byte; then blocks whose first bits tell that
/// they are not the last, how long they are and that they are not compressed (RFC 7932, sections 9.1 and 9.2).
const STORED_BROTLI: Stored =
    Stored { begin: &[0x0c], most: 1 << 16, head: |len| 1 << 19 | (len - 1) << 3, end: &[0x03] };
/// The magic number, no flags, a window of 1 MB; then raw blocks, the last of which is empty (RFC 8878, section 3.1.1).
const STORED_ZSTD: Stored =
    Stored { begin: &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50], most: 1 << 17, head: |len| len << 3, end: &[1, 0, 0] };

impl Stored {
    fn encode(&self, parts: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut encoded: Vec<_> = parts.iter().map(|part| self.blocks(part)).collect();
        encoded.resize(encoded.len().max(1), Vec::new());
        let last = encoded.len() - 1;
        encoded[last].extend(self.end);
        encoded[0].splice(0..0, self.begin.iter().copied());
        encoded
    }

    fn blocks(&self, part: &[u8]) -> Vec<u8> {
        let block = |bytes: &[u8]| {
            let len = u32::try_from(bytes.len()).expect("a block is small");
            [&(self.head)(len).to_le_bytes()[..3], bytes].concat()
        };
        part.chunks(self.most).flat_map(block).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn every_coding_can_be_undone_by_the_library_of_its_format() {
        let large = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        for parts in [vec![], vec![b"one".to_vec(), Vec::new(), b"two".to_vec()], vec![large]] {
            let whole = |coding: Coding| coding.encode(&parts).expect("it is encoded").concat();
            let (mut brotli, zstd) = (Vec::new(), zstd::decode_all(&whole(Coding::Zstd)[..]).expect("it is zstd"));
            brotli::Decompressor::new(&whole(Coding::Brotli)[..], 4096).read_to_end(&mut brotli).expect("it is brotli");

            assert!(brotli == parts.concat() && zstd == parts.concat());
        }
    }
}
