//! Limits as they are shown: whole to programs, in a few words to people.

use carpool_core::{
    limits::{CapSpan, ClientName, Limits},
    options::Pattern,
    price::PicoUsd,
};
use serde_json::{Map, Value, json};

use super::super::output::Output;

/// What is shown of the limits of a key or friend that cannot be read.
const UNREADABLE: &str = "unreadable: refused";

/// Limits, and what else belongs to them, as a field of what is shown; `null` to programs where they cannot be read.
pub(crate) fn field(limits: &Limits, fault: Option<&str>, besides: &[(&str, Value)], output: &Output) -> Value {
    match (fault, output.is_json()) {
        (Some(_), true) => Value::Null,
        (Some(_), false) => UNREADABLE.into(),
        (None, true) => {
            let fields = serde_json::to_value(limits).ok().and_then(|value| value.as_object().cloned());
            let besides = besides.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            Value::Object(fields.unwrap_or_default().into_iter().chain(besides).collect::<Map<_, _>>())
        }
        (None, false) => {
            let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let besides = besides.iter().map(|(name, value)| match *name {
                "expires_after_first_use_days" => format!("ends {} days after its first use", word(value)),
                name => format!("{} {}", name.replace('_', " "), word(value)),
            });
            let words: Vec<_> = in_words(limits).into_iter().chain(besides).collect();
            if words.is_empty() { Value::Null } else { json!(words.join(", ")) }
        }
    }
}

/// Limits in a few words each, e.g. `20/min` and `$5/day`.
fn in_words(limits: &Limits) -> Vec<String> {
    let mut words = Vec::new();
    words.extend(limits.rpm.map(|rpm| format!("{rpm}/min")));
    words.extend(limits.tpm.map(|tpm| format!("{tpm} tokens/min")));
    words.extend(limits.concurrency.map(|places| match limits.concurrency_wait {
        Some(seconds) => format!("{places} at once (waits {seconds} s)"),
        None => format!("{places} at once"),
    }));
    words.extend(limits.caps().map(|(span, cap)| match span {
        CapSpan::Total => format!("{} in total", dollars(cap)),
        span => format!("{}/{}", dollars(cap), span.as_str()),
    }));
    let lists: [(&str, Vec<&str>); 4] = [
        ("models", limits.allow_models.iter().map(Pattern::as_str).collect()),
        ("not", limits.deny_models.iter().map(Pattern::as_str).collect()),
        ("providers", limits.allow_providers.iter().map(String::as_str).collect()),
        ("clients", limits.allow_clients.iter().map(ClientName::as_str).collect()),
    ];
    words.extend(
        lists.iter().filter(|(_, list)| !list.is_empty()).map(|(what, list)| format!("{what} {}", list.join(" "))),
    );
    let lists = [
        ("from", limits.allow_ips.iter().map(ToString::to_string).collect::<Vec<_>>()),
        ("quiet", limits.quiet.iter().map(ToString::to_string).collect()),
    ];
    words.extend(
        lists.iter().filter(|(_, list)| !list.is_empty()).map(|(what, list)| format!("{what} {}", list.join(" "))),
    );
    words
}

/// An amount without cents where there are none.
fn dollars(amount: PicoUsd) -> String {
    let text = amount.to_string();
    text.strip_suffix(".00").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_in_a_few_words() {
        let limits: Limits = serde_json::from_value(json!({
            "rpm": 20, "concurrency": 2, "concurrency_wait": 5, "cap_day_pico_usd": 5_000_000_000_000_i64,
            "cap_total_pico_usd": 12_500_000_000_000_i64, "deny_models": ["*opus*"], "quiet": ["23:00-07:00"],
        }))
        .expect("limits");
        let shown = |output| field(&limits, None, &[("group", json!("home"))], &Output::new(output));

        assert_eq!(
            shown(false),
            "20/min, 2 at once (waits 5 s), $5/day, $12.50 in total, not *opus*, quiet 23:00-07:00, group home"
        );
        assert_eq!((&shown(true)["rpm"], &shown(true)["group"]), (&json!(20), &json!("home")));
        assert_eq!(field(&Limits::default(), None, &[], &Output::new(false)), Value::Null);
        assert_eq!(field(&Limits::default(), Some("bad"), &[], &Output::new(true)), Value::Null);
    }
}
