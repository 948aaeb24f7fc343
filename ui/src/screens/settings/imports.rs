//! Moving over from another relay: the keys that go on working, the file, what would become of it, and then doing it.

use carpool_ipc::imports::{Imported, ImportedKey, LookAtExport, TakeExport};
use leptos::prelude::*;

use super::Setting;
use crate::{
    components::{
        button::{Button, Look},
        card::Card,
        dialog::Dialog,
        field::{FailureNote, TextField, Typed},
        icon::Icon,
        table::Table,
    },
    sending::Sending,
    state::{shared, texts},
};

/// Moving over from another relay.
#[component]
pub(super) fn Imports() -> impl IntoView {
    let words = texts().imports;
    let open = RwSignal::new(false);

    view! {
        <Card title=words.title test="settings-imports">
            <Setting title="claude-relay-service" hint=words.lead.to_owned()>
                <Button label=words.open press=Callback::new(move |()| open.set(true)) id="move-over" />
            </Setting>
        </Card>
        <Dialog open title=words.title id="import-dialog">
            <Form close=Callback::new(move |()| open.set(false)) />
        </Dialog>
    }
}

#[component]
fn Form(close: Callback<()>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.imports;
    let (keys, encryption_key) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let found = RwSignal::new(None::<Imported>);
    let (looking, taking) = (Sending::new(), Sending::new());
    // What was seen is what is taken: other secrets are looked at anew.
    Effect::new(move |_| {
        keys.track();
        encryption_key.track();
        found.set(None);
    });
    let look = Callback::new(move |()| {
        taking.failure.set(None);
        looking.send(
            LookAtExport { keys: keys.get_untracked(), encryption_key: encryption_key.get_untracked() },
            move |seen| {
                found.try_set(seen);
            },
        );
    });
    let take = Callback::new(move |()| {
        let Some(path) = found.with_untracked(|found| found.as_ref().map(|found| found.path.clone())) else { return };
        taking.send(
            TakeExport { path, keys: keys.get_untracked(), encryption_key: encryption_key.get_untracked() },
            move |taken| {
                shared.toasts.tell((words.taken)(taken.keys.iter().filter(|key| !key.is_known).count()));
                close.try_run(());
            },
        );
    });

    view! {
        <TextField
            label=words.encryption_key
            name="encryption-key"
            value=encryption_key
            typed=Typed::Secret
            hint=words.encryption_key_hint
        />
        <KeysField keys />
        <div><Button label=words.choose icon=Icon::Folder busy=looking.busy press=look id="choose-export" /></div>
        <FailureNote of=looking />
        {move || found.get().map(|found| view! { <Found found /> })}
        <FailureNote of=taking />
        <div class="dialog-actions">
            <Button label=t.words.cancel press=close test="cancel" />
            <Button
                look=Look::Primary
                label=words.take
                busy=taking.busy
                disabled=Signal::derive(move || found.read().as_ref().is_none_or(|found| found.keys.is_empty()))
                press=take
                id="take-export"
            />
        </div>
    }
}

/// Single keys, a line each.
#[component]
fn KeysField(keys: RwSignal<String>) -> impl IntoView {
    let words = texts().imports;
    view! {
        <div class="field">
            <label for="field-import-keys">{words.keys}</label>
            <textarea
                id="field-import-keys"
                name="import-keys"
                class="input code-input"
                rows="4"
                autocomplete="off"
                spellcheck="false"
                aria-describedby="field-import-keys-note"
                bind:value=keys
            ></textarea>
            <p class="field-note" id="field-import-keys-note">{words.keys_hint}</p>
        </div>
    }
}

/// What would become of a file.
#[component]
fn Found(found: Imported) -> impl IntoView {
    let words = texts().imports;
    let lines = found.keys.iter().flat_map(|key| key.left_out.iter().map(|words| format!("{}: {words}", key.source)));
    let left_out: Vec<String> = lines.chain(found.left_out.iter().cloned()).collect();
    let has_left_out = !left_out.is_empty();
    if found.keys.is_empty() {
        return view! { <p class="quiet">{words.nothing}</p> }.into_any();
    }
    view! {
        <div class="licences-list">
            <Table label=words.title test="imported-keys">
                <thead>
                    <tr>
                        <th scope="col">{words.friend}</th>
                        <th scope="col">{words.key}</th>
                        <th scope="col">{words.becomes}</th>
                        <th scope="col">{words.history}</th>
                    </tr>
                </thead>
                <tbody>{found.keys.iter().map(row).collect_view()}</tbody>
            </Table>
        </div>
        {has_left_out.then(|| view! {
            <h3>{words.left_out}</h3>
            <ul class="places" data-test="left-out">{left_out.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        })}
    }
    .into_any()
}

fn row(key: &ImportedKey) -> impl IntoView + use<> {
    let words = texts().imports;
    let becomes = match (key.is_known, key.works) {
        (true, _) => words.known,
        (false, true) => words.works,
        (false, false) => words.waits,
    };
    view! {
        <tr>
            <th scope="row">{key.friend.clone()}</th>
            <td>{key.key.clone()}</td>
            <td>{becomes}</td>
            <td>{(words.spans)(key.days, key.months)}</td>
        </tr>
    }
}
