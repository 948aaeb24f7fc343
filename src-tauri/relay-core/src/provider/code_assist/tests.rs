//! Tests of [`super`].

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;

use super::*;
use crate::{
    credential::AccountKind,
    provider::sending::{Trial, authorized},
};

#[test]
fn the_clis_calls_go_on_as_they_are_with_the_accounts_project() {
    let body = "{\"model\":\"gemini-2.5-pro\", \"project\":\"friends\",\"request\": {\"session_id\":\"s\"}}";
    let path = "/v1internal:streamGenerateContent?alt=sse";

    let sent = Trial::of(&CODE_ASSIST, path, body).with_project("owners").send().expect("served");
    assert_eq!(sent.address, "https://provider.example/v1internal:streamGenerateContent?alt=sse");
    assert_eq!(sent.body, body.replace("friends", "owners"));
    assert!(!sent.is_converted);

    let sent = Trial::of(&CODE_ASSIST, path, body).send().expect("served");
    assert_eq!(sent.body, "{\"model\":\"gemini-2.5-pro\",\"request\": {\"session_id\":\"s\"}}");

    let body = "{\"model\":\"gemini-2.5-pro\",\"request\":{}}";
    let sent = Trial::of(&CODE_ASSIST, path, body).with_project("owners").with_models("*-pro=best").send();
    assert_eq!(sent.expect("served").body, "{\"project\":\"owners\",\"model\":\"best\",\"request\":{}}");
    assert_eq!(Trial::of(&CODE_ASSIST, path, body).send().expect("served").body, body);
}

#[test]
fn what_the_cli_asks_beside_its_calls_is_asked_for_the_accounts_project() {
    let body = "{\"cloudaicompanionProject\":\"friends\",\"metadata\":{\"pluginType\":\"GEMINI\",\"duetProject\":\"friends\"}}";
    let ask = |path: &str| Trial::of(&CODE_ASSIST, path, body);

    let sent = ask("/v1internal:loadCodeAssist").with_project("owners").send().expect("served");
    assert_eq!(sent.body, body.replace("friends", "owners"));
    let sent = ask("/v1internal:loadCodeAssist").send().expect("served");
    assert_eq!(sent.body, "{\"metadata\":{\"pluginType\":\"GEMINI\"}}");

    let sent = Trial::of(&CODE_ASSIST, "/v1internal/operations/abc", "").get().with_project("owners").send();
    let sent = sent.expect("served");
    assert_eq!((sent.address.as_str(), sent.body.as_str()), ("https://provider.example/v1internal/operations/abc", ""));

    for method in ["setCodeAssistGlobalUserSetting", "onboardUser"] {
        let refused = ask(&format!("/v1internal:{method}")).send();
        assert!(matches!(refused, Err(CannotServe::Call(_))), "{method}");
    }
}

#[test]
fn a_call_of_the_public_api_is_put_into_the_envelope_and_its_answer_taken_out() {
    let body = "{ \"contents\":[ ] }";
    let path = "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse";

    let sent = Trial::of(&CODE_ASSIST, path, body).with_project("owners").send().expect("served");
    assert_eq!(sent.address, "https://provider.example/v1internal:streamGenerateContent?alt=sse");
    assert_eq!(
        sent.body,
        "{\"model\":\"gemini-2.5-pro\",\"project\":\"owners\",\"user_prompt_id\":\"call_1\",\"request\":{ \"contents\":[ ] }}"
    );
    assert!(sent.is_converted);

    let path = "/v1/models/gemini-2.5-pro:generateContent";
    let sent = Trial::of(&CODE_ASSIST, path, "{\"model\":\"m\",\"contents\":[]}").with_models("*-pro=best").send();
    let sent = sent.expect("served");
    assert_eq!(sent.address, "https://provider.example/v1internal:generateContent");
    assert_eq!(sent.body, "{\"model\":\"best\",\"user_prompt_id\":\"call_1\",\"request\":{\"contents\":[]}}");
}

#[test]
fn a_count_of_tokens_names_its_model_inside_and_is_answered_without_an_envelope() {
    let path = "/v1beta/models/gemini-2.5-pro:countTokens";

    let sent = Trial::of(&CODE_ASSIST, path, "{\"contents\":[]}").with_project("owners").send().expect("served");
    assert_eq!(sent.address, "https://provider.example/v1internal:countTokens");
    assert_eq!(sent.body, "{\"request\":{\"model\":\"models/gemini-2.5-pro\",\"contents\":[]}}");
    assert!(!sent.is_converted);

    let refused = Trial::of(&CODE_ASSIST, path, "{\"generateContentRequest\":{}}").send();
    assert!(matches!(refused, Err(CannotServe::Call(_))));

    let body = "{\"request\":{\"model\":\"models/gemini-2.5-pro\",\"contents\":[]}}";
    let sent = Trial::of(&CODE_ASSIST, "/v1internal:countTokens", body).with_models("*-pro=best").send();
    assert_eq!(sent.expect("served").body, "{\"request\":{\"model\":\"models/best\",\"contents\":[]}}");
}

#[test]
fn what_code_assist_has_not_is_refused() {
    let refused = Trial::of(&CODE_ASSIST, "/v1beta/models/embedding-001:embedContent", "{\"content\":{}}").send();
    assert!(matches!(refused, Err(CannotServe::Call(_))));
    let refused = Trial::of(&CODE_ASSIST, "/v1beta/models", "").get().send();
    assert!(matches!(refused, Err(CannotServe::Call(_))));
}

#[test]
fn a_token_is_sent_as_bearer_and_tells_whose_account_it_is() {
    let credential = Credential { kind: AccountKind::Oauth, secret: "ya29.x".into(), expires_at: None, generation: 1 };
    let headers = authorized(&CODE_ASSIST, &credential, HeaderMap::new());
    assert_eq!((headers.len(), &headers[header::AUTHORIZATION]), (1, &"Bearer ya29.x".parse().expect("a value")));

    let claims = URL_SAFE_NO_PAD.encode(br#"{"sub":"1","email":"o@example.org"}"#);
    let mut tokens = Tokens {
        access_token: "ya29.x".into(),
        refresh_token: None,
        expires_in: None,
        id_token: Some(format!("e30.{claims}.sig").into()),
        email: None,
    };
    assert_eq!(identify(&tokens).profile.email.as_deref(), Some("o@example.org"));
    tokens.id_token = None;
    assert_eq!(identify(&tokens), Identity::default());
    let profile = read_profile(br#"{"id":"1","email":"o@example.org"}"#).expect("readable");
    assert_eq!(profile.email.as_deref(), Some("o@example.org"));
}
