//! What Home shows: which accounts want attention, which allowances are known, and how full they are.

use carpool_ipc::{
    accounts::{Account, Verdict},
    live::{Live, LiveCall},
    status::{Relay, Status},
    windows::Window,
};

/// Where friends reach the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// On this machine.
    pub(crate) here: String,
    /// In this machine's network, if it listens there.
    pub(crate) network: Option<String>,
    /// Wherever the tunnel leads.
    pub(crate) public: Option<String>,
}

/// Where friends reach the relay, while it is up.
pub(crate) fn addresses(status: &Status) -> Option<Addresses> {
    match &status.relay {
        Relay::Up { url, lan_url, .. } => Some(Addresses {
            here: url.clone(),
            network: lan_url.clone(),
            public: status.tunnel.public_url.clone().filter(|public| lan_url.as_ref() != Some(public)),
        }),
        Relay::Starting | Relay::Down { .. } | Relay::Stopping { .. } => None,
    }
}

/// What a call in flight is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No account serves it yet.
    WaitingForAccount,
    /// The provider has not begun to answer.
    WaitingForAnswer,
    /// The answer is coming.
    Answering,
}

/// What a call in flight is doing.
pub(crate) fn phase(call: &LiveCall) -> Phase {
    match (&call.account, call.is_answering) {
        (_, true) => Phase::Answering,
        (Some(_), false) => Phase::WaitingForAnswer,
        (None, false) => Phase::WaitingForAccount,
    }
}

/// Whether nobody has called today, nor does now.
pub(crate) fn is_quiet(live: &Live) -> bool {
    live.calls.is_empty() && live.today.calls == 0
}

/// An account that wants the owner's attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Its row's id.
    pub(crate) id: i64,
    /// Its name.
    pub(crate) name: String,
    /// What is the matter.
    pub(crate) verdict: Verdict,
    /// Why, where more can be said.
    pub(crate) reason: Option<String>,
}

/// The accounts that cannot serve, in their order.
pub(crate) fn notices(accounts: &[Account]) -> Vec<Notice> {
    let troubled = accounts.iter().filter(|account| account.verdict != Verdict::Working);
    troubled
        .map(|account| Notice {
            id: account.id,
            name: account.name.clone(),
            verdict: account.verdict,
            reason: account.reason.clone(),
        })
        .collect()
}

/// An account's allowances.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Allowances {
    /// The account's row's id.
    pub(crate) id: i64,
    /// The account's name.
    pub(crate) name: String,
    /// Its subscription.
    pub(crate) plan: Option<String>,
    /// The allowances, the shortest first.
    pub(crate) windows: Vec<Window>,
}

/// The allowances for all models of the accounts that have said something of them. Those of single model families are
/// on the accounts' own screen.
pub(crate) fn allowances(accounts: &[Account]) -> Vec<Allowances> {
    let shared = accounts.iter().map(|account| {
        let mut windows: Vec<_> = account.windows.iter().filter(|window| window.family.is_none()).cloned().collect();
        windows.sort_by_key(|window| window.hours);
        Allowances { id: account.id, name: account.name.clone(), plan: account.plan.clone(), windows }
    });
    shared.filter(|known| !known.windows.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use carpool_ipc::{accounts::Kind, providers::AccountOptions, usage::Sums};

    fn account(name: &str, verdict: Verdict, hours: &[u32]) -> Account {
        Account {
            id: 1,
            name: name.to_owned(),
            provider: "claude".to_owned(),
            provider_label: "Claude".to_owned(),
            kind: Kind::Oauth,
            verdict,
            reason: None,
            email: None,
            plan: None,
            base_url: None,
            options: AccountOptions::default(),
            has_proxy: false,
            until_ms: None,
            limited: Vec::new(),
            priority: 50,
            in_flight: 0,
            max_concurrency: 0,
            spacing_ms: 0,
            groups: Vec::new(),
            troubles: Vec::new(),
            today: Sums::default(),
            windows: hours.iter().map(|&hours| window(hours, None)).collect(),
        }
    }

    fn window(hours: u32, family: Option<&str>) -> Window {
        let family = family.map(str::to_owned);
        Window { hours, family, used: 0.5, resets_ms: None, parts: Vec::new(), outside: 0.0, forecast: None }
    }

    #[test]
    fn only_accounts_that_cannot_serve_are_noticed() {
        let accounts = [account("a", Verdict::Working, &[]), account("b", Verdict::NeedsLogin, &[])];

        let names: Vec<String> = notices(&accounts).into_iter().map(|notice| notice.name).collect();

        assert_eq!(names, ["b"]);
    }

    #[test]
    fn the_shortest_allowance_comes_first_and_unknown_ones_are_left_out() {
        let accounts = [account("a", Verdict::Working, &[168, 5]), account("b", Verdict::Working, &[])];

        let known = allowances(&accounts);

        assert_eq!(known.len(), 1);
        assert_eq!(known[0].windows.iter().map(|window| window.hours).collect::<Vec<_>>(), [5, 168]);
    }

    #[test]
    fn the_allowance_of_one_model_family_is_not_taken_for_that_of_all_models() {
        let mut known = account("a", Verdict::Working, &[5]);
        known.windows.push(window(168, Some("opus")));
        let mut only_family = known.clone();
        only_family.windows.remove(0);

        let shown = allowances(&[known, only_family]);

        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].windows.iter().map(|window| window.hours).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_call_waits_for_an_account_then_for_its_answer() {
        let mut call = LiveCall {
            id: "1".to_owned(),
            friend: "Alex".to_owned(),
            key: "laptop".to_owned(),
            account: None,
            model: None,
            started_ms: 0,
            is_answering: false,
            input_tokens: 0,
            output_tokens: 0,
        };
        assert_eq!(phase(&call), Phase::WaitingForAccount);

        call.account = Some("work".to_owned());
        assert_eq!(phase(&call), Phase::WaitingForAnswer);

        call.is_answering = true;
        assert_eq!(phase(&call), Phase::Answering);
    }

    #[test]
    fn it_is_quiet_only_while_nobody_calls_nor_has_called() {
        let mut live = Live::default();
        assert!(is_quiet(&live));

        live.today.calls = 1;
        assert!(!is_quiet(&live));
    }
}
