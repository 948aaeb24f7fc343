//! Usage.

use leptos::prelude::*;

use crate::{components::heading::Heading, state::texts};

/// Usage.
#[component]
pub fn Screen() -> impl IntoView {
    view! { <Heading title=texts().words.usage /> }
}
