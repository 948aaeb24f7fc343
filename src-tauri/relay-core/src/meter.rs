//! The meter: reads what an answer says of itself while its bytes pass by.

use std::borrow::Cow;

use crate::{
    dialect::Dialect,
    json::{Elements, Outline, Part},
    sse::{Event, SseReader},
    usage::Usage,
};

/// What an answer has said so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The usage counters, as of the latest report.
    pub usage: Usage,
    /// The model the provider says it ran.
    pub model: Option<String>,
    /// Whether the answer said that it is over.
    pub ending: Ending,
    /// The data of the event that ended a stream with an error.
    pub error: Option<Vec<u8>>,
    /// Whether an event came that does more than open the answer.
    pub has_begun: bool,
    /// Output tokens so far: as last reported, and since then guessed from the length of what passed by. To be shown
    /// while the call goes on; never written down.
    pub output_so_far: u64,
}

/// How an answer ended, by its own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// It has not said so yet.
    #[default]
    Open,
    /// All of its content has come; what still may come tells of it, and then it just ends.
    Enough,
    /// With the dialect's terminal event, or as a whole body.
    Complete,
    /// With an error.
    Failed,
}

/// Reads one answer, in whichever form it comes.
#[derive(Debug)]
pub struct Meter {
    dialect: &'static Dialect,
    form: Form,
    observed: Observed,
}

#[derive(Debug)]
enum Form {
    Stream(SseReader),
    /// The outline is taken when the body is whole.
    Body {
        outline: Option<Outline>,
        has_begun: bool,
    },
    /// A stream as one array, of which each element is read as an event without a name.
    List(Elements),
    /// Nothing in this answer counts.
    Nothing,
}

impl Meter {
    /// Meters a stream of server-sent events.
    #[must_use]
    pub fn stream(dialect: &'static Dialect) -> Self {
        Self::new(dialect, Form::Stream(SseReader::default()))
    }

    /// Meters a JSON body: one object, or the events of a stream as one array.
    #[must_use]
    pub fn body(dialect: &'static Dialect) -> Self {
        Self::new(dialect, Form::Body { outline: Some(Outline::of(dialect.answer_fields)), has_begun: false })
    }

    /// Lets an answer pass in which nothing counts.
    #[must_use]
    pub fn nothing(dialect: &'static Dialect) -> Self {
        Self::new(dialect, Form::Nothing)
    }

    fn new(dialect: &'static Dialect, form: Form) -> Self {
        Self { dialect, form, observed: Observed::default() }
    }

    /// Reads the next bytes of the (decoded) answer and tells how it stands now.
    pub fn feed(&mut self, chunk: &[u8]) -> Ending {
        let Self { dialect, form, observed } = self;
        if begins_a_list(form, chunk) {
            *form = Form::List(Elements::default());
        }
        match form {
            Form::Stream(reader) => reader.feed(chunk, |event| {
                observed.has_begun |= !(dialect.is_opening)(event);
                (dialect.observe_event)(observed, event);
            }),
            Form::Body { outline, has_begun } => {
                *has_begun |= !chunk.is_empty();
                if let Some(outline) = outline {
                    outline.push(chunk);
                }
            }
            Form::List(elements) => elements.feed(chunk, |part| {
                if let Part::Element(data) = part {
                    observed.has_begun = true;
                    (dialect.observe_event)(observed, &Event { name: b"", data: Cow::Borrowed(data) });
                }
            }),
            Form::Nothing => {}
        }
        observed.ending
    }

    /// Reads what can only be read now that the last byte has come, and tells what the whole answer said.
    pub fn finish(&mut self) -> &Observed {
        if let Form::Body { outline, .. } = &mut self.form
            && let Some(Ok(fields)) = outline.take().map(Outline::finish)
        {
            (self.dialect.observe_answer)(&mut self.observed, &fields);
        }
        &self.observed
    }

    /// What the answer has said so far.
    #[must_use]
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Says whether an answer that ended well would have said so by now: what was too large to be read, or is not read
    /// at all, says nothing.
    #[must_use]
    pub fn can_tell_the_end(&self) -> bool {
        match &self.form {
            Form::Stream(reader) => !reader.has_given_up(),
            Form::Body { has_begun, .. } => *has_begun,
            Form::List(elements) => !elements.has_given_up(),
            Form::Nothing => false,
        }
    }

    /// Says whether this is a stream that could take another event here.
    #[must_use]
    pub fn is_between_events(&self) -> bool {
        matches!(&self.form, Form::Stream(reader) if reader.is_between_events())
    }

    /// Says whether this reads a stream of events.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.form, Form::Stream(_))
    }
}

/// Says whether a body, of which nothing but white space came yet, is an array.
fn begins_a_list(form: &Form, chunk: &[u8]) -> bool {
    let Form::Body { outline: Some(outline), .. } = form else { return false };
    !outline.has_begun() && chunk.trim_ascii_start().first() == Some(&b'[')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::{generate_content::GENERATE_CONTENT, messages::MESSAGES};

    const BODY: &str = r#"{"type":"message","model":"claude-sonnet-4-5","usage":{"input_tokens":3,"output_tokens":5}}"#;

    #[test]
    fn a_body_that_is_cut_does_not_say_that_it_is_over() {
        let mut meter = Meter::body(&MESSAGES);

        meter.feed(br#"{"type":"message","usage":{"input_tok"#);

        assert_eq!(meter.finish().ending, Ending::Open);
        assert!(meter.can_tell_the_end());
    }

    const LIST: &str = r#" [{"candidates":[{"content":{"parts":[{"text":"[{"}]}}]}
,
{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":5}}]"#;

    #[test]
    fn an_array_that_holds_no_answers_cannot_tell_the_end() {
        let mut meter = Meter::body(&GENERATE_CONTENT);

        meter.feed(b"[1]");

        assert_eq!(meter.finish().ending, Ending::Open);
        assert!(!meter.can_tell_the_end());
    }

    proptest! {
        #[test]
        fn a_stream_that_comes_as_an_array_reads_the_same_in_any_pieces(cut in 0..LIST.len()) {
            let mut meter = Meter::body(&GENERATE_CONTENT);

            meter.feed(&LIST.as_bytes()[..cut]);
            meter.feed(&LIST.as_bytes()[cut..]);

            let observed = meter.finish();
            prop_assert_eq!(observed.usage.output_tokens, Some(5));
            prop_assert_eq!(observed.ending, Ending::Enough);
            prop_assert!(observed.has_begun && meter.can_tell_the_end());
        }

        #[test]
        fn a_body_reads_the_same_in_any_pieces(cut in 0..BODY.len()) {
            let mut meter = Meter::body(&MESSAGES);

            meter.feed(&BODY.as_bytes()[..cut]);
            meter.feed(&BODY.as_bytes()[cut..]);

            let observed = meter.finish();
            prop_assert_eq!(observed.usage.output_tokens, Some(5));
            prop_assert_eq!(observed.ending, Ending::Complete);
        }
    }
}
