//! Tables. In a window that is too narrow they scroll sideways by themselves.

use leptos::prelude::*;

use crate::state::texts;

/// A table; its rows are `thead`, `tbody` and `tfoot`.
#[component]
pub fn Table(
    /// What it lists.
    #[prop(into)]
    label: Signal<String>,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
    /// Its rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-scroll" role="group" tabindex="0" aria-label=label>
            <table class="table" data-test=test>
                <caption class="unseen">{label}</caption>
                {children()}
            </table>
        </div>
    }
}

/// A column's title, which sorts by the column when it is pressed.
#[component]
pub fn SortTitle(
    /// The title.
    #[prop(into)]
    title: Signal<String>,
    /// The column's name for tests.
    name: &'static str,
    /// Whether numbers stand below it.
    #[prop(optional)]
    number: bool,
    /// What it is about, for the pointer that rests.
    #[prop(optional_no_strip)]
    hint: Option<&'static str>,
    /// How the table is sorted by it, as `aria-sort` has it.
    #[prop(into)]
    aria: Signal<&'static str>,
    /// What a press does.
    press: Callback<()>,
) -> impl IntoView {
    let words = texts().usage;
    let say = move || match hint {
        Some(hint) => format!("{hint} {}", (words.sort_by)(&title.read())),
        None => (words.sort_by)(&title.read()),
    };

    view! {
        <th scope="col" class:number=number aria-sort=aria>
            <button type="button" class="sort" title=say data-test=format!("sort-{name}") on:click=move |_| press.run(())>
                {title}
            </button>
        </th>
    }
}
