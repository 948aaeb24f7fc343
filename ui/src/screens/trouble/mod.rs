//! Trouble that takes the whole window: what happened, what to do, and that nothing is lost. The trouble that leaves the
//! places usable is in `address.rs`.

pub(crate) mod address;
pub(crate) mod state;

use carpool_ipc::{
    settings::OpenDataFolder,
    status::{Retry, Trouble},
};
use leptos::prelude::*;

use crate::{
    components::{
        button::{Button, Look},
        field::FailureNote,
        icon::{Icon, Picture},
    },
    sending::Sending,
    state::{shared, texts},
};

/// Trouble that takes the whole window.
#[component]
pub fn Screen(trouble: Trouble) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let retrying = Sending::new();
    let retry = Callback::new(move |()| retrying.send(Retry {}, |()| ()));
    let open = Callback::new(move |()| shared.send(OpenDataFolder {}));
    let Trouble { message, data_dir, .. } = trouble.clone();

    view! {
        <main class="trouble" data-test="trouble">
            <div class="trouble-mark"><Picture of=Icon::Warning /></div>
            <h1>{(t.troubles.title)(&trouble)}</h1>
            <p class="lead">{(t.troubles.advice)(&trouble)}</p>
            <FailureNote of=retrying />
            <div class="trouble-actions">
                <Button look=Look::Primary label=t.words.retry press=retry busy=retrying.busy id="retry" />
                <Button label=t.troubles.open_data_folder icon=Icon::Folder press=open id="open-data-folder" />
            </div>
            <details class="trouble-details">
                <summary>{t.troubles.details}</summary>
                <p class="trouble-message" data-test="trouble-message">{message}</p>
                <p><code id="data-dir">{data_dir}</code></p>
            </details>
            <p class="quiet">{t.troubles.nothing_is_lost}</p>
        </main>
    }
}

/// The host does not answer at all.
#[component]
pub fn Unreachable(
    /// What went wrong, in the owner's language where it is known.
    message: String,
) -> impl IntoView {
    view! {
        <main class="trouble" data-test="unreachable">
            <div class="trouble-mark"><Picture of=Icon::Warning /></div>
            <h1>{texts().frame.unreachable}</h1>
            <p class="trouble-message" role="alert">{message}</p>
        </main>
    }
}
