//! Amazon Bedrock: Anthropic's models at Amazon, by access key (signed requests) or by Bedrock API key.
//!
//! Sources: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html> and
//! `API_runtime_InvokeModelWithResponseStream.html`, <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html>,
//! and, for the body, `model-parameters-anthropic-claude-messages.html` (read November 2026). The body is that of the
//! Messages format, but for what Bedrock wants elsewhere: the model stands in the path, and so does whether the answer is a
//! stream; the version and the betas stand in the body. A stream comes in Amazon's own framing.

mod frames;
mod models;
mod refusals;
mod signature;
mod stream;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use self::signature::Keys;
use super::{
    Ask, CannotServe, NotASecret, Outgoing, PLAIN, Prepared, Probe, Provider, ToSend, UnsendableSecret, WITHIN_A_PART,
    join, pasted, sensitive,
};
use crate::{
    call::Operation,
    convert::Conversion,
    credential::{AccountKind, Credential},
    dialect::messages::MESSAGES,
    json::{Edit, Fields},
    options::Options,
};

const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
/// The version Bedrock wants to be told in the body; it knows no other.
const VERSION: &str = "bedrock-2023-05-31";
/// The form that answers are asked for in; a stream's framing is Amazon's whatever is said here.
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The region that requests to an address of the owner's own are signed for, where none is set: it is Amazon's default.
const DEFAULT_REGION: &str = "us-east-1";
/// What the signature names the product by.
const PRODUCT: &str = "bedrock";

/// The Bedrock provider.
pub static BEDROCK: Provider = Provider {
    id: "bedrock",
    label: "Amazon Bedrock",
    dialects: &[&MESSAGES],
    asks: &[Ask::Region, Ask::ModelMap, Ask::Models],
    kind_of_secret,
    may_have: models::may_have,
    prepare,
    authorize,
    judge: refusals::judge,
    read_refusal: Some(refusals::message),
    probe,
    ..PLAIN
};

fn kind_of_secret(secret: &SecretString) -> Result<AccountKind, NotASecret> {
    const EXPECTED: &str = "expected ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN where there is one, or one Bedrock API key; without white space";
    let word = pasted::one_word(secret, EXPECTED)?;
    if word.contains(':') && Keys::read(word).is_none() {
        return Err(NotASecret(EXPECTED));
    }
    Ok(AccountKind::ApiKey)
}

fn prepare(call: Outgoing<'_>) -> Result<Prepared, CannotServe> {
    let Outgoing { operation, asked, fields, headers, base, options, call_id, .. } = call;
    if operation != Operation::Generate {
        return Err(CannotServe::Call(
            "Accounts at Amazon Bedrock only generate answers: Bedrock counts tokens in a form that Carpool does not write.",
        ));
    }
    let model = asked.model.as_deref().ok_or(CannotServe::Call("The request names no model."))?;
    let id = models::id(model, options).ok_or(CannotServe::Call(
        "It is not certain what Amazon Bedrock calls this model in the account's region: the owner can say so in the account's model map.",
    ))?;
    let action = if asked.stream { "invoke-with-response-stream" } else { "invoke" };
    let path = format!("/model/{}/{action}", utf8_percent_encode(&id, WITHIN_A_PART));
    let address = join(base, &path, None)?;
    let edits = body_edits(fields, headers)?;
    headers.remove(ANTHROPIC_BETA);
    headers.remove(ANTHROPIC_VERSION);
    headers.insert(header::ACCEPT, JSON);
    let conversion = asked.stream.then(|| Box::new(stream::ToEvents::of(call_id)) as Box<dyn Conversion>);
    Ok(Prepared { address, edits, conversion })
}

/// What comes into the body comes before all else in it, and what leaves it may be the first that was there: a body of
/// nothing but that is left with a comma too many, and is no request with it or without.
fn body_edits(fields: &Fields, headers: &HeaderMap) -> Result<Vec<Edit>, CannotServe> {
    let mut edits = Vec::new();
    if fields.text("anthropic_version").is_none() {
        edits.push(fields.add("anthropic_version", &Value::from(VERSION)));
    }
    let asked = betas(headers);
    if !asked.is_empty() {
        let unreadable = |_| CannotServe::Call("The request's field 'anthropic_beta' does not hold a list of words.");
        let mut all: Vec<String> = fields.read("anthropic_beta").map_err(unreadable)?.unwrap_or_default();
        for beta in asked {
            if !all.contains(&beta) {
                all.push(beta);
            }
        }
        edits.push(fields.set("anthropic_beta", &Value::from(all)));
    }
    edits.extend(fields.remove(&["model", "stream"]));
    Ok(edits)
}

/// The betas that the headers ask for, in their order.
fn betas(headers: &HeaderMap) -> Vec<String> {
    let lists = headers.get_all(ANTHROPIC_BETA).into_iter().filter_map(|value| value.to_str().ok());
    let words = lists.flat_map(|list| list.split(',')).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let secret = credential.secret.expose_secret();
    if let Some(keys) = Keys::read(secret) {
        let region = request.options.region.as_deref().unwrap_or(DEFAULT_REGION);
        return signature::sign(request, &keys, region, PRODUCT);
    }
    request.headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {secret}"))?);
    Ok(())
}

