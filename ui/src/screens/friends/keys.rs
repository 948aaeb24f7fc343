//! A friend's keys: one for each device.

use carpool_ipc::{
    friends::{Friend, Key, PauseKey},
    limits::Expiry,
};
use leptos::prelude::*;

use super::{
    FriendsKey, Subjects,
    devices::Devices,
    limits::{LimitBars, Whose, restrictions},
};
use crate::{
    browser::{self, TimeStyle},
    components::{
        badge::{Badge, Tone},
        button::Look,
        format,
        menu::{Item, Menu},
        rows::follow,
    },
    state::{Shared, shared, texts},
};

/// A friend's keys.
#[component]
pub(super) fn Keys(friend: Signal<Friend>, subjects: Subjects) -> impl IntoView {
    let words = texts().friends;
    let name = Memo::new(move |_| friend.with(|friend| friend.name.clone()));
    let keys = Signal::derive(move || friend.with(|friend| friend.keys.clone()));
    let is_paused = move || friend.with(|friend| friend.paused);
    let has_none = move || friend.with(|friend| friend.keys.is_empty());
    let row = move |key: Key| view! { <KeyRow friend=name key=follow(keys, key, |key| key.id) subjects /> };

    view! {
        {move || is_paused().then(|| view! { <p class="quiet">{words.paused_hint}</p> })}
        {move || has_none().then(|| view! { <p class="quiet" data-test="no-keys">{words.no_keys}</p> })}
        <ul class="keys" aria-label=move || (words.keys_of)(&name.read())>
            <For each=move || keys.get() key=|key| key.id children=row />
        </ul>
    }
}

#[component]
fn KeyRow(friend: Memo<String>, key: Signal<Key>, subjects: Subjects) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.friends;
    let name = Memo::new(move |_| key.with(|key| key.name.clone()));
    let is_paused = Memo::new(move |_| key.with(|key| key.paused));
    let is_shared = Memo::new(move |_| key.with(|key| key.is_shared_hint));
    let about = move || FriendsKey { friend: friend.get_untracked(), key: key.get_untracked() };
    let hint = move || {
        is_shared.get().then(|| {
            view! { <span title=words.shared_hint_more><Badge tone=Tone::Warn label=words.shared_hint test="shared-hint" /></span> }
        })
    };
    let said =
        move || key.with(terms).map(|said| view! { <p class="quiet restrictions" data-test="restrictions">{said}</p> });

    view! {
        <li class="key-item" data-test="key" data-name=name>
            <div class="key">
                <span class="key-name">
                    <b>{name}</b>
                    {move || is_paused.get().then(|| view! { <Badge tone=Tone::Neutral label=t.words.paused test="paused" /> })}
                    {hint}
                </span>
                <code>{move || key.with(|key| key.prefix.clone())}</code>
                <span class="quiet key-made">{move || key.with(made)}</span>
                <span class="quiet">{move || key.with(used)}</span>
                <Menu
                    label=Signal::derive(move || (words.key_actions)(&friend.read(), &name.read()))
                    items=Signal::derive(move || items(&about(), subjects, shared))
                />
            </div>
            {said}
            <LimitBars
                uses=Signal::derive(move || key.with(|key| key.uses.clone()))
                label=Signal::derive(move || (t.limits.of_key)(&name.read()))
            />
            <Devices devices=Signal::derive(move || key.with(|key| key.devices.clone())) />
        </li>
    }
}

/// When a key ends and what may not be done with it, in a line.
fn terms(key: &Key) -> Option<String> {
    let (language, words) = (shared().language.get_untracked(), texts().limits);
    let ends = match (key.expires_ms, &key.terms.expiry) {
        (Some(at_ms), _) => {
            // A key that ends with a day works to its last minute.
            let when = browser::local_time(language, at_ms - 1, TimeStyle::DayAndClock);
            Some(if at_ms <= browser::now_ms() { (words.expired)(&when) } else { (words.expires)(&when) })
        }
        (None, Expiry::AfterFirstUse { days }) => Some((words.expires_after_use)(*days)),
        (None, Expiry::Never | Expiry::After { .. }) => None,
    };
    let said: Vec<String> = ends.into_iter().chain(restrictions(&key.limits)).collect();
    (!said.is_empty()).then(|| said.join(" · "))
}

fn made(key: &Key) -> String {
    let language = shared().language.get_untracked();
    (texts().friends.made)(&browser::local_time(language, key.created_ms, TimeStyle::Day))
}

fn used(key: &Key) -> String {
    let (language, t) = (shared().language.get_untracked(), texts());
    let Some(at_ms) = key.last_used_ms else { return t.friends.never_used.to_owned() };
    (t.friends.last_used)(&format::when(t.times, language, browser::now_ms(), at_ms))
}

fn items(key: &FriendsKey, subjects: Subjects, shared: Shared) -> Vec<Item> {
    let t = texts();
    let about = |act: fn(FriendsKey, Subjects, Shared)| {
        let key = key.clone();
        Callback::new(move |()| act(key.clone(), subjects, shared))
    };
    let plain = |label: &str, test, press| Item { label: label.to_owned(), look: Look::Plain, test, press };
    let pause = if key.key.paused {
        plain(t.words.resume, "menu-resume-key", about(|key, _, shared| resume(key, shared)))
    } else {
        plain(t.words.pause, "menu-pause-key", about(|key, subjects, _| subjects.pause_key.ask(key)))
    };
    let rotate = about(|key, subjects, _| subjects.rotate.ask(key));
    let revoke = about(|key, subjects, _| subjects.revoke.ask(key));

    let limits = about(|key, subjects, _| subjects.limits.ask(Whose::Key(key)));

    vec![
        plain(t.limits.edit, "menu-key-limits", limits),
        plain(t.friends.rotate, "menu-rotate-key", rotate),
        pause,
        Item { label: t.friends.revoke.to_owned(), look: Look::Danger, test: "menu-revoke-key", press: revoke },
    ]
}

fn resume(key: FriendsKey, shared: Shared) {
    let words = texts().friends;
    shared.send_then(PauseKey { id: key.key.id, paused: false }, move |()| {
        shared.toasts.tell((words.resumed)(&key.key.name));
    });
}
