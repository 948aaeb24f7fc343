//! What the accounts screen decides: what is said of an account, and which action comes first.

use std::collections::BTreeSet;

use carpool_ipc::{
    accounts::{Account, Explanation, Kind, Verdict},
    live::Live,
    texts::{Accounts, Pool, Times},
};

use crate::components::format;

/// The action a card offers before all others, because it puts the account back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Signing in again under the same name.
    SignIn,
    /// Clearing the state, which tries the same secret once more.
    Clear,
    /// Ending the pause.
    Resume,
}

/// What puts an account back; `None`: it is not out.
pub(super) fn remedy(account: &Account) -> Option<Remedy> {
    match (account.verdict, account.kind) {
        (Verdict::Working, _) => None,
        (Verdict::Paused, _) => Some(Remedy::Resume),
        (Verdict::NeedsLogin, Kind::Oauth) => Some(Remedy::SignIn),
        (Verdict::NeedsLogin, Kind::ApiKey | Kind::SetupToken)
        | (Verdict::Limited | Verdict::Cooling | Verdict::Blocked, _) => Some(Remedy::Clear),
    }
}

/// Whether there is something to clear: a pause is ended, and what works has nothing against it.
pub(super) fn can_be_cleared(account: &Account) -> bool {
    !matches!(account.verdict, Verdict::Working | Verdict::Paused) || !account.limited.is_empty()
}

/// Whether it comes back at a known time, with nobody doing anything.
pub(super) fn comes_back(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Limited | Verdict::Cooling)
}

/// Whether something of it ends at a known time.
pub(super) fn waits(account: &Account) -> bool {
    account.until_ms.is_some() || !account.limited.is_empty()
}

/// When it comes back, or is looked at again; `clock` writes a time of day.
pub(super) fn back(
    account: &Account,
    words: &Pool,
    times: &Times,
    now_ms: i64,
    clock: impl Fn(i64) -> String,
) -> Option<String> {
    let at_ms = account.until_ms?;
    match account.verdict {
        Verdict::Working | Verdict::Paused => None,
        Verdict::Limited | Verdict::Cooling => Some(back_at(words, times, now_ms, at_ms, clock)),
        Verdict::NeedsLogin | Verdict::Blocked => Some(
            format::countdown(times, now_ms, at_ms)
                .map_or_else(|| words.looked_at_now.to_owned(), |until| (words.looked_at)(&until, &clock(at_ms))),
        ),
    }
}

/// When something comes back.
pub(super) fn back_at(words: &Pool, times: &Times, now_ms: i64, at_ms: i64, clock: impl Fn(i64) -> String) -> String {
    format::countdown(times, now_ms, at_ms)
        .map_or_else(|| words.back_now.to_owned(), |until| (words.back)(&until, &clock(at_ms)))
}

/// Whether it can be signed in anew by code: only what was signed in so. Another secret is another account.
pub(super) fn has_sign_in(account: &Account) -> bool {
    account.kind == Kind::Oauth
}

