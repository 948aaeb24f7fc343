//! The meter: reads what an answer says of itself while its bytes pass by.

use bytes::Bytes;

use crate::{dialect::Dialect, json::Outline, sse::SseReader, usage::Usage};

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
    /// Whether any event came yet.
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
    /// Nothing in this answer counts.
    Nothing,
}

impl Meter {
    /// Meters a stream of server-sent events.
    #[must_use]
    pub fn stream(dialect: &'static Dialect) -> Self {
        Self::new(dialect, Form::Stream(SseReader::default()))
    }

    /// Meters a JSON body.
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
    pub fn feed(&mut self, chunk: &Bytes) -> Ending {
        let Self { dialect, form, observed } = self;
        match form {
            Form::Stream(reader) => reader.feed(chunk, |event| {
                observed.has_begun = true;
                (dialect.observe_event)(observed, event);
            }),
            Form::Body { outline, has_begun } => {
                *has_begun |= !chunk.is_empty();
                if let Some(outline) = outline {
                    outline.push(chunk);
                }
            }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::messages::MESSAGES;

    const BODY: &str = r#"{"type":"message","model":"claude-sonnet-4-5","usage":{"input_tokens":3,"output_tokens":5}}"#;

    #[test]
    fn a_body_that_is_cut_does_not_say_that_it_is_over() {
        let mut meter = Meter::body(&MESSAGES);

        meter.feed(&Bytes::from_static(br#"{"type":"message","usage":{"input_tok"#));

        assert_eq!(meter.finish().ending, Ending::Open);
        assert!(meter.can_tell_the_end());
    }

    proptest! {
        #[test]
        fn a_body_reads_the_same_in_any_pieces(cut in 0..BODY.len()) {
            let mut meter = Meter::body(&MESSAGES);

            meter.feed(&Bytes::copy_from_slice(&BODY.as_bytes()[..cut]));
            meter.feed(&Bytes::copy_from_slice(&BODY.as_bytes()[cut..]));

            let observed = meter.finish();
            prop_assert_eq!(observed.usage.output_tokens, Some(5));
            prop_assert_eq!(observed.ending, Ending::Complete);
        }
    }
}
