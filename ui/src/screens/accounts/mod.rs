//! Accounts: which can serve, which cannot and why, and how to add, mend and remove one.

mod card;
mod options;
mod order;
mod pool;
mod standing;
mod state;

use carpool_ipc::accounts::{Account, ListAccounts, RemoveAccount, RenameAccount, Tested};
use leptos::prelude::*;

use self::{
    card::AccountCard,
    options::Options,
    order::Order,
    pool::{StrategyChoice, WhoButton},
};
use crate::{
    components::{
        add_account::{AddAccount, SignInAgain, TestedNote},
        button::{Button, Look},
        card::Card,
        clock::ticking,
        dialog::{Confirm, Dialog},
        empty::Empty,
        heading::Heading,
        icon::Icon,
        loaded::Loaded,
        rename::Rename,
        rows::follow,
        subject::Subject,
    },
    fetch::{On, fetch},
    state::{shared, texts},
};

/// What the screen's dialogs are about.
#[derive(Clone, Copy)]
struct Subjects {
    sign_in: Subject<Account>,
    options: Subject<Account>,
    rename: Subject<Account>,
    remove: Subject<Account>,
}

/// Accounts.
#[component]
pub fn Screen() -> impl IntoView {
    let t = texts();
    let accounts = fetch(On::Accounts, || ListAccounts {});
    let subjects =
        Subjects { sign_in: Subject::new(), options: Subject::new(), rename: Subject::new(), remove: Subject::new() };
    let adding = RwSignal::new(false);
    let add = Callback::new(move |()| adding.set(true));
    let list = move |accounts: Signal<Vec<Account>>| view! { <List accounts subjects add /> }.into_any();

    view! {
        <Heading title=t.words.accounts>
            <WhoButton />
            <Button look=Look::Primary icon=Icon::Add label=t.accounts.add press=add id="new-account" />
        </Heading>
        <Loaded of=accounts rows=4 children=list />
        <Dialog open=adding title=t.accounts.add_title id="add-account-dialog">
            <Adding open=adding />
        </Dialog>
        <SigningIn subject=subjects.sign_in />
        <Options subject=subjects.options accounts />
        <Renaming subject=subjects.rename />
        <Removing subject=subjects.remove />
    }
}

#[component]
fn List(accounts: Signal<Vec<Account>>, subjects: Subjects, add: Callback<()>) -> impl IntoView {
    let words = texts().accounts;
    let is_empty = Memo::new(move |_| accounts.with(Vec::is_empty));
    let order = Order::of(accounts);
    let waits = Memo::new(move |_| accounts.with(|accounts| accounts.iter().any(state::waits)));
    let now = Signal::from(ticking(waits));

    move || {
        if is_empty.get() {
            return view! {
                <Card>
                    <Empty icon=Icon::Accounts title=words.empty_title text=words.empty test="accounts-empty">
                        <Button look=Look::Primary label=words.add press=add test="add-first-account" />
                    </Empty>
                </Card>
            }
            .into_any();
        }
        view! {
            <p class="quiet">{words.lead}</p>
            <StrategyChoice accounts />
            <p class="unseen" role="status" data-test="moved">{order.said}</p>
            <ul class="accounts" data-test="accounts">
                <For
                    each=move || order.shown()
                    key=|account| account.id
                    children=move |account| {
                        view! { <AccountCard account=follow(accounts, account, |account| account.id) subjects order now /> }
                    }
                />
            </ul>
        }
        .into_any()
    }
}

/// The form, and after it what the test of the new account showed.
#[component]
fn Adding(open: RwSignal<bool>) -> impl IntoView {
    let added = RwSignal::new(None::<Tested>);
    let done = Callback::new(move |tested| added.set(Some(tested)));
    let close = Callback::new(move |()| open.set(false));

    move || match added.get() {
        None => view! { <AddAccount done /> }.into_any(),
        Some(tested) => view! {
            <TestedNote tested />
            <div class="dialog-actions">
                <Button look=Look::Primary label=texts().words.done press=close test="done" />
            </div>
        }
        .into_any(),
    }
}

/// Signs an account in anew, in place.
#[component]
fn SigningIn(subject: Subject<Account>) -> impl IntoView {
    let (shared, words) = (shared(), texts().accounts);
    let done = Callback::new(move |tested: Tested| {
        subject.open.set(false);
        shared.toasts.tell((words.login_done)(&tested.name));
    });
    let form = move |account: &Account| {
        let same = (words.login_same)(account.email.as_deref());
        let (provider, name) = (account.provider.clone(), account.name.clone());
        Some(view! { <p>{same}</p><SignInAgain provider name done /> })
    };

    view! {
        <Dialog open=subject.open title=subject.text(|account| (words.login_title)(&account.name)) id="sign-in-again">
            {move || subject.with(form)}
        </Dialog>
    }
}

#[component]
fn Renaming(subject: Subject<Account>) -> impl IntoView {
    let words = texts().accounts;
    let ask = Callback::new(move |name| RenameAccount { id: subject.with(|account| account.id), name });

    view! {
        <Rename
            open=subject.open
            title=subject.text(|account| (words.rename_title)(&account.name))
            name=subject.text(|account| account.name.clone())
            ask
            id="rename-account"
        />
    }
}

#[component]
fn Removing(subject: Subject<Account>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.accounts;
    let in_flight = move |account: &Account| shared.live.with(|live| state::in_flight(live, &account.name));
    let text = subject.text(move |account| (words.remove_body)(account.kind, in_flight(account)));
    let ask = Callback::new(move |()| RemoveAccount { id: subject.with(|account| account.id) });
    let then = Callback::new(move |()| shared.toasts.tell(subject.with(|account| (words.removed)(&account.name))));

    view! {
        <Confirm
            open=subject.open
            title=subject.text(|account| (words.remove_title)(&account.name))
            text
            verb=t.words.remove
            id="remove-account"
            ask
            then
        />
    }
}
