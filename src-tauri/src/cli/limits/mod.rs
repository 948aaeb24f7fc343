//! Flags that set what a key or a friend may do. A flag that is not given leaves its limit as it is.

pub(super) mod shown;

use std::{
    net::IpAddr,
    num::{NonZeroU32, NonZeroU64},
    str::FromStr,
};

use carpool_core::{
    limits::{ClientName, LONGEST_WAIT_S, Limits, QuietHours},
    options::{BadOption, Pattern},
    price::PicoUsd,
};
use clap::Args;
use ipnet::IpNet;

use super::account::parse_provider;
use crate::failure::Failure;

/// What takes a limit away.
const NONE: &str = "none";
const HEADING: &str = "Limits (0 or none takes one away)";

#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = HEADING)]
pub(crate) struct LimitFlags {
    /// The most requests in any minute
    #[arg(long, value_name = "N", value_parser = number::<NonZeroU32>)]
    rpm: Option<Given<NonZeroU32>>,
    /// The most tokens in any minute: uncached input, cache writes and output
    #[arg(long, value_name = "N", value_parser = number::<NonZeroU64>)]
    tpm: Option<Given<NonZeroU64>>,
    /// The most calls at once
    #[arg(long, value_name = "N", value_parser = number::<NonZeroU32>)]
    concurrency: Option<Given<NonZeroU32>>,
    /// How long a call waits for one of those places before it is refused; without it, not at all
    #[arg(long, value_name = "SECONDS", value_parser = wait)]
    concurrency_wait: Option<Given<NonZeroU32>>,
    /// The most money in any five hours
    #[arg(long, value_name = "USD", value_parser = money)]
    cap_5h: Option<Given<PicoUsd>>,
    /// The most money in a day
    #[arg(long, value_name = "USD", value_parser = money)]
    cap_day: Option<Given<PicoUsd>>,
    /// The most money in a week, which begins on Monday
    #[arg(long, value_name = "USD", value_parser = money)]
    cap_week: Option<Given<PicoUsd>>,
    /// The most money in a month of the calendar
    #[arg(long, value_name = "USD", value_parser = money)]
    cap_month: Option<Given<PicoUsd>>,
    /// The most money altogether
    #[arg(long, value_name = "USD", value_parser = money)]
    cap_total: Option<Given<PicoUsd>>,
    /// The models that may be asked for, and no others; wildcards are allowed
    #[arg(long, value_name = "GLOB", num_args = 1.., value_parser = model)]
    allow_model: Vec<Given<Pattern>>,
    /// Models that may not be asked for, even where they are allowed; wildcards are allowed
    #[arg(long, value_name = "GLOB", num_args = 1.., value_parser = model)]
    deny_model: Vec<Given<Pattern>>,
    /// The providers whose accounts may serve, and no others, e.g. claude or openai
    #[arg(long, value_name = "P", num_args = 1.., value_parser = provider)]
    allow_provider: Vec<Given<String>>,
    /// The programs that may call: claude-code, codex, gemini-cli, droid, other, or how a user agent begins (which can be
    /// forged)
    #[arg(long, value_name = "C", num_args = 1.., value_parser = client)]
    allow_client: Vec<Given<ClientName>>,
    /// The networks or addresses that may be called from
    #[arg(long, value_name = "CIDR", num_args = 1.., value_parser = network)]
    allow_ip: Vec<Given<IpNet>>,
    /// When no calls are taken, by this machine's clock: 23:00-07:00, or "mon-fri 09:00-17:00"
    #[arg(long, value_name = "HH:MM-HH:MM", num_args = 1.., value_parser = hours)]
    quiet: Vec<Given<QuietHours>>,
}

/// Changes to limits that are there.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = HEADING)]
pub(crate) struct LimitChanges {
    /// Take all limits away but those that are named beside it
    #[arg(long)]
    no_limits: bool,
    #[command(flatten)]
    flags: LimitFlags,
}

