//! Answers that come in an envelope, `{"response":…}`, and are wanted without, or the other way round: Gemini Code Assist
//! wraps what the Gemini API sends as it is. What is inside keeps its bytes.

use serde::de::IgnoredAny;

use super::{Conversion, Unreadable};
use crate::{
    json::{Elements, Field, Outline, Part},
    meter::Meter,
    sse::{self, Event},
};

const RESPONSE: &str = "response";
const ERROR: &str = "error";
const FIELDS: &[Field] = &[Field::object(RESPONSE, &[]), Field::beginning(ERROR, 0)];
const FRONT: &[u8] = b"{\"response\":";
const BACK: &[u8] = b"}";
/// The largest event, or whole answer to be taken out of its envelope, that is waited for: real ones have some kilobytes,
/// those with images some megabytes.
const MAX_PENDING_BYTES: usize = 64 * 1024 * 1024;

/// Which way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Into an envelope.
    Wrap,
    /// Out of it.
    Unwrap,
}

/// How the answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As server-sent events.
    Events,
    /// As one array that grows.
    List,
    /// As one object.
    Whole,
}

/// Puts an answer, or each event of it, into an envelope or takes it out.
#[derive(Debug)]
pub struct Envelope {
    turn: Turn,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// With the event that has not come to its end.
    Events(Vec<u8>),
    List(Elements),
    /// With what came so far, where that is waited for; else it tells only whether anything came.
    Whole {
        pending: Vec<u8>,
        has_begun: bool,
    },
}

impl Envelope {
    /// For an answer that comes in this shape.
    #[must_use]
    pub fn new(turn: Turn, shape: Shape) -> Self {
        let form = match shape {
            Shape::Events => Form::Events(Vec::new()),
            Shape::List => Form::List(Elements::default()),
            Shape::Whole => Form::Whole { pending: Vec::new(), has_begun: false },
        };
        Self { turn, form }
    }
}

impl Conversion for Envelope {
    fn push(&mut self, piece: &[u8], meter: &mut Meter) -> Result<Vec<u8>, Unreadable> {
        meter.feed(piece);
        let turn = self.turn;
        match &mut self.form {
            Form::Events(pending) => push_events(turn, pending, piece),
            Form::List(elements) => {
                let mut turned = Vec::with_capacity(piece.len());
                elements.feed(piece, |part| match part {
                    Part::Between(text) => turned.extend_from_slice(text),
                    Part::Element(text) => match turned_over(turn, text) {
                        Turned::To(parts) => parts.iter().for_each(|part| turned.extend_from_slice(part)),
                        // An element cannot be left out: the commas around it are on their way.
                        Turned::Nothing => turned.extend_from_slice(b"{}"),
                    },
                });
                Ok(turned)
            }
            Form::Whole { has_begun, .. } if turn == Turn::Wrap => {
                let front = if *has_begun || piece.is_empty() { b"" } else { FRONT };
                *has_begun |= !piece.is_empty();
                Ok([front, piece].concat())
            }
            Form::Whole { pending, .. } => {
                pending.extend_from_slice(piece);
                check_size(pending)?;
                Ok(Vec::new())
            }
        }
    }

    fn finish(&mut self, _: &mut Meter) -> Result<Vec<u8>, Unreadable> {
        let turn = self.turn;
        match &mut self.form {
            // An event without the empty line behind it is none (WHATWG HTML, section "Server-sent events"), but one that
            // is whole otherwise may be the last that its sender has.
            Form::Events(pending) => Ok(last_event(turn, std::mem::take(pending))),
            Form::List(elements) => Ok(std::mem::take(elements).into_rest()),
            Form::Whole { has_begun, .. } if turn == Turn::Wrap => {
                Ok(if *has_begun { BACK.to_vec() } else { Vec::new() })
            }
            Form::Whole { pending, .. } => {
                let whole = std::mem::take(pending);
                match turned_over(turn, &whole) {
                    Turned::To(parts) => Ok(parts.concat()),
                    // What has no response is another kind of answer, as that to a count of tokens.
                    Turned::Nothing => Ok(whole),
                }
            }
        }
    }
}