/// Provider, kind, plan and owner: what is known.
pub(super) fn facts(account: &Account, words: &Accounts) -> String {
    let known = [
        Some(account.provider_label.clone()),
        Some((words.kind)(account.kind).to_owned()),
        account.plan.clone(),
        account.email.clone(),
    ];
    known.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Where its calls go, if not straight to the provider's own address.
pub(super) fn route(account: &Account, words: &Accounts) -> Option<String> {
    match (account.base_url.as_deref(), account.has_proxy) {
        (Some(url), true) => Some((words.base_url_by_proxy)(url)),
        (Some(url), false) => Some((words.base_url)(url)),
        (None, true) => Some(words.proxy.to_owned()),
        (None, false) => None,
    }
}

/// Whether the order alone decides: no two accounts have the same number.
pub(super) fn order_decides(accounts: &[Account]) -> bool {
    let numbers: BTreeSet<i64> = accounts.iter().map(|account| account.priority).collect();
    accounts.len() > 1 && numbers.len() == accounts.len()
}

/// The name of the account that would serve a call; `None`: none would.
pub(super) fn chosen(explanation: &Explanation) -> Option<String> {
    let id = explanation.account?;
    explanation.accounts.iter().find(|account| account.id == id).map(|account| account.name.clone())
}

/// The calls an account serves now, of the most it may.
pub(super) fn calls_now(calls: u32, most: u32, accounts: &Accounts, pool: &Pool) -> String {
    match (calls, most) {
        (0, 0) => accounts.idle.to_owned(),
        (_, 0) => (accounts.in_flight)(calls),
        _ => (pool.in_flight_of)(calls, most),
    }
}

/// How many calls an account serves now.
pub(super) fn in_flight(live: &Live, name: &str) -> u32 {
    let calls = live.calls.iter().filter(|call| call.account.as_deref() == Some(name)).count();
    u32::try_from(calls).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{
        accounts::{Explained, LimitedFamily},
        live::LiveCall,
        providers::AccountOptions,
        settings::Language,
        texts::texts,
        usage::Sums,
    };

    fn account(verdict: Verdict, kind: Kind) -> Account {
        Account {
            id: 1,
            name: "work".to_owned(),
            provider: "claude".to_owned(),
            provider_label: "Claude".to_owned(),
            kind,
            verdict,
            reason: None,
            until_ms: None,
            limited: Vec::new(),
            email: Some("me@example.org".to_owned()),
            plan: None,
            base_url: None,
            options: AccountOptions::default(),
            has_proxy: false,
            priority: 50,
            in_flight: 0,
            max_concurrency: 0,
            spacing_ms: 0,
            groups: Vec::new(),
            troubles: Vec::new(),
            today: Sums::default(),
            windows: Vec::new(),
        }
    }

    #[test]
    fn what_puts_an_account_back_depends_on_why_it_is_out() {
        assert_eq!(remedy(&account(Verdict::Working, Kind::Oauth)), None);
        assert_eq!(remedy(&account(Verdict::Paused, Kind::ApiKey)), Some(Remedy::Resume));
        assert_eq!(remedy(&account(Verdict::NeedsLogin, Kind::Oauth)), Some(Remedy::SignIn));
        assert_eq!(remedy(&account(Verdict::NeedsLogin, Kind::SetupToken)), Some(Remedy::Clear));
        assert_eq!(remedy(&account(Verdict::Blocked, Kind::Oauth)), Some(Remedy::Clear));
        assert_eq!(remedy(&account(Verdict::Limited, Kind::Oauth)), Some(Remedy::Clear));
        assert_eq!(remedy(&account(Verdict::Cooling, Kind::ApiKey)), Some(Remedy::Clear));
    }

    #[test]
    fn what_is_limited_can_be_cleared_even_while_it_serves_other_models() {
        let family = LimitedFamily { family: "opus".to_owned(), until_ms: 1 };
        let partly = Account { limited: vec![family], ..account(Verdict::Working, Kind::Oauth) };

        assert!(can_be_cleared(&partly) && waits(&partly));
        assert!(can_be_cleared(&account(Verdict::NeedsLogin, Kind::Oauth)));
        assert!(!can_be_cleared(&account(Verdict::Paused, Kind::Oauth)));
        assert!(!can_be_cleared(&account(Verdict::Working, Kind::Oauth)));
    }

    #[test]
    fn an_account_that_is_out_says_when_it_is_back_or_looked_at_again() {
        let t = texts(Language::English);
        let said = |verdict, until_ms| {
            let account = Account { until_ms, ..account(verdict, Kind::Oauth) };
            back(&account, t.pool, t.times, 0, |_| "14:10".to_owned())
        };
        let in_12_minutes = Some(12 * 60_000);

        assert_eq!(said(Verdict::Limited, in_12_minutes).as_deref(), Some("Back in 12 min (14:10)"));
        assert_eq!(said(Verdict::Cooling, Some(7_200)).as_deref(), Some("Back in 8 s (14:10)"));
        assert_eq!(said(Verdict::Limited, Some(0)).as_deref(), Some("Back any moment now"));
        assert_eq!(said(Verdict::NeedsLogin, in_12_minutes).as_deref(), Some("Looked at again at 14:10, in 12 min"));
        assert_eq!(said(Verdict::Blocked, None), None);
        assert_eq!(said(Verdict::Working, in_12_minutes), None);
    }

    #[test]
    fn calls_in_flight_are_told_with_the_most_there_may_be() {
        let t = texts(Language::English);
        let said = |calls, most| calls_now(calls, most, t.accounts, t.pool);

        assert_eq!([said(0, 0), said(2, 0), said(2, 5), said(0, 5)], ["No calls", "2 calls", "2 of 5", "0 of 5"]);
    }

    #[test]
    fn the_order_alone_decides_where_no_two_accounts_have_the_same_number() {
        let with = |priority| Account { priority, ..account(Verdict::Working, Kind::ApiKey) };

        assert!(order_decides(&[with(10), with(20)]));
        assert!(!order_decides(&[with(10), with(20), with(10)]));
        assert!(!order_decides(&[with(10)]), "there is nothing to decide");
    }

    #[test]
    fn who_would_serve_is_told_by_name() {
        let part = |id, name: &str| Explained { id, name: name.to_owned(), against: None, until_ms: None };
        let explanation = Explanation { account: Some(2), accounts: vec![part(1, "work"), part(2, "own")] };

        assert_eq!(chosen(&explanation).as_deref(), Some("own"));
        assert_eq!(chosen(&Explanation { account: None, ..explanation }), None);
    }

    #[test]
    fn only_what_is_known_of_an_account_is_said() {
        let words = texts(Language::English).accounts;
        let plain = account(Verdict::Working, Kind::Oauth);
        let bent = Account { base_url: Some("https://relay.example".to_owned()), has_proxy: true, ..plain.clone() };

        assert_eq!(facts(&plain, words), "Claude · Subscription · me@example.org");
        assert_eq!(route(&plain, words), None);
        assert_eq!(route(&bent, words).as_deref(), Some("Calls go to https://relay.example, through a proxy"));
    }

    #[test]
    fn calls_in_flight_are_those_the_account_serves() {
        let call = |account: Option<&str>| LiveCall {
            id: "c".to_owned(),
            friend: "Alex".to_owned(),
            key: "laptop".to_owned(),
            account: account.map(str::to_owned),
            model: None,
            started_ms: 0,
            is_answering: false,
            input_tokens: 0,
            output_tokens: 0,
        };
        let live = Live { calls: vec![call(Some("work")), call(None), call(Some("mine"))], ..Live::default() };

        assert_eq!(in_flight(&live, "work"), 1);
    }
}
