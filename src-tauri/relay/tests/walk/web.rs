//! The doors of the public port besides the calls: what browsers are told at each, what is kept out, and that the owner has
//! none.

use std::io::Read;

use carpool_relay::store::invites::Terms;
use http::Method;
use secrecy::ExposeSecret;

use crate::{
    caller::{Ask, Whole},
    invites::{hand_in, invite},
    relay::TestRelay,
};

/// What is looked at, and what is acted on.
const LOOKED_AT: [&str; 9] = [
    "/",
    "/health",
    "/me",
    "/page/page.css",
    "/page/friend.js",
    "/page/invite.js",
    "/i/setup.sh",
    "/i/setup.ps1",
    "/i/abcdefghij",
];
const ACTED_ON: [&str; 5] = ["/i/abcdefghij", "/me/key/rotate", "/me/key/pause", "/me/key/resume", "/me/test"];

/// Whether an answer is told not to be used by anybody else's page.
fn assert_secured(answer: &Whole, what: &str) {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    assert!(matches!(answer.header("cache-control"), "no-store" | "no-cache"), "{what}");
    let open = answer.headers.keys().find(|name| name.as_str().starts_with("access-control"));
    assert_eq!(open, None, "{what}");
}

#[tokio::test]
async fn every_answer_tells_browsers_to_give_nothing_away_whoever_asks_for_what() {
    let relay = TestRelay::start().await;
    let foreign = |ask: Ask| ask.header("origin", "https://evil.example");

    for path in LOOKED_AT {
        for method in [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS, Method::PUT] {
            if path == "/" && !matches!(method, Method::GET | Method::HEAD) {
                continue;
            }
            let what = format!("{method} {path}");
            let ask = foreign(Ask::bare(relay.address, method, path)).header("access-control-request-method", "GET");
            assert_secured(&ask.send().await.whole().await, &what);
        }
    }
    for path in ACTED_ON {
        let ask = Ask::bare(relay.address, Method::POST, path);
        assert_secured(&ask.clone().send().await.whole().await, path);
        assert_secured(&foreign(ask).send().await.whole().await, path);
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_door_takes_its_own_methods_and_no_others() {
    let relay = TestRelay::start().await;
    let cases = [
        (Method::POST, "/me", "GET,HEAD"),
        (Method::GET, "/me/key/rotate", "POST"),
        (Method::HEAD, "/me/test", "POST"),
        (Method::OPTIONS, "/me/key/pause", "POST"),
        (Method::PUT, "/i/abcdefghij", "GET,HEAD,POST"),
        (Method::POST, "/i/setup.sh", "GET,HEAD"),
        (Method::DELETE, "/health", "GET,HEAD"),
        (Method::PATCH, "/page/page.css", "GET,HEAD"),
    ];

    for (method, path, allowed) in cases {
        let answer = Ask::bare(relay.address, method.clone(), path).send().await.whole().await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allowed), "{method} {path}");
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_head_is_the_head_of_what_get_would_get_over_either_protocol() {
    let relay = TestRelay::start().await;

    for path in ["/", "/i/abcdefghij", "/health", "/me"] {
        let ask = |method| Ask::bare(relay.address, method, path).header("x-api-key", &relay.key);
        let whole = ask(Method::GET).send().await.whole().await;
        let head = ask(Method::HEAD).send().await.whole().await;
        let head_2 = ask(Method::HEAD).send_http2().await.whole().await;

        for head in [head, head_2] {
            assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
            assert_eq!(head.header("content-type"), whole.header("content-type"), "{path}");
            assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{path}");
        }
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_file_comes_in_the_coding_that_was_asked_for_and_once() {
    let relay = TestRelay::start().await;
    let get = async |coding: Option<&str>, known: Option<&str>| {
        let mut ask = Ask::bare(relay.address, Method::GET, "/");
        for (name, value) in [("accept-encoding", coding), ("if-none-match", known)] {
            if let Some(value) = value {
                ask = ask.header(name, value);
            }
        }
        ask.send().await.whole().await
    };

    let plain = get(None, None).await;
    let gzip = get(Some("gzip"), None).await;
    let refused = get(Some("br, gzip;q=0"), None).await;

    let coding = |answer: &Whole| answer.header("content-encoding").to_owned();
    assert_eq!([&plain, &gzip, &refused].map(coding), ["", "gzip", ""]);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&gzip.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!((unpacked, &refused.body), (plain.body.to_vec(), &plain.body));
    assert!(plain.header("content-type").starts_with("text/html"));
    assert_eq!(plain.header("vary"), "accept-encoding");
    let tags = [&plain, &gzip].map(|answer| answer.header("etag").to_owned());
    assert!(tags[0] != tags[1] && tags.iter().all(|tag| tag.len() > 10), "{tags:?}");
    let known = get(Some("gzip"), Some(&format!("\"other\", W/{}", tags[1]))).await;
    assert_eq!((known.status.as_u16(), known.body.len(), known.header("etag")), (304, 0, tags[1].as_str()));
    assert_eq!(get(None, Some(&tags[1])).await.status, 200, "it is known in another coding");
    relay.finish().await;
}

#[tokio::test]
async fn the_page_of_an_invite_does_not_tell_whether_there_is_one() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;
    let page = async |code: &str| {
        let ask = Ask::bare(relay.address, Method::GET, &format!("/i/{code}"));
        ask.send().await.whole().await
    };

    let (real, made_up) = (page(invite.code.as_str()).await, page("abcdefghij").await);

    assert_eq!((real.status.as_u16(), &real.body), (200, &made_up.body));
    relay.finish().await;
}

#[tokio::test]
async fn what_the_page_of_another_site_sends_is_refused_before_anything_is_done() {
    let relay = TestRelay::start().await;
    let invite = invite(&relay, &Terms::default()).await;
    let own = format!("http://{}", relay.address);
    let asks = || {
        let key = |path| Ask::bare(relay.address, Method::POST, path).header("x-api-key", &relay.key);
        let redeem = hand_in(&relay, invite.code.as_str(), invite.secret.expose_secret());
        [redeem, key("/me/key/rotate"), key("/me/key/pause"), key("/me/key/resume"), key("/me/test")]
    };

    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for ask in asks() {
            let refused = ask.header(name, value).send().await.whole().await;
            let code = refused.json()["error"]["code"].clone();
            assert_eq!((refused.status.as_u16(), code), (403, "foreign_origin".into()), "{name}: {value}");
        }
    }
    assert_eq!(relay.get("/me").send().await.whole().await.status, 200, "the key is as it was");
    for ask in asks().into_iter().take(1) {
        assert_eq!(ask.header("origin", &own).send().await.whole().await.status, 200);
    }
    relay.finish().await;
}

#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_opens_nothing() {
    let relay = TestRelay::start().await;
    let bare = |target: &str| Ask::bare(relay.address, Method::GET, target);
    let (key, owner) = (relay.key.as_str(), "127.0.0.1");
    let cases = [
        (bare("/me").header("x-api-key", key).header("host", "evil.example"), 400),
        (bare("/").header("host", "localhost"), 400),
        (bare("/me").header("x-api-key", key).header("x-api-key", "cr_other"), 401),
        (bare("/me?key=cr_other").header("x-api-key", key), 401),
        (bare("/i/..%2fme").header("x-forwarded-for", owner), 401),
        (bare("/page/..%2f..%2fcarpool.db"), 401),
        (bare("/page/../carpool.db"), 401),
        (bare("/i/../me").header("x-real-ip", owner), 401),
        (bare("/%2e%2e/me"), 401),
        (bare("//me"), 401),
        (bare("http://evil.example/me"), 401),
        (bare("http://localhost/i/setup.sh/"), 401),
        (bare("/me").header("x-original-url", "/health").header("x-rewrite-url", "/health"), 401),
        (bare("/me").header("forwarded", "for=127.0.0.1").header("x-forwarded-host", "localhost"), 401),
        // Where the whole address is asked for, its host is what counts, and the path is the same door.
        (bare("http://evil.example/me").header("x-api-key", key), 200),
    ];

    for (ask, status) in cases {
        let what = format!("{ask:?}");
        assert_eq!(ask.send().await.whole().await.status.as_u16(), status, "{what}");
    }
    relay.finish().await;
}

#[tokio::test]
async fn the_owner_has_no_door_here() {
    let relay = TestRelay::start().await;

    for path in [
        "/admin",
        "/api/admin",
        "/api/accounts",
        "/accounts",
        "/friends",
        "/invites",
        "/i",
        "/i/",
        "/me/keys",
        "/me/invites",
        "/settings",
        "/tunnel",
        "/metrics",
        "/debug/pprof",
        "/.env",
        "/carpool.db",
        "/relay.json",
        "/page/",
        "/me/key",
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let stranger = Ask::bare(relay.address, method.clone(), path).send().await.whole().await;
            assert_eq!(stranger.status, 401, "{method} {path}");
            let friend = Ask::bare(relay.address, method.clone(), path).header("x-api-key", &relay.key);
            assert_eq!(friend.send().await.whole().await.status, 404, "{method} {path}");
        }
    }
    relay.finish().await;
}
