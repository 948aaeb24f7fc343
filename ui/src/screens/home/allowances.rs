//! What the accounts still allow, and which of them want attention.

use carpool_ipc::accounts::{Account, ListAccounts};
use leptos::prelude::*;

use super::state::{self, Allowances, Notice};
use crate::{
    browser,
    components::{
        badge::Tone,
        button::Button,
        card::Card,
        icon::{Icon, Picture},
        loaded::Loaded,
        meter::Meter,
    },
    fetch::{On, fetch},
    place::Place,
    state::texts,
};

/// What the accounts still allow, and which of them want attention; nothing where there is nothing to say.
#[component]
pub fn AccountsCard() -> impl IntoView {
    let accounts = fetch(On::ConfigAndLedger, || ListAccounts {});

    view! {
        <Loaded of=accounts rows=1 let:accounts>
                <Said accounts />
        </Loaded>
    }
}

#[component]
fn Said(accounts: Signal<Vec<Account>>) -> impl IntoView {
    let texts = texts().home;
    let is_empty = Memo::new(move |_| accounts.read().is_empty());
    let notices = Memo::new(move |_| state::notices(&accounts.read()));
    let allowances = Memo::new(move |_| state::allowances(&accounts.read()));
    let to_accounts = Callback::new(|()| browser::set_hash(&Place::Accounts.href()));
    let missing = move || {
        is_empty.get().then(|| {
            view! {
                <div class="notice tone-warn" data-test="no-account">
                    <Picture of=Icon::Warning />
                    <p>{texts.no_account}</p>
                    <Button label=texts.add_account press=to_accounts test="add-account" />
                </div>
            }
        })
    };
    let meters = move || {
        let known = allowances.get();
        (!known.is_empty()).then(|| {
            view! {
                <Card title=texts.allowances test="allowances">
                    <ul class="allowances">{known.into_iter().map(|known| view! { <Meters known /> }).collect_view()}</ul>
                </Card>
            }
        })
    };

    view! {
        {missing}
        {move || notices.get().into_iter().map(|notice| view! { <NoticeLine notice /> }).collect_view()}
        {meters}
    }
}

#[component]
fn NoticeLine(notice: Notice) -> impl IntoView {
    let texts = texts().home;
    let tone = Tone::of_verdict(notice.verdict);

    view! {
        <div class=format!("notice {}", tone.class()) data-test="account-notice">
            <Picture of=if tone == Tone::Neutral { Icon::Pause } else { Icon::Warning } />
            <p>
                <strong>{(texts.needs_attention)(&notice.name, notice.verdict)}</strong>
                {notice.reason.map(|reason| view! { <span class="quiet" title=reason.clone()>{reason.clone()}</span> })}
            </p>
            <a href=Place::Accounts.href()>{texts.show_accounts}</a>
        </div>
    }
}

#[component]
fn Meters(known: Allowances) -> impl IntoView {
    let meters = known.windows.into_iter().map(|window| view! { <Meter window /> }).collect_view();

    view! {
        <li class="allowance" data-test="allowance">
            <p class="allowance-name">{known.name}<span class="quiet">{known.plan}</span></p>
            <div class="meters">{meters}</div>
        </li>
    }
}
