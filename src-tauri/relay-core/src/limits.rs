//! What a key, or a friend with all their keys, may do: how much, how fast, what and from where.
//!
//! Here stands what the owner set. Whether a call is within it is decided in [`crate::admission`].

mod quiet;

use std::num::{NonZeroU32, NonZeroU64};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use self::quiet::QuietHours;
pub(crate) use self::quiet::until as quiet_until;
use crate::{
    call::Client,
    options::{BadOption, Pattern},
    price::PicoUsd,
};

/// The longest a call may wait for a free place, in seconds: clients give up on a silent answer after about a minute.
pub const LONGEST_WAIT_S: u32 = 45;

/// What a key or a friend may do; what is not set is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests in any 60 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpm: Option<NonZeroU32>,
    /// Tokens in any 60 seconds: uncached input, cache writes and output. Cache reads do not count, as at Anthropic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpm: Option<NonZeroU64>,
    /// Charged calls at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<NonZeroU32>,
    /// How long a call waits for one of those places before it is refused, in seconds; not at all where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_wait: Option<NonZeroU32>,
    /// Money in any five hours.
    #[serde(rename = "cap_5h_pico_usd", skip_serializing_if = "Option::is_none")]
    pub cap_5h: Option<PicoUsd>,
    /// Money in a day of the owner's time zone.
    #[serde(rename = "cap_day_pico_usd", skip_serializing_if = "Option::is_none")]
    pub cap_day: Option<PicoUsd>,
    /// Money in a week that begins on Monday.
    #[serde(rename = "cap_week_pico_usd", skip_serializing_if = "Option::is_none")]
    pub cap_week: Option<PicoUsd>,
    /// Money in a month of the calendar.
    #[serde(rename = "cap_month_pico_usd", skip_serializing_if = "Option::is_none")]
    pub cap_month: Option<PicoUsd>,
    /// Money altogether.
    #[serde(rename = "cap_total_pico_usd", skip_serializing_if = "Option::is_none")]
    pub cap_total: Option<PicoUsd>,
    /// The models that may be asked for; all where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_models: Vec<Pattern>,
    /// The models that may not, even where they are allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny_models: Vec<Pattern>,
    /// The providers, by id, whose accounts may serve; all where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_providers: Vec<String>,
    /// The programs that may call, as far as their user agent tells; all where there are none. Advisory: a header can be
    /// forged by who holds a key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_clients: Vec<ClientName>,
    /// The networks that may be called from; all where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_ips: Vec<IpNet>,
    /// When no calls are taken, in the owner's time zone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<QuietHours>,
}

/// A span of time that a money cap is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapSpan {
    /// Any five hours.
    FiveHours,
    /// A day of the owner's time zone.
    Day,
    /// A week from Monday on.
    Week,
    /// A month of the calendar.
    Month,
    /// Since ever.
    Total,
}

impl CapSpan {
    /// Every one, the shortest first.
    pub const ALL: [Self; 5] = [Self::FiveHours, Self::Day, Self::Week, Self::Month, Self::Total];

    /// The word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FiveHours => "5h",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Total => "total",
        }
    }
}

impl Limits {
    /// The money caps that are set, the shortest span first.
    pub fn caps(&self) -> impl Iterator<Item = (CapSpan, PicoUsd)> {
        CapSpan::ALL.into_iter().filter_map(|span| Some((span, self.cap(span)?)))
    }

    /// The cap for a span, if one is set.
    #[must_use]
    pub const fn cap(&self, span: CapSpan) -> Option<PicoUsd> {
        match span {
            CapSpan::FiveHours => self.cap_5h,
            CapSpan::Day => self.cap_day,
            CapSpan::Week => self.cap_week,
            CapSpan::Month => self.cap_month,
            CapSpan::Total => self.cap_total,
        }
    }

    /// The providers that a key may use whose own limits these are, and whose friend has those `other` limits; `None` for all.
    #[must_use]
    pub fn providers_with(&self, other: &Self) -> Option<Vec<String>> {
        match (&self.allow_providers[..], &other.allow_providers[..]) {
            ([], []) => None,
            (own, []) | ([], own) => Some(own.to_vec()),
            (own, others) => Some(own.iter().filter(|provider| others.contains(provider)).cloned().collect()),
        }
    }

    /// Says whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A program that may call: one that Carpool knows, or the beginning of a user agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientName(String);

impl ClientName {
    /// Says whether a call with this user agent comes from it.
    #[must_use]
    pub fn fits(&self, user_agent: &str) -> bool {
        match Client::from_word(&self.0) {
            Some(client) => Client::from_user_agent(user_agent) == client,
            None => user_agent.get(..self.0.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(&self.0)),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientName {
    type Error = BadOption;

    fn try_from(text: String) -> Result<Self, BadOption> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
            let advice = "expected claude-code, codex, gemini-cli, droid, other, or how a user agent begins";
            return Err(BadOption(format!("'{text}' is no client: {advice}")));
        }
        Ok(Self(text.to_owned()))
    }
}

impl From<ClientName> for String {
    fn from(name: ClientName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_word_or_by_how_its_user_agent_begins() {
        let named = |text: &str| ClientName::try_from(text.to_owned()).expect("a client");

        assert!(named("claude-code").fits("claude-cli/2.1.329 (external, cli)"));
        assert!(!named("claude-code").fits("claude-code"));
        assert!(named("other").fits("curl/8.9"));
        assert!(named("OpenCode/").fits("opencode/1.18.33"));
        assert!(!named("opencode/").fits("open"));
        assert!(ClientName::try_from(" ".to_owned()).is_err());
    }

    #[test]
    fn limits_are_written_with_what_is_set_and_read_back() {
        let limits = Limits {
            rpm: NonZeroU32::new(20),
            cap_day: Some(PicoUsd(5_000_000_000_000)),
            deny_models: vec![Pattern::try_from("*opus*".to_owned()).expect("a pattern")],
            allow_ips: vec!["10.0.0.0/8".parse().expect("a network")],
            ..Limits::default()
        };

        let text = serde_json::to_string(&limits).expect("plain data");

        let expected =
            r#"{"rpm":20,"cap_day_pico_usd":5000000000000,"deny_models":["*opus*"],"allow_ips":["10.0.0.0/8"]}"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Limits>(&text).expect("its own text"), limits);
        assert_eq!(limits.caps().collect::<Vec<_>>(), [(CapSpan::Day, PicoUsd(5_000_000_000_000))]);
        assert!(serde_json::from_str::<Limits>(r#"{"rpm":0}"#).is_err());
    }
}