fn check_size(pending: &[u8]) -> Result<(), Unreadable> {
    if pending.len() > MAX_PENDING_BYTES {
        return Err(Unreadable(format!("it has more than {MAX_PENDING_BYTES} bytes in one piece")));
    }
    Ok(())
}

fn push_events(turn: Turn, pending: &mut Vec<u8>, piece: &[u8]) -> Result<Vec<u8>, Unreadable> {
    pending.extend_from_slice(piece);
    let mut turned = Vec::with_capacity(pending.len());
    let rest = sse::split(pending, |text, event| match event {
        Some(event) => write_event(turn, text, event, &mut turned),
        None => turned.extend_from_slice(text),
    });
    pending.drain(..rest);
    check_size(pending)?;
    Ok(turned)
}

/// The event that a stream ends in, if it is there as a whole: half a one would be taken for a whole one downstream.
fn last_event(turn: Turn, mut pending: Vec<u8>) -> Vec<u8> {
    pending.extend_from_slice(b"\n\n");
    let mut turned = Vec::new();
    sse::split(&pending, |text, event| {
        if let Some(event) = event.filter(|event| serde_json::from_slice::<IgnoredAny>(&event.data).is_ok()) {
            write_event(turn, text, event, &mut turned);
        }
    });
    turned
}

