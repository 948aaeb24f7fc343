//! Who took how much of the subscriptions: what was called and what that is worth exactly, windows as an estimate.

use carpool_ipc::usage::{GetSubscriptions, Range, Subscription, TakenWindows, Taker};
use leptos::prelude::*;

use super::state::{self, TAKERS, TakerLine};
use crate::{
    browser::{self, TimeStyle},
    components::{
        button::{Button, Look},
        card::Card,
        format,
        loaded::Loaded,
        table::Table,
    },
    fetch::{On, fetch},
    state::{shared, texts},
};

/// Who took how much of the subscriptions.
#[component]
pub(super) fn Subscriptions(range: Memo<Range>) -> impl IntoView {
    let words = texts().usage;
    let subscriptions = fetch(On::ConfigAndLedger, move || GetSubscriptions { range: range.get() });
    let content = move |subscriptions: Signal<Vec<Subscription>>| view! { <Each subscriptions /> }.into_any();

    view! {
        <Card title=words.subscriptions test="subscriptions">
            <Loaded of=subscriptions rows=4 children=content />
        </Card>
    }
}

#[component]
fn Each(subscriptions: Signal<Vec<Subscription>>) -> impl IntoView {
    let words = texts().usage;
    let names =
        Memo::new(move |_| subscriptions.with(|all| all.iter().map(|one| one.account.clone()).collect::<Vec<_>>()));
    let one = move |name: String| {
        let found = Memo::new(move |_| subscriptions.with(|all| all.iter().find(|one| one.account == name).cloned()));
        view! { <One of=found /> }
    };

    move || {
        if names.read().is_empty() {
            return view! { <p class="quiet" data-test="no-subscription">{words.no_subscription}</p> }.into_any();
        }
        view! {
            <p class="quiet">{words.subscriptions_hint}</p>
            <div class="subscriptions">
                <For each=move || names.get() key=String::clone children=one />
            </div>
        }
        .into_any()
    }
}

/// A subscription.
#[component]
fn One(of: Memo<Option<Subscription>>) -> impl IntoView {
    let words = texts().usage;
    let is_open = RwSignal::new(false);
    let many = Memo::new(move |_| of.with(|of| of.as_ref().is_some_and(|of| of.takers.len() > TAKERS + 1)));
    let label = Signal::derive(move || if is_open.get() { words.show_fewer } else { words.show_each }.to_owned());
    let press = Callback::new(move |()| is_open.update(|is_open| *is_open = !*is_open));
    let content = move || {
        of.with(|of| {
            let of = of.as_ref()?;
            Some(if of.takers.is_empty() && of.windows.is_empty() {
                view! { <p class="quiet">{words.not_called}</p> }.into_any()
            } else {
                table(of, if is_open.get() { usize::MAX } else { TAKERS }).into_any()
            })
        })
    };
    let name = of.with_untracked(|of| of.as_ref().map(|of| of.account.clone()).unwrap_or_default());
    let data_name = name.clone();

    view! {
        <section class="subscription" data-test="subscription" data-name=data_name>
            <h3>{name}</h3>
            {content}
            {move || many.get().then(|| view! { <Button look=Look::Quiet label press /> })}
        </section>
    }
}

/// The first takers, the others together, what was used outside, and all of it.
fn table(of: &Subscription, most: usize) -> impl IntoView + use<> {
    let (t, language) = (texts(), shared().language.get_untracked());
    let words = t.usage;
    let whole = state::whole(&of.takers);
    let head = |windows: &TakenWindows| {
        let name = (words.windows_of)(windows.hours);
        view! { <th scope="col" class="number">{name}<span class="minor">{words.estimate}</span></th> }
    };
    let heads = of.windows.iter().map(head).collect_view();
    let row = |(line, windows): (TakerLine, Vec<f64>)| {
        let name = line.friend.unwrap_or_else(|| (words.and_more)(line.friends));
        let data_name = name.clone();
        view! { <tr data-test="taker" data-name=data_name>{cells(name, &line.taken, &whole, windows)}</tr> }
    };
    let rows = state::takers(of, most).into_iter().map(row).collect_view();
    let used = |windows: &TakenWindows| (words.windows_used)(windows.windows, &state::windows(windows.used));
    let totals = of.windows.iter().map(|windows| view! { <td class="number">{used(windows)}</td> }).collect_view();
    let since = of.windows.iter().map(|windows| windows.since_ms).min();
    let note = since.map(|since| (words.windows_since)(&browser::local_time(language, since, TimeStyle::Date)));
    let outside = outside(of);

    view! {
        <Table label=of.account.clone()>
            <thead>
                <tr>
                    <th scope="col">{words.taker}</th>
                    <th scope="col" class="number">{t.words.calls}</th>
                    <th scope="col" class="number">{words.list_value}</th>
                    <th scope="col" class="number">{words.share}</th>
                    {heads}
                </tr>
            </thead>
            <tbody>{rows}{outside}</tbody>
            <tfoot>
                <tr data-test="taken">
                    <th scope="row">{words.total}</th>
                    <td class="number">{format::count(whole.calls)}</td>
                    <td class="number">{format::money(whole.cost)}</td>
                    <td></td>
                    {totals}
                </tr>
            </tfoot>
        </Table>
        <p class="quiet">{note}</p>
    }
}

/// What of the windows was not used through Carpool, where that shows.
fn outside(of: &Subscription) -> Option<impl IntoView + use<>> {
    let is_some = of.windows.iter().any(|windows| windows.outside >= 0.005);
    let cell = |windows: &TakenWindows| view! { <td class="number">{state::windows(windows.outside)}</td> };
    is_some.then(|| {
        view! {
            <tr data-test="outside">
                <th scope="row">{texts().usage.outside}</th>
                <td></td>
                <td></td>
                <td></td>
                {of.windows.iter().map(cell).collect_view()}
            </tr>
        }
    })
}

fn cells(name: String, taken: &Taker, whole: &Taker, windows: Vec<f64>) -> impl IntoView + use<> {
    let share = state::part(taken.cost, whole.cost)
        .map_or_else(|| "–".to_owned(), |part| format!("{} %", format::percent(part)));
    let windows = windows
        .into_iter()
        .map(|used| view! { <td class="number" class:quiet=used < 0.005>{state::windows(used)}</td> });

    view! {
        <th scope="row">{name}</th>
        <td class="number">{format::count(taken.calls)}</td>
        <td class="number">{format::money(taken.cost)}</td>
        <td class="number">{share}</td>
        {windows.collect_view()}
    }
}