impl LimitChanges {
    /// Says whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts what was given over what is set.
    ///
    /// # Errors
    /// When two limits contradict each other, or what is set cannot be read and is not taken away.
    pub(crate) fn over(self, set: &Limits, fault: Option<&str>) -> Result<Limits, Failure> {
        match (self.no_limits, fault) {
            (true, _) => self.flags.over(Limits::default()),
            (false, None) => self.flags.over(set.clone()),
            (false, Some(fault)) => {
                let advice = "take them away with --no-limits and name all that are to be, in one command";
                Err(Failure::new(
                    "unreadable_limits",
                    format!("the limits that are set cannot be read ({fault}): {advice}"),
                ))
            }
        }
    }
}

/// A limit as it was given: a new one, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Given<T> {
    /// This one.
    Limit(T),
    /// None.
    Nothing,
}

impl<T> Given<T> {
    /// The new limit, if it is one.
    pub(super) fn limit(self) -> Option<T> {
        match self {
            Self::Limit(limit) => Some(limit),
            Self::Nothing => None,
        }
    }
}

impl LimitFlags {
    /// Says whether no limit was named.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts what was given over what is set.
    ///
    /// # Errors
    /// When two limits contradict each other.
    pub(crate) fn over(self, mut limits: Limits) -> Result<Limits, Failure> {
        let is_wait_given = self.concurrency_wait.is_some();
        replace(&mut limits.rpm, self.rpm);
        replace(&mut limits.tpm, self.tpm);
        replace(&mut limits.concurrency, self.concurrency);
        replace(&mut limits.concurrency_wait, self.concurrency_wait);
        replace(&mut limits.cap_5h, self.cap_5h);
        replace(&mut limits.cap_day, self.cap_day);
        replace(&mut limits.cap_week, self.cap_week);
        replace(&mut limits.cap_month, self.cap_month);
        replace(&mut limits.cap_total, self.cap_total);
        replace_all(&mut limits.allow_models, self.allow_model, "--allow-model")?;
        replace_all(&mut limits.deny_models, self.deny_model, "--deny-model")?;
        replace_all(&mut limits.allow_providers, self.allow_provider, "--allow-provider")?;
        replace_all(&mut limits.allow_clients, self.allow_client, "--allow-client")?;
        replace_all(&mut limits.allow_ips, self.allow_ip, "--allow-ip")?;
        replace_all(&mut limits.quiet, self.quiet, "--quiet")?;
        if limits.concurrency.is_none() && limits.concurrency_wait.is_some() {
            if is_wait_given {
                let text = "--concurrency-wait is for calls beyond --concurrency: say how many may be at once";
                return Err(Failure::new("bad_limit", text));
            }
            // It went with the limit that it was for.
            limits.concurrency_wait = None;
        }
        Ok(limits)
    }
}

fn replace<T>(set: &mut Option<T>, given: Option<Given<T>>) {
    if let Some(given) = given {
        *set = given.limit();
    }
}

fn replace_all<T>(set: &mut Vec<T>, given: Vec<Given<T>>, flag: &str) -> Result<(), Failure> {
    if given.is_empty() {
        return Ok(());
    }
    let count = given.len();
    let limits: Vec<T> = given.into_iter().filter_map(Given::limit).collect();
    if limits.len() < count && count > 1 {
        return Err(Failure::new("bad_limit", format!("{flag}: '{NONE}' takes all away, so it stands alone")));
    }
    *set = limits;
    Ok(())
}

/// Reads a count. The type is one that cannot be zero.
pub(super) fn number<T: FromStr>(text: &str) -> Result<Given<T>, String> {
    match text {
        "0" | NONE => Ok(Given::Nothing),
        _ => text.parse().map(Given::Limit).map_err(|_| "expected a whole number, or none".to_owned()),
    }
}

fn wait(text: &str) -> Result<Given<NonZeroU32>, String> {
    match number::<NonZeroU32>(text)? {
        Given::Limit(seconds) if seconds.get() > LONGEST_WAIT_S => {
            Err(format!("expected at most {LONGEST_WAIT_S}: clients give up on a silent answer"))
        }
        given => Ok(given),
    }
}

fn money(text: &str) -> Result<Given<PicoUsd>, String> {
    if matches!(text, "0" | NONE) {
        return Ok(Given::Nothing);
    }
    let amount: PicoUsd = text.parse().map_err(|error| format!("{error}, or none"))?;
    // What is next to nothing was not meant to be no limit at all.
    if amount.0 > 0 { Ok(Given::Limit(amount)) } else { Err("expected more than 0, or none".to_owned()) }
}

