//! The address the owner opens, and every form of code that may be pasted.

use carpool_relay::pretend::{EMAIL, Pretend};
use serde_json::{Value, json};
use url::Url;

use crate::support::{
    login::{Login, login_command, point_at, sign_in},
    program::Folder,
};

/// What is pasted of a code and a state.
type Form<'a> = dyn Fn(&str, &str) -> String + 'a;

#[tokio::test]
async fn the_owner_is_sent_to_the_authorization_server_with_a_challenge_and_a_state() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    point_at(&folder, &pretend, "/v1/oauth/token");

    let login = Login::begin(&mut login_command(&folder, "own")).await;
    let other = Login::begin(&mut login_command(&folder, "own")).await;

    assert!(login.authorize_url.as_str().starts_with(&format!("{}oauth/authorize?", pretend.url())));
    for (name, value) in [
        ("code", "true"),
        ("client_id", "9d1c250a-e61b-44d9-88ed-5944d1962f5e"),
        ("response_type", "code"),
        ("redirect_uri", &format!("{}oauth/code/callback", pretend.url())),
        ("code_challenge_method", "S256"),
        (
            "scope",
            "org:create_api_key user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload",
        ),
    ] {
        assert_eq!(login.parameter(name).as_deref(), Some(value), "{name}");
    }
    for name in ["state", "code_challenge"] {
        let value = login.parameter(name).expect(name);
        assert!(value.len() >= 43, "{name} {value} can be guessed");
        assert_ne!(Some(value), other.parameter(name), "{name} is used again");
    }
}

#[tokio::test]
async fn the_code_is_exchanged_as_json_and_the_account_is_ready() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    point_at(&folder, &pretend, "/v1/oauth/token");
    let login = Login::begin(&mut login_command(&folder, "own")).await;
    let state = login.parameter("state").expect("a state");
    let pasted = pretend.sign_in(&login.authorize_url);

    let signed_in = login.paste(&pasted).await;

    assert_eq!(signed_in.code, Some(0), "{signed_in}");
    assert!(signed_in.stderr.contains("against most vendors' terms"), "{signed_in}");
    let shown = signed_in.lines()[1].clone();
    assert_eq!(shown, folder.run("account show own").await.done());
    for (field, value) in [("kind", "oauth"), ("state", "ready"), ("email", EMAIL)] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert!(shown["expires_at"].as_str().is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()), "{shown}");
    let [exchange] = <[_; 1]>::try_from(pretend.requests_for("/v1/oauth/token")).expect("one exchange");
    assert_eq!(exchange.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&exchange.body).expect("JSON");
    assert_eq!((&body["grant_type"], &body["state"]), (&json!("authorization_code"), &json!(state)));
    assert!(body["code_verifier"].as_str().is_some_and(|verifier| verifier.len() >= 43), "{body}");
}

#[tokio::test]
async fn a_code_is_taken_in_every_form_a_person_may_paste_it() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    point_at(&folder, &pretend, "/v1/oauth/token");
    let callback = format!("{}oauth/code/callback", pretend.url());
    let forms: [(&str, &Form<'_>); 8] = [
        ("as-shown", &|code, state| format!("{code}#{state}")),
        ("spaces", &|code, state| format!(" \t{code} # {state} \r")),
        ("empty-lines", &|code, state| format!("\n  \n{code}#{state}\n\n")),
        ("no-break-space", &|code, state| format!("\u{a0}{code}#{state}\u{3000}")),
        ("whole-address", &|code, state| format!("{callback}?code={code}&state={state}")),
        ("other-order", &|code, state| format!(" {callback}?state={state}&iss=x&code={code} ")),
        ("address-with-fragment", &|code, state| format!("{callback}?code={code}#{state}")),
        ("lone-code", &|code, _| code.to_owned()),
    ];

    for (name, form) in forms {
        let login = Login::begin(&mut login_command(&folder, name)).await;
        let shown = pretend.sign_in(&login.authorize_url);
        let (code, state) = shown.split_once('#').expect("code and state");
        let signed_in = login.paste(&form(code, state)).await;
        assert_eq!(signed_in.code, Some(0), "{signed_in}");
    }

    let listed = folder.run("account list").await.done();
    assert_eq!(listed.as_array().map(Vec::len), Some(forms.len()));
    assert_eq!(folder.run("account test lone-code").await.done()["email"], EMAIL);
}

#[tokio::test]
async fn a_name_that_is_there_is_signed_in_anew_in_its_place() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    point_at(&folder, &pretend, "/v1/oauth/token");
    sign_in(&folder, &pretend, "own").await;
    pretend.end_sign_ins();
    assert_eq!(folder.run("account refresh own").await.failed(), "refresh_failed");
    assert_eq!(folder.run("account show own").await.done()["state"], "needs_login");

    let again = sign_in(&folder, &pretend, "own").await;

    assert_eq!((&again.lines()[1]["id"], &again.lines()[1]["state"]), (&json!("a1"), &json!("ready")), "{again}");
    assert_eq!(folder.run("account list").await.done().as_array().map(Vec::len), Some(1));
    folder.run("account test own").await.done();
    folder.run("account refresh own").await.done();
}

#[tokio::test]
async fn an_owner_at_a_terminal_gets_the_same_two_lines() {
    let (folder, pretend) = (Folder::new(), Pretend::start().await.expect("a provider"));
    point_at(&folder, &pretend, "/v1/oauth/token");

    let login = Login::begin(&mut folder.program("account login claude --name own")).await;
    let pasted = pretend.sign_in(&login.authorize_url);
    let signed_in = login.paste(&pasted).await;

    assert_eq!(signed_in.code, Some(0), "{signed_in}");
    assert!(signed_in.stderr.contains("paste the code"), "{signed_in}");
    let printed = signed_in.stdout.lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok());
    let printed = printed.and_then(|event| Url::parse(event["authorize_url"].as_str()?).ok());
    assert!(printed.is_some(), "{signed_in}");
}
