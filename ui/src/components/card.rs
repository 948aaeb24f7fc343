//! Cards: what belongs together, with its title.

use leptos::prelude::*;

/// What belongs together. With a title it is a region of the page.
#[component]
pub fn Card(
    /// Its title.
    #[prop(optional, into)]
    title: Option<String>,
    /// What stands at the right of the title.
    #[prop(optional, into)]
    aside: ViewFn,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let heading = title.clone().map(|title| {
        view! {
            <header class="card-head">
                <h2>{title}</h2>
                <div class="card-aside">{aside.run()}</div>
            </header>
        }
    });

    view! { <section class="card" aria-label=title data-test=test>{heading}{children()}</section> }
}
