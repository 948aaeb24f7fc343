//! Where a call really comes from. A tunnel hands calls over from this machine, so the peer is always loopback then; who
//! is at its far end stands in one header that the tunnel writes. That header is believed, and no other.

use core::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header};

/// Headers that tunnels and proxies write on their way to this port. They say where a call came from and by which edge;
/// the client did not send them.
static FORWARDING: [HeaderName; 25] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-scheme"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("true-client-ip"),
    // https://developers.cloudflare.com/fundamentals/reference/http-headers/, read 2026-11-29.
    HeaderName::from_static("cf-connecting-ip"),
    HeaderName::from_static("cf-connecting-ipv6"),
    HeaderName::from_static("cf-pseudo-ipv4"),
    HeaderName::from_static("cf-ipcountry"),
    HeaderName::from_static("cf-ray"),
    HeaderName::from_static("cf-visitor"),
    HeaderName::from_static("cf-ew-via"),
    HeaderName::from_static("cf-warp-tag-id"),
    HeaderName::from_static("cf-worker"),
    HeaderName::from_static("cdn-loop"),
    // https://tailscale.com/kb/1312/serve, read 2026-11-29.
    HeaderName::from_static("tailscale-user-login"),
    HeaderName::from_static("tailscale-user-name"),
    HeaderName::from_static("tailscale-user-profile-pic"),
    HeaderName::from_static("tailscale-headers-info"),
    HeaderName::from_static("tailscale-funnel-request"),
];

/// The address a call comes from: what the trusted header says, if the peer is this machine and the header is there once
/// and names one; else the peer's.
///
/// `trusted` is the header of the tunnel in use. A header that the client can have written is worth nothing, so without a
/// tunnel, or from another machine, no header is read at all, and one that came twice is not either.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: Option<&HeaderName>) -> IpAddr {
    let peer = peer.to_canonical();
    let Some(trusted) = trusted.filter(|_| peer.is_loopback()) else { return peer };
    told(headers, trusted).unwrap_or(peer)
}

/// Takes away what the tunnel wrote, so that a provider sees what the client sent: not where friends are, and not another
/// edge's marks, which Cloudflare's own takes for a loop and refuses (its error 1000).
pub fn remove_forwarding(headers: &mut HeaderMap, trusted: Option<&HeaderName>) {
    for name in FORWARDING.iter().chain(trusted) {
        headers.remove(name);
    }
}

fn told(headers: &HeaderMap, trusted: &HeaderName) -> Option<IpAddr> {
    let mut values = headers.get_all(trusted).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    // Proxies add to a list at its end: what stands before that is what the client claimed.
    let last = value.to_str().ok()?.rsplit(',').next()?.trim();
    let last = if *trusted == header::FORWARDED { forwarded_for(last)? } else { last };
    let address = parse(last)?.to_canonical();
    (!address.is_unspecified()).then_some(address)
}

