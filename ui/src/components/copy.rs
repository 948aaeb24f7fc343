//! Copying a text to the clipboard.

use std::time::Duration;

use carpool_ipc::status::Copy;
use leptos::prelude::*;

use super::{
    button::{Button, Look},
    icon::Icon,
};
use crate::state::{shared, texts};

/// How long the button says that it has copied: long enough to be read.
const SAID: Duration = Duration::from_secs(2);

/// A button that copies a text and says so.
#[component]
pub fn CopyButton(
    /// What is copied: read when it is pressed.
    #[prop(into)]
    text: Signal<String>,
    /// How much it asks for attention.
    #[prop(optional)]
    look: Look,
    /// Its words, where "Copy" does not say enough.
    #[prop(optional_no_strip, into)]
    label: Option<String>,
    /// Its id.
    #[prop(optional_no_strip, into)]
    id: Option<&'static str>,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
) -> impl IntoView {
    let (shared, words) = (shared(), texts().words);
    let is_copied = RwSignal::new(false);
    let idle = label.unwrap_or_else(|| words.copy.to_owned());
    let label = Signal::derive(move || if is_copied.get() { words.copied.to_owned() } else { idle.clone() });
    let copy = move |()| {
        shared.send_then(Copy { text: text.get_untracked() }, move |()| {
            is_copied.try_set(true);
            let forget = move || {
                is_copied.try_set(false);
            };
            set_timeout(forget, SAID);
        });
    };

    view! {
        <span class="copy" class:copied=is_copied>
            <Button look label icon=Icon::Copy id=id test=test.unwrap_or("copy") press=Callback::new(copy) />
            <span class="unseen" role="status">{move || is_copied.get().then_some(words.copied)}</span>
        </span>
    }
}
