//! A new key, shown this once.

use carpool_ipc::friends::IssuedKey;
use leptos::prelude::*;

use crate::{
    components::{dialog::Dialog, subject::Subject},
    state::texts,
};

/// The dialog.
#[component]
pub(super) fn Issued(subject: Subject<IssuedKey>) -> impl IntoView {
    let words = texts().friends;

    view! {
        <Dialog open=subject.open title=subject.text(|key| (words.key_once)(&key.friend)) id="issued-key">
            <p>"todo"</p>
        </Dialog>
    }
}
