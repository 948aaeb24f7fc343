//! Content codings, applied part by part, as servers do that stream: each part can be decoded when it has come.

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
            Self::Brotli => {
                let encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 4, 20);
                by_parts(parts, encoder, brotli::CompressorWriter::get_mut, |encoder| Ok(encoder.into_inner()))
            }
            Self::Zstd => {
                let encoder = zstd::stream::write::Encoder::new(Vec::new(), 1)?;
                by_parts(parts, encoder, zstd::stream::write::Encoder::get_mut, zstd::stream::write::Encoder::finish)
            }
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
