//! What the owner is to be notified of now: decided from what is seen, and from what was told before.

use std::collections::{BTreeMap, BTreeSet};

use carpool_ipc::{Money, accounts::Verdict, limits::LimitKind, settings::Language, texts::texts};

/// From which part of a cap on the owner is told that it is near.
const NEAR: f64 = 0.8;
/// Below which part of a cap it counts as another one: the span moved on, or the owner raised it.
const FRESH: f64 = 0.7;
/// How far two reports of the same reset may differ: providers round.
const SAME_RESET_MS: i64 = 30 * 60 * 1000;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) caps: Vec<Cap>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) accounts: Vec<AccountSeen>,
}

/// A money cap, and how far it is used.
#[derive(Clone, Debug)]
pub(super) struct Cap {
    pub(super) whose: Whose,
    pub(super) kind: LimitKind,
    pub(super) used: Money,
    pub(super) limit: Money,
    /// When its span ends, if it is not a rolling one.
    pub(super) ends_ms: Option<i64>,
}

/// Whose a cap is, by the row's id, and the name to tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    Friend(i64, String),
    Key(i64, String, String),
}

/// A friend was refused because of the share in a window.
#[derive(Clone, Debug)]
pub(super) struct Conflict {
    pub(super) friend_id: i64,
    pub(super) friend: String,
    pub(super) account_id: i64,
    pub(super) account: String,
    pub(super) hours: u32,
    pub(super) resets_ms: i64,
}

/// An account, and whether it can serve.
#[derive(Clone, Debug)]
pub(super) struct AccountSeen {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) verdict: Verdict,
}

/// Something the owner is notified of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// A cap is nearly used up, or is.
    Cap { whose: Whose, kind: LimitKind, level: Level, used: Money, limit: Money },
    /// A friend was refused so that the others get their part.
    Share { friend: String, account: String, hours: u32 },
    /// An account can no longer serve.
    Account { name: String, verdict: Verdict },
}

/// How far a cap is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Near,
    Reached,
}

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    is_begun: bool,
    caps: BTreeMap<(CapId, LimitKind), (Option<i64>, Level)>,
    /// For each friend, account and window, the reset of the window that was told of.
    conflicts: BTreeMap<(i64, i64, u32), i64>,
    accounts: BTreeSet<i64>,
}

/// Whose a cap is, without the name: a friend may be given another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum CapId {
    Friend(i64),
    Key(i64),
}

impl Told {
    /// What is to be told now, each thing once. What friends did before the first look is no news; an account that is out
    /// then still is.
    pub(super) fn look(&mut self, seen: &Seen) -> Vec<Notice> {
        let mut of_friends: Vec<Notice> = seen.caps.iter().filter_map(|cap| self.cap(cap)).collect();
        of_friends.extend(seen.conflicts.iter().filter_map(|conflict| self.conflict(conflict)));
        if !std::mem::replace(&mut self.is_begun, true) {
            of_friends.clear();
        }
        of_friends.extend(self.accounts(&seen.accounts));
        of_friends
    }

    fn cap(&mut self, cap: &Cap) -> Option<Notice> {
        let id = match cap.whose {
            Whose::Friend(id, _) => CapId::Friend(id),
            Whose::Key(id, ..) => CapId::Key(id),
        };
        let key = (id, cap.kind);
        let part = if cap.limit > Money(0) { cap.used.as_dollars() / cap.limit.as_dollars() } else { 0.0 };
        if part < FRESH {
            self.caps.remove(&key);
        }
        let level = match part {
            all if all >= 1.0 => Level::Reached,
            much if much >= NEAR => Level::Near,
            _ => return None,
        };
        let told = self.caps.get(&key).filter(|(ends_ms, _)| *ends_ms == cap.ends_ms).map(|(_, level)| *level);
        if told >= Some(level) {
            return None;
        }
        self.caps.insert(key, (cap.ends_ms, level));
        Some(Notice::Cap { whose: cap.whose.clone(), kind: cap.kind, level, used: cap.used, limit: cap.limit })
    }

    fn conflict(&mut self, conflict: &Conflict) -> Option<Notice> {
        let Conflict { friend_id, friend, account_id, account, hours, resets_ms } = conflict;
        let told = self.conflicts.insert((*friend_id, *account_id, *hours), *resets_ms);
        let is_new = told.is_none_or(|told| !is_same_reset(*resets_ms, told));
        is_new.then(|| Notice::Share { friend: friend.clone(), account: account.clone(), hours: *hours })
    }

