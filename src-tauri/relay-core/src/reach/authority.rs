//! The name that a client reached the port by: the `Host` of a request, in one form, so that an old address can be told
//! from the one in use.

use core::net::IpAddr;
use std::borrow::Cow;

use url::Url;

/// The longest that is kept: a DNS name has at most 253 characters, and a port takes six.
const LONGEST: usize = 260;

/// The authority in a `Host` header: lower case, without the default ports; `None` for what cannot be one.
///
/// It copies nothing where there is nothing to change, which is nearly always.
#[must_use]
pub fn authority(host: &str) -> Option<Cow<'_, str>> {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if host.is_empty() || host.len() > LONGEST || !host.bytes().all(is_fine) {
        return None;
    }
    let bare = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host).trim_end_matches('.');
    if bare.is_empty() || bare.starts_with(':') {
        return None;
    }
    Some(if bare.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    })
}

/// The authority of a public address, in the same form.
#[must_use]
pub fn authority_of_url(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let (host, port) = (url.host_str()?, url.port());
    let full = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    authority(&full).map(Cow::into_owned)
}

/// Says whether an address is of this machine, of a local network or of a private overlay (RFC 1918, RFC 4193, RFC 6598).
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_form_and_what_cannot_be_one_has_none() {
        let cases = [
            ("blue-fox.trycloudflare.com", Some("blue-fox.trycloudflare.com")),
            ("Blue-Fox.TryCloudflare.com:443", Some("blue-fox.trycloudflare.com")),
            ("relay.example.", Some("relay.example")),
            ("relay.example:8443", Some("relay.example:8443")),
            ("192.0.2.1:80", Some("192.0.2.1")),
            ("[2001:DB8::1]:8787", Some("[2001:db8::1]:8787")),
            ("", None),
            (":443", None),
            (".", None),
            ("relay.example/path", None),
            ("user@relay.example", None),
            ("relay example", None),
            ("relay.example\r\nx: y", None),
            ("пример.рф", None),
        ];

        for (host, expected) in cases {
            assert_eq!(authority(host).as_deref(), expected, "{host:?}");
        }
        assert_eq!(authority(&"a".repeat(LONGEST + 1)), None);
        assert!(matches!(authority("relay.example:8443"), Some(Cow::Borrowed(_))), "nothing is copied");
    }

    #[test]
    fn a_public_address_and_the_host_that_its_clients_send_are_the_same() {
        for (url, host) in [
            ("https://Blue-Fox.trycloudflare.com/", "blue-fox.trycloudflare.com"),
            ("https://relay.example:8443", "relay.example:8443"),
            ("http://bore.pub:31337/api", "bore.pub:31337"),
            ("http://[2001:db8::1]:8787", "[2001:db8::1]:8787"),
        ] {
            assert_eq!(authority_of_url(url).as_deref(), authority(host).as_deref(), "{url}");
        }
        assert_eq!(authority_of_url("blue-fox"), None);
    }
}
