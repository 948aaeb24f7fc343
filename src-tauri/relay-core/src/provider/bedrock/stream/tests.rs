//! The streams in `tests/wire/bedrock`: `.hex` as Amazon sends them, `.sse` as they go on.

use proptest::prelude::*;

use super::*;
use crate::{meter::Ending, usage::Usage};

const ANSWER: &str = include_str!("../../../../tests/wire/bedrock/answer.hex");
const ANSWER_EVENTS: &str = include_str!("../../../../tests/wire/bedrock/answer.sse");
const THROTTLED: &str = include_str!("../../../../tests/wire/bedrock/throttled.hex");
const THROTTLED_EVENTS: &str = include_str!("../../../../tests/wire/bedrock/throttled.sse");

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.split_whitespace().collect::<String>()).expect("hex digits")
}

/// What goes on of a stream in pieces, and what is wrong with it.
fn converted<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, meter: &mut Meter) -> (String, Option<String>) {
    let mut conversion = ToEvents::of("call_1");
    let mut gone_on = Vec::new();
    let convert = || -> Result<(), Unreadable> {
        for piece in pieces {
            gone_on.extend(conversion.push(piece, meter)?);
        }
        gone_on.extend(conversion.finish(meter)?);
        Ok(())
    };
    let result = convert();
    (String::from_utf8(gone_on).expect("text"), result.err().map(|error| error.0))
}

fn whole(text: &str) -> (String, Meter) {
    let mut meter = Meter::stream(&MESSAGES);
    let (events, error) = converted([&*bytes(text)], &mut meter);
    assert_eq!(error, None);
    (events, meter)
}

#[test]
fn an_answer_goes_on_as_events_and_is_metered() {
    let (events, mut meter) = whole(ANSWER);

    assert_eq!(events, ANSWER_EVENTS);
    let observed = meter.finish();
    assert_eq!((observed.ending, observed.model.as_deref()), (Ending::Complete, Some("claude-sonnet-4-5-20250929")));
    let expected = Usage {
        input_tokens: Some(12),
        cache_read_tokens: Some(100),
        cache_write_5m_tokens: Some(20),
        cache_write_1h_tokens: Some(0),
        output_tokens: Some(9),
        ..Usage::default()
    };
    assert_eq!(observed.usage, expected);
}

#[test]
fn an_exception_goes_on_as_an_error_event() {
    let (events, mut meter) = whole(THROTTLED);

    assert_eq!(events, THROTTLED_EVENTS);
    let observed = meter.finish();
    assert_eq!(observed.ending, Ending::Failed);
    let error = observed.error.as_deref().expect("kept");
    assert_eq!((MESSAGES.error_status)(error), StatusCode::TOO_MANY_REQUESTS);
}

#[test]
fn every_exception_has_the_formats_own_word() {
    for (exception, expected) in [
        ("throttlingException", "rate_limit_error"),
        ("validationException", "invalid_request_error"),
        ("modelStreamErrorException", "api_error"),
        ("internalServerException", "api_error"),
        ("serviceUnavailableException", "overloaded_error"),
        ("modelTimeoutException", "timeout_error"),
    ] {
        let event = error(status(exception), "x", "call_1");
        assert!(event.contains(expected), "{exception}: {event}");
    }
}

#[test]
fn a_stream_that_ends_within_a_frame_is_unreadable() {
    let answer = bytes(ANSWER);

    let (_, error) = converted([&answer[..answer.len() - 1]], &mut Meter::stream(&MESSAGES));

    assert!(error.is_some_and(|text| text.contains("in the middle")));
}

#[test]
fn a_length_that_was_changed_is_noticed_before_the_frame_is_waited_for() {
    let mut answer = bytes(ANSWER);
    answer[0] = 0x01;

    let (events, error) = converted([&answer[..12]], &mut Meter::stream(&MESSAGES));

    assert_eq!((&*events, error.as_deref()), ("", Some("the provider's stream is damaged")));
}

proptest! {
    #[test]
    fn the_events_do_not_depend_on_where_the_stream_is_cut(size in 1usize..400) {
        let answer = bytes(ANSWER);

        let (events, error) = converted(answer.chunks(size), &mut Meter::stream(&MESSAGES));

        prop_assert_eq!((&*events, error), (ANSWER_EVENTS, None));
    }

    #[test]
    fn a_bit_that_was_changed_ends_the_answer_and_what_came_before_goes_on(
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
        size in 1usize..4000,
    ) {
        let mut answer = bytes(ANSWER);
        let at = at.index(answer.len());
        answer[at] ^= 1 << bit;

        let (events, error) = converted(answer.chunks(size), &mut Meter::stream(&MESSAGES));

        prop_assert!(error.is_some());
        prop_assert!(ANSWER_EVENTS.starts_with(&events));
        prop_assert!(events.len() < ANSWER_EVENTS.len());
    }
}
