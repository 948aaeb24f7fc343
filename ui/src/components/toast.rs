//! What is said in passing, at the window's lower edge.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    badge::Tone,
    button::IconButton,
    icon::{Icon, Picture},
};
use crate::state::{shared, texts};

/// How long good news stay.
const NEWS: Duration = Duration::from_secs(4);
/// How long bad news stay: they are longer, and nobody waits for them.
const WARNING: Duration = Duration::from_secs(12);

/// What was said in passing and is still to be read. It is a handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    said: RwSignal<Vec<Toast>>,
    count: StoredValue<u32>,
}

#[derive(Clone)]
struct Toast {
    number: u32,
    tone: Tone,
    text: String,
}

impl Toasts {
    /// Nothing was said.
    pub(crate) fn new() -> Self {
        Self { said: RwSignal::new(Vec::new()), count: StoredValue::new(0) }
    }

    /// Says that something was done.
    pub(crate) fn tell(self, text: impl Into<String>) {
        self.say(Tone::Good, text.into(), NEWS);
    }

    /// Says that something went wrong.
    pub(crate) fn warn(self, text: impl Into<String>) {
        self.say(Tone::Bad, text.into(), WARNING);
    }

    fn say(self, tone: Tone, text: String, stay: Duration) {
        let number = self.count.get_value() + 1;
        self.count.set_value(number);
        self.said.update(|said| said.push(Toast { number, tone, text }));
        set_timeout(move || self.forget(number), stay);
    }

    fn forget(self, number: u32) {
        self.said.update(|said| said.retain(|toast| toast.number != number));
    }
}

/// Where they are shown.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let (toasts, words) = (shared().toasts, texts().words);
    let row = move |toast: Toast| {
        let number = toast.number;
        let icon = if toast.tone == Tone::Bad { Icon::Warning } else { Icon::Check };
        view! {
            <div class=format!("toast {}", toast.tone.class()) data-test="toast">
                <Picture of=icon />
                <p>{toast.text}</p>
                <IconButton icon=Icon::Close label=words.close press=Callback::new(move |()| toasts.forget(number)) />
            </div>
        }
    };

    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.said.get() key=|toast| toast.number children=row />
        </div>
    }
}
