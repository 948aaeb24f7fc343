//! The first run.

use leptos::prelude::*;

use crate::{components::heading::Heading, state::texts};

/// The first run.
#[component]
pub fn Screen() -> impl IntoView {
    view! { <Heading title=texts().first_run.title /> }
}