fn given<T, E>(text: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Result<Given<T>, E> {
    if text == NONE { Ok(Given::Nothing) } else { read(text).map(Given::Limit) }
}

fn model(text: &str) -> Result<Given<Pattern>, BadOption> {
    given(text, str::parse)
}

fn provider(text: &str) -> Result<Given<String>, String> {
    given(text, |text| parse_provider(text).map(|provider| provider.id.to_owned()))
}

fn client(text: &str) -> Result<Given<ClientName>, BadOption> {
    given(text, |text| text.to_owned().try_into())
}

fn hours(text: &str) -> Result<Given<QuietHours>, BadOption> {
    given(text, str::parse)
}

/// Reads a network, or an address, which is a network of one.
fn network(text: &str) -> Result<Given<IpNet>, String> {
    let read = |text: &str| match text.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address)),
        Err(_) => text.parse::<IpNet>().map(|network| network.trunc()),
    };
    given(text, read).map_err(|_| "expected a network such as 10.0.0.0/8 or fd00::/8, or an address".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        flags: LimitFlags,
    }

    fn flags(words: &[&str]) -> Result<LimitFlags, String> {
        let read = Words::try_parse_from(["test"].iter().chain(words));
        read.map(|words| words.flags).map_err(|error| error.to_string())
    }

    fn over(limits: Limits, words: &[&str]) -> Result<Limits, String> {
        flags(words)?.over(limits).map_err(|failure| failure.message)
    }

    #[test]
    fn a_limit_that_is_named_is_replaced_and_the_others_stay() {
        let set = over(Limits::default(), &["--rpm", "5", "--cap-day", "1.50", "--allow-model", "a*", "b"]);
        let set = set.expect("limits");

        let changed = over(set.clone(), &["--rpm", "0", "--allow-model", "c"]).expect("limits");

        assert_eq!((set.rpm, changed.rpm), (NonZeroU32::new(5), None));
        assert_eq!((changed.cap_day, set.cap_day), (Some(PicoUsd(1_500_000_000_000)), changed.cap_day));
        assert_eq!(changed.allow_models.iter().map(Pattern::as_str).collect::<Vec<_>>(), ["c"]);
        assert!(over(changed, &["--cap-day", "none", "--allow-model", "none"]).expect("limits").is_empty());
        assert!(flags(&[]).expect("flags").is_empty() && !flags(&["--rpm", "none"]).expect("flags").is_empty());
    }

    #[test]
    fn a_wait_goes_with_the_limit_that_it_is_for() {
        let set = over(Limits::default(), &["--concurrency", "2", "--concurrency-wait", "10"]).expect("limits");

        let without = over(set, &["--concurrency", "none"]).expect("limits");

        assert_eq!((without.concurrency, without.concurrency_wait), (None, None));
        assert!(over(Limits::default(), &["--concurrency-wait", "10"]).expect_err("no use").contains("--concurrency"));
    }

    #[test]
    fn an_address_is_a_network_of_one_and_a_network_has_no_host() {
        let set = over(Limits::default(), &["--allow-ip", "192.0.2.7", "2001:db8::1", "10.1.2.3/8"]).expect("limits");

        let written: Vec<_> = set.allow_ips.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["192.0.2.7/32", "2001:db8::1/128", "10.0.0.0/8"]);
    }

    #[test]
    fn what_is_no_limit_is_refused_with_what_is_one() {
        let cases: [(&[&str], &str); 9] = [
            (&["--rpm", "many"], "expected a whole number"),
            (&["--rpm=-1"], "expected a whole number"),
            (&["--concurrency-wait", "46"], "at most 45"),
            (&["--cap-day", "1,50"], "expected a number such as 5 or 0.50, or none"),
            (&["--cap-day", "0.0000000000001"], "more than 0"),
            (&["--allow-provider", "nobody"], "known are: claude"),
            (&["--allow-ip", "10.0.0.0/33"], "expected a network"),
            (&["--quiet", "25:00-26:00"], "expected 23:00-07:00"),
            (&["--allow-model", "a", "none"], "stands alone"),
        ];

        for (words, told) in cases {
            let error = over(Limits::default(), words).expect_err("refused");
            assert!(error.contains(told), "{words:?}: {error}");
        }
    }
}
