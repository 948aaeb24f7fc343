//! Tests of [`super`]: what headers, errors and the usage endpoint say of windows.

use std::time::Duration;

use http::{HeaderValue, StatusCode};

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const USAGE_LIMIT: &str = r#"{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached"}}"#;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

fn seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

fn window(hours: u32, family: Option<&str>, used: f64, resets: i64) -> Window {
    Window { hours, family: family.map(str::to_owned), used, resets_at: seconds(resets) }
}

fn judged(status: u16, headers: &HeaderMap, body: &str) -> Finding {
    let status = StatusCode::from_u16(status).expect("a status");
    judge(&Reply { status, headers, body: body.as_bytes(), now: NOW })
}

const BOTH: [(&str, &str); 6] = [
    ("x-codex-primary-used-percent", "100"),
    ("x-codex-primary-window-minutes", "299"),
    ("x-codex-primary-reset-after-seconds", "600"),
    ("x-codex-secondary-used-percent", "40.5"),
    ("x-codex-secondary-window-minutes", "10080"),
    ("x-codex-secondary-reset-at", "400000"),
];

#[test]
fn the_windows_of_the_account_are_read_from_the_headers() {
    assert_eq!(windows(&HeaderMap::new(), NOW), []);
    assert_eq!(windows(&headers(&BOTH), NOW), [window(5, None, 1.0, 600), window(168, None, 0.405, 400_000)]);
    let without = [("x-codex-primary-used-percent", "0"), ("x-codex-primary-window-minutes", "0")];
    assert_eq!(windows(&headers(&without), NOW), [], "a plan may have one window only");
}

#[test]
fn windows_of_one_model_are_no_windows_of_the_account() {
    let of_model = [
        ("x-codex-bengalfox-primary-used-percent", "70"),
        ("x-codex-bengalfox-primary-window-minutes", "300"),
        ("x-codex-bengalfox-primary-reset-at", "900"),
        ("x-codex-bengalfox-limit-name", "GPT-5.3-Codex-Spark"),
    ];
    let expected = window(5, Some("gpt-5.3-codex-spark"), 0.7, 900);
    let with = |active| headers(&[&BOTH[..3], &of_model[..], &[("x-codex-active-limit", active)]].concat());

    for active in ["premium", "codex"] {
        assert_eq!(windows(&with(active), NOW), [window(5, None, 1.0, 600), expected.clone()], "{active}");
    }
    assert_eq!(windows(&with("codex_bengalfox"), NOW), [expected]);
    let Finding::Limited { scope, .. } = judged(429, &with("codex_bengalfox"), USAGE_LIMIT) else {
        panic!("no limit");
    };
    assert_eq!(scope, Scope::Family);
}

#[test]
fn a_used_up_window_keeps_the_whole_account_out_until_it_begins_anew() {
    let until = |headers: &HeaderMap, more: &str| {
        let body = USAGE_LIMIT.replace("}}", &format!("{more}}}}}"));
        match judged(429, headers, &body) {
            Finding::Limited { scope: Scope::Account, until, reason } => (until, reason),
            other => panic!("{other:?}"),
        }
    };
    let none = HeaderMap::new();

    assert_eq!(until(&none, r#","resets_at":700,"resets_in_seconds":9"#).0, seconds(700));
    assert_eq!(until(&none, r#","resets_in_seconds":9"#).0, seconds(9));
    assert_eq!(until(&headers(&[("retry-after", "30")]), "").0, seconds(30));
    assert_eq!(until(&none, ""), (None, "its allowance is used up".to_owned()));
    assert_eq!(until(&headers(&BOTH), ""), (seconds(600), "the 5-hour window is used up".to_owned()));
}

#[test]
fn a_limit_told_within_a_stream_counts_the_same() {
    let event = r#"{"type":"response.failed","response":{"error":{"code":"usage_limit_reached","resets_at":700}}}"#;

    let finding = judged(429, &HeaderMap::new(), event);

    assert!(matches!(finding, Finding::Limited { scope: Scope::Account, until, .. } if until == seconds(700)));
}

#[test]
fn other_answers_say_whose_trouble_it_is() {
    let none = HeaderMap::new();
    assert_eq!(judged(429, &none, "{}"), Finding::Crowded { wait: None });
    let wait = Some(Duration::from_secs(3));
    assert_eq!(judged(429, &headers(&[("retry-after", "3")]), "slow"), Finding::Crowded { wait });
    for (status, body) in [
        (429, r#"{"error":{"type":"usage_not_included"}}"#),
        (429, r#"{"error":{"code":"insufficient_quota"}}"#),
        (402, r#"{"detail":{"code":"deactivated_workspace"}}"#),
    ] {
        assert!(matches!(judged(status, &none, body), Finding::Blocked(_)), "{body}");
    }
    assert!(matches!(judged(401, &none, r#"{"detail":"Unauthorized"}"#), Finding::SignedOut(_)));
    assert!(matches!(judged(403, &none, "<html>"), Finding::Forbidden(_)));
    assert!(matches!(judged(500, &none, r#"{"error":{"code":"server_is_overloaded"}}"#), Finding::Overloaded(_)));
    assert!(matches!(judged(502, &none, ""), Finding::Failed(_)));
    assert_eq!(judged(400, &none, r#"{"detail":"Store must be set to false"}"#), Finding::CallersOwn);
    assert_eq!(judged(200, &none, ""), Finding::Served);
}

#[test]
fn the_usage_endpoint_tells_the_same_windows() {
    let body = br#"{"email":"o@example.org","plan_type":"pro","rate_limit":{"allowed":true,"limit_reached":false,
        "primary_window":{"used_percent":4,"limit_window_seconds":18000,"reset_after_seconds":600,"reset_at":600},
        "secondary_window":{"used_percent":76,"limit_window_seconds":604800,"reset_at":400000}},
        "code_review_rate_limit":null,"additional_rate_limits":[{"limit_name":"GPT-5.3-Codex-Spark","rate_limit":
        {"primary_window":{"used_percent":0,"limit_window_seconds":18000,"reset_at":900},"secondary_window":null}}]}"#;

    let expected = [
        window(5, None, 0.04, 600),
        window(5, Some("gpt-5.3-codex-spark"), 0.0, 900),
        window(168, None, 0.76, 400_000),
    ];
    assert_eq!(read_usage(body).as_deref(), Some(&expected[..]));
    assert_eq!(read_usage(br#"{"plan_type":"free","rate_limit":null}"#), None);
    assert_eq!(read_usage(b"<html>"), None);
}
