//! The head of a screen: its title, and what can be done on it.

use leptos::prelude::*;

/// The head of a screen.
#[component]
pub fn Heading(
    /// Its title.
    #[prop(into)]
    title: String,
    /// What can be done on it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="screen-head">
            <h1>{title}</h1>
            {children.map(|children| view! { <div class="screen-actions">{children()}</div> })}
        </header>
    }
}
