//! What the subscriptions delivered at list price, beside what they cost.

use carpool_ipc::statement::{GetValue, MonthValue, Value};
use leptos::prelude::*;

use super::{Choosing, state};
use crate::{
    components::{card::Card, format, loaded::Loaded, table::Table},
    fetch::{On, fetch},
    state::texts,
};

/// The value of a month's subscriptions, as things stand now.
#[component]
pub(super) fn ValueCard(choosing: Choosing) -> impl IntoView {
    let words = texts().statement;
    let value = fetch(On::ConfigAndLedger, move || GetValue { month: choosing.month.get().iso() });
    let content = move |value: Signal<MonthValue>| view! { <Values value /> }.into_any();

    view! {
        <Card title=words.value test="subscription-value">
            <p class="quiet value-hint">{words.value_hint}</p>
            <Loaded of=value rows=2 children=content />
        </Card>
    }
}

#[component]
fn Values(value: Signal<MonthValue>) -> impl IntoView {
    let words = texts().statement;
    let is_empty = Memo::new(move |_| value.with(|value| value.values.is_empty()));
    let is_early = Memo::new(move |_| value.with(|value| !value.is_over));
    let rows = move || value.with(|month| month.values.iter().map(|one| row(one, month)).collect_view());

    move || {
        if is_empty.get() {
            return view! { <p class="quiet" data-test="no-value">{words.no_value}</p> }.into_any();
        }
        view! {
            <Table label=words.value>
                <thead>
                    <tr>
                        <th scope="col">{words.subscription}</th>
                        <th scope="col" class="number">{words.calls}</th>
                        <th scope="col" class="number">{words.worth}</th>
                        <th scope="col" class="number">{words.cost_so_far}</th>
                        <th scope="col"><span class="unseen">{words.value}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            {is_early.get().then(|| view! { <p class="quiet value-hint" data-test="value-early">{words.value_early}</p> })}
        }
        .into_any()
    }
}

fn row(one: &Value, month: &MonthValue) -> impl IntoView + use<> {
    let words = texts().statement;
    let currency = &month.currency;
    let unpriced = (one.unpriced_calls > 0)
        .then(|| view! { <span class="minor">{(words.value_unpriced)(one.unpriced_calls)}</span> });
    let dollars = (currency.code != "USD").then(|| view! { <span class="minor">{one.list_price.to_string()}</span> });
    let whole = (one.cost != one.cost_so_far)
        .then(|| view! { <span class="minor">{(words.of_whole)(&currency.amount(one.cost))}</span> });
    let bar = one.percent.map(|percent| {
        view! {
            <div class="value-bar" aria-hidden="true"><div style:width=format!("{}%", state::fill(percent))></div></div>
            <span class="minor">{(words.percent)(&state::times(percent))}</span>
        }
    });

    view! {
        <tr
            data-test="value"
            data-worth=one.worth.to_string()
            data-cost=one.cost_so_far.to_string()
            data-percent=one.percent.map(|percent| percent.to_string())
        >
            <th scope="row">
                {one.subscriptions.join(" + ")}
                <span class="minor">{(words.days)(one.days_so_far, one.days)}</span>
            </th>
            <td class="number">{format::count(one.calls)}{unpriced}</td>
            <td class="number">{currency.amount(one.worth)}{dollars}</td>
            <td class="number">{currency.amount(one.cost_so_far)}{whole}</td>
            <td class="value-cell">{bar}</td>
        </tr>
    }
}
