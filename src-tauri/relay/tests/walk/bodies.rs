//! Request bodies: counted while they come, refused when they are too large, and waited for.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    caller::Whole,
    relay::{TestRelay, prompt},
};

/// One byte above the limit.
const TOO_MUCH: usize = 100_000_001;

fn assert_too_large(answer: &Whole) {
    assert_eq!((answer.status.as_u16(), answer.header("x-should-retry")), (413, "false"));
    assert_eq!(answer.json()["error"]["type"], "request_too_large");
    assert!(answer.text().contains("100000000 bytes"), "{}", answer.text());
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_it_tells_its_length_or_not() {
    let relay = TestRelay::start().await;
    let body = bytes::Bytes::from(vec![b' '; TOO_MUCH]);

    let told = relay.call(body.clone()).send().await.whole().await;
    let not_told = relay.call(body).in_chunks(1024 * 1024).send().await.whole().await;

    assert_too_large(&told);
    assert_too_large(&not_told);
    assert!(relay.pretend.requests().is_empty());
    for row in relay.rows().await {
        assert_eq!((row.outcome(), row.cost_pico_usd), (("refused", Some(413), 0), Some(0)));
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_large_body_crosses_whole() {
    let relay = TestRelay::start().await;
    let body = prompt("claude-sonnet-4-5", &"x".repeat(5_000_000));

    let answer = relay.call(body.clone()).in_chunks(65_536).send().await.whole().await;

    assert_eq!(answer.status, 200);
    assert!(relay.pretend.requests()[0].body == body.as_bytes());
    relay.finish().await;
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_for_its_body_is_asked() {
    let relay = TestRelay::start().await;
    let body = prompt("claude-sonnet-4-5", "hello");
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        relay.key,
        body.len()
    );
    let mut stream = TcpStream::connect(relay.address).await.unwrap();

    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();

    assert_eq!(asked, *b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(relay.pretend.requests()[0].headers.get("expect").is_none());
    relay.finish().await;
}

#[tokio::test]
async fn calls_on_one_connection_are_told_apart() {
    let relay = TestRelay::start().await;
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    let bodies = ["one", "two", "three"].map(|text| prompt("claude-sonnet-4-5", text));

    for (place, body) in bodies.iter().enumerate() {
        let connection = if place == 2 { "close" } else { "keep-alive" };
        let call = format!(
            "POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: {connection}\r\n\
             content-length: {}\r\n\r\n{body}",
            relay.key,
            body.len()
        );
        stream.write_all(call.as_bytes()).await.unwrap();
    }
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();

    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3);
    let sent: Vec<_> = relay.pretend.requests().iter().map(|request| request.body.clone()).collect();
    assert_eq!(sent, bodies.map(bytes::Bytes::from));
    relay.finish().await;
}
