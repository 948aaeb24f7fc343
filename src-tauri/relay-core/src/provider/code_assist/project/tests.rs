//! Tests of [`super`]: conversations with Code Assist, as they go.

use super::*;

fn read(discovery: Discovery, body: &str) -> Result<Next, NoProject> {
    discovery.read(StatusCode::OK, body.as_bytes())
}

fn load(named: Option<&str>, body: &str) -> Result<Next, NoProject> {
    read(Discovery::begin(named).1, body)
}

fn found(next: Result<Next, NoProject>) -> (Option<String>, Option<String>) {
    match next {
        Ok(Next::Found(Found { project, plan })) => (project, plan),
        other => panic!("{other:?}"),
    }
}

fn asked(next: Result<Next, NoProject>) -> (Request, Discovery) {
    match next {
        Ok(Next::Ask(request, discovery)) => (request, discovery),
        other => panic!("{other:?}"),
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const FREE: &str = r#"{"allowedTiers":[{"id":"standard-tier"},{"id":"free-tier","name":"Free","isDefault":true}]}"#;
const STANDARD: &str = r#"{"allowedTiers":[{"id":"standard-tier","name":"Standard","isDefault":true}]}"#;

#[test]
fn an_account_that_is_signed_up_has_its_project_or_its_owners() {
    let (request, _) = Discovery::begin(Some("mine"));
    assert_eq!((request.path.as_str(), request.after), ("/v1internal:loadCodeAssist", Duration::ZERO));
    let body: Value = serde_json::from_str(&request.body.expect("a body")).expect("JSON");
    assert_eq!((&body["cloudaicompanionProject"], &body["metadata"]["duetProject"]), (&json!("mine"), &json!("mine")));

    let signed_up = r#"{"currentTier":{"id":"standard-tier","name":"Standard"},"cloudaicompanionProject":"theirs"}"#;
    assert_eq!(found(load(None, signed_up)), (some("theirs"), some("Standard")));
    let paid = r#"{"currentTier":{"id":"standard-tier"},"paidTier":{"id":"g1-pro","name":"AI Pro"}}"#;
    assert_eq!(found(load(Some("mine"), paid)), (some("mine"), some("AI Pro")));
    assert_eq!(load(None, paid).expect_err("no project"), NoProject::NeedsProject);
    assert_eq!(found(load(None, r#"{"currentTier":{"id":"free-tier"}}"#)), (None, some("free-tier")));
}

#[test]
fn the_free_tier_is_signed_up_for_without_a_project_and_polled_until_it_is_done() {
    let (request, discovery) = asked(load(Some("mine"), FREE));
    assert_eq!(request.path, "/v1internal:onboardUser");
    let body: Value = serde_json::from_str(&request.body.expect("a body")).expect("JSON");
    assert_eq!((&body["tierId"], &body["cloudaicompanionProject"]), (&json!("free-tier"), &Value::Null));

    let (request, discovery) = asked(read(discovery, r#"{"name":"operations/abc","done":false}"#));
    assert_eq!((request.method, request.after), (Method::GET, POLL_AFTER));
    assert_eq!((request.path.as_str(), request.body), ("/v1internal/operations/abc", None));

    let done = r#"{"name":"operations/abc","done":true,"response":{"cloudaicompanionProject":{"id":"managed"}}}"#;
    assert_eq!(found(read(discovery, done)), (some("managed"), some("Free")));
    let (_, discovery) = asked(load(None, FREE));
    assert_eq!(found(read(discovery, r#"{"done":true,"response":{}}"#)), (None, some("Free")));
}

#[test]
fn any_other_tier_wants_its_owners_project() {
    assert_eq!(load(None, STANDARD).expect_err("no project"), NoProject::NeedsProject);
    assert_eq!(load(None, "{}").expect_err("no project"), NoProject::NeedsProject);

    let (request, discovery) = asked(load(Some("mine"), STANDARD));
    assert!(request.body.expect("a body").contains(r#""cloudaicompanionProject":"mine""#));
    assert_eq!(found(read(discovery, r#"{"done":true}"#)), (some("mine"), some("Standard")));
}

#[test]
fn a_sign_up_that_does_not_end_is_given_up() {
    let (_, mut discovery) = asked(load(None, FREE));
    for _ in 0..MOST_POLLS {
        discovery = asked(read(discovery, r#"{"name":"operations/abc"}"#)).1;
    }
    assert_eq!(read(discovery, r#"{"name":"operations/abc"}"#).expect_err("given up"), NoProject::Unfinished);

    for name in ["", "../files", "/x", "a?b"] {
        let (_, discovery) = asked(load(None, FREE));
        let body = json!({ "name": name }).to_string();
        assert_eq!(read(discovery, &body).expect_err("no such path"), NoProject::Unfinished, "{name}");
    }
}

#[test]
fn what_the_owner_must_do_is_said() {
    let wanted = r#"{"ineligibleTiers":[{"reasonCode":"VALIDATION_REQUIRED","reasonMessage":"Verify",
        "validationUrl":"https://accounts.google.com/verify"}]}"#;
    let Err(NoProject::MustAct(text)) = load(None, wanted) else { panic!("the owner must act") };
    assert!(text.contains("https://accounts.google.com/verify"), "{text}");

    let closed = r#"{"currentTier":{"id":"standard-tier"},"ineligibleTiers":[{"reasonCode":"RESTRICTED_AGE","reasonMessage":"Too young."}]}"#;
    assert_eq!(load(None, closed).expect_err("no project"), NoProject::NotEligible("Too young.".to_owned()));
    let (_, discovery) = asked(load(None, FREE));
    let failed = read(discovery, r#"{"done":true,"error":{"code":7,"message":"No."}}"#);
    assert_eq!(failed.expect_err("refused"), NoProject::NotEligible("No.".to_owned()));
}

#[test]
fn a_refusal_is_told_from_what_nobody_expects() {
    let refused = |status: u16, named, body: &str| {
        Discovery::begin(named).1.read(StatusCode::from_u16(status).expect("a status"), body.as_bytes())
    };
    let reason = |reason: &str| json!({ "error": { "details": [{ "reason": reason }] } }).to_string();

    let perimeter = reason("SECURITY_POLICY_VIOLATED");
    assert_eq!(found(refused(403, Some("mine"), &perimeter)), (some("mine"), None));
    assert_eq!(refused(403, None, &perimeter).expect_err("no project"), NoProject::NeedsProject);
    assert!(matches!(refused(403, None, &reason("VALIDATION_REQUIRED")), Err(NoProject::MustAct(_))));
    assert!(matches!(refused(403, None, &reason("SERVICE_DISABLED")), Err(NoProject::MustAct(_))));
    assert!(matches!(refused(403, None, "{}"), Err(NoProject::Unexpected(403))));
    assert!(matches!(refused(500, None, "<html>"), Err(NoProject::Unexpected(500))));
    assert!(matches!(load(None, "<html>"), Err(NoProject::Unexpected(200))));
}
