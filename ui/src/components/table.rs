//! Tables. In a window that is too narrow they scroll sideways by themselves.

use leptos::prelude::*;

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
