//! What a key or a friend may do, as the owner edits it, and how far each limit is used.

use serde::{Deserialize, Serialize};

use crate::Money;

/// What a key or a friend may do, as the owner writes it; what is not set is not limited. The host checks it, and names
/// the field that is wrong: the failure's code is then `limit_` and the field's [`LimitField::slug`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsForm {
    /// Requests in any 60 seconds.
    pub rpm: Option<u32>,
    /// Tokens in any 60 seconds, cache reads not among them.
    pub tpm: Option<u64>,
    /// Calls at once.
    pub concurrency: Option<u32>,
    /// How long a call waits for one of those places before it is refused, in seconds.
    pub concurrency_wait: Option<u32>,
    /// Dollars in any five hours, as `12.50`.
    pub cap_5h: Option<String>,
    /// Dollars in a day.
    pub cap_day: Option<String>,
    /// Dollars in a week that begins on Monday.
    pub cap_week: Option<String>,
    /// Dollars in a month.
    pub cap_month: Option<String>,
    /// Dollars altogether.
    pub cap_total: Option<String>,
    /// The models that may be asked for; `*` stands for anything.
    pub allow_models: Vec<String>,
    /// The models that may not, even where they are allowed.
    pub deny_models: Vec<String>,
    /// The providers that may serve, by id.
    pub allow_providers: Vec<String>,
    /// The programs that may call: `claude-code`, `codex`, … or how a user agent begins.
    pub allow_clients: Vec<String>,
    /// The networks that may be called from, as `10.0.0.0/8` or one address.
    pub allow_ips: Vec<String>,
    /// When no calls are taken: `23:00-07:00`, `mon-fri 09:00-17:00`.
    pub quiet: Vec<String>,
}

/// A field of [`LimitsForm`] or [`KeyTerms`], in the order the owner is shown them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitField {
    /// Requests in any 60 seconds.
    Rpm,
    /// Tokens in any 60 seconds.
    Tpm,
    /// Calls at once.
    Concurrency,
    /// How long a call waits for a place.
    ConcurrencyWait,
    /// Money in any five hours.
    Cap5h,
    /// Money in a day.
    CapDay,
    /// Money in a week.
    CapWeek,
    /// Money in a month.
    CapMonth,
    /// Money altogether.
    CapTotal,
    /// The models that may be asked for.
    AllowModels,
    /// The models that may not.
    DenyModels,
    /// The providers that may serve.
    AllowProviders,
    /// The programs that may call.
    AllowClients,
    /// The networks that may be called from.
    AllowIps,
    /// When no calls are taken.
    Quiet,
    /// When a key ends.
    Expiry,
}

impl LimitField {
    /// Its name for programs: that of the field of the form.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Rpm => "rpm",
            Self::Tpm => "tpm",
            Self::Concurrency => "concurrency",
            Self::ConcurrencyWait => "concurrency_wait",
            Self::Cap5h => "cap_5h",
            Self::CapDay => "cap_day",
            Self::CapWeek => "cap_week",
            Self::CapMonth => "cap_month",
            Self::CapTotal => "cap_total",
            Self::AllowModels => "allow_models",
            Self::DenyModels => "deny_models",
            Self::AllowProviders => "allow_providers",
            Self::AllowClients => "allow_clients",
            Self::AllowIps => "allow_ips",
            Self::Quiet => "quiet",
            Self::Expiry => "expiry",
        }
    }
}

/// What only a key has: when it ends, and which accounts it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTerms {
    /// When it ends.
    pub expiry: Expiry,
    /// The accounts it is for; `None`: all.
    pub bound: Option<Bound>,
}

/// When a key ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ends")]
pub enum Expiry {
    /// Not by itself.
    #[default]
    Never,
    /// With a day of the owner's.
    After {
        /// The day, as `2026-12-31`: the last on which it works.
        date: String,
    },
    /// So many days after its first call.
    AfterFirstUse {
        /// How many.
        days: u32,
    },
}

