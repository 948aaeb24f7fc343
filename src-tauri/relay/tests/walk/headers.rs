//! Headers and addresses: all that is end to end crosses the relay as it is; what belongs to one hop, and credentials,
//! do not.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    relay::{SECRET, TestRelay, prompt, streaming_prompt},
    verbatim,
};

/// Names and values, sorted by name; values of one name stay in their order.
fn sorted(headers: &HeaderMap, without: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut pairs: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs
}

fn pairs(expected: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect()
}

#[tokio::test]
async fn every_end_to_end_header_of_a_request_goes_upstream_and_nothing_is_added() {
    let relay = TestRelay::start().await;
    let body = prompt("claude-sonnet-4-5", "hello");
    let call = relay
        .call(body.clone())
        .header("User-Agent", "Anthropic/Python 0.90")
        .header("X-Stainless-Lang", "python")
        .header("anthropic-beta", "one,two")
        .header("anthropic-beta", "three")
        .header("x-unknown", "")
        .header("x-unknown", "in two bytes: ß")
        .header("accept-encoding", "identity")
        .header("x-forwarded-for", "203.0.113.9")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("cookie", "session=1")
        .header("connection", "keep-alive, x-private")
        .header("x-private", "1")
        .header("keep-alive", "timeout=5")
        .header("proxy-authorization", "Basic eA==")
        .header("te", "trailers");

    assert_eq!(call.send().await.whole().await.status, 200);

    let sent = &relay.pretend.requests()[0].headers;
    let length = body.len().to_string();
    let host = relay.pretend.url().authority().to_owned();
    let expected = pairs(&[
        ("accept", b"application/json"),
        ("accept-encoding", b"identity"),
        ("anthropic-beta", b"one,two"),
        ("anthropic-beta", b"three"),
        ("anthropic-version", b"2023-06-01"),
        ("content-length", length.as_bytes()),
        ("content-type", b"application/json"),
        ("host", host.as_bytes()),
        ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("user-agent", b"Anthropic/Python 0.90"),
        ("x-api-key", SECRET.as_bytes()),
        ("x-forwarded-for", b"203.0.113.9"),
        ("x-stainless-lang", b"python"),
        ("x-unknown", b""),
        ("x-unknown", "in two bytes: ß".as_bytes()),
    ]);
    assert_eq!(sorted(sent, &[]), expected);
    relay.finish().await;
}

#[tokio::test]
async fn a_call_without_accept_goes_upstream_without_one() {
    let relay = TestRelay::start().await;

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).without("accept").send().await.whole().await;

    assert_eq!(answer.status, 200);
    let sent = &relay.pretend.requests()[0].headers;
    let names: Vec<_> = sorted(sent, &[]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["anthropic-version", "content-length", "content-type", "host", "x-api-key"]);
    relay.finish().await;
}

#[tokio::test]
async fn a_query_goes_upstream_byte_for_byte() {
    let relay = TestRelay::start().await;
    let target = "/v1/messages?beta=true&name=o'neill&a=%27%2f&b=(1,2)&c=%";

    let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).at(target).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert_eq!(relay.pretend.requests()[0].target, target);
    relay.finish().await;
}

#[tokio::test]
async fn every_end_to_end_header_of_an_answer_reaches_the_client_and_only_the_calls_name_is_added() {
    for (media_type, body) in [("application/json", "{}"), ("text/event-stream; charset=utf-8", ": nothing\n\n")] {
        let relay = TestRelay::start().await;
        let mut reply = verbatim::answer(media_type, [body.into()]);
        reply.status = http::StatusCode::IM_A_TEAPOT;
        for (name, value) in [
            ("request-id", &b"req_1"[..]),
            ("anthropic-ratelimit-requests-limit", b"50"),
            ("anthropic-organization-id", b"org"),
            ("x-unknown", b"one"),
            ("x-unknown", "in two bytes: ß".as_bytes()),
            ("retry-after", b"12"),
            ("date", b"Fri, 20 Nov 2026 12:00:00 GMT"),
            ("server", b"cloudflare"),
            ("set-cookie", b"__cf_bm=owner"),
            ("connection", b"x-private"),
            ("x-private", b"1"),
            ("keep-alive", b"timeout=5"),
            ("proxy-authenticate", b"Basic"),
        ] {
            reply.headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        relay.pretend.next(carpool_relay::pretend::Behaviour::Verbatim(reply));

        let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;

        let expected = pairs(&[
            ("anthropic-organization-id", b"org"),
            ("anthropic-ratelimit-requests-limit", b"50"),
            ("content-type", media_type.as_bytes()),
            ("date", b"Fri, 20 Nov 2026 12:00:00 GMT"),
            ("request-id", b"req_1"),
            ("retry-after", b"12"),
            ("server", b"cloudflare"),
            ("x-carpool-call", answer.header("x-carpool-call").as_bytes()),
            ("x-unknown", b"one"),
            ("x-unknown", "in two bytes: ß".as_bytes()),
        ]);
        assert_eq!(sorted(&answer.headers, &["transfer-encoding", "content-length"]), expected);
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (418, body));
        relay.finish_unreconciled().await;
    }
}

