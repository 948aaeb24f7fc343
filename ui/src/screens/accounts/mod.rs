//! Accounts.

use leptos::prelude::*;

use crate::{components::heading::Heading, state::texts};

/// Accounts.
#[component]
pub fn Screen() -> impl IntoView {
    view! { <Heading title=texts().words.accounts /> }
}
