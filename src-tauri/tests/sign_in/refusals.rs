//! Sign-ins that come to nothing: each says why, and nothing is half-saved.

use std::fs;

use carpool_relay::pretend::{Behaviour, Pretend, Reply, Step, Wait};
use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};

use crate::support::{
    database::dump,
    disk::files_with,
    friend::{Answer, CLAUDE_CODE, Friend, prompt},
    login::{Login, login_command, point_at, sign_in},
    owner::{add_friend, set_up},
    program::{Folder, Ran},
    relay::Relay,
};

/// Tokens of grants that are refused.
const TOKEN_CANARY: &str = "canary-7c20e9";

/// A folder with an account that must stay as it is.
async fn folder_in_use(pretend: &Pretend) -> Folder {
    let folder = Folder::new();
    point_at(&folder, pretend, "/v1/oauth/token");
    set_up(&folder, pretend).await;
    assert_eq!(sign_in(&folder, pretend, "own").await.code, Some(0));
    folder
}

/// Begins a sign-in, pastes what the page shows, changed, and checks that it failed like this and changed nothing;
/// once under a new name and once under that of an account that is signed in.
async fn fails(folder: &Folder, pretend: &Pretend, code: &str, change: impl Fn(&str) -> String) -> Ran {
    fails_as(folder, pretend, "own", code, &change).await;
    fails_as(folder, pretend, "new", code, &change).await
}

async fn fails_as(folder: &Folder, pretend: &Pretend, name: &str, code: &str, change: &impl Fn(&str) -> String) -> Ran {
    let before = dump(folder).await;
    let login = Login::begin(&mut login_command(folder, name)).await;
    let shown = pretend.sign_in(&login.authorize_url);

    let failed = login.paste(&change(&shown)).await;

    assert_eq!(failed.failed(), code, "{failed}");
    assert_eq!(dump(folder).await, before, "{failed} has left something behind");
    assert!(files_with(&folder.data_dir(), TOKEN_CANARY).is_empty(), "{failed} has left a token behind");
    failed
}

fn unchanged(shown: &str) -> String {
    shown.to_owned()
}