/// Of what the same host answers, listing asynchronous invocations costs nothing, needs no model to be there, and is
/// refused to a credential that is not good
/// (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ListAsyncInvokes.html>). It takes the permission
/// `bedrock:ListAsyncInvokes`, which the policies that Amazon makes for Bedrock include.
fn probe(_: AccountKind, _: &Options) -> Probe {
    Probe::Get("/async-invoke?maxResults=1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::Asked,
        provider::{
            rehearsal::{Rehearsal, Rehearsed, generate},
            sending::authorized,
        },
    };

    const BASE: &str = "https://bedrock-runtime.eu-central-1.amazonaws.com";

    fn prepared(model: &str, body: &str, headers: &[(&'static str, &'static str)]) -> Result<Rehearsed, CannotServe> {
        let options = Options { region: Some("eu-central-1".to_owned()), ..Options::default() };
        Rehearsal { headers, options, ..generate(&MESSAGES, "/v1/messages", model, body, BASE) }.prepare(&BEDROCK)
    }

    #[test]
    fn the_model_moves_to_the_path_and_version_and_betas_into_the_body() {
        let body =
            r#"{"model":"claude-sonnet-4-5","max_tokens":5,"messages":[{"role":"user","content":"é"}],"stream":false}"#;
        let headers = [("anthropic-version", "2023-06-01"), ("anthropic-beta", "a,b"), ("x-app", "cli")];

        let sent = prepared("claude-sonnet-4-5", body, &headers).expect("ready");

        assert_eq!(sent.address, format!("{BASE}/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke"),);
        assert_eq!(
            sent.body,
            r#"{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a","b"],"max_tokens":5,"messages":[{"role":"user","content":"é"}]}"#
        );
        let names: Vec<_> = sent.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!((names, &sent.headers[header::ACCEPT]), (vec!["x-app", "accept"], &JSON));
        assert!(sent.conversion.is_none());
    }

    #[test]
    fn what_the_body_says_itself_stays() {
        let body = r#"{"anthropic_beta":["b","c"],"anthropic_version":"bedrock-x","model":"m","max_tokens":5}"#;

        let sent = prepared("anthropic.m", body, &[("anthropic-beta", "a, b")]).expect("ready");
        assert_eq!(sent.body, r#"{"anthropic_beta":["b","c","a"],"anthropic_version":"bedrock-x","max_tokens":5}"#);
        let sent = prepared("anthropic.m", body, &[]).expect("ready");
        assert_eq!(sent.body, r#"{"anthropic_beta":["b","c"],"anthropic_version":"bedrock-x","max_tokens":5}"#);

        let odd = r#"{"anthropic_beta":"a","model":"m"}"#;
        assert!(matches!(prepared("anthropic.m", odd, &[("anthropic-beta", "a")]), Err(CannotServe::Call(_))));
    }

    #[test]
    fn a_stream_has_another_address_and_is_turned_into_events() {
        let asked = Asked { model: Some("x".to_owned()), stream: true, ..Asked::default() };
        let options = Options {
            model_map: vec!["x=arn:aws:bedrock:us-east-1:1:x/y".parse().expect("a name")],
            ..Options::default()
        };
        let call = generate(&MESSAGES, "/v1/messages", "", r#"{"stream":true,"model":"x","a":1}"#, BASE);

        let sent = Rehearsal { asked, options, ..call }.prepare(&BEDROCK).expect("ready");

        assert_eq!(
            sent.address,
            format!("{BASE}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ax%2Fy/invoke-with-response-stream"),
        );
        assert_eq!(sent.body, r#"{"anthropic_version":"bedrock-2023-05-31","a":1}"#);
        assert_eq!(sent.conversion.and_then(|conversion| conversion.media_type()), Some("text/event-stream"));
    }

    #[test]
    fn what_bedrock_cannot_do_is_refused_before_it_is_sent() {
        let count = Rehearsal {
            operation: Operation::CountTokens,
            ..generate(&MESSAGES, "/v1/messages/count_tokens", "anthropic.m", "{}", BASE)
        };
        assert!(matches!(count.prepare(&BEDROCK), Err(CannotServe::Call(_))));
        assert!(matches!(prepared("gpt-5", "{}", &[]), Err(CannotServe::Call(_))));
        assert!(matches!(prepared("..", "{}", &[]), Err(CannotServe::Call(_))));
        let resource = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.m";
        assert!(
            matches!(prepared(resource, "{}", &[]), Err(CannotServe::Call(_))),
            "only the owner may name resources"
        );
    }

    #[test]
    fn a_secret_is_an_access_key_or_an_api_key() {
        for good in ["AKIDEXAMPLE:wJalr/K7", "ASIAEXAMPLE:wJalr/K7:token==", "ABSKQmVkcm9jaw=="] {
            assert_eq!(kind_of_secret(&good.into()).ok(), Some(AccountKind::ApiKey), "{good}");
        }
        for wrong in ["", "AKIDEXAMPLE:", ":secret", "a:b:", "a:b:c:d", "two words", "cr_abc"] {
            assert!(kind_of_secret(&wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_api_key_is_a_bearer_and_an_access_key_signs() {
        let sent = |secret: &str| {
            let kind = AccountKind::ApiKey;
            let credential = Credential { kind, secret: secret.into(), expires_at: None, generation: 1 };
            authorized(&BEDROCK, &credential, HeaderMap::new())
        };

        let bearer = sent("ABSKQmVkcm9jaw==");
        assert_eq!(
            (bearer.len(), &bearer[header::AUTHORIZATION]),
            (1, &HeaderValue::from_static("Bearer ABSKQmVkcm9jaw=="))
        );
        let signed = sent("AKIDEXAMPLE:secret:token");
        let authorization = signed[header::AUTHORIZATION].to_str().expect("text");
        assert!(authorization.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/19700101/us-east-1/bedrock/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-security-token, Signature="
        ));
        assert_eq!(signed["x-amz-security-token"], "token");
        assert!(signed.get("x-amz-security-token").is_some_and(HeaderValue::is_sensitive));
    }
}
