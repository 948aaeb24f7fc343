//! One account: whether it can serve, why not, what it is, what it did today, and what one can do with it.

use carpool_ipc::{
    accounts::{Account, ClearAccount, PauseAccount, TestAccount, Tested, Verdict},
    windows::Window,
};
use leptos::prelude::*;

use super::{
    Subjects,
    order::{Arrows, Grip, Order},
    standing::{Errors, Standing},
    state::{self, Remedy},
};
use crate::{
    components::{
        badge::VerdictBadge,
        button::{Button, Look},
        field::FailureNote,
        format,
        icon::{Icon, Picture},
        menu::{Item, Menu},
        meter::Meter,
    },
    sending::Sending,
    state::{Shared, shared, texts},
};

/// One account.
#[component]
pub(super) fn AccountCard(
    account: Signal<Account>,
    subjects: Subjects,
    order: Order,
    now: Signal<i64>,
) -> impl IntoView {
    let id = account.with_untracked(|account| account.id);
    let (shared, words) = (shared(), texts().accounts);
    let name = move || account.with(|account| account.name.clone());
    let verdict = Signal::derive(move || account.with(|account| account.verdict));
    let windows = Memo::new(move |_| account.with(|account| account.windows.clone()));
    let route = move || account.with(|account| state::route(account, words));

    view! {
        <li
            class="card account"
            class:dragged=move || order.dragged.get() == Some(id)
            class:drop-here=move || order.over.get() == Some(id)
            data-test="account"
            data-name=name
            data-account=id
        >
            <header class="account-head">
                <Grip id order />
                <h2>{name}</h2>
                <VerdictBadge verdict />
                <Menu
                    label=Signal::derive(move || (words.actions)(&name()))
                    items=Signal::derive(move || items(&account.get(), subjects, shared))
                />
            </header>
            <p class="quiet account-facts" data-test="facts">{move || account.with(|account| state::facts(account, words))}</p>
            {move || route().map(|route| view! { <p class="quiet" data-test="route">{route}</p> })}
            <Standing account now />
            {move || Some(windows.get()).filter(|windows| !windows.is_empty()).map(meters)}
            <Today account order />
            <Errors account />
            <Actions account subjects />
        </li>
    }
}

fn meters(windows: Vec<Window>) -> impl IntoView {
    let meter = |window| view! { <Meter window /> };
    view! { <div class="account-meters" data-test="windows">{windows.into_iter().map(meter).collect_view()}</div> }
}

/// What it did today, and what it does now.
#[component]
fn Today(account: Signal<Account>, order: Order) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let today = move || account.with(|account| account.today);
    let now =
        Memo::new(move |_| account.with(|account| shared.live.with(|live| state::in_flight(live, &account.name))));
    let most = move || account.with(|account| account.max_concurrency);
    let now_text = move || state::calls_now(now.get(), most(), t.accounts, t.pool);

    view! {
        <dl class="account-today">
            <div>
                <dt>{t.words.today}</dt>
                <dd data-test="today">
                    {move || (t.words.number_of_calls)(today().calls)}
                    <span class="minor">
                        {move || format!("{} {} · {}", format::tokens(today().tokens.total()), t.accounts.tokens, format::cost(&today(), t.words.unpriced))}
                    </span>
                </dd>
            </div>
            <div>
                <dt>{t.accounts.now}</dt>
                <dd class:quiet=move || now.get() == 0 data-test="in-flight">{now_text}</dd>
            </div>
            <div>
                <dt>{t.pool.order}</dt>
                <dd class="account-order"><Arrows account order /></dd>
            </div>
        </dl>
    }
}

