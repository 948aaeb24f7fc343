//! Where calls come from: by the header of the tunnel in use, and by nothing that a client can write.

use std::net::IpAddr;

use carpool_core::limits::Limits;
use carpool_relay::store::{client_keys, devices};
use http::HeaderName;

use crate::{
    caller::Ask,
    relay::{TestRelay, prompt, until},
};

const TUNNELS_OWN: HeaderName = HeaderName::from_static("cf-connecting-ip");
/// What a friend writes who wants to be where the key may be used.
const FORGED: [(&str, &str); 7] = [
    ("x-forwarded-for", "203.0.113.9"),
    ("forwarded", "for=203.0.113.9"),
    ("x-real-ip", "203.0.113.9"),
    ("true-client-ip", "203.0.113.9"),
    ("x-client-ip", "203.0.113.9"),
    ("cf-connecting-ip", "203.0.113.9"),
    ("cf-connecting-ipv6", "203.0.113.9"),
];

/// A relay whose key may be used from 203.0.113.0/24 and 2001:db8::/32 alone.
async fn start() -> TestRelay {
    let relay = TestRelay::start().await;
    let allow_ips = vec!["203.0.113.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    let limits = Limits { allow_ips, ..Limits::default() };
    client_keys::set_limits(relay.around().store.pool(), 1, &limits).await.unwrap();
    relay.house.reload().await.unwrap();
    relay
}

async fn status(ask: Ask) -> u16 {
    ask.send().await.whole().await.status.as_u16()
}

fn call(relay: &TestRelay, headers: &[(&str, &str)]) -> Ask {
    let ask = relay.call(prompt("claude-sonnet-4-5", "hello"));
    headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value))
}

#[tokio::test]
async fn without_a_tunnel_no_header_opens_what_is_closed_to_an_address() {
    let relay = start().await;

    for header in FORGED {
        assert_eq!(status(call(&relay, &[header])).await, 403, "{header:?}");
        assert_eq!(status(relay.get("/v1/models").header(header.0, header.1)).await, 403, "{header:?}");
        assert_eq!(status(relay.get("/me").header(header.0, header.1)).await, 403, "{header:?}");
    }
    assert_eq!(status(call(&relay, &FORGED)).await, 403, "all of them together");

    relay.finish().await;
}

#[tokio::test]
async fn behind_a_tunnel_its_own_header_counts_and_no_other() {
    let relay = start().await;
    relay.house.trust_address_header(Some(TUNNELS_OWN));

    for header in FORGED.iter().filter(|(name, _)| *name != TUNNELS_OWN) {
        assert_eq!(status(call(&relay, &[*header, ("cf-connecting-ip", "198.51.100.1")])).await, 403, "{header:?}");
    }
    for (value, expected) in [
        ("203.0.113.9", 200),
        ("203.0.113.9:4711", 200),
        ("2001:db8::9", 200),
        ("[2001:db8::9]:443", 200),
        ("::ffff:203.0.113.9", 200),
        ("198.51.100.1", 403),
        ("2001:db9::9", 403),
        ("203.0.113.9, 198.51.100.1", 403),
        ("203.0.113.9 198.51.100.1", 403),
        ("203.0.113.999", 403),
        ("localhost", 403),
        ("", 403),
    ] {
        assert_eq!(status(call(&relay, &[("cf-connecting-ip", value)])).await, expected, "{value:?}");
    }
    let twice = [("cf-connecting-ip", "203.0.113.9"), ("cf-connecting-ip", "203.0.113.9")];
    assert_eq!(status(call(&relay, &twice)).await, 403, "the client wrote one of the two");
    assert_eq!(status(relay.get("/me").header("cf-connecting-ip", "203.0.113.9")).await, 200);
    let over_http2 = call(&relay, &[("cf-connecting-ip", "203.0.113.9")]).send_http2().await.whole().await;
    assert_eq!(over_http2.status, 200);

    relay.house.trust_address_header(None);
    assert_eq!(status(call(&relay, &[("cf-connecting-ip", "203.0.113.9")])).await, 403, "the tunnel is closed");
    relay.finish().await;
}

#[tokio::test]
async fn devices_are_where_the_friends_are_and_providers_do_not_learn_it() {
    let relay = TestRelay::start().await;
    relay.house.trust_address_header(Some(TUNNELS_OWN));

    let sent = [("cf-connecting-ip", "203.0.113.9"), ("cf-ray", "8f1"), ("cdn-loop", "cloudflare"), ("x-note", "kept")];
    assert_eq!(status(call(&relay, &sent).header("x-forwarded-for", "203.0.113.9")).await, 200);

    let addresses = async || {
        relay.house.note_devices().await.unwrap();
        let listed = devices::list(relay.around().store.pool()).await.unwrap();
        listed.into_iter().map(|device| device.address.parse::<IpAddr>().unwrap()).collect::<Vec<_>>()
    };
    until("the device is noted", async || !addresses().await.is_empty()).await;
    assert_eq!(addresses().await, ["203.0.113.9".parse::<IpAddr>().unwrap()]);
    let [request] = &relay.pretend.requests()[..] else { panic!("one call went upstream") };
    for name in ["cf-connecting-ip", "cf-ray", "cdn-loop", "x-forwarded-for"] {
        assert!(!request.headers.contains_key(name), "{name}");
    }
    assert_eq!(request.headers["x-note"], "kept");
    relay.finish().await;
}

#[tokio::test]
async fn without_a_tunnel_what_a_client_sent_goes_upstream_as_it_came() {
    let relay = TestRelay::start().await;

    assert_eq!(status(call(&relay, &FORGED)).await, 200);

    let [request] = &relay.pretend.requests()[..] else { panic!("one call went upstream") };
    for (name, value) in FORGED {
        assert_eq!(request.headers[name], value);
    }
    relay.finish().await;
}
