//! OpenAI's API, by key.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/authentication>, `/docs/guides/error-codes` and
//! `/docs/guides/rate-limits` (read November 2026). The limits are each model's, so none of them is a window of the account.

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use super::{Ask, NotASecret, PLAIN, Probe, Provider, ToSend, UnsendableSecret, by_status, pasted, sensitive};
use crate::{
    attempt::{Finding, Reply, Scope},
    credential::{AccountKind, Credential},
    dialect::{chat::CHAT, openai_error::ApiError, responses::RESPONSES},
};

/// The OpenAI provider.
pub static OPENAI: Provider = Provider {
    id: "openai",
    label: "OpenAI",
    dialects: &[&RESPONSES, &CHAT],
    asks: &[Ask::ModelMap, Ask::Models],
    kind_of_secret,
    may_have: |model| !model.starts_with("claude") && !model.starts_with("gemini"),
    authorize,
    judge,
    models_path: Some("/v1/models"),
    probe: |_, _| Probe::Get("/v1/models".to_owned()),
    ..PLAIN
};

/// Said where the account serves nobody until its owner pays or writes to the vendor.
pub(super) const FOR_GOOD: [&str; 4] =
    ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "account_deactivated"];
/// Said where the vendor has too much to do.
pub(super) const OVERLOADED: [&str; 2] = ["server_is_overloaded", "slow_down"];
/// Said where one request is larger than the limit for a minute: it never fits, and others do.
const ABOUT_THIS_CALL: &str = "request too large";
/// How the headers about the limits of a model begin that say what is left of one and when it is whole.
const REMAINING: &str = "x-ratelimit-remaining-";
const RESET: &str = "x-ratelimit-reset-";
/// A shorter wait is over before it is written down.
const SHORTEST_LIMIT: Duration = Duration::from_secs(1);

fn kind_of_secret(secret: &SecretString) -> Result<AccountKind, NotASecret> {
    pasted::one_word(secret, "expected one API key (sk-…), without white space")?;
    Ok(AccountKind::ApiKey)
}

fn authorize(credential: &Credential, request: ToSend<'_>) -> Result<(), UnsendableSecret> {
    let ToSend { headers, .. } = request;
    headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {}", credential.secret.expose_secret()))?);
    Ok(())
}

fn judge(reply: &Reply<'_>) -> Finding {
    let code = reply.status.as_u16();
    let error = ApiError::read(reply.body);
    let is = |words: &[&str]| error.as_ref().is_some_and(|error| error.is_one_of(words));
    match code {
        200..=299 => Finding::Served,
        400..=499 if is(&FOR_GOOD) => {
            Finding::Blocked(format!("the provider says that its quota is used up or its billing is off (HTTP {code})"))
        }
        401 => Finding::SignedOut("the provider refused its credential (HTTP 401)".to_owned()),
        403 => Finding::Forbidden("the provider refused it again and again (HTTP 403)".to_owned()),
        429 if error.as_ref().is_some_and(|error| error.says(ABOUT_THIS_CALL)) => {
            Finding::Crowded { wait: Some(Duration::ZERO) }
        }
        429 => judge_429(reply),
        503 => Finding::Overloaded("the provider is overloaded (HTTP 503)".to_owned()),
        500..=599 if is(&OVERLOADED) => Finding::Overloaded(format!("the provider is overloaded (HTTP {code})")),
        500..=599 => Finding::Failed(format!("the provider failed (HTTP {code})")),
        _ => Finding::CallersOwn,
    }
}

/// A limit of the model, if the provider says until when; else the calls of this moment are too many.
fn judge_429(reply: &Reply<'_>) -> Finding {
    let wait = by_status::read_wait(reply.headers, reply.now).or_else(|| time_to_reset(reply.headers));
    match wait.filter(|wait| *wait >= SHORTEST_LIMIT) {
        Some(wait) => Finding::Limited {
            scope: Scope::Family,
            until: reply.now.checked_add(wait).ok(),
            reason: "the rate limit of this model is reached".to_owned(),
        },
        None => Finding::Crowded { wait },
    }
}

/// How long until all the limits are whole again of which nothing is left.
fn time_to_reset(headers: &HeaderMap) -> Option<Duration> {
    let used_up = headers.keys().filter(|name| text(headers, name) == Some("0"));
    let limits = used_up.filter_map(|name| name.as_str().strip_prefix(REMAINING));
    let resets = limits.filter_map(|limit| headers.get(format!("{RESET}{limit}"))?.to_str().ok().and_then(read_wait));
    resets.max()
}

