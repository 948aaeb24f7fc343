//! Tests of [`super`]: what answers mean, as tables.

use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::*;

const NOW: &str = "2026-11-20T12:00:00Z";

fn judged(status: u16, body: &str) -> Finding {
    judged_with(status, &HeaderMap::new(), body)
}

fn judged_with(status: u16, headers: &HeaderMap, body: &str) -> Finding {
    let status = StatusCode::from_u16(status).expect("a status");
    judge(&Reply { status, headers, body: body.as_bytes(), now: NOW.parse().expect("a time") })
}

fn refused(status: u16, message: &str, details: &[Value]) -> Finding {
    judged(status, &json!({ "error": { "code": status, "message": message, "details": details } }).to_string())
}

fn quota(id: &str, model: Option<&str>) -> Value {
    json!({ "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{ "quotaId": id, "quotaDimensions": model.map(|model| json!({ "model": model })).unwrap_or(json!({})) }] })
}

fn retry(delay: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay })
}

fn info(reason: &str, metadata: &Value) -> Value {
    json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata })
}

/// Scope and end of a limit, or `None` for one on calls like this.
fn limit(message: &str, details: &[Value]) -> Option<(Scope, Option<String>)> {
    match refused(429, message, details) {
        Finding::Limited { scope, until, .. } => Some((scope, until.map(|until| until.to_string()))),
        Finding::Crowded { .. } => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_429_lasts_as_long_as_it_says_and_a_daily_one_until_midnight_pacific() {
    let until = |scope, until: &str| Some((scope, Some(until.to_owned())));
    let (family, account) = (Scope::Family, Scope::Account);
    let daily = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", Some("gemini-2.5-pro"));
    let minutely = quota("GenerateRequestsPerMinutePerProjectPerModel", None);

    assert_eq!(limit("", std::slice::from_ref(&daily)), until(family, "2026-11-21T08:00:00Z"));
    assert_eq!(limit("Please retry in 20s.", &[daily.clone(), retry("20s")]), until(family, "2026-11-21T08:00:00Z"));
    assert_eq!(limit("", &[daily, retry("3600s")]), until(family, "2026-11-20T13:00:00Z"));
    assert_eq!(limit("", &[minutely, retry("34.5s")]), until(family, "2026-11-20T12:00:34.5Z"));
    assert_eq!(
        limit("", &[quota("RequestsPerMinutePerProject", None), retry("30s")]),
        until(account, "2026-11-20T12:00:30Z")
    );
    assert_eq!(limit("Please retry in 45.5s.", &[]), until(account, "2026-11-20T12:00:45.5Z"));

    let metadata =
        json!({ "model": "gemini-3-pro", "quotaResetDelay": "1h0m1s", "quotaResetTimeStamp": "2026-11-20T13:00:00Z" });
    assert_eq!(limit("", &[info("QUOTA_EXHAUSTED", &metadata)]), until(family, "2026-11-20T13:00:00Z"));
    let metadata = json!({ "quotaResetDelay": "1h0m1s" });
    assert_eq!(limit("", &[info("QUOTA_EXHAUSTED", &metadata)]), until(account, "2026-11-20T13:00:01Z"));
    assert_eq!(limit("", &[info("QUOTA_EXHAUSTED", &json!({}))]), Some((account, None)));
}

#[test]
fn a_429_that_says_nothing_is_about_calls_like_this() {
    assert_eq!(limit("Resource has been exhausted (e.g. check quota).", &[]), None);
    assert_eq!(judged(429, "<html>"), Finding::Crowded { wait: None });

    let no_room = [info("MODEL_CAPACITY_EXHAUSTED", &json!({ "model": "gemini-3-pro" })), retry("40s")];
    for status in [429, 503] {
        assert_eq!(refused(status, "", &no_room), Finding::Crowded { wait: Some(Duration::from_secs(40)) });
    }
    let headers = [(header::RETRY_AFTER, HeaderValue::from_static("30"))].into_iter().collect();
    assert!(matches!(judged_with(429, &headers, ""), Finding::Limited { scope: Scope::Account, until: Some(_), .. }));
}

#[test]
fn midnight_is_that_of_the_pacific_coast_in_summer_and_winter() {
    for (now, midnight) in [
        ("2026-11-20T07:59:59Z", "2026-11-20T08:00:00Z"),
        ("2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z"),
        ("2026-07-01T12:00:00Z", "2026-07-02T07:00:00Z"),
    ] {
        let found = midnight_pacific(now.parse().expect("a time"));
        assert_eq!(found.map(|found| found.to_string()).as_deref(), Some(midnight));
    }
}

#[test]
fn a_refusal_is_the_accounts_where_it_says_so() {
    let key = [info("API_KEY_INVALID", &json!({ "service": "generativelanguage.googleapis.com" }))];
    assert!(matches!(refused(400, "API key not valid.", &key), Finding::SignedOut(_)));
    assert!(matches!(refused(400, "API key expired. Please renew the API key.", &[]), Finding::SignedOut(_)));
    assert!(matches!(refused(403, "Your API key was reported as leaked.", &[]), Finding::SignedOut(_)));
    assert!(matches!(refused(403, "", &[info("API_KEY_SERVICE_BLOCKED", &json!({}))]), Finding::SignedOut(_)));
    assert!(matches!(judged(401, "{}"), Finding::SignedOut(_)));
    assert_eq!(refused(400, "Unknown name \"API key not valid\"", &[]), Finding::CallersOwn, "a caller wrote that");
    for blocked in [
        refused(403, "", &[info("SERVICE_DISABLED", &json!({}))]),
        refused(403, "Permission denied: Consumer 'api_key:x' has been suspended.", &[]),
        refused(400, "User location is not supported for the API use.", &[]),
    ] {
        assert!(matches!(blocked, Finding::Blocked(_)), "{blocked:?}");
    }
    assert!(matches!(refused(403, "You do not have permission to access the File abc", &[]), Finding::Forbidden(_)));
}

#[test]
fn an_account_to_be_verified_says_where_and_only_at_google() {
    let wanted = |metadata: Value| refused(403, "Verify your account", &[info("VALIDATION_REQUIRED", &metadata)]);

    let Finding::Blocked(text) = wanted(json!({ "validation_url": "https://accounts.google.com/signin?x=1" })) else {
        panic!("it is blocked");
    };
    assert!(text.contains("https://accounts.google.com/signin?x=1"), "{text}");
    for elsewhere in ["https://google.com.example.org/", "http://accounts.google.com/", "javascript:1"] {
        let Finding::Blocked(text) = wanted(json!({ "validation_url": elsewhere })) else { panic!("it is blocked") };
        assert!(!text.contains(elsewhere), "{text}");
    }
}

#[test]
fn other_statuses_say_whose_trouble_it_is() {
    for status in [400, 404, 413] {
        assert_eq!(judged(status, "{}"), Finding::CallersOwn);
    }
    assert_eq!(judged(200, ""), Finding::Served);
    assert!(matches!(judged(503, "{}"), Finding::Overloaded(_)));
    for status in [500, 502, 504] {
        assert!(matches!(judged(status, "{}"), Finding::Failed(_)));
    }
}