    fn accounts(&mut self, all: &[AccountSeen]) -> Vec<Notice> {
        let is_out = |account: &AccountSeen| match account.verdict {
            Verdict::NeedsLogin | Verdict::Blocked => true,
            Verdict::Limited => !all.iter().any(|other| {
                other.provider == account.provider && matches!(other.verdict, Verdict::Working | Verdict::Cooling)
            }),
            Verdict::Working | Verdict::Paused | Verdict::Cooling => false,
        };
        // One that is limited while others serve may be told of later.
        self.accounts.retain(|id| all.iter().any(|account| account.id == *id && account.verdict != Verdict::Working));
        let mut due = Vec::new();
        let mut limited = BTreeSet::new();
        for account in all.iter().filter(|account| is_out(account)) {
            let is_told = !self.accounts.insert(account.id);
            // When the last of several is used up, that is one thing to know and not several.
            let is_said = account.verdict == Verdict::Limited && !limited.insert(&account.provider);
            if !is_told && !is_said {
                due.push(Notice::Account { name: account.name.clone(), verdict: account.verdict });
            }
        }
        due
    }
}

/// Says whether two times are those of one reset.
pub(super) fn is_same_reset(one_ms: i64, other_ms: i64) -> bool {
    (one_ms - other_ms).abs() <= SAME_RESET_MS
}

/// A notice in the owner's language: its title, and what stands below it.
pub(super) fn text(notice: &Notice, language: Language) -> (String, String) {
    let t = texts(language);
    let words = t.notices;
    match notice {
        Notice::Cap { whose, kind, level, used, limit } => {
            let whose = match whose {
                Whose::Friend(_, friend) => friend.clone(),
                Whose::Key(_, friend, key) => (words.key_of)(friend, key),
            };
            let title = match level {
                Level::Near => (words.cap_near)(&whose, percent(*used, *limit)),
                Level::Reached => (words.cap_reached)(&whose),
            };
            (title, (words.cap_body)(&used.to_string(), &limit.to_string(), (words.span)(*kind)))
        }
        Notice::Share { friend, account, hours } => {
            ((words.share_title)(friend), (words.share_body)(account, &(t.home.window)(*hours)))
        }
        Notice::Account { name, verdict } => {
            ((words.account_title)(name, *verdict), (words.account_body)(*verdict).to_owned())
        }
    }
}