/// Reads `6m0s`, `20ms` or, as Azure writes it, a number of seconds.
fn read_wait(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => text.parse::<SignedDuration>().ok()?.try_into().ok(),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, StatusCode};
    use jiff::Timestamp;

    use super::*;
    use crate::provider::sending::authorized;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn judged(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Finding {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let status = StatusCode::from_u16(status).expect("a status");
        judge(&Reply { status, headers: &headers.collect(), body: body.as_bytes(), now: NOW })
    }

    /// Seconds until a limit of the model ends.
    fn limit(headers: &[(&'static str, &'static str)]) -> Option<i64> {
        match judged(429, headers, r#"{"error":{"type":"requests","code":"rate_limit_exceeded"}}"#) {
            Finding::Limited { scope: Scope::Family, until, .. } => until.map(Timestamp::as_second),
            _ => None,
        }
    }

    #[test]
    fn only_a_key_of_the_vendors_is_an_account() {
        let kind = |text: &str| kind_of_secret(&text.into()).ok();

        assert_eq!(kind("sk-proj-abc"), Some(AccountKind::ApiKey));
        assert_eq!(kind("cr_abc"), None);
        assert_eq!(kind("two words"), None);
        assert_eq!(kind(""), None);

        let credential =
            Credential { kind: AccountKind::ApiKey, secret: "sk-x".into(), expires_at: None, generation: 1 };
        let headers = authorized(&OPENAI, &credential, HeaderMap::new());
        assert_eq!((headers.len(), &headers[header::AUTHORIZATION]), (1, &HeaderValue::from_static("Bearer sk-x")));
    }

    #[test]
    fn other_vendors_models_are_not_looked_for_here() {
        for (model, expected) in [("gpt-5.2", true), ("o4-mini", true), ("claude-opus-4-5", false), ("gemini-3", false)]
        {
            assert_eq!((OPENAI.may_have)(model), expected, "{model}");
        }
    }

    #[test]
    fn a_429_is_a_limit_of_the_model_where_it_says_until_when() {
        assert_eq!(limit(&[("retry-after", "20")]), Some(20));
        assert_eq!(limit(&[("retry-after-ms", "1500"), ("retry-after", "2")]), Some(1));
        let used_up = [
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "1h"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ];
        assert_eq!(limit(&used_up), Some(360));
        assert_eq!(limit(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "59.5")]), Some(59));
        assert_eq!(limit(&[("x-ratelimit-remaining-tokens", "7"), ("x-ratelimit-reset-tokens", "1m")]), None);
        assert_eq!(limit(&[("retry-after-ms", "20")]), None, "it is over before it is written down");
        assert_eq!(limit(&[]), None);
    }

    #[test]
    fn what_never_fits_says_nothing_about_the_account() {
        let body = r#"{"error":{"message":"Request too large for gpt-5 on tokens per min (TPM)","type":"tokens"}}"#;

        let finding = judged(429, &[("retry-after", "60")], body);

        assert_eq!(finding, Finding::Crowded { wait: Some(Duration::ZERO) });
    }

    #[test]
    fn statuses_and_codes_say_whose_trouble_it_is() {
        let coded = |code: &str| format!(r#"{{"error":{{"message":"m","type":"t","param":null,"code":"{code}"}}}}"#);
        assert!(matches!(judged(429, &[("retry-after", "9")], &coded("insufficient_quota")), Finding::Blocked(_)));
        assert!(matches!(judged(400, &[], &coded("billing_hard_limit_reached")), Finding::Blocked(_)));
        assert!(matches!(judged(401, &[], &coded("account_deactivated")), Finding::Blocked(_)));
        assert!(matches!(judged(401, &[], &coded("invalid_api_key")), Finding::SignedOut(_)));
        assert!(matches!(judged(403, &[], "<html>"), Finding::Forbidden(_)));
        assert!(matches!(judged(503, &[], ""), Finding::Overloaded(_)));
        assert!(matches!(judged(500, &[], &coded("slow_down")), Finding::Overloaded(_)));
        assert!(matches!(judged(502, &[], ""), Finding::Failed(_)));
        assert_eq!(judged(400, &[], &coded("context_length_exceeded")), Finding::CallersOwn);
        assert_eq!(judged(200, &[], ""), Finding::Served);
    }
}