/// An answer with this status and body in place of the token endpoint's.
fn says(pretend: &Pretend, status: u16, content_type: &'static str, body: &str) {
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
    if (300..400).contains(&status) {
        headers.insert(LOCATION, HeaderValue::from_static("https://elsewhere.example/v2/token"));
    }
    let status = StatusCode::from_u16(status).expect("a status");
    let steps = [Step::Send(body.to_owned().into())].into();
    for _ in ["own", "new"] {
        let (headers, steps) = (HeaderMap::clone(&headers), std::collections::VecDeque::clone(&steps));
        pretend.next_token(Behaviour::Verbatim(Reply { before_head: Wait::No, status, headers, steps }));
    }
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_not_even_sent() {
    let pretend = Pretend::start().await.expect("a provider");
    let folder = folder_in_use(&pretend).await;
    let exchanges = pretend.requests_for("/v1/oauth/token").len();
    let code = |shown: &str| shown.split('#').next().unwrap_or_default().to_owned();
    let callback = format!("{}oauth/code/callback", pretend.url());

    fails(&folder, &pretend, "state_mismatch", |shown| format!("{}#another-state", code(shown))).await;
    fails(&folder, &pretend, "state_mismatch", |shown| format!("{callback}?code={}&state=another", code(shown))).await;
    fails(&folder, &pretend, "state_mismatch", |shown| format!("{shown}x")).await;

    assert_eq!(pretend.requests_for("/v1/oauth/token").len(), exchanges);
}

#[tokio::test]
async fn a_paste_without_a_code_says_what_is_wanted() {
    let pretend = Pretend::start().await.expect("a provider");
    let folder = folder_in_use(&pretend).await;
    let callback = format!("{}oauth/code/callback", pretend.url());

    fails(&folder, &pretend, "no_code", |_| " \n\t\n".to_owned()).await;
    fails(&folder, &pretend, "no_code", |_| format!("{callback}?state=x")).await;
    let denied = fails(&folder, &pretend, "sign_in_denied", |_| {
        format!("{callback}?error=access_denied&error_description=The+owner+said+no")
    });

    assert!(denied.await.stderr.contains("The owner said no"));
}

#[tokio::test]
async fn a_code_works_once_and_only_for_the_sign_in_it_was_made_for() {
    let pretend = Pretend::start().await.expect("a provider");
    let folder = folder_in_use(&pretend).await;
    let login = Login::begin(&mut login_command(&folder, "first")).await;
    let shown = pretend.sign_in(&login.authorize_url);
    let used = shown.split('#').next().expect("a code").to_owned();
    assert_eq!(login.paste(&shown).await.code, Some(0));

    let with_its_own_state = |shown: &str| format!("{used}#{}", shown.split('#').nth(1).unwrap_or_default());
    fails(&folder, &pretend, "invalid_grant", with_its_own_state).await;
    fails(&folder, &pretend, "invalid_grant", |_| used.clone()).await;
    fails(&folder, &pretend, "invalid_grant", |_| "never-granted".to_owned()).await;

    let other = Login::begin(&mut login_command(&folder, "other")).await;
    let stolen = pretend.sign_in(&other.authorize_url).split('#').next().expect("a code").to_owned();
    fails_as(&folder, &pretend, "new", "invalid_grant", &|_: &str| stolen.clone()).await;
}

#[tokio::test]
async fn what_is_no_token_answer_is_never_taken_for_one() {
    let pretend = Pretend::start().await.expect("a provider");
    let folder = folder_in_use(&pretend).await;
    let page = "<!doctype html><title>Just a moment…</title>";

    for (status, content_type, body, code) in [
        (200, "text/html", page, "not_a_token_answer"),
        (403, "text/html", page, "not_a_token_answer"),
        (400, "text/plain", "bad request", "not_a_token_answer"),
        (200, "application/json", "{}", "not_a_token_answer"),
        (200, "application/json", r#"{"refresh_token":"canary-7c20e9"}"#, "not_a_token_answer"),
        (404, "text/html", page, "endpoint_moved"),
        (410, "text/plain", "gone", "endpoint_moved"),
        (301, "text/html", page, "endpoint_moved"),
        (308, "text/html", "", "endpoint_moved"),
        (500, "text/html", page, "token_endpoint_busy"),
        (503, "application/json", r#"{"error":"temporarily_unavailable"}"#, "token_endpoint_busy"),
        (429, "application/json", r#"{"error":{"type":"rate_limit_error","message":"slow"}}"#, "token_endpoint_busy"),
        (400, "application/json", r#"{"error":"invalid_client"}"#, "token_request_refused"),
        (200, "application/json", r#"{"access_token":"canary-7c20e9","expires_in":28800}"#, "no_refresh_token"),
        (200, "application/json", r#"{"access_token":"canary-7c20e9","refresh_token":""}"#, "no_refresh_token"),
    ] {
        says(&pretend, status, content_type, body);
        let failed = fails(&folder, &pretend, code, unchanged).await;
        assert!(!failed.stderr.contains(TOKEN_CANARY), "{failed}");
        assert_eq!(failed.stderr.contains("elsewhere.example"), (300..400).contains(&status), "{failed}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_somewhere_else_or_down_says_how_to_mend_it() {
    let pretend = Pretend::start().await.expect("a provider");
    let folder = folder_in_use(&pretend).await;

    point_at(&folder, &pretend, "/v0/oauth/token");
    let moved = fails(&folder, &pretend, "endpoint_moved", unchanged).await;
    assert!(moved.stderr.contains("token_url") && moved.stderr.contains("--providers"), "{moved}");

    let addresses = fs::read_to_string(folder.providers_file()).expect("readable");
    let lines = addresses
        .lines()
        .map(|line| if line.starts_with("token_url") { "token_url = 'http://127.0.0.1:9/token'" } else { line });
    fs::write(folder.providers_file(), lines.collect::<Vec<_>>().join("\n")).expect("written");
    fails(&folder, &pretend, "token_endpoint_unreachable", unchanged).await;
}

#[tokio::test]
async fn a_sign_in_that_failed_leaves_the_account_that_was_there_in_service() {
    let pretend = Pretend::start().await.expect("a provider");
    let folder = folder_in_use(&pretend).await;
    folder.run("account pause work").await.done();
    let key = add_friend(&folder, "Mia").await;
    says(&pretend, 200, "text/html", "<html>");
    fails(&folder, &pretend, "not_a_token_answer", unchanged).await;

    let relay = Relay::start(&folder).await;
    let call = Friend::new(&relay, &key).post("/v1/messages", &prompt("hello").to_string());

    assert_eq!(Answer::of(call.header("user-agent", CLAUDE_CODE)).await.status, 200);
    folder.run("account refresh own").await.done();
}
