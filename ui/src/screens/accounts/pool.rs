//! How one of several accounts is chosen, and which one would serve a call.

use carpool_ipc::{
    accounts::{Account, Explain, Explained, Explanation, GetStrategy, SetStrategy, Strategy},
    friends::{Friend, ListFriends},
};
use leptos::prelude::*;

use super::state;
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::Button,
        clock::ticking,
        dialog::Dialog,
        field::{TextField, Typed},
        format,
        loaded::Loaded,
        select::{Choice, Select},
    },
    fetch::{On, fetch},
    state::{shared, texts},
};

/// The model that is asked about at first.
const USUAL_MODEL: &str = "claude-sonnet-4-5";

/// The question who would serve a call, and its dialog.
#[component]
pub(super) fn WhoButton() -> impl IntoView {
    let words = texts().pool;
    let asking = RwSignal::new(false);

    view! {
        <Button label=words.who press=Callback::new(move |()| asking.set(true)) id="who-would-serve" />
        <Dialog open=asking title=words.who id="who-dialog"><Who /></Dialog>
    }
}

/// How one of several accounts is chosen that have the same number; with one account there is nothing to choose.
#[component]
pub(super) fn StrategyChoice(accounts: Signal<Vec<Account>>) -> impl IntoView {
    let are_several = Memo::new(move |_| accounts.with(|accounts| accounts.len() > 1));

    move || are_several.get().then(|| view! { <StrategyRow accounts /> })
}

#[component]
fn StrategyRow(accounts: Signal<Vec<Account>>) -> impl IntoView {
    let (shared, words) = (shared(), texts().pool);
    let fetched = fetch(On::Config, || GetStrategy {});
    let strategy = RwSignal::new(Strategy::Balanced);
    Effect::new(move |_| {
        if let Some(known) = fetched.value.get() {
            strategy.set(known);
        }
    });
    let choose = Callback::new(move |wanted| {
        strategy.set(wanted);
        shared.send_then(SetStrategy { strategy: wanted }, move |()| fetched.ask_again());
    });
    let choice =
        |value, slug: &str| -> Choice<Strategy> { (value, slug.to_owned(), (words.strategy_name)(value).to_owned()) };
    let choices = vec![
        choice(Strategy::Balanced, "balanced"),
        choice(Strategy::FillFirst, "fill-first"),
        choice(Strategy::RoundRobin, "round-robin"),
    ];
    let decides = Memo::new(move |_| accounts.with(|accounts| state::order_decides(accounts)));

    view! {
        <section class="card strategy" aria-label=words.strategy>
            <Select label=words.strategy name="strategy" choices chosen=strategy choose />
            <p class="quiet" data-test="strategy-hint">
                {move || (words.strategy_hint)(strategy.get())}
                {move || decides.get().then(|| view! { <span>" "{words.order_decides}</span> })}
            </p>
        </section>
    }
}

/// The friend, the model, and the decision, which follows both and the accounts.
#[component]
fn Who() -> impl IntoView {
    let words = texts().pool;
    let friends = fetch(On::Config, || ListFriends {});
    let asked = move |friends: Signal<Vec<Friend>>| {
        let known = friends.get_untracked();
        let Some(first) = known.first().map(|friend| friend.id) else {
            return view! { <p data-test="nobody-to-ask">{words.nobody_to_ask}</p> }.into_any();
        };
        view! { <Question known first /> }.into_any()
    };

    view! {
        <p class="quiet">{words.who_hint}</p>
        <Loaded of=friends rows=2 children=asked />
    }
}

#[component]
fn Question(known: Vec<Friend>, first: i64) -> impl IntoView {
    let words = texts().pool;
    let friend = RwSignal::new(first);
    let model = RwSignal::new(USUAL_MODEL.to_owned());
    let choices = known.into_iter().map(|friend| (friend.id, format!("f{}", friend.id), friend.name)).collect();
    let choose = Callback::new(move |id| friend.set(id));
    let decision = fetch(On::Accounts, move || Explain { friend: friend.get(), model: model.get().trim().to_owned() });

    view! {
        <div class="who-asks">
            <Select label=words.friend name="who-friend" choices chosen=friend choose />
            <TextField label=words.model name="who-model" value=model typed=Typed::Code />
        </div>
        <Loaded of=decision rows=3 let:decision>
            <Decision decision />
        </Loaded>
    }
}

#[component]
fn Decision(decision: Signal<Explanation>) -> impl IntoView {
    let words = texts().pool;
    let waits = Memo::new(move |_| decision.with(|it| it.accounts.iter().any(|account| account.until_ms.is_some())));
    let now = ticking(waits);
    let chosen = move || decision.with(state::chosen);
    let rows = move || {
        let Explanation { account: chosen, accounts } = decision.get();
        accounts
            .into_iter()
            .map(|account| view! { <Part is_chosen=chosen == Some(account.id) account now /> })
            .collect_view()
    };

    view! {
        <p class="who-decision" role="status" data-test="decision">
            {move || chosen().map_or_else(|| words.nobody_serves.to_owned(), |name| (words.serves)(&name))}
        </p>
        <ul class="who-parts">{rows}</ul>
    }
}

/// An account's part in the choice.
#[component]
fn Part(account: Explained, is_chosen: bool, now: RwSignal<i64>) -> impl IntoView {
    let (language, t) = (shared().language.get_untracked(), texts());
    let Explained { name, against, until_ms, .. } = account;
    let (tone, label) = match against {
        Some(against) => (Tone::Warn, (t.pool.against)(against)),
        None if is_chosen => (Tone::Good, t.pool.chosen),
        None => (Tone::Neutral, t.pool.could),
    };
    let data_name = name.clone();
    let back = until_ms.map(|at_ms| {
        let back = move || {
            let now_ms = now.get().max(browser::now_ms());
            state::back_at(t.pool, t.times, now_ms, at_ms, |at_ms| format::clock(language, now_ms, at_ms))
        };
        view! { <span class="quiet">{back}</span> }
    });

    view! {
        <li class="who-part" data-test="who-part" data-name=data_name>
            <span class="who-name">{name}</span>
            <Badge tone=tone label=label.to_owned() />
            {back}
        </li>
    }
}
