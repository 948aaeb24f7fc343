//! The webhooks: a row each, with how the last letter went, a test and a way to be rid of it.

use carpool_ipc::alerts::{Alerts, LastLetter, LetterState, RemoveWebhook, TestWebhook, Webhook};
use leptos::prelude::*;

use super::add::AddWebhookDialog;
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look},
        dialog::Confirm,
        format,
        icon::Icon,
        rows::follow,
    },
    sending::Sending,
    state::{shared, texts},
};

/// Every webhook. `again` has them asked for once more: what a test did is noted beside the settings.
#[component]
pub(super) fn Webhooks(alerts: Signal<Alerts>, again: Callback<()>) -> impl IntoView {
    let words = texts().alerts;
    let all = Signal::derive(move || alerts.with(|alerts| alerts.webhooks.clone()));
    let formats = alerts.with_untracked(|alerts| alerts.formats.clone());
    let has_some = Memo::new(move |_| !all.read().is_empty());
    let adding = RwSignal::new(false);
    let removed = RwSignal::new(None::<(i64, String)>);
    let confirming = RwSignal::new(false);
    let remove = Callback::new(move |webhook: (i64, String)| {
        removed.set(Some(webhook));
        confirming.set(true);
    });
    let row = move |webhook: Webhook| {
        view! { <Row webhook=follow(all, webhook, |webhook| webhook.id) again remove /> }
    };
    let title = move || removed.get().map(|(_, name)| (words.remove_title)(&name)).unwrap_or_default();
    let ask =
        Callback::new(move |()| RemoveWebhook { id: removed.get_untracked().map(|(id, _)| id).unwrap_or_default() });

    view! {
        <div class="setting setting-tall">
            <div class="setting-text">
                <h3>{words.webhooks}</h3>
                <p class="quiet">{words.webhooks_hint}</p>
            </div>
            <div class="setting-control">
                <Button label=words.add icon=Icon::Add press=Callback::new(move |()| adding.set(true)) id="add-webhook" />
            </div>
        </div>
        <p class="quiet" hidden=has_some data-test="no-webhooks">{words.no_webhooks}</p>
        <ul class="webhooks" data-test="webhooks" hidden=move || !has_some.get()>
            <For each=move || all.get() key=|webhook| webhook.id children=row />
        </ul>
        <AddWebhookDialog open=adding formats />
        <Confirm
            open=confirming
            title=Signal::derive(title)
            text=words.remove_text
            verb=words.remove
            id="remove-webhook"
            ask
        />
    }
}

#[component]
fn Row(webhook: Signal<Webhook>, again: Callback<()>, remove: Callback<(i64, String)>) -> impl IntoView {
    let (shared, words) = (shared(), texts().alerts);
    let id = webhook.with_untracked(|webhook| webhook.id);
    let name = move || webhook.with(|webhook| webhook.name.clone());
    let testing = Sending::new();
    let test = Callback::new(move |()| testing.send(TestWebhook { id }, move |_| again.run(())));
    Effect::new(move |_| {
        if let Some(failure) = testing.failure.get() {
            shared.complain(&failure);
        }
    });
    let about = move || {
        webhook
            .with(|webhook| format!("{} · {} · {}", webhook.format, (words.about_name)(webhook.about), webhook.place))
    };
    let last = move || webhook.with(|webhook| webhook.last.as_ref().map(said));
    let badge = move || {
        let (tone, label) = webhook.with(|webhook| badge(webhook.last.as_ref()));
        view! { <Badge tone label test="webhook-state" /> }
    };

    view! {
        <li class="webhook" data-test="webhook" data-name=name()>
            <div class="webhook-text">
                <p class="webhook-name"><b>{name}</b>{badge}</p>
                <p class="quiet">{about}</p>
                <p class="quiet" data-test="webhook-detail">{last}</p>
            </div>
            <div class="setting-control">
                <Button look=Look::Quiet label=words.test busy=testing.busy press=test test="test-webhook" />
                <Button
                    look=Look::Quiet
                    label=words.remove
                    press=Callback::new(move |()| remove.run((id, webhook.with_untracked(|webhook| webhook.name.clone()))))
                    test="remove-webhook"
                />
            </div>
        </li>
    }
}

fn badge(last: Option<&LastLetter>) -> (Tone, &'static str) {
    let words = texts().alerts;
    match last.map(|last| last.state) {
        None => (Tone::Neutral, words.untried),
        Some(state @ LetterState::Sent) => (Tone::Good, (words.state)(state)),
        Some(state @ LetterState::Trying) => (Tone::Warn, (words.state)(state)),
        Some(state @ LetterState::GaveUp) => (Tone::Bad, (words.state)(state)),
    }
}

/// How and when the last letter went.
fn said(last: &LastLetter) -> String {
    let (language, t) = (shared().language.get_untracked(), texts());
    format!("{} · {}", last.detail, format::when(t.times, language, browser::now_ms(), last.at_ms))
}
