//! What the form of limits decides: how each field is read and written, and what is wrong with it; and how long the bars
//! of limits are.

use std::{collections::BTreeMap, net::IpAddr};

use carpool_ipc::{
    Failure, Money,
    limits::{Amounts, Expiry, LimitField, LimitKind, LimitsForm},
    texts::Limits,
};

use crate::components::{badge::Tone, format, meter::tone_of_use};

/// The fields of the pace.
pub(super) const PACE: [LimitField; 4] =
    [LimitField::Rpm, LimitField::Tpm, LimitField::Concurrency, LimitField::ConcurrencyWait];
/// The caps.
pub(super) const MONEY: [LimitField; 5] =
    [LimitField::Cap5h, LimitField::CapDay, LimitField::CapWeek, LimitField::CapMonth, LimitField::CapTotal];
/// What may be asked.
pub(super) const WHAT: [LimitField; 3] = [LimitField::AllowModels, LimitField::DenyModels, LimitField::AllowProviders];
/// From where and when.
pub(super) const FROM_WHERE: [LimitField; 3] = [LimitField::AllowClients, LimitField::AllowIps, LimitField::Quiet];

/// The longest a call may wait for a place, in seconds: what `carpool-core` allows.
const LONGEST_WAIT_S: u32 = 45;
/// The digits after the point that a pico-dollar has.
const PICO_DIGITS: usize = 12;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    WholeNumber,
    Wait,
    Amount,
    Networks,
    Hours,
    Date,
    Days,
}

impl Wrong {
    /// What to say about it.
    pub(super) fn text(self, words: &Limits) -> &'static str {
        match self {
            Self::WholeNumber => words.whole_number,
            Self::Wait => words.wait,
            Self::Amount => words.amount,
            Self::Networks => words.networks,
            Self::Hours => words.hours,
            Self::Date => words.date,
            Self::Days => words.days,
        }
    }
}

/// Every field that is a text, in the order of the form.
pub(super) fn fields() -> impl Iterator<Item = LimitField> {
    PACE.into_iter().chain(MONEY).chain(WHAT).chain(FROM_WHERE)
}

/// What stands in a field.
pub(super) fn text(form: &LimitsForm, field: LimitField) -> String {
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let amount = |amount: &Option<String>| amount.clone().unwrap_or_default();
    match field {
        LimitField::Rpm => number(form.rpm.map(u64::from)),
        LimitField::Tpm => number(form.tpm),
        LimitField::Concurrency => number(form.concurrency.map(u64::from)),
        LimitField::ConcurrencyWait => number(form.concurrency_wait.map(u64::from)),
        LimitField::Cap5h => amount(&form.cap_5h),
        LimitField::CapDay => amount(&form.cap_day),
        LimitField::CapWeek => amount(&form.cap_week),
        LimitField::CapMonth => amount(&form.cap_month),
        LimitField::CapTotal => amount(&form.cap_total),
        LimitField::AllowModels => form.allow_models.join(", "),
        LimitField::DenyModels => form.deny_models.join(", "),
        LimitField::AllowProviders => form.allow_providers.join(", "),
        LimitField::AllowClients => form.allow_clients.join(", "),
        LimitField::AllowIps => form.allow_ips.join(", "),
        LimitField::Quiet => form.quiet.join(", "),
        LimitField::Expiry => String::new(),
    }
}

/// Reads every field; what is wrong is told of all of them at once.
pub(super) fn read(typed: impl Fn(LimitField) -> String) -> Result<LimitsForm, BTreeMap<LimitField, Wrong>> {
    let (mut form, mut wrong) = (LimitsForm::default(), BTreeMap::new());
    for field in fields() {
        if let Err(why) = put(&mut form, field, typed(field).trim()) {
            wrong.insert(field, why);
        }
    }
    if wrong.is_empty() { Ok(form) } else { Err(wrong) }
}

