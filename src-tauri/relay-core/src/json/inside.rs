//! The way through texts, objects and arrays whose inside does not matter.

use memchr::memchr2;
use wide::u8x16;

use super::NotAnObject;

/// Bytes that are compared at once.
const LANES: usize = 16;
/// What is looked at in one go: as many bytes as a word has bits.
type Block = [u8; u64::BITS as usize];

/// Inside a quoted text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// A backslash was the last byte.
    is_escaped: bool,
}

/// Inside an object or array. Of what lies in it only the outline counts, each kind of bracket on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nested {
    braces: u32,
    brackets: u32,
    text: Option<Text>,
}

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passed {
    /// It has to be looked at byte by byte.
    No,
    /// It is behind us.
    Yes,
    /// It is behind us, and was nothing but text, as a megabyte of a picture in base64 is.
    MereText,
}

impl Text {
    /// Goes to behind the closing quote or to the end of what is there; says how far that is, and which of the two.
    ///
    /// Quotes and backslashes are looked for in eight bytes at a time: source code in a conversation has one every dozen
    /// bytes, too often for a longer stride.
    pub(super) fn skip(&mut self, rest: &[u8]) -> (usize, bool) {
        let mut at = usize::from(std::mem::take(&mut self.is_escaped));
        loop {
            while let Some(word) = rest.get(at..).and_then(<[u8]>::first_chunk) {
                let word = u64::from_le_bytes(*word);
                let hits = bytes_equal_to(word, b'"') | bytes_equal_to(word, b'\\');
                if hits != 0 {
                    at += (hits.trailing_zeros() / 8) as usize;
                    break;
                }
                at += 8;
            }
            match rest.get(at) {
                Some(b'"') => return (at + 1, true),
                Some(b'\\') if at + 1 < rest.len() => at += 2,
                Some(b'\\') => {
                    self.is_escaped = true;
                    return (at + 1, false);
                }
                Some(_) => at += 1,
                None => return (rest.len(), false),
            }
        }
    }
}

impl Nested {
    /// Behind the brace that opens an object.
    pub(super) const fn object() -> Self {
        Self { braces: 1, brackets: 0, text: None }
    }

    /// Behind the bracket that opens an array.
    pub(super) const fn array() -> Self {
        Self { braces: 0, brackets: 1, text: None }
    }

    /// Goes to behind the bracket that closes this or to the end of what is there; says how far that is, and which.
    pub(super) fn skip(&mut self, rest: &[u8]) -> Result<(usize, bool), NotAnObject> {
        let mut at = 0;
        while let Some(block) = rest.get(at..).and_then(<[u8]>::first_chunk) {
            let passed = self.pass(block);
            if passed == Passed::No {
                let (used, is_closed) = self.walk(block)?;
                if is_closed {
                    return Ok((at + used, true));
                }
            }
            at += block.len();
            if passed == Passed::MereText {
                at += memchr2(b'"', b'\\', &rest[at..]).unwrap_or(rest.len() - at);
            }
        }
        let (used, is_closed) = self.walk(&rest[at..])?;
        Ok((at + used, is_closed))
    }

    /// Passes a block in which this surely does not end, and else changes nothing.
    fn pass(&mut self, block: &Block) -> Passed {
        let was_escaped = self.text.is_some_and(|text| text.is_escaped);
        let backslashes = equal_to(block, b'\\');
        let (escaped, is_escaped) = escaped_by(backslashes, was_escaped);
        let quotes = equal_to(block, b'"') & !escaped;
        let was_in_text = if self.text.is_some() { u64::MAX } else { 0 };
        let in_text = parity_of_all_up_to_each(quotes) ^ was_in_text;
        // A backslash outside of a text is no JSON and escapes nothing, so it must not be read with the others.
        if backslashes & !in_text != 0 {
            return Passed::No;
        }
        if in_text != u64::MAX {
            let outside = |bracket| (equal_to(block, bracket) & !in_text).count_ones();
            let left = |open: u32, bracket| open.checked_sub(outside(bracket));
            let (Some(braces), Some(brackets)) = (left(self.braces, b'}'), left(self.brackets, b']')) else {
                return Passed::No;
            };
            if braces == 0 && brackets == 0 {
                return Passed::No;
            }
            self.braces = braces + outside(b'{');
            self.brackets = brackets + outside(b'[');
        }
        let ends_in_text = in_text >> (u64::BITS - 1) == 1;
        self.text = ends_in_text.then_some(Text { is_escaped });
        if in_text == u64::MAX && backslashes == 0 { Passed::MereText } else { Passed::Yes }
    }

