//! Friends.

use leptos::prelude::*;

use crate::{components::heading::Heading, state::texts};

/// Friends.
#[component]
pub fn Screen() -> impl IntoView {
    view! { <Heading title=texts().words.friends /> }
}
