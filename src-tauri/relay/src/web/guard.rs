//! Who is not even listened to: requests that are made up, and what another site's page sends in a visitor's name.

use http::{HeaderMap, HeaderName, StatusCode, header};
use url::{Origin, Url};

use super::{Visit, answers::No, routes::Verb};

/// What browsers say of a request's page; no page can set it (Fetch Metadata, W3C working draft, section 2.4).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Looks at a request's head before anything is done.
pub(super) fn check(visit: &Visit, verb: Verb) -> Result<(), No> {
    let headers = visit.request.headers();
    // RFC 9112, section 3.2: two of them are a request that two programs read differently.
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Err(No::new(StatusCode::BAD_REQUEST, "bad_request", "The request has two Host headers."));
    }
    let host = visit.request.uri().authority().map(|authority| authority.as_str());
    let host = host.or_else(|| headers.get(header::HOST)?.to_str().ok());
    if verb == Verb::Act && is_foreign(headers, host) {
        let message = "This was sent by the page of another site. Open Carpool's own page and do it there.";
        return Err(No::new(StatusCode::FORBIDDEN, "foreign_origin", message));
    }
    Ok(())
}

/// Says whether a page of another site sent this. Programs that are no browsers say nothing, and are no page.
fn is_foreign(headers: &HeaderMap, host: Option<&str>) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    match (sites.next(), sites.next()) {
        // The browser's own word. The host may be another on its way through the owner's own proxy.
        (Some(site), None) => return site != "same-origin",
        (Some(_), Some(_)) => return true,
        (None, _) => {}
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => false,
        (Some(origin), None) => !origin.to_str().is_ok_and(|origin| is_at(origin, host)),
        (Some(_), Some(_)) => true,
    }
}

/// Says whether an origin is the one at this host.
fn is_at(origin: &str, host: Option<&str>) -> bool {
    let (Some((scheme, _)), Some(host)) = (origin.split_once("://"), host) else { return false };
    let of = |text: &str| Url::parse(text).ok().map(|url| url.origin()).filter(Origin::is_tuple);
    let own = of(&format!("{scheme}://{host}"));
    own.is_some() && own == of(origin)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn what_a_foreign_page_sends_is_told_from_what_the_own_page_or_a_program_sends() {
        let own: [&[(&str, &str)]; 6] = [
            &[],
            &[("origin", "https://carpool.example")],
            &[("origin", "http://carpool.example")],
            &[("origin", "HTTPS://Carpool.Example:443")],
            &[("origin", "https://carpool.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "https://behind.my.proxy"), ("sec-fetch-site", "same-origin")],
        ];
        let foreign: [&[(&str, &str)]; 9] = [
            &[("origin", "https://evil.example")],
            &[("origin", "https://carpool.example.evil.example")],
            &[("origin", "https://carpool.example:8443")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "https://carpool.example"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", "https://carpool.example"), ("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        ];

        for own in own {
            assert!(!is_foreign(&headers(own), Some("carpool.example")), "{own:?}");
        }
        for foreign in foreign {
            assert!(is_foreign(&headers(foreign), Some("carpool.example")), "{foreign:?}");
        }
        assert!(is_foreign(&headers(&[("origin", "https://carpool.example")]), None));
    }
}
