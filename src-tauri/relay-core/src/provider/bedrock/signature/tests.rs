//! Signatures that others made: cases of Amazon's test suite for Signature Version 4
//! (<https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html>) and the example of its documentation. The
//! suite has no path with an encoded character: that one signature is another implementation's, and not Amazon's.

use bytes::Bytes;
use http::{HeaderValue, Method};
use jiff::Timestamp;

use super::*;
use crate::options::Options;

const KEYS: Keys<'static> = Keys {
    access_key_id: "AKIDEXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

struct Case<'a> {
    method: Method,
    address: &'a str,
    content_type: Option<&'static str>,
    body: &'static str,
    product: &'a str,
}

fn get(address: &str) -> Case<'_> {
    Case { method: Method::GET, address, content_type: None, body: "", product: "service" }
}

fn signed(case: &Case<'_>, keys: &Keys<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(content_type) = case.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    let (one, other) = case.body.as_bytes().split_at(case.body.len() / 2);
    let request = ToSend {
        method: &case.method,
        address: &case.address.parse().expect("an address"),
        headers: &mut headers,
        body: &[Bytes::from_static(one), Bytes::from_static(other)],
        options: &Options::default(),
        now: "2015-08-30T12:36:00.9Z".parse::<Timestamp>().expect("a time"),
    };
    sign(request, keys, "us-east-1", case.product).expect("signable");
    headers
}

fn proof(case: &Case<'_>) -> String {
    signed(case, &KEYS)[header::AUTHORIZATION].to_str().expect("text").to_owned()
}

/// Name, address behind the host, and signature.
const GETS: [(&str, &str, &str); 7] = [
    ("get-vanilla", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-vanilla-query", "?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    (
        "get-vanilla-query-order-key-case",
        "?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "get-vanilla-query-order-value",
        "?Param1=value2&Param1=Value1",
        "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
    ),
    ("get-vanilla-utf8-query", "?%E1%88%B4=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    (
        "get-unreserved",
        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ),
    ("a path encoded twice", "example%20space/", "446b817944c553435b35e813c261ff4e161fff982d1bacdef1c87f6785dd1662"),
];

/// Name, address behind the host, content type, body, and signature.
const POSTS: [(&str, &str, Option<&str>, &str, &str); 4] = [
    ("post-vanilla", "", None, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    (
        "post-vanilla-query",
        "?Param1=value1",
        None,
        "",
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    ),
    (
        "post-x-www-form-urlencoded",
        "",
        Some("application/x-www-form-urlencoded"),
        "Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    (
        "post-x-www-form-urlencoded-parameters",
        "",
        Some("application/x-www-form-urlencoded;  charset=utf8"),
        "Param1=value1",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    ),
];

fn at(rest: &str) -> String {
    format!("https://example.amazonaws.com/{rest}")
}

fn suite_proof(names: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders={names}, Signature={signature}"
    )
}

#[test]
fn addresses_are_signed_as_amazon_signs_them() {
    for (name, rest, signature) in GETS {
        assert_eq!(proof(&get(&at(rest))), suite_proof("host;x-amz-date", signature), "{name}");
    }
}

#[test]
fn bodies_are_signed_as_amazon_signs_them() {
    for (name, rest, content_type, body, signature) in POSTS {
        let names = if content_type.is_some() { "content-type;host;x-amz-date" } else { "host;x-amz-date" };
        let address = at(rest);
        let case = Case { method: Method::POST, content_type, body, ..get(&address) };
        assert_eq!(proof(&case), suite_proof(names, signature), "{name}");
    }
}

#[test]
fn the_example_of_amazons_documentation_is_signed_as_it_says() {
    let case = Case {
        content_type: Some("application/x-www-form-urlencoded; charset=utf-8"),
        product: "iam",
        ..get("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")
    };

    assert!(proof(&case).ends_with("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"));
}

#[test]
fn a_session_token_is_sent_and_signed() {
    let keys = Keys { session_token: Some("token"), ..KEYS };

    let headers = signed(&get("https://example.amazonaws.com/"), &keys);

    assert_eq!(headers["x-amz-security-token"], "token");
    let proof = headers[header::AUTHORIZATION].to_str().expect("text");
    assert!(proof.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"), "{proof}");
    assert!(headers[header::AUTHORIZATION].is_sensitive());
}

#[test]
fn a_port_of_ones_own_is_signed_as_the_host_header_has_it() {
    let address = "http://127.0.0.1:8080/model/a%3A0/invoke".parse().expect("an address");

    assert_eq!(signed_headers(&address, &HeaderMap::new()), [("host".to_owned(), "127.0.0.1:8080".to_owned())]);
    assert_eq!(canonical_path(&address), "/model/a%253A0/invoke");
}
