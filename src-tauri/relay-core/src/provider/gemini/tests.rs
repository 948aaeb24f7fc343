//! Tests of [`super`].

use http::HeaderMap;

use super::*;
use crate::provider::sending::{Trial, authorized};

#[test]
fn only_a_key_is_an_account() {
    let kind = |text: &str| kind_of_secret(&text.into()).ok();

    assert_eq!(kind("AIzaSyExample"), Some(AccountKind::ApiKey));
    for other in ["ya29.token", "1//refresh", "GOCSPX-secret", "cr_abc", "two words", ""] {
        assert_eq!(kind(other), None, "{other}");
    }
}

#[test]
fn the_key_goes_into_its_header() {
    let credential = Credential { kind: AccountKind::ApiKey, secret: "AIza".into(), expires_at: None, generation: 1 };
    let headers = authorized(&GEMINI, &credential, HeaderMap::new());

    assert_eq!((headers.len(), &headers[X_GOOG_API_KEY]), (1, &"AIza".parse().expect("a value")));
    assert!(headers[X_GOOG_API_KEY].is_sensitive());
}

#[test]
fn a_call_of_the_public_api_goes_as_it_is_but_for_the_models_name() {
    let path = "/v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse";
    let sent = Trial::of(&GEMINI, path, "{\"contents\": []}").send().expect("served");
    assert_eq!(sent.address, "https://provider.example/v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
    assert_eq!((sent.body.as_str(), sent.is_converted), ("{\"contents\": []}", false));

    let body = "{\"model\":\"models/gemini-2.5-pro\",\"content\":{}}";
    let sent = Trial::of(&GEMINI, "/v1beta/models/gemini-2.5-pro:embedContent", body)
        .with_models("gemini-2.5-pro=gemini-3-pro")
        .send()
        .expect("served");
    assert_eq!(sent.address, "https://provider.example/v1beta/models/gemini-3-pro:embedContent");
    assert_eq!(sent.body, "{\"model\":\"models/gemini-3-pro\",\"content\":{}}");
}

#[test]
fn a_call_to_code_assist_is_taken_out_of_its_envelope() {
    let body = "{\"model\":\"gemini-2.5-pro\",\"project\":\"p\",\"request\": {\"contents\": [ ],\"session_id\":\"s\",\
        \"labels\":{},\"generationConfig\":{\"topK\": 1}},\"user_prompt_id\":\"u\"}";
    let sent = Trial::of(&GEMINI, "/v1internal:streamGenerateContent?alt=sse", body).send().expect("served");
    assert_eq!(sent.address, "https://provider.example/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
    assert_eq!(sent.body, "{\"contents\": [ ],\"generationConfig\":{\"topK\": 1}}");
    assert!(sent.is_converted);

    let body = "{\"request\":{\"model\":\"models/gemini-2.5-pro\",\"contents\":[]}}";
    let sent = Trial::of(&GEMINI, "/v1internal:countTokens", body)
        .with_models("gemini-2.5-*=gemini-3-pro")
        .send()
        .expect("served");
    assert_eq!(sent.address, "https://provider.example/v1beta/models/gemini-3-pro:countTokens");
    assert_eq!((sent.body.as_str(), sent.is_converted), ("{\"contents\":[]}", false));
}

#[test]
fn what_only_code_assist_can_answer_is_refused() {
    for (path, body) in [
        ("/v1internal:loadCodeAssist", "{\"metadata\":{}}"),
        ("/v1internal:generateContent", "{\"model\":\"m\"}"),
        ("/v1internal:generateContent", "{\"request\":{}}"),
        ("/v1internal:generateContent", "{\"model\":\"../../v1beta/files?x=\",\"request\":{}}"),
        ("/v1internal:generateContent", "{\"model\":\"..\",\"request\":{}}"),
    ] {
        let refused = Trial::of(&GEMINI, path, body).send();
        assert!(matches!(refused, Err(CannotServe::Call(_))), "{path} {body}");
    }
}
