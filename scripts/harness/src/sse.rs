//! Reads the upstream's event streams as a client would, and checks that nothing is lost, doubled or late.

use crate::wire::FRAMING_EVENTS;

/// What arrived of one stream.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    /// The beginning of an event whose end has not arrived.
    partial: Vec<u8>,
    events: u64,
    deltas: u32,
    in_order: Order,
    ended: Ending,
    delays_us: Vec<u32>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Order {
    #[default]
    Kept,
    Broken,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Ending {
    #[default]
    Missing,
    Seen,
}

/// A stream that arrived in full.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) events: u64,
    /// From the upstream's writer to here, one for each delta.
    pub(crate) delays_us: Vec<u32>,
}

impl StreamReader {
    /// Takes the bytes that arrived at `now_us`.
    pub(crate) fn push(&mut self, chunk: &[u8], now_us: u64) {
        if self.partial.is_empty() {
            let rest = self.take_events(chunk, now_us);
            self.partial.extend_from_slice(rest);
            return;
        }
        let mut joined = std::mem::take(&mut self.partial);
        joined.extend_from_slice(chunk);
        let rest = self.take_events(&joined, now_us);
        self.partial.extend_from_slice(rest);
    }

    /// The stream's end: `Err` says what of `deltas` deltas and their framing was not as sent.
    pub(crate) fn finish(self, deltas: u32) -> Result<Streamed, String> {
        let complete = self.events == u64::from(deltas) + FRAMING_EVENTS && self.deltas == deltas;
        if complete && self.in_order == Order::Kept && self.ended == Ending::Seen && self.partial.is_empty() {
            return Ok(Streamed { events: self.events, delays_us: self.delays_us });
        }
        Err(format!(
            "{} of {deltas} deltas in {} events, order {:?}, end {:?}, {} bytes left over",
            self.deltas,
            self.events,
            self.in_order,
            self.ended,
            self.partial.len()
        ))
    }

    fn take_events<'a>(&mut self, mut bytes: &'a [u8], now_us: u64) -> &'a [u8] {
        while let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") {
            self.event(&bytes[..end], now_us);
            bytes = &bytes[end + 2..];
        }
        bytes
    }

    fn event(&mut self, event: &[u8], now_us: u64) {
        self.events += 1;
        if event.starts_with(b"event: content_block_delta\n") {
            self.delta(event, now_us);
        } else if event.starts_with(b"event: message_stop\n") {
            self.ended = Ending::Seen;
        }
    }

    fn delta(&mut self, event: &[u8], now_us: u64) {
        match stamp(event) {
            Some((sent_us, number)) if number == self.deltas => {
                self.delays_us.push(u32::try_from(now_us.saturating_sub(sent_us)).unwrap_or(u32::MAX));
            }
            _ => self.in_order = Order::Broken,
        }
        self.deltas += 1;
    }
}

/// When a delta left the upstream, and its number: `@TIME NUMBER …` in its text.
fn stamp(event: &[u8]) -> Option<(u64, u32)> {
    let text = &event[event.iter().position(|byte| *byte == b'@')? + 1..];
    let mut words = text.splitn(3, |byte| *byte == b' ');
    let mut word = || std::str::from_utf8(words.next()?).ok();
    Some((word()?.parse().ok()?, word()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "event: message_start\ndata: {}\n\nevent: content_block_start\ndata: {}\n\n\
        event: ping\ndata: {}\n\nevent: content_block_delta\ndata: {\"text\":\"@1000 0 fox\"}\n\n\
        event: content_block_delta\ndata: {\"text\":\"@1100 1 fox\"}\n\nevent: content_block_stop\ndata: {}\n\n\
        event: message_delta\ndata: {}\n\nevent: message_stop\ndata: {}\n\n";

    #[test]
    fn a_stream_cut_anywhere_reads_the_same() {
        for cut in 0..STREAM.len() {
            let mut reader = StreamReader::default();

            reader.push(&STREAM.as_bytes()[..cut], 1_200);
            reader.push(&STREAM.as_bytes()[cut..], 1_200);

            let streamed = reader.finish(2).unwrap();
            assert_eq!((streamed.events, streamed.delays_us), (8, vec![200, 100]));
        }
    }

    #[test]
    fn a_lost_a_doubled_and_a_swapped_delta_are_told() {
        let first = "event: content_block_delta\ndata: {\"text\":\"@1000 0 fox\"}\n\n";

        for broken in
            [STREAM.replace(first, ""), STREAM.replace(first, &first.repeat(2)), STREAM.replace("1000 0", "1000 5")]
        {
            let mut reader = StreamReader::default();
            reader.push(broken.as_bytes(), 1_200);
            assert!(reader.finish(2).is_err());
        }
    }

    #[test]
    fn a_stream_without_its_end_is_told() {
        let mut reader = StreamReader::default();

        reader.push(&STREAM.as_bytes()[..STREAM.len() - 1], 1_200);

        assert!(reader.finish(2).is_err());
    }
}
