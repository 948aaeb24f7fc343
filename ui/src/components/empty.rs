//! What is shown where there is nothing yet: what would be here, and how it comes to be.

use leptos::prelude::*;

use super::icon::{Icon, Picture};

/// What is shown where there is nothing yet.
#[component]
pub fn Empty(
    /// A picture of what is missing.
    icon: Icon,
    /// What is missing.
    #[prop(into)]
    title: String,
    /// How it comes to be.
    #[prop(into)]
    text: String,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
    /// What can be done about it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty" data-test=test>
            <Picture of=icon />
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}
