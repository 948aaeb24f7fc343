//! Settings.

use leptos::prelude::*;

use crate::{components::heading::Heading, state::texts};

/// Settings.
#[component]
pub fn Screen() -> impl IntoView {
    view! { <Heading title=texts().words.settings /> }
}