fn put(form: &mut LimitsForm, field: LimitField, text: &str) -> Result<(), Wrong> {
    match field {
        LimitField::Rpm => form.rpm = count(text)?,
        LimitField::Tpm => form.tpm = count(text)?,
        LimitField::Concurrency => form.concurrency = count(text)?,
        LimitField::ConcurrencyWait => {
            let seconds: Option<u32> = count(text).map_err(|_| Wrong::Wait)?;
            form.concurrency_wait = if seconds.is_none_or(|seconds| seconds <= LONGEST_WAIT_S) {
                seconds
            } else {
                return Err(Wrong::Wait);
            };
        }
        LimitField::Cap5h => form.cap_5h = dollars(text)?,
        LimitField::CapDay => form.cap_day = dollars(text)?,
        LimitField::CapWeek => form.cap_week = dollars(text)?,
        LimitField::CapMonth => form.cap_month = dollars(text)?,
        LimitField::CapTotal => form.cap_total = dollars(text)?,
        LimitField::AllowModels => form.allow_models = list(text),
        LimitField::DenyModels => form.deny_models = list(text),
        LimitField::AllowProviders => form.allow_providers = list(text),
        LimitField::AllowClients => form.allow_clients = list(text),
        LimitField::AllowIps => form.allow_ips = all(list(text), is_network, Wrong::Networks)?,
        LimitField::Quiet => form.quiet = all(list(text), is_hours, Wrong::Hours)?,
        LimitField::Expiry => {}
    }
    Ok(())
}

/// A whole number from 1 on; nothing where nothing was typed.
fn count<N: std::str::FromStr + PartialEq + From<u8>>(text: &str) -> Result<Option<N>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | '_')).collect();
    let number = digits.parse().ok().filter(|number| *number != N::from(0));
    number.map(Some).ok_or(Wrong::WholeNumber)
}

/// An amount in dollars that a pico-dollar can write, as `12.50`.
fn dollars(text: &str) -> Result<Option<String>, Wrong> {
    let text = text.strip_prefix('$').unwrap_or(text).trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_amount = !whole.is_empty() && is_digits(whole) && is_digits(part) && part.len() <= PICO_DIGITS;
    let pico = format!("{whole}{part:0<PICO_DIGITS$}").parse::<i64>();
    if is_amount && pico.is_ok() { Ok(Some(text.to_owned())) } else { Err(Wrong::Amount) }
}

/// What stands between commas, also those of Chinese; one inside of braces belongs to a pattern: `claude-{haiku,sonnet}-*`.
fn list(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let is_between = |letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(letter, ',' | '，' | '、' | '\n')
    };
    let parts = text.split(is_between).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

fn all(list: Vec<String>, is_right: fn(&str) -> bool, wrong: Wrong) -> Result<Vec<String>, Wrong> {
    if list.iter().all(|one| is_right(one)) { Ok(list) } else { Err(wrong) }
}

fn is_network(text: &str) -> bool {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}

fn is_hours(text: &str) -> bool {
    let (days, hours) = text.split_once(' ').map_or((None, text), |(days, hours)| (Some(days), hours.trim()));
    let is_day = |day: &str| DAYS.iter().any(|known| known.eq_ignore_ascii_case(day));
    let are_days = days.is_none_or(|days| days.split('-').count() <= 2 && days.split('-').all(is_day));
    let Some((from, to)) = hours.split_once('-') else { return false };
    are_days && is_clock(from.trim()) && is_clock(to.trim()) && from.trim() != to.trim()
}

fn is_clock(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else { return false };
    let number = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() <= 2 && !text.starts_with('+'));
    text == "24:00" || number(hour).is_some_and(|it| it < 24) && number(minute).is_some_and(|it| it < 60)
}

/// How a key's end is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Never,
    OnADay,
    AfterFirstUse,
}

