//! Which headers cross the relay: all of them, save what belongs to one hop and what is a credential.

use http::{HeaderMap, HeaderName, header};

use crate::client_key::KEY_HEADERS;

/// Fields that belong to one connection, whatever `Connection` says (RFC 9110, section 7.6.1), with the framing fields
/// this side writes itself.
static HOP_BY_HOP: [HeaderName; 10] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
];

/// The headers of a request that go upstream: no hop-by-hop field, no credential of the client, no `Host` and no length
/// (both are written anew for the next hop). Values and their order stay as they came.
#[must_use]
pub fn for_upstream(from_client: &HeaderMap) -> HeaderMap {
    let is_credential =
        |name: &HeaderName| *name == header::AUTHORIZATION || *name == header::COOKIE || KEY_HEADERS.contains(name);
    let is_rewritten = |name: &HeaderName| *name == header::HOST || *name == header::CONTENT_LENGTH;

    keep(from_client, |name| !is_credential(name) && !is_rewritten(name))
}

/// The headers of an answer that go to the client: no hop-by-hop field and no cookie of the owner's session.
#[must_use]
pub fn for_client(from_upstream: &HeaderMap) -> HeaderMap {
    keep(from_upstream, |name| *name != header::SET_COOKIE)
}

/// Copies the end-to-end headers that `wanted` accepts.
fn keep(headers: &HeaderMap, wanted: impl Fn(&HeaderName) -> bool) -> HeaderMap {
    let connection_options: Vec<&str> = headers
        .get_all(header::CONNECTION)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .collect();
    let is_named = |name: &HeaderName| connection_options.iter().any(|named| named.eq_ignore_ascii_case(name.as_str()));

    let mut kept = HeaderMap::with_capacity(headers.len() + 4);
    for (name, value) in headers {
        if !HOP_BY_HOP.contains(name) && !is_named(name) && wanted(name) {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// Says whether a client asked for a content coding (RFC 9110, section 12.5.3). A client that sent no `Accept-Encoding`
/// asked for none: some cannot read what a provider would then be free to send.
#[must_use]
pub fn accepts_coding(from_client: &HeaderMap, coding: &str) -> bool {
    let mut any = None;
    for value in from_client.get_all(header::ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let wanted = quality(parameters) > 0.0;
            match name.trim() {
                "*" => any = Some(wanted),
                name if name.eq_ignore_ascii_case(coding) => return wanted,
                _ => {}
            }
        }
    }
    any.unwrap_or(false)
}

/// The weight in `q=0.5`; 1 where there is none.
fn quality(parameters: &str) -> f32 {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().strip_prefix("q="))
        .find_map(|weight| weight.trim().parse().ok())
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_credentials_and_hop_by_hop_fields_stay_behind() {
        let from_client = headers(&[
            ("host", "127.0.0.1:8787"),
            ("authorization", "Bearer cr_1"),
            ("x-api-key", "cr_1"),
            ("x-goog-api-key", "cr_1"),
            ("api-key", "cr_1"),
            ("proxy-authorization", "Basic eA=="),
            ("connection", "keep-alive, X-Private"),
            ("x-private", "1"),
            ("te", "trailers"),
            ("content-length", "12"),
            ("user-agent", "claude-cli/2.1.329"),
            ("anthropic-beta", "a,b"),
            ("x-forwarded-for", "10.0.0.1"),
        ]);

        let sent = for_upstream(&from_client);

        let names: Vec<_> = sent.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["user-agent", "anthropic-beta", "x-forwarded-for"]);
    }

    #[test]
    fn a_repeated_header_keeps_all_its_values() {
        let mut from_upstream = headers(&[("x-a", "1"), ("set-cookie", "session=1"), ("transfer-encoding", "chunked")]);
        from_upstream.append("x-a", HeaderValue::from_static("2"));

        let sent = for_client(&from_upstream);

        assert_eq!(sent.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(sent.len(), 2);
    }

    #[test]
    fn a_coding_is_wanted_only_when_the_client_asked_for_it() {
        let asks = |value| headers(&[("accept-encoding", value)]);

        assert!(accepts_coding(&asks("gzip, br"), "br"));
        assert!(accepts_coding(&asks("*"), "zstd"));
        assert!(!accepts_coding(&asks("gzip;q=0, *"), "gzip"));
        assert!(!accepts_coding(&asks("identity"), "gzip"));
        assert!(!accepts_coding(&headers(&[]), "gzip"));
    }
}
