//! Tests of [`super`]: the rules by which a 429 is read, as a table.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use jiff::SignedDuration;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let name = |name: &str| HeaderName::try_from(name).expect("a name");
    pairs.iter().map(|(key, value)| (name(key), HeaderValue::from_str(value).expect("a value"))).collect()
}

fn unified(pairs: &[(&str, &str)]) -> HeaderMap {
    let full: Vec<_> = pairs.iter().map(|(label, value)| (format!("{UNIFIED}{label}"), *value)).collect();
    headers(&full.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>())
}

fn judged(status: u16, headers: &HeaderMap, body: &str) -> Finding {
    let status = StatusCode::from_u16(status).expect("a status");
    judge(&Reply { status, headers, body: body.as_bytes(), now: NOW })
}

/// Scope and seconds until the end, or `None` for a limit on calls like this one.
fn limit(headers: &HeaderMap) -> Option<(Scope, Option<i64>)> {
    match judged(429, headers, "") {
        Finding::Limited { scope, until, .. } => Some((scope, until.map(|until| until.as_second()))),
        Finding::Crowded { .. } => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_429_is_read_by_what_its_windows_say() {
    let open = [("5h-status", "allowed"), ("7d-status", "allowed_warning")];
    let with = |more: &[(&'static str, &'static str)]| unified(&[&open[..], more].concat());

    assert_eq!(limit(&unified(&[("status", "rejected"), ("reset", "700")])), Some((Scope::Account, Some(700))));
    assert_eq!(limit(&unified(&[("5h-status", "rejected"), ("5h-reset", "600")])), Some((Scope::Account, Some(600))));
    assert_eq!(
        limit(&unified(&[("status", "rejected"), ("7d-status", "rejected"), ("7d-reset", "1970-01-01T00:20:00Z")])),
        Some((Scope::Account, Some(1200))),
    );
    let family = [("status", "rejected"), ("7d_oi-status", "rejected"), ("7d_oi-reset", "900")];
    assert_eq!(limit(&with(&family)), Some((Scope::Family, Some(900))));
    assert_eq!(limit(&unified(&family)), Some((Scope::Account, None)), "whether the shared ones are open is not said");
    assert_eq!(limit(&with(&[("status", "allowed")])), None);
    assert_eq!(limit(&HeaderMap::new()), None, "an API key's rate limit does not park the account");
}

#[test]
fn retry_after_counts_more_than_the_reset() {
    let mut said = unified(&[("5h-status", "rejected"), ("5h-reset", "600")]);
    said.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    assert_eq!(limit(&said), Some((Scope::Account, Some(30))));

    let said = headers(&[("retry-after", "30")]);
    assert_eq!(judged(429, &said, ""), Finding::Crowded { wait: Some(Duration::from_secs(30)) });
}

#[test]
fn what_a_call_needs_beyond_the_plan_says_nothing_about_the_account() {
    let said = unified(&[("status", "rejected"), ("5h-status", "rejected")]);
    for text in ["Extra usage is required", "Your credits for long context requests are used up"] {
        assert_eq!(judged(429, &said, text), Finding::Crowded { wait: Some(Duration::ZERO) }, "{text}");
    }
}

#[test]
fn other_statuses_say_whose_trouble_it_is() {
    let none = HeaderMap::new();
    for status in [400, 404, 413, 422] {
        assert_eq!(judged(status, &none, "{}"), Finding::CallersOwn);
    }
    assert_eq!(judged(200, &none, ""), Finding::Served);
    assert!(matches!(judged(401, &none, ""), Finding::SignedOut(_)));
    assert!(matches!(judged(403, &none, "permission"), Finding::Forbidden(_)));
    for status in [400, 403] {
        let text = r#"{"error":{"message":"This organization has been disabled."}}"#;
        assert!(matches!(judged(status, &none, text), Finding::Blocked(_)));
    }
    assert!(matches!(judged(529, &none, ""), Finding::Overloaded(_)));
    assert!(matches!(judged(503, &none, ""), Finding::Failed(_)));
}

#[test]
fn an_answer_tells_how_much_of_a_subscriptions_windows_is_used() {
    assert!(windows(&HeaderMap::new(), Timestamp::UNIX_EPOCH).is_empty());

    let seen = windows(
        &unified(&[
            ("7d_oi-utilization", "0.9"),
            ("7d-utilization", "lots"),
            ("5h-utilization", "0.42"),
            ("5h-reset", "1795176000"),
        ]),
        Timestamp::UNIX_EPOCH,
    );

    let noon = NOW + SignedDuration::from_secs(1_795_176_000);
    let five = Window { hours: 5, family: None, used: 0.42, resets_at: Some(noon) };
    let week = Window { hours: 168, family: Some("oi".to_owned()), used: 0.9, resets_at: None };
    assert_eq!(seen, [five, week]);
}

#[test]
fn the_usage_endpoint_tells_the_same_in_percent() {
    let body = br#"{"five_hour":{"utilization":42.0,"resets_at":"2026-11-20T12:00:00Z"},"seven_day":null,
        "seven_day_opus":{"utilization":7,"resets_at":null},"extra_usage":{"is_enabled":false}}"#;

    let seen = read_usage(body).expect("readable");

    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].hours, seen[0].used, seen[0].family.as_deref()), (5, 0.42, None));
    assert_eq!((seen[1].hours, seen[1].family.as_deref()), (168, Some("opus")));
    assert_eq!(read_usage(b"<html>"), None);
}

#[test]
fn a_model_is_of_the_family_in_its_name() {
    for (model, expected) in [
        ("claude-opus-4-1-20250805", "opus"),
        ("claude-3-5-haiku-latest", "haiku"),
        ("some-other-model", "some-other-model"),
    ] {
        assert_eq!(family(model), expected);
    }
}
