//! The app: every place a person can be in it.

use leptos::prelude::*;

use crate::screens::about;

/// Shows the one screen there is.
#[component]
pub fn App() -> impl IntoView {
    view! { <about::Screen /> }
}