    /// Goes on byte by byte.
    fn walk(&mut self, rest: &[u8]) -> Result<(usize, bool), NotAnObject> {
        let mut at = 0;
        while at < rest.len() {
            if let Some(text) = &mut self.text {
                let (used, is_closed) = text.skip(&rest[at..]);
                at += used;
                if is_closed {
                    self.text = None;
                }
                continue;
            }
            let byte = rest[at];
            at += 1;
            match byte {
                b'"' => self.text = Some(Text::default()),
                b'{' => self.braces += 1,
                b'[' => self.brackets += 1,
                b'}' => self.braces = self.braces.checked_sub(1).ok_or(NotAnObject::Shape)?,
                b']' => self.brackets = self.brackets.checked_sub(1).ok_or(NotAnObject::Shape)?,
                _ => {}
            }
            if self.braces == 0 && self.brackets == 0 {
                return Ok((at, true));
            }
        }
        Ok((at, false))
    }
}

/// Which bytes of a block are `wanted`: the lowest bit tells of the first.
fn equal_to(block: &Block, wanted: u8) -> u64 {
    let (quarters, _) = block.as_chunks::<LANES>();
    quarters.iter().rev().fold(0, |bits, quarter| {
        let hits = u8x16::new(*quarter).cmp_eq(u8x16::splat(wanted)).move_mask();
        bits << LANES | u64::from(hits.cast_unsigned())
    })
}

/// Which bytes are escaped, given where backslashes are, and whether the first byte of the next block is.
///
/// Of each run of backslashes every second one is escaped, and the byte behind the run if it is odd
/// (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", section 3.1.1, as in simdjson 3).
fn escaped_by(backslashes: u64, is_first_escaped: bool) -> (u64, bool) {
    const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let carried = u64::from(is_first_escaped);
    if backslashes == 0 {
        return (carried, false);
    }
    let may_escape = backslashes & !carried;
    let runs = ((may_escape << 1) | ODD_BITS).wrapping_sub(may_escape) ^ ODD_BITS;
    let escaped = runs ^ (backslashes | carried);
    (escaped, (runs & backslashes) >> (u64::BITS - 1) == 1)
}

/// Sets each bit at which the count of set bits, its own included, is odd: between quotes, the first one included.
fn parity_of_all_up_to_each(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |parity, distance| parity ^ (parity << distance))
}

/// Marks, by its highest bit, the first byte of a little-endian word that equals `wanted`; marks above it may be false
/// (Warren, "Hacker's Delight", section 6-1).
fn bytes_equal_to(word: u64, wanted: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let differing = word ^ (ONES * u64::from(wanted));
    differing.wrapping_sub(ONES) & !differing & HIGHS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_lead_where_single_bytes_lead(
            signs in prop::collection::vec(prop::sample::select(b"{}[]\"\"\\\\\\nnnaaaaaaaaaaaaaa".to_vec()), 0..400),
            run in (0usize..400, 0usize..300),
            braces in 0u32..40,
            cut in 0usize..700,
        ) {
            let mut text = signs;
            let place = run.0.min(text.len());
            text.splice(place..place, std::iter::repeat_n(b'a', run.1));
            let start = Nested { braces, brackets: 1, text: None };
            let (mut by_blocks, mut by_bytes) = (start, start);
            let expected = by_bytes.walk(&text);

            let (first, second) = text.split_at(cut.min(text.len()));
            let found = match by_blocks.skip(first) {
                Ok((used, false)) => by_blocks.skip(second).map(|(more, is_closed)| (used + more, is_closed)),
                ended => ended,
            };

            prop_assert_eq!(found, expected);
            prop_assert_eq!(by_blocks, by_bytes);
        }
    }
}
