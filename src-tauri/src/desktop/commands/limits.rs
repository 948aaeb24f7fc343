//! What friends and keys may do: as the relay keeps it, and as the owner edits it.

use std::{
    fmt::Display,
    net::IpAddr,
    num::{NonZero, NonZeroU32},
    str::FromStr,
    sync::Arc,
};

use carpool_core::{
    limits::{ClientName, LONGEST_WAIT_S, Limits, QuietHours},
    options::Pattern,
    price::PicoUsd,
    provider,
};
use carpool_ipc::{
    Failure, Money,
    limits::{Bound, Expiry, KeyTerms, LimitField, LimitsForm, SetFriendLimits, SetKeyLimits},
};
use carpool_relay::{
    House,
    store::{
        client_keys::{self, ClientKey},
        friends,
    },
};
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use tauri::State;

use super::{
    super::host::Host,
    Reply,
    shown::{failed, found, refused, taken_up},
};
use crate::failure;

/// A key that is to live longer needs no end.
const MOST_DAYS: u32 = 36_500;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn set_friend_limits(ask: SetFriendLimits, host: TheHost<'_>) -> Reply<SetFriendLimits> {
    let (house, limits) = (host.house()?, read_limits(&ask.limits)?);
    friends::set_limits(house.around().store.pool(), ask.id, &limits).await.map_err(refused)?;
    taken_up(&house).await
}

#[tauri::command]
pub(in super::super) async fn set_key_limits(ask: SetKeyLimits, host: TheHost<'_>) -> Reply<SetKeyLimits> {
    set_key(&*host.house()?, &ask).await
}

async fn set_key(house: &House, ask: &SetKeyLimits) -> Result<(), Failure> {
    let pool = house.around().store.pool();
    let known = client_keys::list(pool).await.map_err(refused)?;
    let key = found(known.into_iter().find(|key| key.id == ask.id))?;
    // Everything is read before anything is changed.
    let limits = read_limits(&ask.limits)?;
    let zone = TimeZone::system();
    let expiry = read_expiry(&ask.terms.expiry, &key, house.around().clock.now(), &zone)?;
    client_keys::set_limits(pool, key.id, &limits).await.map_err(refused)?;
    match expiry {
        NewExpiry::Same => {}
        NewExpiry::At(at) => client_keys::set_expires_at(pool, key.id, at).await.map_err(refused)?,
        NewExpiry::AfterFirstUse(days) => client_keys::set_expires_after(pool, key.id, days).await.map_err(refused)?,
    }
    let bound = ask.terms.bound.as_ref().map(|bound| match bound {
        Bound::Account { id } => client_keys::Bound::Account(*id),
        Bound::Group { name } => client_keys::Bound::Group(name.clone()),
    });
    if bound != key.bound {
        client_keys::bind(pool, key.id, bound.as_ref()).await.map_err(refused)?;
    }
    taken_up(house).await
}

/// What only a key has, as the owner edits it.
pub(super) fn shown_terms(key: &ClientKey, zone: &TimeZone) -> KeyTerms {
    let bound = key.bound.as_ref().map(|bound| match bound {
        client_keys::Bound::Account(id) => Bound::Account { id: *id },
        client_keys::Bound::Group(name) => Bound::Group { name: name.clone() },
    });
    KeyTerms { expiry: shown_expiry(key.expires_after_days, key.expires_at, zone), bound }
}

fn shown_expiry(after_days: Option<u32>, at: Option<Timestamp>, zone: &TimeZone) -> Expiry {
    match (after_days, at) {
        (Some(days), _) => Expiry::AfterFirstUse { days },
        (None, Some(at)) => Expiry::After { date: last_day(at, zone).to_string() },
        (None, None) => Expiry::Never,
    }
}

/// The last day of which a key that ends then has something left.
fn last_day(at: Timestamp, zone: &TimeZone) -> Date {
    at.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(at).to_zoned(zone.clone()).date()
}

/// When a key is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NewExpiry {
    /// When it does already.
    Same,
    At(Option<Timestamp>),
    AfterFirstUse(NonZeroU32),
}