/// The accounts a key is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to")]
pub enum Bound {
    /// One account.
    Account {
        /// Its row's id.
        id: i64,
    },
    /// The accounts of a group.
    Group {
        /// Its name.
        name: String,
    },
}

/// How far a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitUse {
    /// Which.
    pub kind: LimitKind,
    /// How much of how much.
    pub amounts: Amounts,
    /// When room returns or the span ends, where it does.
    pub until_ms: Option<i64>,
}

/// The limits that are used up bit by bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Requests in any 60 seconds.
    Rpm,
    /// Tokens in any 60 seconds.
    Tpm,
    /// Calls at once.
    Concurrency,
    /// Money in any five hours.
    #[serde(rename = "cap_5h")]
    Cap5h,
    /// Money in a day.
    CapDay,
    /// Money in a week.
    CapWeek,
    /// Money in a month.
    CapMonth,
    /// Money altogether.
    CapTotal,
}

impl LimitKind {
    /// Every one, in the order the owner is shown them.
    pub const ALL: [Self; 8] = [
        Self::Rpm,
        Self::Tpm,
        Self::Concurrency,
        Self::Cap5h,
        Self::CapDay,
        Self::CapWeek,
        Self::CapMonth,
        Self::CapTotal,
    ];

    /// Its name for programs.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Rpm => "rpm",
            Self::Tpm => "tpm",
            Self::Concurrency => "concurrency",
            Self::Cap5h => "cap-5h",
            Self::CapDay => "cap-day",
            Self::CapWeek => "cap-week",
            Self::CapMonth => "cap-month",
            Self::CapTotal => "cap-total",
        }
    }
}

/// How much of a limit is used, held for calls that go on, and allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "unit")]
pub enum Amounts {
    /// Requests, tokens or calls.
    Count {
        /// Used.
        used: u64,
        /// Held.
        reserved: u64,
        /// Allowed.
        limit: u64,
    },
    /// Money.
    Money {
        /// Used.
        used: Money,
        /// Held.
        reserved: Money,
        /// Allowed.
        limit: Money,
    },
}

impl Amounts {
    /// What is used and what is held, as parts of what is allowed; where nothing is allowed all of it is used.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a bar's length needs no more than a float holds")]
    pub fn parts(self) -> (f64, f64) {
        let of = |part: f64, limit: f64| if limit > 0.0 { part / limit } else { 1.0 };
        match self {
            Self::Count { used, reserved, limit } => (of(used as f64, limit as f64), of(reserved as f64, limit as f64)),
            Self::Money { used, reserved, limit } => {
                let limit = limit.as_dollars();
                (of(used.as_dollars(), limit), of(reserved.as_dollars(), limit))
            }
        }
    }
}

/// Sets what a friend may do with all keys together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetFriendLimits {
    /// The friend.
    pub id: i64,
    /// What may be done.
    pub limits: LimitsForm,
}

/// Sets what may be done with a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetKeyLimits {
    /// The key.
    pub id: i64,
    /// What may be done.
    pub limits: LimitsForm,
    /// What only a key has.
    pub terms: KeyTerms,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_and_held_are_parts_of_what_is_allowed() {
        let calls = Amounts::Count { used: 3, reserved: 1, limit: 4 };
        let nothing = Amounts::Money { used: Money(0), reserved: Money(0), limit: Money(0) };

        assert_eq!(calls.parts(), (0.75, 0.25));
        assert_eq!(nothing.parts(), (1.0, 1.0));
    }

    #[test]
    fn a_cap_crosses_with_its_money_unrounded() {
        let amounts = Amounts::Money { used: Money(1), reserved: Money(2), limit: Money(i64::MAX) };
        let used = LimitUse { kind: LimitKind::Cap5h, amounts, until_ms: None };

        let json = serde_json::to_string(&used).expect("plain data");

        assert!(json.contains(r#""kind":"cap_5h""#) && json.contains(r#""limit":"9223372036854775807""#), "{json}");
        assert_eq!(serde_json::from_str::<LimitUse>(&json).expect("its own JSON"), used);
    }
}