/// Writes an event anew, its data in one line, because some clients read no more than one: between the values of a JSON text
/// a space is as good as a line feed, and inside them there is none.
fn write_event(turn: Turn, text: &[u8], event: &Event<'_>, turned: &mut Vec<u8>) {
    let Turned::To(parts) = turned_over(turn, &event.data) else { return };
    let end: &[u8] = if text.ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
    if !event.name.is_empty() {
        turned.extend_from_slice(b"event: ");
        turned.extend_from_slice(event.name);
        turned.extend_from_slice(end);
    }
    turned.extend_from_slice(b"data: ");
    turned.extend(parts.iter().copied().flatten().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
    turned.extend_from_slice(end);
    turned.extend_from_slice(end);
}

/// What becomes of an object.
enum Turned<'a> {
    /// These pieces, one after another.
    To([&'a [u8]; 3]),
    /// It says nothing to who wants it without its envelope.
    Nothing,
}

/// Wraps an object, or takes out what it wraps. Errors, and what is no object, stay as they are: they come without envelope
/// either way.
fn turned_over(turn: Turn, text: &[u8]) -> Turned<'_> {
    let mut outline = Outline::of(FIELDS);
    outline.push(text);
    let fields = match outline.finish() {
        Ok(fields) if fields.place(ERROR).is_none() => fields,
        _ => return Turned::To([text, b"", b""]),
    };
    match (turn, fields.inside(RESPONSE).and_then(|_| fields.place(RESPONSE))) {
        (Turn::Wrap, _) => Turned::To([FRONT, text, BACK]),
        (Turn::Unwrap, Some(place)) => Turned::To([&text[place], b"", b""]),
        (Turn::Unwrap, None) => Turned::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{dialect::generate_content::GENERATE_CONTENT, meter::Ending};

    const WRAPPED: &str = "data: {\"response\" : {\"candidates\": [ {\"content\":{\"parts\":[{\"text\":\"\\n}\"}]}} ]},\
        \"traceId\":\"t\"}\r\n\r\n: comment\r\n\r\ndata: {\"traceId\":\"t\"}\r\n\r\ndata: {\r\ndata: \"response\":\
        {\"candidates\":[{\"finishReason\":\"STOP\"}],\r\ndata: \"usageMetadata\":{\"promptTokenCount\":7}}}\r\n\r\n";
    const BARE: &str = "data: {\"candidates\": [ {\"content\":{\"parts\":[{\"text\":\"\\n}\"}]}} ]}\r\n\r\n: comment\r\n\r\n\
        data: {\"candidates\":[{\"finishReason\":\"STOP\"}], \"usageMetadata\":{\"promptTokenCount\":7}}\r\n\r\n";

    fn turned(turn: Turn, shape: Shape, pieces: &[&[u8]]) -> (String, Meter) {
        let mut meter =
            if shape == Shape::Events { Meter::stream(&GENERATE_CONTENT) } else { Meter::body(&GENERATE_CONTENT) };
        let mut envelope = Envelope::new(turn, shape);
        let mut all = Vec::new();
        for piece in pieces {
            all.extend(envelope.push(piece, &mut meter).expect("readable"));
        }
        all.extend(envelope.finish(&mut meter).expect("readable"));
        meter.finish();
        (String::from_utf8(all).expect("text"), meter)
    }

    fn whole(turn: Turn, shape: Shape, text: &str) -> String {
        turned(turn, shape, &[text.as_bytes()]).0
    }

    #[test]
    fn an_envelope_is_put_around_each_event_and_errors_have_none() {
        assert_eq!(
            whole(Turn::Wrap, Shape::Events, "data: {\"a\": 1}\n\nevent: x\ndata: {\"error\":{}}\n\ndata: [DONE]\n\n"),
            "data: {\"response\":{\"a\": 1}}\n\nevent: x\ndata: {\"error\":{}}\n\ndata: [DONE]\n\n"
        );
        assert_eq!(whole(Turn::Unwrap, Shape::Events, "data: {\"error\":{}}\n\n"), "data: {\"error\":{}}\n\n");
    }

    #[test]
    fn a_last_event_without_its_empty_line_is_not_lost_and_half_a_one_is_left_out() {
        assert_eq!(whole(Turn::Unwrap, Shape::Events, "data: {\"response\":{\"a\":1}}\n"), "data: {\"a\":1}\n\n");
        assert_eq!(whole(Turn::Unwrap, Shape::Events, ""), "");
        assert_eq!(whole(Turn::Unwrap, Shape::Events, "data: {\"response\":{\"a\":"), "");
    }

    #[test]
    fn a_whole_answer_is_wrapped_and_unwrapped() {
        let (bare, wrapped) = ("{\"a\": [1]}", "{\"response\":{\"a\": [1]}}");

        assert_eq!(whole(Turn::Wrap, Shape::Whole, bare), wrapped);
        assert_eq!(whole(Turn::Unwrap, Shape::Whole, wrapped), bare);
        assert_eq!(whole(Turn::Unwrap, Shape::Whole, "{\"totalTokens\":3}"), "{\"totalTokens\":3}");
        assert_eq!(whole(Turn::Wrap, Shape::Whole, ""), "");
    }

    #[test]
    fn of_a_list_each_element_is_turned_over() {
        let (bare, wrapped) =
            ("[{\"a\":1}\n,\n{\"b\":[]}]", "[{\"response\":{\"a\":1}}\n,\n{\"response\":{\"b\":[]}}]");

        assert_eq!(whole(Turn::Wrap, Shape::List, bare), wrapped);
        assert_eq!(whole(Turn::Unwrap, Shape::List, wrapped), bare);
        assert_eq!(whole(Turn::Unwrap, Shape::List, "[{\"x\":1},{\"error\":{}}]"), "[{},{\"error\":{}}]");
    }

    proptest! {
        #[test]
        fn what_is_inside_keeps_its_bytes_wherever_the_stream_is_cut(
            cuts in prop::collection::vec(0..WRAPPED.len(), 0..12),
        ) {
            let mut at = cuts;
            at.extend([0, WRAPPED.len()]);
            at.sort_unstable();
            let pieces: Vec<_> = at.windows(2).map(|ends| &WRAPPED.as_bytes()[ends[0]..ends[1]]).collect();

            let (text, meter) = turned(Turn::Unwrap, Shape::Events, &pieces);

            prop_assert_eq!(text, BARE);
            prop_assert_eq!(meter.observed().ending, Ending::Enough);
            prop_assert_eq!(meter.observed().usage.input_tokens, Some(7));
        }

        #[test]
        fn wrapping_and_unwrapping_undo_each_other(size in 1usize..30, shape in prop::sample::select(vec![Shape::List, Shape::Whole])) {
            let text = if shape == Shape::List { "[{\"a\":{\"response\":{}}},\r\n{} ]" } else { " {\"response\":{\"a\":\"}\"}}" };
            let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
            let wrapped = turned(Turn::Wrap, shape, &pieces).0;
            let pieces: Vec<_> = wrapped.as_bytes().chunks(size).collect();

            let unwrapped = turned(Turn::Unwrap, shape, &pieces).0;
            prop_assert_eq!(unwrapped.trim_start(), text.trim_start());
        }
    }
}