/// The buttons, and what the last test showed.
#[component]
fn Actions(account: Signal<Account>, subjects: Subjects) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.accounts;
    let testing = Sending::new();
    let tested = RwSignal::new(None::<Tested>);
    let test = Callback::new(move |()| {
        tested.set(None);
        testing.send(TestAccount { id: account.with_untracked(|account| account.id) }, move |reply| {
            tested.try_set(Some(reply));
        });
    });
    let remedy = Memo::new(move |_| account.with(state::remedy));
    let remedy_button = move || {
        remedy.get().map(|remedy| match remedy {
            Remedy::SignIn => {
                let press = Callback::new(move |()| subjects.sign_in.ask(account.get_untracked()));
                view! { <Button look=Look::Primary label=words.sign_in_again press test="sign-in-again" /> }.into_any()
            }
            Remedy::Clear => {
                let press = Callback::new(move |()| clear(&account.get_untracked(), shared));
                let look = if state::comes_back(account.with_untracked(|account| account.verdict)) {
                    Look::Plain
                } else {
                    Look::Primary
                };
                view! { <Button look label=words.clear press test="clear" /> }.into_any()
            }
            Remedy::Resume => {
                let press = Callback::new(move |()| pause(&account.get_untracked(), shared, Pause::End));
                view! { <Button look=Look::Primary label=t.words.resume press test="resume" /> }.into_any()
            }
        })
    };
    let label = Signal::derive(move || if testing.busy.get() { words.testing } else { words.test }.to_owned());

    view! {
        <div class="account-actions">
            {remedy_button}
            <Button label busy=testing.busy press=test test="test" />
        </div>
        <div class="account-tested">
            <FailureNote of=testing />
            <div role="status">{move || tested.get().map(|tested| verdict_of_test(&tested))}</div>
        </div>
    }
}

fn verdict_of_test(tested: &Tested) -> impl IntoView + use<> {
    let words = texts().accounts;
    match &tested.untested {
        None => view! {
            <p class="test-result tone-good" data-test="tested"><Picture of=Icon::Check /><span>{(words.tested)(tested)}</span></p>
        }
        .into_any(),
        Some(why) => view! {
            <p class="test-result tone-warn" data-test="untested"><Picture of=Icon::Warning /><span>{(words.untested)(why)}</span></p>
        }
        .into_any(),
    }
}

/// What is in the card's menu.
fn items(account: &Account, subjects: Subjects, shared: Shared) -> Vec<Item> {
    let t = texts();
    let plain =
        |label: &str, test, press: Callback<()>| Item { label: label.to_owned(), look: Look::Plain, test, press };
    let about = |act: fn(&Account, Subjects, Shared)| {
        let account = account.clone();
        Callback::new(move |()| act(&account, subjects, shared))
    };

    let mut items = Vec::new();
    if state::has_sign_in(account) {
        let press = about(|account, subjects, _| subjects.sign_in.ask(account.clone()));
        items.push(plain(t.accounts.sign_in_again, "menu-sign-in", press));
    }
    let press = about(|account, subjects, _| subjects.options.ask(account.clone()));
    items.push(plain(t.pool.options, "menu-options", press));
    let press = about(|account, subjects, _| subjects.rename.ask(account.clone()));
    items.push(plain(t.words.rename, "menu-rename", press));
    if account.verdict == Verdict::Paused {
        items.push(plain(
            t.words.resume,
            "menu-resume",
            about(|account, _, shared| pause(account, shared, Pause::End)),
        ));
    } else {
        items.push(plain(
            t.words.pause,
            "menu-pause",
            about(|account, _, shared| pause(account, shared, Pause::Begin)),
        ));
    }
    if state::can_be_cleared(account) {
        items.push(plain(t.accounts.clear, "menu-clear", about(|account, _, shared| clear(account, shared))));
    }
    let press = about(|account, subjects, _| subjects.remove.ask(account.clone()));
    items.push(Item { label: t.words.remove.to_owned(), look: Look::Danger, test: "menu-remove", press });
    items
}

/// What happens to a pause.
#[derive(Clone, Copy)]
enum Pause {
    Begin,
    End,
}

fn pause(account: &Account, shared: Shared, pause: Pause) {
    let words = texts().accounts;
    let name = account.name.clone();
    let (paused, say) = match pause {
        Pause::Begin => (true, words.paused),
        Pause::End => (false, words.resumed),
    };
    shared.send_then(PauseAccount { id: account.id, paused }, move |()| shared.toasts.tell(say(&name)));
}

fn clear(account: &Account, shared: Shared) {
    let say = texts().accounts.cleared;
    let name = account.name.clone();
    shared.send_then(ClearAccount { id: account.id }, move |()| shared.toasts.tell(say(&name)));
}
