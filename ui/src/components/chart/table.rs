//! The table behind a chart: what the bars show, in figures.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{Measure, Stack};
use crate::{components::table::Table, state::texts};

/// The table behind a chart. It is made when it is opened.
#[component]
pub(super) fn AsTable(
    stack: Signal<Stack>,
    measure: Measure,
    title: Signal<String>,
    id: &'static str,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        let details = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        is_open.set(details.is_some_and(|details| details.has_attribute("open")));
    };

    view! {
        <details class="chart-table" data-test=format!("{id}-behind") on:toggle=toggled>
            <summary>{texts().usage.as_table}</summary>
            {move || is_open.get().then(|| view! { <Content stack measure title /> })}
        </details>
    }
}

#[component]
fn Content(stack: Signal<Stack>, measure: Measure, title: Signal<String>) -> impl IntoView {
    let words = texts().usage;
    let head = move || {
        stack.with(|stack| {
            let name = |name: &String| view! { <th scope="col" class="number">{name.clone()}</th> };
            stack.series.iter().map(|series| name(&series.name)).collect_view()
        })
    };
    let rows = move || stack.with(|stack| (0..stack.slots.len()).map(|slot| row(stack, slot, measure)).collect_view());

    view! {
        <Table label=title>
            <thead>
                <tr>
                    <th scope="col">{words.when}</th>
                    {head}
                    <th scope="col" class="number">{words.total}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

fn row(stack: &Stack, slot: usize, measure: Measure) -> impl IntoView + use<> {
    let title = stack.slots.get(slot).map(|slot| slot.title.clone());
    let cell = |amount: i64| view! { <td class="number" class:quiet=amount == 0>{measure.full(amount)}</td> };
    let amounts = stack.series.iter().map(|series| series.bars.get(slot).map_or(0, |bar| measure.of(bar)));

    view! {
        <tr>
            <th scope="row">{title}</th>
            {amounts.map(cell).collect_view()}
            <td class="number"><b>{measure.full(stack.height(slot, measure))}</b></td>
        </tr>
    }
}
