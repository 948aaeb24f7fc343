//! The elements of a JSON array, found while its bytes pass by: some streams come as one array that grows.

use super::inside::Nested;

/// The longest element that is read. Beyond it the reader gives up on the array: real ones have some kilobytes, those with
/// an image some megabytes, and nobody may fill our memory with one that never ends.
const MAX_ELEMENT_BYTES: usize = 16 * 1024 * 1024;

/// A part of an array's text. Together the parts are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A whole element.
    Element(&'a [u8]),
    /// What stands before, between and behind the elements, and whatever follows where this is no array of objects.
    Between(&'a [u8]),
}

/// Finds the elements of one array of objects in a stream of chunks, wherever it was cut.
#[derive(Debug, Default)]
pub struct Elements {
    state: State,
    /// The beginning of an element whose end has not come yet.
    pending: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Start,
    Between,
    Element(Nested),
    End,
    GaveUp,
}

impl Elements {
    /// Calls `on_part` for each part that this chunk completes.
    pub fn feed(&mut self, chunk: &[u8], mut on_part: impl FnMut(Part<'_>)) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let used = match self.state {
                State::Element(nested) => self.read_element(nested, rest, &mut on_part),
                _ => self.read_between(rest, &mut on_part),
            };
            rest = &rest[used..];
        }
    }

    /// Says whether an element was too large, or this is no array of objects, so that nothing was read from there on.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        matches!(self.state, State::GaveUp)
    }

    /// What has come of an element that did not come to its end.
    #[must_use]
    pub fn into_rest(self) -> Vec<u8> {
        self.pending
    }

    fn read_element(&mut self, mut nested: Nested, rest: &[u8], on_part: &mut impl FnMut(Part<'_>)) -> usize {
        let Ok((used, is_closed)) = nested.skip(rest) else {
            self.give_up(on_part);
            return 0;
        };
        self.pending.extend_from_slice(&rest[..used]);
        if is_closed {
            on_part(Part::Element(&self.pending));
            self.pending.clear();
            self.state = State::Between;
        } else if self.pending.len() > MAX_ELEMENT_BYTES {
            self.give_up(on_part);
        } else {
            self.state = State::Element(nested);
        }
        used
    }

    fn give_up(&mut self, on_part: &mut impl FnMut(Part<'_>)) {
        self.state = State::GaveUp;
        on_part(Part::Between(&std::mem::take(&mut self.pending)));
    }

    fn read_between(&mut self, rest: &[u8], on_part: &mut impl FnMut(Part<'_>)) -> usize {
        let mut used = 0;
        for byte in rest {
            self.state = match (self.state, byte) {
                (State::GaveUp, _) => {
                    used = rest.len();
                    break;
                }
                (state, byte) if byte.is_ascii_whitespace() => state,
                (State::Start, b'[') | (State::Between, b',') => State::Between,
                (State::Between, b']') => State::End,
                (State::Between, b'{') => State::Element(Nested::object()),
                _ => State::GaveUp,
            };
            if matches!(self.state, State::Element(_)) {
                break;
            }
            used += 1;
        }
        if used > 0 {
            on_part(Part::Between(&rest[..used]));
        }
        if matches!(self.state, State::Element(_)) {
            self.pending.push(b'{');
            used += 1;
        }
        used
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(chunks: &[&[u8]]) -> (Vec<String>, String, bool) {
        let mut reader = Elements::default();
        let (mut elements, mut all) = (Vec::new(), Vec::new());
        for chunk in chunks {
            reader.feed(chunk, |part| match part {
                Part::Element(text) => {
                    elements.push(String::from_utf8_lossy(text).into_owned());
                    all.extend_from_slice(text);
                }
                Part::Between(text) => all.extend_from_slice(text),
            });
        }
        let gave_up = reader.has_given_up();
        all.extend(reader.into_rest());
        (elements, String::from_utf8_lossy(&all).into_owned(), gave_up)
    }

    #[test]
    fn elements_are_found_wherever_the_text_is_cut_and_nothing_is_lost() {
        let text = "[{\"a\":\"}]\\\"\"}\r\n,\r\n{\"b\":[{}]} ]\n";
        for size in 1..text.len() {
            let chunks: Vec<_> = text.as_bytes().chunks(size).collect();
            let (elements, all, gave_up) = parts(&chunks);

            assert_eq!(elements, ["{\"a\":\"}]\\\"\"}", "{\"b\":[{}]}"]);
            assert_eq!((all.as_str(), gave_up), (text, false));
        }
    }

    #[test]
    fn what_is_no_array_of_objects_passes_unread() {
        for text in ["[1,{}]", "{}", "[{}]x", "[{]}"] {
            let (_, all, gave_up) = parts(&[text.as_bytes()]);

            assert_eq!((all.as_str(), gave_up), (text, true), "{text}");
        }
    }

    #[test]
    fn an_endless_element_does_not_fill_the_memory() {
        let mut reader = Elements::default();
        let chunk = vec![b'x'; 1024 * 1024];

        reader.feed(b"[{\"a\":\"", |_| {});
        for _ in 0..40 {
            reader.feed(&chunk, |_| {});
        }

        assert!(reader.has_given_up());
        assert!(reader.pending.capacity() < 2 * MAX_ELEMENT_BYTES);
    }

    proptest! {
        #[test]
        fn no_text_loses_a_byte(text in prop::collection::vec(prop::sample::select(b"[]{}\",\\ a".to_vec()), 0..40), cut in 0usize..40) {
            let (one, other) = text.split_at(cut.min(text.len()));
            let (_, all, _) = parts(&[one, other]);

            prop_assert_eq!(all.as_bytes(), &text[..]);
        }
    }
}
