//! A new key, shown this once, with the text a friend pastes. Friends and the first run share it.

use carpool_ipc::{friends::IssuedKey, invites::Scope, setup};
use leptos::prelude::*;

use super::{
    badge::Tone,
    banner::Banner,
    button::{Button, Look},
    code::CodeBlock,
    copy::CopyButton,
    dialog::Dialog,
    own_machine::Programs,
    select::{Segmented, Select},
    share::state::address,
};
use crate::state::{shared, texts};

/// A new key in a dialog: open as long as there is one.
#[component]
pub fn IssuedKeyDialog(
    /// The key; `None` once the owner is done with it.
    issued: RwSignal<Option<IssuedKey>>,
) -> impl IntoView {
    let t = texts();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(issued.read().is_some()));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            issued.set(None);
        }
        is_open
    });
    let title =
        move || issued.read().as_ref().map(|key| (t.issued_key.title)(&key.friend, &key.name)).unwrap_or_default();
    let close = Callback::new(move |()| open.set(false));

    view! {
        <Dialog open title=Signal::derive(title) id="issued-key">
            {move || issued.get().map(|issued| view! { <IssuedKeyText issued /> })}
            <div class="dialog-actions">
                <Button look=Look::Primary label=t.words.done press=close id="key-done" />
            </div>
        </Dialog>
    }
}

/// A new key and its set-up text.
#[component]
pub fn IssuedKeyText(
    /// The key.
    issued: IssuedKey,
) -> impl IntoView {
    let (texts, own) = (texts().issued_key, texts().own_machine);
    let key = issued.key;

    view! {
        <Banner tone=Tone::Warn text=texts.shown_once />
        <div class="key-row">
            <code id="issued-key-text">{key.clone()}</code>
            <CopyButton text=key.clone() label=texts.copy_key.to_owned() id="copy-key" />
        </div>
        <SetupTexts key=key.clone() />
        <details>
            <summary>{own.title}</summary>
            <Programs with_key=Callback::new(move |then: Callback<String>| then.run(key.clone())) />
        </details>
    }
}

/// What a friend pastes, for each client and system.
#[component]
pub fn SetupTexts(
    /// The key, or what stands for it.
    #[prop(into)]
    key: String,
) -> impl IntoView {
    let (shared, texts) = (shared(), texts().issued_key);
    let address = shared.of_status(address);
    let is_local = move || address.get().is_none_or(|address| address.scope == Scope::ThisMachine);
    let chosen = RwSignal::new(0_usize);
    let clients = setup::CLIENTS.iter().enumerate();
    let clients = clients.map(|(at, client)| (at, client.id.to_owned(), client.name.to_owned())).collect::<Vec<_>>();
    let choose = Callback::new(move |client| chosen.set(client));
    let block = move || {
        let client = setup::CLIENTS[chosen.get()];
        let way = RwSignal::new(0_usize);
        let ways = client.ways.iter().enumerate();
        let ways = ways.map(|(at, way)| (at, at.to_string(), way.name.to_owned())).collect::<Vec<_>>();
        let choose = Callback::new(move |chosen| way.set(chosen));
        let key = key.clone();
        let text = Signal::derive(move || {
            let address = address.get().map(|address| address.url).unwrap_or_default();
            client.ways[way.get()].text(&address, &key)
        });
        view! {
            <Segmented label=texts.system name=format!("setup-{}", client.id) choices=ways chosen=way choose />
            <CodeBlock text label=client.name test="setup-text" copy_label=texts.copy_setup copy_look=Look::Primary />
        }
    };

    view! {
        <div class="setup" role="group" aria-label=texts.setup>
            <p class="quiet">{texts.setup_hint}</p>
            <Select label=texts.client name="setup-client" choices=clients chosen choose />
            {block}
            {move || is_local().then(|| view! { <p class="quiet">{texts.this_machine}</p> })}
        </div>
    }
}
