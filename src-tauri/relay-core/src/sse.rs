//! Server-sent events, read beside the stream: the bytes go on untouched, this only looks at them.
//!
//! Format: WHATWG HTML, section "Server-sent events". Lines end in LF, CR LF or CR; an empty line ends an event.

use std::borrow::Cow;

use memchr::memchr2;

/// The largest event that is read. Beyond it the reader gives up on the stream, which goes on unmetered: real events
/// are some kilobytes, and nobody may fill our memory with one that never ends.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// One complete event.
#[derive(Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The value of the last `event:` line; empty without one.
    pub name: &'a [u8],
    /// The `data:` lines, joined by line feeds.
    pub data: Cow<'a, [u8]>,
}

/// Finds the events in a stream of chunks, wherever it was cut.
#[derive(Debug, Default)]
pub struct SseReader {
    /// The beginning of an event whose end has not come yet.
    pending: Vec<u8>,
    /// Start of the first line in `pending` that is not known to be complete.
    scanned: usize,
    gave_up: bool,
}

impl SseReader {
    /// Calls `on_event` for each event that this chunk completes.
    pub fn feed(&mut self, chunk: &[u8], mut on_event: impl FnMut(&Event<'_>)) {
        if self.gave_up {
            return;
        }
        if self.pending.is_empty() {
            let rest = read_events(chunk, 0, &mut on_event);
            self.keep(&chunk[rest.start..], rest.scanned - rest.start);
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(chunk);
        let rest = read_events(&pending, self.scanned, &mut on_event);
        pending.drain(..rest.start);
        self.scanned = rest.scanned - rest.start;
        self.pending = pending;
        self.give_up_on_giants();
    }

    /// Says whether everything fed so far was complete events: only there may another event be put in.
    #[must_use]
    pub fn is_between_events(&self) -> bool {
        self.pending.is_empty() && !self.gave_up
    }

    /// Says whether an event was too large, so that nothing was read from there on.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        self.gave_up
    }

    fn keep(&mut self, rest: &[u8], scanned: usize) {
        self.pending.extend_from_slice(rest);
        self.scanned = scanned;
        self.give_up_on_giants();
    }

    fn give_up_on_giants(&mut self) {
        if self.pending.len() > MAX_EVENT_BYTES {
            self.gave_up = true;
            self.pending = Vec::new();
        }
    }
}

/// Calls `on_part` for each complete event of a text, with its bytes, the empty line included, and the event; `None` for one
/// without data. Returns where the first incomplete one begins.
pub fn split(text: &[u8], mut on_part: impl FnMut(&[u8], Option<&Event<'_>>)) -> usize {
    let (mut start, mut line) = (0, 0);
    while let Some((line_end, next)) = end_of_line(text, line) {
        if line_end == line {
            on_part(&text[start..next], parse(&text[start..line_end]).as_ref());
            start = next;
        }
        line = next;
    }
    start
}

/// What is left of a buffer after its complete events.
struct Rest {
    /// Where the first incomplete event begins.
    start: usize,
    /// Where its first incomplete line begins.
    scanned: usize,
}

fn read_events(buffer: &[u8], scanned: usize, on_event: &mut impl FnMut(&Event<'_>)) -> Rest {
    let mut start = 0;
    let mut line = scanned;
    while let Some((line_end, next)) = end_of_line(buffer, line) {
        if line_end == line {
            if let Some(event) = parse(&buffer[start..line_end]) {
                on_event(&event);
            }
            start = next;
        }
        line = next;
    }
    Rest { start, scanned: line }
}

/// The end of the line that begins at `from`, and where the next one begins; `None` while that cannot be told.
fn end_of_line(buffer: &[u8], from: usize) -> Option<(usize, usize)> {
    let end = from + memchr2(b'\n', b'\r', &buffer[from..])?;
    if buffer[end] == b'\n' {
        return Some((end, end + 1));
    }
    match buffer.get(end + 1)? {
        b'\n' => Some((end, end + 2)),
        _ => Some((end, end + 1)),
    }
}

/// Reads the lines of one event; `None` when they hold no data (a comment, a lone name).
fn parse(lines: &[u8]) -> Option<Event<'_>> {
    let mut name: &[u8] = b"";
    let mut data: Option<Cow<'_, [u8]>> = None;
    let mut rest = lines;
    while !rest.is_empty() {
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if let Some(value) = field(line, b"data") {
            match &mut data {
                None => data = Some(Cow::Borrowed(value)),
                Some(joined) => {
                    let joined = joined.to_mut();
                    joined.push(b'\n');
                    joined.extend_from_slice(value);
                }
            }
        } else if let Some(value) = field(line, b"event") {
            name = value;
        }
    }
    data.map(|data| Event { name, data })
}

/// The value of a `name: value` line; one space after the colon does not count.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Owned = (String, String);

    fn read(chunks: &[&[u8]]) -> Vec<Owned> {
        let mut reader = SseReader::default();
        let mut events = Vec::new();
        for chunk in chunks {
            reader.feed(chunk, |event| {
                events.push((
                    String::from_utf8_lossy(event.name).into_owned(),
                    String::from_utf8_lossy(&event.data).into_owned(),
                ));
            });
        }
        events
    }

    fn pair(name: &str, data: &str) -> Owned {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn events_are_found_with_every_line_ending() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("event: a{end}data: 1{end}{end}: comment{end}{end}data:2{end}data: 3{end}{end}x");

            assert_eq!(read(&[text.as_bytes()]), [pair("a", "1"), pair("", "2\n3")], "{end:?}");
        }
    }

    #[test]
    fn a_reader_knows_when_it_stands_between_events() {
        let mut reader = SseReader::default();

        reader.feed(b"data: 1\n", |_| {});
        assert!(!reader.is_between_events());
        reader.feed(b"\n", |_| {});
        assert!(reader.is_between_events());
    }

    #[test]
    fn an_endless_event_does_not_fill_the_memory() {
        let mut reader = SseReader::default();
        let chunk = vec![b'x'; 1024 * 1024];

        for _ in 0..40 {
            reader.feed(&chunk, |_| {});
        }

        assert!(reader.pending.capacity() < 2 * MAX_EVENT_BYTES);
        assert!(!reader.is_between_events());
    }

    proptest! {
        #[test]
        fn the_events_do_not_depend_on_where_the_stream_is_cut(
            texts in prop::collection::vec(("[a-z_]{0,8}", "[ -~äß漢字😀]{0,30}"), 0..8),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
            ending in prop::sample::select(vec!["\n", "\r\n"]),
        ) {
            let stream: String =
                texts.iter().map(|(name, data)| format!("event: {name}{ending}data: {data}{ending}{ending}")).collect();
            let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let chunks: Vec<_> = at.windows(2).map(|ends| &stream.as_bytes()[ends[0]..ends[1]]).collect();

            prop_assert_eq!(read(&chunks), texts);
        }
    }
}