#[tokio::test]
async fn the_query_survives_and_only_the_key_is_taken_out_of_it() {
    let relay = TestRelay::start().await;
    let key = relay.key.clone();
    let with_key = format!("beta=true&key={key}&x=1");

    for (sent, expected) in [
        ("beta=true", "?beta=true"),
        ("beta=true&beta=false&&a", "?beta=true&beta=false&&a"),
        ("a=%2F+%20%c3%9f&b=/?:@!$()*,;~", "?a=%2F+%20%c3%9f&b=/?:@!$()*,;~"),
        ("keys=1&monkey=2", "?keys=1&monkey=2"),
        (&with_key, "?beta=true&x=1"),
        ("", ""),
    ] {
        let target = format!("/claude/v1/messages?{sent}");
        let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).at(&target).send().await.whole().await;
        assert_eq!(answer.status, 200);
        assert_eq!(relay.pretend.requests().pop().unwrap().target, format!("/v1/messages{expected}"), "{sent}");
    }
    relay.finish().await;
}

#[tokio::test]
async fn an_answer_without_a_body_is_passed_on_and_written_down_as_what_it_is() {
    let relay = TestRelay::start().await;
    for (status, length, written) in [
        (404, Some(0), "upstream_error"),
        (429, Some(0), "upstream_error"),
        (404, None, "upstream_error"),
        (204, None, "complete"),
        (304, None, "upstream_error"),
    ] {
        let mut reply = verbatim::answer("application/json", []);
        reply.status = http::StatusCode::from_u16(status).unwrap();
        if let Some(length) = length {
            reply.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        relay.pretend.next(carpool_relay::pretend::Behaviour::Verbatim(reply));

        let answer = relay.call(prompt("claude-sonnet-4-5", "hello")).send().await.whole().await;
        let row = relay.rows().await.pop().unwrap();

        assert_eq!((answer.status.as_u16(), answer.body.len(), answer.is_whole), (status, 0, true));
        assert_eq!(row.outcome(), (written, Some(i64::from(status)), 1), "{status}");
    }
    relay.finish_unreconciled().await;
}

#[tokio::test]
async fn http_2_with_prior_knowledge_works_like_http_1() {
    let relay = TestRelay::start().await;
    let whole = prompt("claude-sonnet-4-5", "hello");
    let stream = streaming_prompt("claude-sonnet-4-5", "hello");

    let json = relay.call(whole.clone()).send_http2().await.whole().await;
    let events = relay.call(stream.clone()).header("te", "trailers").send_http2().await.whole().await;
    let refused = relay.call(whole.clone()).without("x-api-key").send_http2().await.whole().await;

    assert_eq!((json.status.as_u16(), &json.json()["type"]), (200, &"message".into()));
    assert!(events.is_whole && events.text().contains("event: message_stop"));
    assert_eq!((refused.status.as_u16(), refused.header("x-should-retry")), (401, "false"));
    let requests = relay.pretend.requests();
    assert_eq!((requests[0].body.as_ref(), requests[1].body.as_ref()), (whole.as_bytes(), stream.as_bytes()));
    assert!(relay.rows().await.iter().all(|row| row.status == "complete"));
    relay.finish().await;
}

#[tokio::test]
async fn a_broken_answer_over_http_2_is_told_too() {
    use carpool_relay::pretend::{Behaviour, Place, Trouble};
    let relay = TestRelay::start().await;
    relay.pretend.next(Behaviour::trouble(Place::AfterEvents(5), Trouble::Cut));
    relay.pretend.next(Behaviour::trouble(Place::AfterBytes(60), Trouble::Cut));

    let stream = relay.call(streaming_prompt("claude-sonnet-4-5", "hello")).send_http2().await.whole().await;
    let json = relay.call(prompt("claude-sonnet-4-5", "hello")).send_http2().await.whole().await;

    assert!(stream.is_whole && stream.text().contains("event: error"));
    assert_eq!(json.status, 502, "nothing of it had gone to the client yet");
    assert!(relay.rows().await.iter().all(|row| row.status == "upstream_error"));
    relay.finish().await;
}
