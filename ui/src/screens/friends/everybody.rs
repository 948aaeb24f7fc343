//! What is done to all friends at once, when something went wrong: pausing them, and replacing every key.

use carpool_ipc::{
    friends::{IssuedKey, RotateAllKeys, SaveKeys},
    status::PauseSharing,
};
use leptos::prelude::*;

use crate::{
    components::{
        badge::Tone,
        banner::Banner,
        button::{Button, Look},
        copy::CopyButton,
        dialog::{Confirm, Dialog},
        icon::Icon,
        menu::{Item, Menu},
    },
    sending::Sending,
    state::{Shared, shared, texts},
};

/// The menu in the head of the screen.
#[component]
pub(super) fn EverybodysMenu(pausing: RwSignal<bool>, keys: Memo<usize>) -> impl IntoView {
    let shared = shared();
    let is_paused = shared.of_status(|status| status.sharing_paused);
    let items = Signal::derive(move || items(shared, pausing, is_paused.get() == Some(true), keys.get()));

    view! { <Menu label=texts().friends.all_actions items /> }
}

fn items(shared: Shared, pausing: RwSignal<bool>, is_paused: bool, keys: usize) -> Vec<Item> {
    let (words, every_place) = (texts().friends, texts().words);
    let (label, test, press) = if is_paused {
        let resume = Callback::new(move |()| shared.send(PauseSharing { paused: false }));
        (every_place.resume_sharing, "menu-resume-all", resume)
    } else {
        (words.pause_all, "menu-pause-all", Callback::new(move |()| pausing.set(true)))
    };
    let pause = Item { label: label.to_owned(), look: Look::Plain, test, press };
    let rotate = Item {
        label: words.rotate_all.to_owned(),
        look: Look::Danger,
        test: "menu-rotate-all",
        press: Callback::new(move |()| shared.rotating_all.set(true)),
    };
    if keys == 0 { vec![pause] } else { vec![pause, rotate] }
}

/// What is asked before, and the new keys after.
#[component]
pub(super) fn Everybody(pausing: RwSignal<bool>, keys: Memo<usize>) -> impl IntoView {
    let (shared, words, every_place) = (shared(), texts().friends, texts().words);
    let made = RwSignal::new(Vec::<IssuedKey>::new());
    let show = Callback::new(move |keys| made.set(keys));

    view! {
        <Confirm
            open=pausing
            title=words.pause_all_title
            text=words.pause_all_body
            verb=every_place.pause
            look=Look::Primary
            id="pause-all"
            ask=Callback::new(|()| PauseSharing { paused: true })
        />
        <Confirm
            open=shared.rotating_all
            title=Signal::derive(move || (words.rotate_all_title)(keys.get()))
            text=words.rotate_all_body
            verb=words.rotate
            id="rotate-all"
            ask=Callback::new(|()| RotateAllKeys {})
            then=show
        />
        <AllKeys made />
    }
}

/// All new keys, for the one time they can be seen.
#[component]
fn AllKeys(made: RwSignal<Vec<IssuedKey>>) -> impl IntoView {
    let (words, every_place) = (texts().friends, texts().words);
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(!made.read().is_empty()));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            made.set(Vec::new());
        }
        is_open
    });
    let close = Callback::new(move |()| open.set(false));
    let rows = move || made.get().into_iter().map(|key| view! { <NewKey key /> }).collect_view();

    view! {
        <Dialog open title=Signal::derive(move || (words.all_rotated)(made.read().len())) id="all-keys">
            <Banner tone=Tone::Warn text=words.all_rotated_hint />
            <ul class="all-keys">{rows}</ul>
            <div class="dialog-actions">
                <SaveButton made />
                <Button look=Look::Primary label=every_place.done press=close id="all-keys-done" />
            </div>
        </Dialog>
    }
}

#[component]
fn NewKey(key: IssuedKey) -> impl IntoView {
    let whose = (texts().issued_key.title)(&key.friend, &key.name);
    view! {
        <li class="key-row" data-test="new-key-row" data-name=key.friend>
            <div class="key-of">
                <b>{whose}</b>
                <code>{key.key.clone()}</code>
            </div>
            <CopyButton text=key.key />
        </li>
    }
}

/// Saves the keys where the owner says.
#[component]
fn SaveButton(made: RwSignal<Vec<IssuedKey>>) -> impl IntoView {
    let (shared, words) = (shared(), texts().friends);
    let sending = Sending::new();
    let save = Callback::new(move |()| {
        sending.send(SaveKeys { keys: made.get_untracked() }, move |path| {
            if let Some(path) = path {
                shared.toasts.tell((words.keys_saved)(&path));
            }
        });
    });
    Effect::new(move |_| {
        if let Some(failure) = sending.failure.get() {
            shared.complain(&failure);
        }
    });

    view! { <Button label=words.save_keys icon=Icon::Download busy=sending.busy press=save id="save-keys" /> }
}