impl Ends {
    pub(super) const ALL: [Self; 3] = [Self::Never, Self::OnADay, Self::AfterFirstUse];

    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OnADay => "on-a-day",
            Self::AfterFirstUse => "after-first-use",
        }
    }

    pub(super) fn of(expiry: &Expiry) -> Self {
        match expiry {
            Expiry::Never => Self::Never,
            Expiry::After { .. } => Self::OnADay,
            Expiry::AfterFirstUse { .. } => Self::AfterFirstUse,
        }
    }

    /// When a key ends, with what was typed for it.
    pub(super) fn read(self, date: &str, days: &str) -> Result<Expiry, Wrong> {
        match self {
            Self::Never => Ok(Expiry::Never),
            Self::OnADay if date.is_empty() => Err(Wrong::Date),
            Self::OnADay => Ok(Expiry::After { date: date.to_owned() }),
            Self::AfterFirstUse => {
                let days: Option<u32> = count(days.trim()).map_err(|_| Wrong::Days)?;
                Ok(Expiry::AfterFirstUse { days: days.ok_or(Wrong::Days)? })
            }
        }
    }
}

/// The field that the host found something wrong with.
pub(super) fn field_of(failure: &Failure) -> Option<LimitField> {
    let slug = failure.code.strip_prefix("limit_")?;
    fields().chain([LimitField::Expiry]).find(|field| field.slug() == slug)
}

/// What is allowed or not, in words: the fields that are lists and are not empty.
pub(super) fn restrictions(form: &LimitsForm) -> Vec<(LimitField, String)> {
    let lists = WHAT.into_iter().chain(FROM_WHERE).map(|field| (field, text(form, field)));
    lists.filter(|(_, list)| !list.is_empty()).collect()
}

/// A bar of a limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    /// How long the used part is, in percent.
    pub(super) used: f64,
    /// How long the part is that calls under way hold.
    pub(super) held: f64,
    pub(super) tone: Tone,
}

/// How long the parts of a limit's bar are; together they are never longer than the bar.
pub(super) fn bar(amounts: Amounts) -> Bar {
    let (used, held) = amounts.parts();
    let used = used.clamp(0.0, 1.0);
    let held = held.clamp(0.0, 1.0 - used);
    Bar { used: used * 100.0, held: held * 100.0, tone: tone_of_use(used + held) }
}

