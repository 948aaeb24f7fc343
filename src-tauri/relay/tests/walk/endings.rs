//! How answers end in each dialect: with an event of their own, or just so; cut before their end; and for clients that have
//! had enough.

use carpool_relay::pretend::{Behaviour, Gate, Reply, Step, Wait};

use crate::{
    fixtures::{self, Fixture},
    providers::{self, PAIRS, Pair, add_first},
    relay::TestRelay,
};

/// A pair whose calls cross as they are.
fn pair(provider: &str, dialect: &str) -> &'static Pair {
    let is_it = |pair: &&Pair| pair.provider.id == provider && pair.speech.dialect.id == dialect;
    PAIRS.iter().find(is_it).unwrap()
}

/// One pair for each dialect.
fn each_dialect() -> [&'static Pair; 4] {
    [
        pair("claude", "messages"),
        pair("openai", "responses"),
        pair("openai", "chat"),
        pair("gemini", "generate_content"),
    ]
}

async fn relay_for(pair: &Pair) -> TestRelay {
    let relay = providers::start().await;
    add_first(&relay, pair.provider).await;
    relay
}

/// The beginning of an answer, up to a text in it, and then this.
fn until(fixture: &Fixture, text: &str, then: impl IntoIterator<Item = Step>) -> Reply {
    let at = fixture.text().find(text).unwrap();
    let mut reply = fixture.reply();
    reply.steps = fixtures::pieces(&fixture.body.slice(..at)).into_iter().map(Step::Send).collect();
    reply.steps.extend(then);
    reply
}

/// Where the event ends that holds a text for the last time.
fn end_of_event(text: &str, held: &str) -> usize {
    let from = text.rfind(held).unwrap();
    let ends = ["\n\n", "\r\n\r\n"].iter().filter_map(|end| Some(from + text[from..].find(end)? + end.len()));
    ends.min().unwrap()
}

/// What makes a stream complete, by dialect.
fn last_word(pair: &Pair) -> &'static str {
    match pair.speech.dialect.id {
        "messages" => "event: message_stop",
        "responses" => "event: response.completed",
        "chat" => "\"finish_reason\":\"stop\"",
        _ => "\"finishReason\"",
    }
}

/// How an error looks in a stream, by dialect.
fn error_event(pair: &Pair) -> &'static str {
    match pair.speech.dialect.id {
        "messages" => "event: error\ndata: {",
        "responses" => "event: response.failed\ndata: {",
        _ => "data: {\"error\":{",
    }
}

#[tokio::test]
async fn a_stream_that_ends_before_its_last_word_ends_with_an_error_in_every_dialect() {
    for pair in each_dialect() {
        let fixture = fixtures::of(pair.speech.dialect, "stream.sse");
        for then in [None, Some(Step::Cut)] {
            let relay = relay_for(pair).await;
            let what = format!("{}, {then:?}", pair.name());
            relay.pretend.next(Behaviour::Verbatim(until(&fixture, last_word(pair), then)));

            let answer = pair.ask(&relay, true).send().await.whole().await;

            let text = answer.text();
            assert!(answer.is_whole, "{what}: some clients die of a body that is cut");
            let came = &fixture.text()[..fixture.text().find(last_word(pair)).unwrap()];
            let added = text.strip_prefix(came).unwrap_or_else(|| panic!("{what}: {text}"));
            assert!(added.contains(error_event(pair)), "{what}: {added}");
            assert!(added.ends_with("\n\n") && !added.contains("[DONE]"), "{what}: {added}");
            let row = relay.row().await;
            assert_eq!(row.outcome(), ("upstream_error", Some(200), 1), "{what}");
            assert_eq!(relay.standing(1), "ready", "{what}: one broken answer keeps nobody out");
            relay.finish_unreconciled().await;
        }
    }
}

