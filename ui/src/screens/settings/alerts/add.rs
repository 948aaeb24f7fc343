//! A new webhook: its format, and what that asks for; and the secret that was drawn for it, shown once.

use carpool_ipc::alerts::{About, AddedWebhook, SecretNeed, WebhookFormat};
use leptos::prelude::*;

use super::state::{self, NewWebhook};
use crate::{
    components::{
        badge::Tone,
        banner::Banner,
        button::{Button, Look},
        copy::CopyButton,
        dialog::Dialog,
        field::{FailureNote, TextField, Typed},
        select::{Segmented, Select},
    },
    sending::Sending,
    state::{shared, texts},
};

/// The dialog of a new webhook, and the one that shows its secret.
#[component]
pub(super) fn AddWebhookDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The formats there are.
    formats: Vec<WebhookFormat>,
) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.alerts;
    let drawn = RwSignal::new(None::<(String, String)>);
    let is_shown = RwSignal::new(false);
    let added = Callback::new(move |added: AddedWebhook| {
        open.set(false);
        match added.secret {
            None => shared.toasts.tell((words.added)(&added.name)),
            Some(secret) => {
                drawn.set(Some((added.name, secret)));
                is_shown.set(true);
            }
        }
    });
    let title = move || drawn.get().map(|(name, _)| (words.drawn_title)(&name)).unwrap_or_default();
    let secret = Signal::derive(move || drawn.get().map(|(_, secret)| secret).unwrap_or_default());
    Effect::new(move |was_shown: Option<bool>| {
        let is_shown = is_shown.get();
        if was_shown == Some(true) && !is_shown {
            drawn.set(None);
        }
        is_shown
    });

    view! {
        <Dialog open title=words.add id="webhook-form">
            <Form formats=formats.clone() added close=Callback::new(move |()| open.set(false)) />
        </Dialog>
        <Dialog open=is_shown title=Signal::derive(title) id="webhook-secret">
            <Banner tone=Tone::Warn text=words.drawn />
            <div class="key-row">
                <code id="drawn-secret">{secret}</code>
                <CopyButton text=secret label=words.copy_secret.to_owned() id="copy-drawn-secret" />
            </div>
            <div class="dialog-actions">
                <Button look=Look::Primary label=t.words.done press=Callback::new(move |()| is_shown.set(false)) id="secret-done" />
            </div>
        </Dialog>
    }
}

#[component]
fn Form(formats: Vec<WebhookFormat>, added: Callback<AddedWebhook>, close: Callback<()>) -> impl IntoView {
    let t = texts();
    let words = t.alerts;
    let chosen = RwSignal::new(0_usize);
    let choices = formats.iter().enumerate();
    let choices = choices.map(|(at, format)| (at, format.id.clone(), format.name.clone())).collect::<Vec<_>>();
    let formats = StoredValue::new(formats);
    let format = Memo::new(move |_| formats.with_value(|formats| formats[chosen.get()].clone()));
    let [name, url, secret, chat] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let about = RwSignal::new(About::All);
    let ask = move || {
        let (name, url, secret, chat) = (name.get(), url.get(), secret.get(), chat.get());
        format.with(|format| state::webhook(format, &NewWebhook { name, url, secret, chat, about: about.get() }))
    };
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(ask) = untrack(ask) {
            sending.send(ask, move |reply| {
                added.try_run(reply);
            });
        }
    };
    let abouts = [(About::All, "all"), (About::Alerts, "alerts"), (About::Digest, "digest")];
    let abouts = abouts.map(|(about, slug)| (about, slug.to_owned(), (words.about_name)(about).to_owned()));
    let need = Memo::new(move |_| format.with(|format| format.secret));

    view! {
        <form class="form" on:submit=submit>
            <Select label=words.format name="webhook-format" choices chosen choose=Callback::new(move |it| chosen.set(it)) />
            <TextField label=t.words.name name="webhook-name" value=name hint=words.name_hint />
            <div hidden=move || !format.read().needs_url>
                <TextField label=words.url name="webhook-url" value=url typed=Typed::Secret hint=words.url_hint />
            </div>
            <div hidden=move || need.get() == SecretNeed::None>
                <TextField
                    label=Signal::derive(move || (words.secret)(need.get()).to_owned())
                    name="webhook-secret"
                    value=secret
                    typed=Typed::Secret
                    hint=Signal::derive(move || (words.secret_hint)(need.get()).to_owned())
                />
            </div>
            <div hidden=move || !format.read().needs_chat>
                <TextField label=words.chat name="webhook-chat" value=chat typed=Typed::Code hint=words.chat_hint />
            </div>
            <div class="field">
                <p class="field-label">{words.about}</p>
                <div>
                    <Segmented label=words.about name="webhook-about" choices=abouts.to_vec() chosen=about choose=Callback::new(move |it| about.set(it)) />
                </div>
            </div>
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=t.words.cancel press=close test="cancel" />
                <Button
                    look=Look::Primary
                    label=words.add
                    busy=sending.busy
                    disabled=Signal::derive(move || ask().is_none())
                    submits=true
                    id="save-new-webhook"
                />
            </div>
        </form>
    }
}