/// How much is used, held (if anything) and allowed, as people read it.
pub(super) fn amounts(kind: LimitKind, amounts: Amounts) -> (String, Option<String>, String) {
    let count = |count| if kind == LimitKind::Tpm { format::tokens(count) } else { format::count(count) };
    match amounts {
        Amounts::Count { used, reserved, limit } => {
            (count(used), Some(count(reserved)).filter(|_| reserved > 0), count(limit))
        }
        Amounts::Money { used, reserved, limit } => {
            (used.to_string(), Some(reserved.to_string()).filter(|_| reserved > Money(0)), limit.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(changed: &[(LimitField, &str)]) -> Result<LimitsForm, BTreeMap<LimitField, Wrong>> {
        read(|field| {
            changed.iter().find(|(other, _)| *other == field).map(|(_, text)| (*text).to_owned()).unwrap_or_default()
        })
    }

    #[test]
    fn what_is_empty_is_not_limited() {
        assert_eq!(read_with(&[]), Ok(LimitsForm::default()));
        assert_eq!(read_with(&[(LimitField::Rpm, "  ")]), Ok(LimitsForm::default()));
    }

    #[test]
    fn limits_are_read_as_they_are_written() {
        let form = LimitsForm {
            rpm: Some(20),
            tpm: Some(200_000),
            concurrency: Some(3),
            concurrency_wait: Some(45),
            cap_5h: Some("1".to_owned()),
            cap_day: Some("5.50".to_owned()),
            cap_total: Some("0.000000000001".to_owned()),
            allow_models: vec!["claude-haiku-*".to_owned(), "gpt-*".to_owned()],
            deny_models: vec!["*opus*".to_owned()],
            allow_providers: vec!["claude".to_owned()],
            allow_clients: vec!["claude-code".to_owned()],
            allow_ips: vec!["10.0.0.0/8".to_owned(), "::1".to_owned()],
            quiet: vec!["23:00-07:00".to_owned(), "mon-fri 09:00-24:00".to_owned()],
            ..LimitsForm::default()
        };

        let read_back = read(|field| text(&form, field));
        assert_eq!(read_back, Ok(form));
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        for (field, texts, wrong) in [
            (LimitField::Rpm, &["0", "-1", "1.5", "many", "99999999999"][..], Wrong::WholeNumber),
            (LimitField::ConcurrencyWait, &["0", "46"], Wrong::Wait),
            (LimitField::CapDay, &["-1", "1,50", "five", ".5", "1e3", "1.0000000000001", "10000000"], Wrong::Amount),
            (LimitField::AllowIps, &["10.0.0", "10.0.0.0/33", "home", "::/129"], Wrong::Networks),
            (LimitField::Quiet, &["7-9", "23:00", "07:00-07:00", "someday 1:00-2:00", "25:00-26:00"], Wrong::Hours),
        ] {
            for text in texts {
                assert_eq!(read_with(&[(field, text)]), Err(BTreeMap::from([(field, wrong)])), "{text}");
            }
        }
        let both = read_with(&[(LimitField::Rpm, "x"), (LimitField::Quiet, "x")]).expect_err("both are wrong");
        assert_eq!(both.into_keys().collect::<Vec<_>>(), [LimitField::Rpm, LimitField::Quiet]);
    }

    #[test]
    fn a_list_may_have_the_commas_of_either_language() {
        assert_eq!(list("a, b，c、 d ,,"), ["a", "b", "c", "d"]);
        assert_eq!(list("claude-{haiku,sonnet}-*, gpt-*"), ["claude-{haiku,sonnet}-*", "gpt-*"]);
    }

    #[test]
    fn the_end_of_a_key_wants_its_day_or_its_number_of_days() {
        assert_eq!(Ends::Never.read("", ""), Ok(Expiry::Never));
        assert_eq!(Ends::OnADay.read("", ""), Err(Wrong::Date));
        assert_eq!(Ends::OnADay.read("2026-12-31", ""), Ok(Expiry::After { date: "2026-12-31".to_owned() }));
        assert_eq!(Ends::AfterFirstUse.read("", " 30 "), Ok(Expiry::AfterFirstUse { days: 30 }));
        assert_eq!(Ends::AfterFirstUse.read("", ""), Err(Wrong::Days));
    }

    #[test]
    fn what_the_host_finds_wrong_belongs_to_its_field() {
        let failure = |code: &str| Failure { code: code.to_owned(), message: String::new() };

        assert_eq!(field_of(&failure("limit_allow_providers")), Some(LimitField::AllowProviders));
        assert_eq!(field_of(&failure("limit_expiry")), Some(LimitField::Expiry));
        assert_eq!(field_of(&failure("database")), None);
    }

    #[test]
    fn a_bar_is_never_longer_than_its_limit() {
        let of = |used, reserved| bar(Amounts::Count { used, reserved, limit: 10 });

        assert_eq!(of(3, 1), Bar { used: 30.0, held: 10.0, tone: Tone::Good });
        assert_eq!(of(12, 5), Bar { used: 100.0, held: 0.0, tone: Tone::Bad });
        assert_eq!((of(8, 9).used + of(8, 9).held).round(), 100.0);
    }

    #[test]
    fn amounts_are_written_in_their_unit() {
        let money =
            Amounts::Money { used: Money(3_100_000_000_000), reserved: Money(0), limit: Money(5_000_000_000_000) };
        let tokens = Amounts::Count { used: 12_000, reserved: 500, limit: 200_000 };

        assert_eq!(amounts(LimitKind::CapDay, money), ("$3.10".to_owned(), None, "$5.00".to_owned()));
        let written = amounts(LimitKind::Tpm, tokens);
        assert_eq!(written, ("12.0k".to_owned(), Some("500".to_owned()), "200k".to_owned()));
    }
}