/// Reads when a key is to end. What the owner did not touch stays as exact as it was set, and may be over.
fn read_expiry(typed: &Expiry, key: &ClientKey, now: Timestamp, zone: &TimeZone) -> Result<NewExpiry, Failure> {
    if *typed == shown_expiry(key.expires_after_days, key.expires_at, zone) {
        return Ok(NewExpiry::Same);
    }
    match typed {
        Expiry::Never => Ok(NewExpiry::At(None)),
        Expiry::AfterFirstUse { days } => {
            let days = NonZeroU32::new(*days).filter(|days| days.get() <= MOST_DAYS);
            let expected = || wrong(LimitField::Expiry, format!("expected from 1 to {MOST_DAYS} days"));
            days.map(NewExpiry::AfterFirstUse).ok_or_else(expected)
        }
        Expiry::After { date } => {
            let end = date.parse::<Date>().and_then(Date::tomorrow).and_then(|next| next.to_zoned(zone.clone()));
            let at = end.map_err(|error| wrong(LimitField::Expiry, error))?.timestamp();
            if at <= now {
                return Err(wrong(LimitField::Expiry, "that day is over; to refuse calls at once, pause the key"));
            }
            Ok(NewExpiry::At(Some(at)))
        }
    }
}

/// Reads what the owner typed.
pub(super) fn read_limits(form: &LimitsForm) -> Result<Limits, Failure> {
    let cap = |field, typed: &Option<String>| typed.as_deref().map(|text| parsed::<PicoUsd>(field, text)).transpose();
    let waits = form.concurrency_wait.filter(|seconds| *seconds > LONGEST_WAIT_S);
    if waits.is_some() {
        return Err(wrong(LimitField::ConcurrencyWait, format!("a call waits at most {LONGEST_WAIT_S} seconds")));
    }
    Ok(Limits {
        rpm: set(LimitField::Rpm, form.rpm, NonZero::new)?,
        tpm: set(LimitField::Tpm, form.tpm, NonZero::new)?,
        concurrency: set(LimitField::Concurrency, form.concurrency, NonZero::new)?,
        concurrency_wait: set(LimitField::ConcurrencyWait, form.concurrency_wait, NonZero::new)?,
        cap_5h: cap(LimitField::Cap5h, &form.cap_5h)?,
        cap_day: cap(LimitField::CapDay, &form.cap_day)?,
        cap_week: cap(LimitField::CapWeek, &form.cap_week)?,
        cap_month: cap(LimitField::CapMonth, &form.cap_month)?,
        cap_total: cap(LimitField::CapTotal, &form.cap_total)?,
        allow_models: each(LimitField::AllowModels, &form.allow_models, pattern)?,
        deny_models: each(LimitField::DenyModels, &form.deny_models, pattern)?,
        allow_providers: each(LimitField::AllowProviders, &form.allow_providers, known_provider)?,
        allow_clients: each(LimitField::AllowClients, &form.allow_clients, client)?,
        allow_ips: each(LimitField::AllowIps, &form.allow_ips, network)?,
        quiet: each(LimitField::Quiet, &form.quiet, parsed::<QuietHours>)?,
    })
}

/// Limits as the owner edits them.
pub(super) fn shown_limits(limits: &Limits) -> LimitsForm {
    let dollars = |cap: Option<PicoUsd>| cap.map(|cap| dollars(Money(cap.0)));
    LimitsForm {
        rpm: limits.rpm.map(NonZero::get),
        tpm: limits.tpm.map(NonZero::get),
        concurrency: limits.concurrency.map(NonZero::get),
        concurrency_wait: limits.concurrency_wait.map(NonZero::get),
        cap_5h: dollars(limits.cap_5h),
        cap_day: dollars(limits.cap_day),
        cap_week: dollars(limits.cap_week),
        cap_month: dollars(limits.cap_month),
        cap_total: dollars(limits.cap_total),
        allow_models: limits.allow_models.iter().map(|model| model.as_str().to_owned()).collect(),
        deny_models: limits.deny_models.iter().map(|model| model.as_str().to_owned()).collect(),
        allow_providers: limits.allow_providers.clone(),
        allow_clients: limits.allow_clients.iter().map(|client| client.as_str().to_owned()).collect(),
        allow_ips: limits.allow_ips.iter().map(shown_network).collect(),
        quiet: limits.quiet.iter().map(ToString::to_string).collect(),
    }
}