#[tokio::test]
async fn an_error_that_the_provider_sends_within_a_stream_goes_on_as_it_is() {
    for (pair, file) in [
        (pair("claude", "messages"), "error.sse"),
        (pair("openai", "responses"), "error_failed.sse"),
        (pair("codex", "responses"), "error_failed.sse"),
        (pair("openai", "chat"), "error.sse"),
        (pair("compatible", "chat"), "error_openrouter.sse"),
        (pair("gemini", "generate_content"), "error.sse"),
    ] {
        let relay = relay_for(pair).await;
        let fixture = fixtures::of(pair.speech.dialect, file);
        relay.pretend.next(fixture.behaviour());

        let answer = pair.ask(&relay, true).send().await.whole().await;

        assert_eq!((answer.is_whole, answer.text()), (true, fixture.text()), "{}", fixture.name);
        let row = relay.row().await;
        assert_eq!(row.outcome(), ("upstream_error", Some(200), 1), "{}", fixture.name);
        fixture.assert_told_by(&row, &pair.name());
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn streams_without_an_event_that_ends_them_are_complete_when_all_their_content_has_come() {
    for (pair, file) in [
        (pair("gemini", "generate_content"), "stream.sse"),
        (pair("gemini", "generate_content"), "refusal.sse"),
        (pair("azure", "chat"), "stream_azure.sse"),
        (pair("compatible", "chat"), "stream_azure.sse"),
    ] {
        let relay = relay_for(pair).await;
        let fixture = fixtures::of(pair.speech.dialect, file);
        relay.pretend.next(fixture.behaviour());

        let answer = pair.ask(&relay, true).send().await.whole().await;

        assert_eq!((answer.is_whole, answer.text()), (true, fixture.text()), "{}", fixture.name);
        let row = relay.row().await;
        assert_eq!(row.outcome(), ("complete", Some(200), 1), "{}", fixture.name);
        fixture.assert_told_by(&row, &pair.name());
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_stream_as_an_array_is_complete_at_its_end_and_broken_off_before_it() {
    let pair = pair("gemini", "generate_content");
    let fixture = fixtures::of(pair.speech.dialect, "stream_array.json");
    let ask = |relay: &TestRelay| {
        pair.ask_for(relay, "/v1beta/models/gemini-2.5-flash:streamGenerateContent", pair.body(true))
    };
    let relay = relay_for(pair).await;
    relay.pretend.next(fixture.behaviour());
    let answer = ask(&relay).send().await.whole().await;
    assert_eq!((answer.is_whole, answer.text()), (true, fixture.text()));
    let row = relay.row().await;
    assert_eq!((row.outcome(), row.stream), (("complete", Some(200), 1), true));
    fixture.assert_told_by(&row, "an array");
    relay.finish_unreconciled().await;

    for then in [None, Some(Step::Cut)] {
        let relay = relay_for(pair).await;
        relay.pretend.next(Behaviour::Verbatim(until(&fixture, "\" two\"", then)));

        let answer = ask(&relay).send().await.whole().await;

        assert_eq!(relay.settled().await[0].outcome().0, "upstream_error", "{}", answer.text());
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_when_it_has_had_enough_had_a_complete_call() {
    for (pair, enough) in [
        (pair("gemini", "generate_content"), "\"finishReason\": \"STOP\""),
        (pair("openai", "chat"), "\"finish_reason\":\"stop\""),
        (pair("openai", "responses"), "\"status\":\"completed\""),
        (pair("codex", "responses"), "\"status\":\"completed\""),
    ] {
        let relay = relay_for(pair).await;
        let fixture = fixtures::of(pair.speech.dialect, "stream.sse");
        let end = end_of_event(&fixture.text(), enough);
        let gate = Gate::default();
        let mut reply = fixture.reply();
        reply.steps = [
            Step::Send(fixture.body.slice(..end)),
            Step::Wait(Wait::Until(gate.clone())),
            Step::Send(fixture.body.slice(end..)),
        ]
        .into();
        relay.pretend.next(Behaviour::Verbatim(reply));

        let mut answer = pair.ask(&relay, true).send().await;
        let mut read = 0;
        while read < end {
            read += answer.piece().await.unwrap().unwrap().len();
        }
        drop(answer);
        // One more round over the same listener: when it is answered, the relay has seen the other connection close.
        relay.get("/nowhere").send().await.whole().await;
        gate.open();

        let row = relay.settled().await.remove(0);
        assert_eq!(row.outcome(), ("complete", Some(200), 1), "{}", pair.name());
        fixture.assert_told_by(&row, &pair.name());
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_it_has_had_enough_left_an_aborted_call_that_is_charged_in_full() {
    for pair in each_dialect() {
        let relay = relay_for(pair).await;
        let fixture = fixtures::of(pair.speech.dialect, "stream.sse");
        let at = fixture.text().find(last_word(pair)).unwrap();
        let gate = Gate::default();
        let rest = [Step::Wait(Wait::Until(gate.clone())), Step::Send(fixture.body.slice(at..))];
        relay.pretend.next(Behaviour::Verbatim(until(&fixture, last_word(pair), rest)));

        let mut answer = pair.ask(&relay, true).send().await;
        answer.piece().await.unwrap().unwrap();
        drop(answer);
        relay.get("/nowhere").send().await.whole().await;
        gate.open();

        let row = relay.settled().await.remove(0);
        assert_eq!(row.outcome(), ("aborted", Some(200), 1), "{}", pair.name());
        fixture.assert_told_by(&row, &pair.name());
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn a_whole_answer_that_is_cut_is_told_in_words_in_every_dialect() {
    for pair in each_dialect() {
        let relay = relay_for(pair).await;
        let fixture = fixtures::of(pair.speech.dialect, "plain.json");
        let mut reply = fixture.reply();
        reply.steps.truncate(4);
        reply.steps.push_back(Step::Cut);
        relay.pretend.next(Behaviour::Verbatim(reply));

        let answer = pair.ask(&relay, false).send().await.whole().await;

        assert_eq!(answer.status, 502, "{}", pair.name());
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains("broke off"), "{}", answer.text());
        assert_eq!(relay.settled().await[0].outcome(), ("upstream_error", Some(502), 1), "{}", pair.name());
        relay.finish_unreconciled().await;
    }
}