/// Whole percent, never rounded up to what is not reached.
fn percent(used: Money, limit: Money) -> u32 {
    let percent = i128::from(used.0) * 100 / i128::from(limit.0.max(1));
    u32::try_from(percent.clamp(0, 100)).expect("it is at most a hundred")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOLLAR: i64 = 1_000_000_000_000;

    fn cap(kind: LimitKind, cents: i64, ends_ms: Option<i64>) -> Seen {
        let whose = Whose::Friend(1, "Alex".to_owned());
        let cap = Cap { whose, kind, used: Money(cents * DOLLAR / 100), limit: Money(5 * DOLLAR), ends_ms };
        Seen { caps: vec![cap], ..Seen::default() }
    }

    fn begun() -> Told {
        let mut told = Told::default();
        told.look(&Seen::default());
        told
    }

    fn levels(told: &mut Told, seen: &Seen) -> Vec<Level> {
        let level = |notice| match notice {
            Notice::Cap { level, .. } => Some(level),
            Notice::Share { .. } | Notice::Account { .. } => None,
        };
        told.look(seen).into_iter().filter_map(level).collect()
    }

    fn accounts(verdicts: &[(&str, Verdict)]) -> Seen {
        let account = |(at, (provider, verdict)): (usize, &(&str, Verdict))| AccountSeen {
            id: at as i64,
            name: format!("{provider}-{at}"),
            provider: (*provider).to_owned(),
            verdict: *verdict,
        };
        Seen { accounts: verdicts.iter().enumerate().map(account).collect(), ..Seen::default() }
    }

    fn names(notices: Vec<Notice>) -> Vec<String> {
        let name = |notice| match notice {
            Notice::Account { name, .. } => Some(name),
            Notice::Cap { .. } | Notice::Share { .. } => None,
        };
        notices.into_iter().filter_map(name).collect()
    }

    #[test]
    fn a_cap_is_told_at_four_fifths_and_when_it_is_reached_once_in_its_span() {
        let mut told = begun();

        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 399, Some(1))), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 400, Some(1))), [Level::Near]);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 450, Some(1))), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 500, Some(1))), [Level::Reached]);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 510, Some(1))), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 420, Some(2))), [Level::Near], "the next day");
    }

    #[test]
    fn a_cap_that_is_passed_at_once_is_told_once() {
        let mut told = begun();

        assert_eq!(levels(&mut told, &cap(LimitKind::CapTotal, 700, None)), [Level::Reached]);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapTotal, 450, None)), [], "it was told that it is near");
    }

    #[test]
    fn a_rolling_cap_is_told_again_only_after_it_was_well_below() {
        let mut told = begun();

        assert_eq!(levels(&mut told, &cap(LimitKind::Cap5h, 410, None)), [Level::Near]);
        assert_eq!(levels(&mut told, &cap(LimitKind::Cap5h, 390, None)), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::Cap5h, 410, None)), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::Cap5h, 300, None)), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::Cap5h, 410, None)), [Level::Near]);
    }

    #[test]
    fn what_friends_did_before_the_start_is_no_news() {
        let mut told = Told::default();

        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 450, Some(1))), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 460, Some(1))), []);
        assert_eq!(levels(&mut told, &cap(LimitKind::CapDay, 500, Some(1))), [Level::Reached]);
    }

    #[test]
    fn a_conflict_is_told_once_for_a_friend_and_a_window() {
        let conflict = |friend_id, resets_ms| Seen {
            conflicts: vec![Conflict {
                friend_id,
                friend: "Alex".to_owned(),
                account_id: 1,
                account: "work".to_owned(),
                hours: 5,
                resets_ms,
            }],
            ..Seen::default()
        };
        let hour = 3_600_000;
        let mut told = begun();

        assert_eq!(told.look(&conflict(1, 5 * hour)).len(), 1);
        assert_eq!(told.look(&conflict(1, 5 * hour + 1_000)).len(), 0, "the provider rounds");
        assert_eq!(told.look(&conflict(2, 5 * hour)).len(), 1);
        assert_eq!(told.look(&conflict(1, 10 * hour)).len(), 1);
    }

    #[test]
    fn an_account_that_drops_out_is_told_once_until_it_is_back() {
        let mut told = Told::default();

        assert_eq!(names(told.look(&accounts(&[("claude", Verdict::NeedsLogin)]))), ["claude-0"]);
        assert_eq!(names(told.look(&accounts(&[("claude", Verdict::NeedsLogin)]))), [] as [&str; 0]);
        assert_eq!(names(told.look(&accounts(&[("claude", Verdict::Working)]))), [] as [&str; 0]);
        assert_eq!(names(told.look(&accounts(&[("claude", Verdict::Blocked)]))), ["claude-0"]);
    }

    #[test]
    fn an_account_that_is_used_up_is_told_only_when_none_of_its_provider_is_left() {
        use Verdict::{Limited, Paused, Working};
        let mut told = begun();

        assert_eq!(names(told.look(&accounts(&[("claude", Limited), ("claude", Working)]))), [] as [&str; 0]);
        assert_eq!(names(told.look(&accounts(&[("claude", Limited), ("openai", Working)]))), ["claude-0"]);
        assert_eq!(names(begun().look(&accounts(&[("claude", Limited), ("claude", Limited)]))), ["claude-0"]);
        assert_eq!(names(begun().look(&accounts(&[("claude", Paused), ("claude", Limited)]))), ["claude-1"]);
    }

    #[test]
    fn a_notice_says_whose_cap_and_how_far() {
        let whose = Whose::Key(1, "Alex".to_owned(), "laptop".to_owned());
        let (used, limit) = (Money(4 * DOLLAR + DOLLAR / 5), Money(5 * DOLLAR));
        let notice = Notice::Cap { whose, kind: LimitKind::CapDay, level: Level::Near, used, limit };

        let (title, body) = text(&notice, Language::English);

        assert_eq!(title, "Alex (laptop) has used 84 % of a cap");
        assert_eq!(body, "$4.20 of $5.00 today.");
    }
}
