//! What the accounts still allow, and which of them want attention.

use std::collections::BTreeMap;

use carpool_ipc::accounts::Account;
use leptos::prelude::*;

use super::{
    state::{self, Allowances, Notice},
    window::{self, Legend, WindowMeter},
};
use crate::{
    browser,
    components::{
        badge::Tone,
        button::Button,
        card::Card,
        icon::{Icon, Picture},
        loaded::Loaded,
    },
    fetch::Fetched,
    place::Place,
    state::texts,
};

/// The accounts that want attention, or that there is none; nothing where all is well.
#[component]
pub fn Notices(
    /// Every account.
    accounts: Fetched<Vec<Account>>,
) -> impl IntoView {
    let texts = texts().home;
    let is_missing = Memo::new(move |_| accounts.value.read().as_ref().is_some_and(Vec::is_empty));
    let notices = Memo::new(move |_| accounts.value.read().as_deref().map(state::notices).unwrap_or_default());
    let to_accounts = Callback::new(|()| browser::set_hash(&Place::Accounts.href()));
    let missing = move || {
        is_missing.get().then(|| {
            view! {
                <div class="card notices"><div class="notice tone-warn" data-test="no-account">
                    <Picture of=Icon::Warning />
                    <p>{texts.no_account}</p>
                    <Button label=texts.add_account press=to_accounts test="add-account" />
                </div></div>
            }
        })
    };
    let lines = move || {
        let notices = notices.get();
        (!notices.is_empty()).then(|| {
            view! { <ul class="card notices">{notices.into_iter().map(|notice| view! { <NoticeLine notice /> }).collect_view()}</ul> }
        })
    };

    view! {
        {missing}
        {lines}
    }
}

/// What the accounts still allow, where they have said.
#[component]
pub fn AllowancesCard(
    /// Every account.
    accounts: Fetched<Vec<Account>>,
) -> impl IntoView {
    view! {
        <Loaded of=accounts rows=1 let:accounts>
            <Allowed accounts />
        </Loaded>
    }
}

#[component]
fn Allowed(accounts: Signal<Vec<Account>>) -> impl IntoView {
    let texts = texts().home;
    let allowances = Memo::new(move |_| state::allowances(&accounts.read()));
    let legend = Memo::new(move |_| accounts.with(|accounts| window::state::legend(accounts)));
    let has_outside = Memo::new(move |_| accounts.with(|accounts| window::state::has_outside(accounts)));

    move || {
        let (known, (colours, names)) = (allowances.get(), legend.get());
        (!known.is_empty()).then(|| {
            let meters =
                known.into_iter().map(|known| view! { <Meters known colours=colours.clone() /> }).collect_view();
            let legend = (!names.is_empty()).then(|| view! { <Legend names has_outside=has_outside.get() /> });
            view! {
                <Card title=texts.allowances test="allowances">
                    <ul class="allowances">{meters}</ul>
                    {legend}
                </Card>
            }
        })
    }
}

#[component]
fn NoticeLine(notice: Notice) -> impl IntoView {
    let texts = texts().home;
    let tone = Tone::of_verdict(notice.verdict);
    let reason = notice.reason.map(|reason| {
        let title = reason.clone();
        view! { <span class="quiet" title=title>{reason}</span> }
    });

    view! {
        <li class=format!("notice {}", tone.class()) data-test="account-notice">
            <Picture of=if tone == Tone::Neutral { Icon::Pause } else { Icon::Warning } />
            <p>
                <strong>{(texts.needs_attention)(&notice.name, notice.verdict)}</strong>
                {reason}
            </p>
            <a href=Place::Accounts.href()>{texts.show_accounts}</a>
        </li>
    }
}

#[component]
fn Meters(known: Allowances, colours: BTreeMap<i64, usize>) -> impl IntoView {
    let meters =
        known.windows.into_iter().map(|window| view! { <WindowMeter window colours=colours.clone() /> }).collect_view();

    view! {
        <li class="allowance" data-test="allowance">
            <p class="allowance-name">{known.name}<span class="quiet">{known.plan}</span></p>
            <div class="meters">{meters}</div>
        </li>
    }
}
