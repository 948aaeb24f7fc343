//! What the accounts screen decides: what is said of an account, and which action comes first.

use carpool_ipc::{
    accounts::{Account, Kind, Verdict},
    live::Live,
    texts::Accounts,
};

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
        (Verdict::NeedsLogin, Kind::ApiKey | Kind::SetupToken) | (Verdict::Blocked, _) => Some(Remedy::Clear),
    }
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

/// How many calls an account serves now.
pub(super) fn in_flight(live: &Live, name: &str) -> u32 {
    let calls = live.calls.iter().filter(|call| call.account.as_deref() == Some(name)).count();
    u32::try_from(calls).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{live::LiveCall, settings::Language, texts::texts, usage::Sums};

    fn account(verdict: Verdict, kind: Kind) -> Account {
        Account {
            id: 1,
            name: "work".to_owned(),
            provider: "claude".to_owned(),
            provider_label: "Claude".to_owned(),
            kind,
            verdict,
            reason: None,
            email: Some("me@example.org".to_owned()),
            plan: None,
            base_url: None,
            has_proxy: false,
            priority: 50,
            in_flight: 0,
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