/// An amount as the owner types it: `12.50`, exactly.
fn dollars(amount: Money) -> String {
    amount.with_digits(amount.exact_digits()).replace(['$', ','], "")
}

/// A network of one address is written as that address.
fn shown_network(network: &IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() { network.addr().to_string() } else { network.to_string() }
}

fn set<N, Set>(field: LimitField, typed: Option<N>, read: fn(N) -> Option<Set>) -> Result<Option<Set>, Failure> {
    typed
        .map(|number| read(number).ok_or_else(|| wrong(field, "a limit of 0 would allow nothing; pause instead")))
        .transpose()
}

fn each<One>(
    field: LimitField,
    typed: &[String],
    read: impl Fn(LimitField, &str) -> Result<One, Failure>,
) -> Result<Vec<One>, Failure> {
    typed.iter().map(|text| read(field, text)).collect()
}

fn pattern(field: LimitField, text: &str) -> Result<Pattern, Failure> {
    Pattern::try_from(text.to_owned()).map_err(|error| wrong(field, error))
}

fn client(field: LimitField, text: &str) -> Result<ClientName, Failure> {
    ClientName::try_from(text.to_owned()).map_err(|error| wrong(field, error))
}

fn known_provider(field: LimitField, id: &str) -> Result<String, Failure> {
    match provider::find(id) {
        Some(provider) => Ok(provider.id.to_owned()),
        None => Err(wrong(field, format!("there is no provider '{id}'"))),
    }
}

fn network(field: LimitField, text: &str) -> Result<IpNet, Failure> {
    text.parse::<IpAddr>().map(IpNet::from).or_else(|_| parsed(field, text))
}

fn parsed<One>(field: LimitField, text: &str) -> Result<One, Failure>
where
    One: FromStr,
    One::Err: Display,
{
    text.parse().map_err(|error| wrong(field, error))
}

/// The failure's code names the field, so that the window can say it there.
fn wrong(field: LimitField, why: impl Display) -> Failure {
    let mut failure: Failure = failed(failure::Failure::new("limit", why.to_string()));
    failure.code = format!("limit_{}", field.slug());
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> LimitsForm {
        LimitsForm {
            rpm: Some(20),
            tpm: Some(200_000),
            concurrency: Some(3),
            concurrency_wait: Some(30),
            cap_day: Some("1234.50".to_owned()),
            cap_total: Some("0.000000000001".to_owned()),
            deny_models: vec!["*opus*".to_owned()],
            allow_providers: vec!["claude".to_owned()],
            allow_clients: vec!["claude-code".to_owned()],
            allow_ips: vec!["10.0.0.0/8".to_owned(), "203.0.113.7".to_owned()],
            quiet: vec!["mon-fri 09:00-17:00".to_owned()],
            ..LimitsForm::default()
        }
    }

    #[test]
    fn limits_come_back_as_they_were_typed() {
        let read = read_limits(&form()).expect("they are limits");

        assert_eq!(read.cap_day, Some(PicoUsd(1_234_500_000_000_000)));
        assert_eq!(shown_limits(&read), form());
        assert_eq!(shown_limits(&Limits::default()), LimitsForm::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        let code = |form: LimitsForm| read_limits(&form).expect_err("it is wrong").code;

        assert_eq!(code(LimitsForm { rpm: Some(0), ..form() }), "limit_rpm");
        assert_eq!(code(LimitsForm { concurrency_wait: Some(46), ..form() }), "limit_concurrency_wait");
        assert_eq!(code(LimitsForm { cap_5h: Some("five".to_owned()), ..form() }), "limit_cap_5h");
        assert_eq!(code(LimitsForm { allow_providers: vec!["nobody".to_owned()], ..form() }), "limit_allow_providers");
        assert_eq!(code(LimitsForm { allow_ips: vec!["home".to_owned()], ..form() }), "limit_allow_ips");
        assert_eq!(code(LimitsForm { quiet: vec!["never".to_owned()], ..form() }), "limit_quiet");
    }
}
