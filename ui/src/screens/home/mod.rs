//! Home.

use leptos::prelude::*;

use crate::{components::heading::Heading, state::texts};

/// Home.
#[component]
pub fn Screen() -> impl IntoView {
    view! { <Heading title=texts().words.home /> }
}