/// The node in `for=` (RFC 7239, section 4), without its quotes.
fn forwarded_for(element: &str) -> Option<&str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let node = node.trim();
    node.strip_prefix('"').map_or(Some(node), |node| node.strip_suffix('"'))
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const LOOPBACK: &str = "127.0.0.1";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    }

    fn seen(peer: &str, sent: &[(&'static str, &str)], trusted: Option<&'static str>) -> String {
        let trusted = trusted.map(HeaderName::from_static);
        client_address(peer.parse().expect("an address"), &headers(sent), trusted.as_ref()).to_string()
    }

    /// What a client writes that wants to be taken for somebody else.
    const FORGED: &[(&str, &str)] = &[
        ("x-forwarded-for", "203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("cf-connecting-ip", "203.0.113.9"),
        ("true-client-ip", "203.0.113.9"),
    ];

    #[test]
    fn without_a_tunnel_no_header_is_believed() {
        for peer in [LOOPBACK, "::1", "192.0.2.7", "2001:db8::7"] {
            assert_eq!(seen(peer, FORGED, None), peer);
        }
    }

    #[test]
    fn only_the_header_of_the_tunnel_in_use_is_believed() {
        for (name, value) in FORGED {
            let other = if *name == "x-client-ip" { "x-real-ip" } else { "x-client-ip" };
            assert_eq!(seen(LOOPBACK, FORGED, Some(other)), LOOPBACK, "{name} beside another tunnel's");
            assert_eq!(seen(LOOPBACK, &[(name, value)], Some(name)), "203.0.113.9", "{name}");
        }
    }

    #[test]
    fn a_header_from_another_machine_is_not_believed() {
        for peer in ["192.0.2.7", "10.0.0.7", "2001:db8::7", "::ffff:192.0.2.7"] {
            let expected = peer.trim_start_matches("::ffff:");
            assert_eq!(seen(peer, FORGED, Some("cf-connecting-ip")), expected, "{peer}");
        }
        assert_eq!(seen("::ffff:127.0.0.1", FORGED, Some("cf-connecting-ip")), "203.0.113.9", "it is this machine");
    }

    #[test]
    fn a_header_that_came_twice_is_not_believed() {
        let twice = [("cf-connecting-ip", "203.0.113.9"), ("cf-connecting-ip", "203.0.113.10")];
        let twice_the_same = [("cf-connecting-ip", "203.0.113.9"), ("cf-connecting-ip", "203.0.113.9")];

        assert_eq!(seen(LOOPBACK, &twice, Some("cf-connecting-ip")), LOOPBACK);
        assert_eq!(seen(LOOPBACK, &twice_the_same, Some("cf-connecting-ip")), LOOPBACK);
    }

    #[test]
    fn of_a_list_only_what_the_tunnel_added_counts() {
        let cases = [
            ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("127.0.0.1,10.0.0.1,203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, unknown", LOOPBACK),
            ("203.0.113.9,", LOOPBACK),
        ];

        for (value, expected) in cases {
            assert_eq!(seen(LOOPBACK, &[("x-forwarded-for", value)], Some("x-forwarded-for")), expected, "{value}");
        }
    }

    #[test]
    fn every_form_of_an_address_is_read_and_nothing_else() {
        let cases = [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("  203.0.113.9\t", "203.0.113.9"),
            ("2001:db8::9", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("[2001:db8::9]:443", "2001:db8::9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[203.0.113.9]", "203.0.113.9"),
            ("", LOOPBACK),
            ("0.0.0.0", LOOPBACK),
            ("::", LOOPBACK),
            ("fe80::1%eth0", LOOPBACK),
            ("203.0.113.9/32", LOOPBACK),
            ("203.0.113.256", LOOPBACK),
            ("0xcb007109", LOOPBACK),
            ("203.0.113", LOOPBACK),
            ("203.0.113.9 198.51.100.1", LOOPBACK),
            ("203.0.113.9:99999", LOOPBACK),
            ("localhost", LOOPBACK),
            ("2001:db8::9 é", LOOPBACK),
        ];

        for (value, expected) in cases {
            assert_eq!(seen(LOOPBACK, &[("x-real-ip", value)], Some("x-real-ip")), expected, "{value:?}");
        }
    }

    #[test]
    fn the_standard_header_is_read_as_its_rfc_says() {
        let cases = [
            ("for=192.0.2.43, for=\"[2001:db8:cafe::17]:4711\";proto=https", "2001:db8:cafe::17"),
            ("proto=https;For=203.0.113.9;by=10.0.0.1", "203.0.113.9"),
            ("for=\"203.0.113.9:80\"", "203.0.113.9"),
            ("for=unknown", LOOPBACK),
            ("for=_hidden", LOOPBACK),
            ("for=\"203.0.113.9", LOOPBACK),
            ("by=203.0.113.9", LOOPBACK),
        ];

        for (value, expected) in cases {
            assert_eq!(seen(LOOPBACK, &[("forwarded", value)], Some("forwarded")), expected, "{value}");
        }
    }

    #[test]
    fn what_the_tunnel_wrote_is_taken_away_and_what_the_client_sent_stays() {
        let mut sent = headers(FORGED);
        sent.extend(headers(&[
            ("cf-ray", "8f1"),
            ("cdn-loop", "cloudflare"),
            ("x-own-proxy", "203.0.113.9"),
            ("user-agent", "claude-cli/2.1.329"),
            ("x-stainless-os", "Linux"),
        ]));

        remove_forwarding(&mut sent, Some(&HeaderName::from_static("x-own-proxy")));

        let names: Vec<_> = sent.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["user-agent", "x-stainless-os"]);
    }
}
