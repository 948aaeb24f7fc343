//! Which colour is which group, and the way to see those that are shown together.

use leptos::prelude::*;

use super::{Others, Stack};
use crate::{
    components::button::{Button, Look},
    state::texts,
};

/// Which colour is which group.
#[component]
pub fn Legend(
    /// What is shown.
    #[prop(into)]
    stack: Signal<Stack>,
    /// How many groups there are.
    #[prop(into)]
    groups: Signal<usize>,
    /// How those are shown that are too many for a colour each.
    others: RwSignal<Others>,
) -> impl IntoView {
    let words = texts().usage;
    let names = Memo::new(move |_| {
        stack.with(|stack| stack.series.iter().map(|series| (series.colour, series.name.clone())).collect::<Vec<_>>())
    });
    let entry = |(colour, name): (usize, String)| view! { <li><Swatch colour /><span>{name}</span></li> };
    let is_much = move || Others::Together.own(groups.get()) < groups.get();
    let label = Signal::derive(move || {
        match others.get() {
            Others::Together => words.show_each,
            Others::Apart => words.show_fewer,
        }
        .to_owned()
    });
    let press = Callback::new(move |()| others.update(|others| *others = others.turned()));

    view! {
        <div class="legend-row">
            <ul class="legend" aria-label=words.legend data-test="legend">
                {move || names.get().into_iter().map(entry).collect_view()}
            </ul>
            {move || is_much().then(|| view! { <Button look=Look::Quiet label press id="show-others" /> })}
        </div>
    }
}

/// A group's colour.
#[component]
pub fn Swatch(
    /// Its number, from 1.
    colour: usize,
) -> impl IntoView {
    view! { <span class=format!("swatch series-{colour}")></span> }
}
