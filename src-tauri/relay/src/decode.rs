//! Content codings, undone piece by piece: for the meter's side copy, and for a client that did not ask for one.

use std::io::{self, Write};

use bytes::Bytes;

/// The most one answer may unfold to. Real answers are megabytes; what is larger is an attack on our memory.
const MAX_DECODED_BYTES: usize = 512 * 1024 * 1024;

/// Undoes one content coding (RFC 9110, section 8.4.1).
pub struct Decoder(Coding);

enum Coding {
    Gzip(flate2::write::MultiGzDecoder<Sink>),
    Deflate(flate2::write::ZlibDecoder<Sink>),
    Brotli(Box<brotli_decompressor::DecompressorWriter<Sink>>),
    Zstd(zstd::stream::write::Decoder<'static, Sink>),
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decoder")
    }
}

/// Collects what was decoded, up to a limit.
#[derive(Default)]
struct Sink {
    decoded: Vec<u8>,
    total: usize,
}

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.total += piece.len();
        if self.total > MAX_DECODED_BYTES {
            return Err(io::Error::other("the answer unfolds to more than 512 MB"));
        }
        self.decoded.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Decoder {
    /// The decoder for a `Content-Encoding`; `None` for one that is not known, or for several at once.
    #[must_use]
    pub fn new(coding: &str) -> Option<Self> {
        let sink = Sink::default();
        let coding = match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Coding::Gzip(flate2::write::MultiGzDecoder::new(sink)),
            "deflate" => Coding::Deflate(flate2::write::ZlibDecoder::new(sink)),
            "br" => Coding::Brotli(Box::new(brotli_decompressor::DecompressorWriter::new(sink, 4096))),
            "zstd" => Coding::Zstd(zstd::stream::write::Decoder::new(sink).ok()?),
            _ => return None,
        };
        Some(Self(coding))
    }

    /// Decodes the next piece and returns all that can be told so far.
    ///
    /// # Errors
    /// When the bytes are not what the coding allows, or unfold to too much.
    pub fn push(&mut self, piece: &[u8]) -> io::Result<Bytes> {
        let sink = match &mut self.0 {
            Coding::Gzip(decoder) => push_into(decoder, piece).map(|()| decoder.get_mut()),
            Coding::Deflate(decoder) => push_into(decoder, piece).map(|()| decoder.get_mut()),
            Coding::Brotli(decoder) => push_into(decoder, piece).map(|()| decoder.get_mut()),
            Coding::Zstd(decoder) => push_into(decoder, piece).map(|()| decoder.get_mut()),
        }?;
        Ok(std::mem::take(&mut sink.decoded).into())
    }
}

fn push_into(decoder: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    decoder.write_all(piece)?;
    decoder.flush()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(coding: &str, text: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::new();
        match coding {
            "gzip" => {
                let mut encoder = flate2::write::GzEncoder::new(&mut encoded, flate2::Compression::fast());
                encoder.write_all(text).expect("a vector takes everything");
                encoder.finish().expect("a vector takes everything");
            }
            "deflate" => {
                let mut encoder = flate2::write::ZlibEncoder::new(&mut encoded, flate2::Compression::fast());
                encoder.write_all(text).expect("a vector takes everything");
                encoder.finish().expect("a vector takes everything");
            }
            "br" => {
                let mut encoder = brotli::CompressorWriter::new(&mut encoded, 4096, 4, 20);
                encoder.write_all(text).expect("a vector takes everything");
            }
            _ => encoded = zstd::stream::encode_all(text, 1).expect("a vector takes everything"),
        }
        encoded
    }

    #[test]
    fn an_unknown_coding_has_no_decoder() {
        assert!(Decoder::new("compress").is_none());
        assert!(Decoder::new("gzip, br").is_none());
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let mut damaged = encode("gzip", b"hello hello hello");
        damaged[0] ^= 0xff;

        let mut decoder = Decoder::new("gzip").expect("known");

        assert!(decoder.push(&damaged).is_err());
    }

    proptest! {
        #[test]
        fn every_coding_is_undone_in_any_pieces(
            text in prop::collection::vec(any::<u8>(), 0..2000),
            size in 1usize..300,
            coding in prop::sample::select(vec!["gzip", "deflate", "br", "zstd"]),
        ) {
            let mut decoder = Decoder::new(coding).expect("known");
            let mut decoded = Vec::new();

            for piece in encode(coding, &text).chunks(size) {
                decoded.extend_from_slice(&decoder.push(piece).expect("valid"));
            }

            prop_assert_eq!(decoded, text);
        }
    }
}
