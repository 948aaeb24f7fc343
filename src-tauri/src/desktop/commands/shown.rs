//! The relay's values as the window shows them. No secret passes here.

use carpool_core::{
    admission,
    credential::AccountKind,
    limits::CapSpan,
    schedule::health::{Hold, HoldKind},
};
use carpool_ipc::{
    Failure, Money,
    accounts::{Kind, LimitedFamily, Trouble, Verdict},
    limits::{Amounts, LimitKind, LimitUse},
    usage::{Sums, Tokens},
};
use carpool_relay::{
    House,
    accounts::{self, Standing},
    store::{SqlError, StoreError, calls, usage},
};

use crate::failure;

impl From<failure::Failure> for Failure {
    fn from(failure: failure::Failure) -> Self {
        Self { code: failure.code.to_owned(), message: failure.message }
    }
}

/// Any of the relay's errors, as the window is told.
pub(in super::super) fn failed(error: impl Into<failure::Failure>) -> Failure {
    error.into().into()
}

/// A database that refused.
pub(in super::super) fn refused(error: SqlError) -> Failure {
    failed(StoreError::from(error))
}

/// The one that is wanted, or that it is gone.
pub(in super::super) fn found<Row>(row: Option<Row>) -> Result<Row, Failure> {
    row.ok_or_else(|| failure::Failure::new("not_found", "it is not there any more").into())
}

pub(in super::super) fn sums(sums: &usage::Sums) -> Sums {
    Sums {
        calls: count(sums.calls),
        tokens: tokens(&sums.tokens),
        cost: Money(sums.cost_pico_usd),
        unpriced_calls: count(sums.unpriced_calls),
        saved: Money(sums.saved_pico_usd),
    }
}

pub(in super::super) fn tokens(tokens: &calls::Tokens) -> Tokens {
    Tokens {
        input: count(tokens.input),
        cache_read: count(tokens.cache_read),
        cache_write: count(tokens.cache_write_5m + tokens.cache_write_1h),
        output: count(tokens.output),
    }
}

/// What the database counted; it counts nothing below zero.
pub(in super::super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The relay takes a change up at once, so that what is listed next shows it.
pub(in super::super) async fn taken_up(house: &House) -> Result<(), Failure> {
    house.reload().await.map_err(failed)
}

pub(in super::super) fn kind(kind: AccountKind) -> Kind {
    match kind {
        AccountKind::ApiKey => Kind::ApiKey,
        AccountKind::Oauth => Kind::Oauth,
        AccountKind::SetupToken => Kind::SetupToken,
    }
}

/// Whether an account can serve.
pub(in super::super) fn verdict(standing: &Standing) -> Verdict {
    match standing {
        Standing::Ready => Verdict::Working,
        Standing::Paused => Verdict::Paused,
        Standing::Unreadable(_) => Verdict::Blocked,
        Standing::Held(hold) => match hold.kind {
            HoldKind::Cooling => Verdict::Cooling,
            HoldKind::Limited => Verdict::Limited,
            HoldKind::NeedsLogin => Verdict::NeedsLogin,
            HoldKind::Blocked => Verdict::Blocked,
        },
    }
}

/// A model family that is limited by itself.
pub(in super::super) fn limited_family(hold: &Hold) -> LimitedFamily {
    LimitedFamily { family: hold.family.clone().unwrap_or_default(), until_ms: hold.until.as_millisecond() }
}

/// How far a limit is used. Calls at once are all held by the relay, and to the owner they are what is used.
pub(in super::super) fn limit_use(of: &admission::LimitUse) -> LimitUse {
    let kind = match of.kind {
        admission::LimitKind::Requests => LimitKind::Rpm,
        admission::LimitKind::Tokens => LimitKind::Tpm,
        admission::LimitKind::Calls => LimitKind::Concurrency,
        admission::LimitKind::Money(CapSpan::FiveHours) => LimitKind::Cap5h,
        admission::LimitKind::Money(CapSpan::Day) => LimitKind::CapDay,
        admission::LimitKind::Money(CapSpan::Week) => LimitKind::CapWeek,
        admission::LimitKind::Money(CapSpan::Month) => LimitKind::CapMonth,
        admission::LimitKind::Money(CapSpan::Total) => LimitKind::CapTotal,
    };
    let money = |pico| Money(i64::try_from(pico).unwrap_or(i64::MAX));
    let amounts = match of.kind {
        admission::LimitKind::Calls => Amounts::Count { used: of.used + of.reserved, reserved: 0, limit: of.limit },
        admission::LimitKind::Requests | admission::LimitKind::Tokens => {
            Amounts::Count { used: of.used, reserved: of.reserved, limit: of.limit }
        }
        admission::LimitKind::Money(_) => {
            Amounts::Money { used: money(of.used), reserved: money(of.reserved), limit: money(of.limit) }
        }
    };
    LimitUse { kind, amounts, until_ms: of.until.map(|at| at.as_millisecond()) }
}

pub(in super::super) fn trouble(trouble: accounts::Trouble) -> Trouble {
    Trouble { at_ms: trouble.at.as_millisecond(), what: trouble.what }
}
