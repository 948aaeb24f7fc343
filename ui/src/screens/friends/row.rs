//! One friend: what was used today and this month, and the keys, folded away where there are many friends.

use carpool_ipc::{
    friends::{Friend, PauseFriend},
    invites::Invite,
    usage::Sums,
};
use leptos::prelude::*;

use super::{
    Subjects,
    invite::Invitee,
    keys::Keys,
    limits::{LimitBars, Whose, restrictions},
    state,
};
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look},
        format,
        icon::{Icon, Picture},
        invite::state::{Progress, mark},
        menu::{Item, Menu},
    },
    fetch::Fetched,
    state::{Shared, shared, texts},
};

/// One friend.
#[component]
pub(super) fn FriendRow(
    friend: Signal<Friend>,
    invites: Fetched<Vec<Invite>>,
    subjects: Subjects,
    count: Memo<usize>,
    query: RwSignal<String>,
) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.friends;
    let name = Memo::new(move |_| friend.with(|friend| friend.name.clone()));
    let is_paused = Memo::new(move |_| friend.with(|friend| friend.paused));
    let folded_by_hand = RwSignal::new(None::<bool>);
    let is_open = Memo::new(move |_| {
        let shows_keys = friend.with(|friend| state::shows_keys(friend, count.get(), &query.read()));
        folded_by_hand.get().map_or(shows_keys, |is_folded| !is_folded)
    });
    let fold = move |_| folded_by_hand.set(Some(is_open.get_untracked()));
    let invite = Callback::new(move |()| subjects.invite.ask(friend.with_untracked(Invitee::of)));
    let limited = Memo::new(move |_| friend.with(|friend| restrictions(&friend.limits)));
    let said =
        move || limited.get().map(|said| view! { <p class="quiet restrictions" data-test="restrictions">{said}</p> });

    view! {
        <li class="card friend" class:open=is_open data-test="friend" data-name=name>
            <div class="friend-head">
                <button
                    type="button"
                    class="icon-button fold"
                    aria-label=move || (words.show_keys)(&name.read())
                    aria-expanded=move || is_open.get().to_string()
                    data-test="fold"
                    on:click=fold
                >
                    <Picture of=Icon::Down />
                </button>
                <div class="friend-name">
                    <h2>{name}</h2>
                    {move || is_paused.get().then(|| view! { <Badge tone=Tone::Neutral label=t.words.paused test="paused" /> })}
                    <InviteMark friend invites />
                    <p class="quiet">{move || friend.with(about)}</p>
                </div>
                <Used title=t.words.today sums=Signal::derive(move || friend.with(|friend| friend.today)) test="today" />
                <Used title=t.words.this_month sums=Signal::derive(move || friend.with(|friend| friend.month)) test="month" />
                <Button label=t.invites.invite icon=Icon::Link press=invite test="invite" />
                <Menu
                    label=Signal::derive(move || (words.actions)(&name.read()))
                    items=Signal::derive(move || items(&friend.get(), subjects, shared))
                />
            </div>
            {said}
            <LimitBars
                uses=Signal::derive(move || friend.with(|friend| friend.uses.clone()))
                label=Signal::derive(move || (t.limits.of_friend)(&name.read()))
            />
            {move || is_open.get().then(|| view! { <Keys friend subjects /> })}
        </li>
    }
}

/// What there is to say of the newest invite.
#[component]
fn InviteMark(friend: Signal<Friend>, invites: Fetched<Vec<Invite>>) -> impl IntoView {
    let words = texts().invites;
    let id = friend.with_untracked(|friend| friend.id);
    let mark = Memo::new(move |_| {
        invites.value.with(|invites| mark(invites.as_deref().unwrap_or_default(), id, browser::now_ms()))
    });

    move || {
        let (tone, label) = match mark.get()? {
            Progress::Waiting => (Tone::Warn, words.invited),
            Progress::Used => (Tone::Neutral, words.no_call_yet),
            Progress::Called => (Tone::Good, words.first_call_seen),
            Progress::Expired | Progress::Revoked => return None,
        };
        Some(view! { <Badge tone label test="invite-mark" /> })
    }
}

/// The keys and their last use, in a line.
fn about(friend: &Friend) -> String {
    let (shared, t) = (shared(), texts());
    let keys = (t.friends.keys)(friend.keys.len());
    let used = state::last_used_ms(friend).map_or_else(
        || t.friends.never_used.to_owned(),
        |at_ms| {
            let when = format::when(t.times, shared.language.get_untracked(), browser::now_ms(), at_ms);
            (t.friends.last_used)(&when)
        },
    );
    if friend.keys.is_empty() { keys } else { format!("{keys} · {used}") }
}

/// What was used in some time: the cost large, calls and tokens below it.
#[component]
fn Used(title: &'static str, sums: Signal<Sums>, test: &'static str) -> impl IntoView {
    let t = texts();
    let amount = move || {
        let sums = sums.get();
        format!("{} · {}", (t.words.number_of_calls)(sums.calls), format::tokens(sums.tokens.total()))
    };

    view! {
        <dl class="friend-used" data-test=test>
            <dt>{title}</dt>
            <dd>{move || format::cost(&sums.get(), t.words.unpriced)}</dd>
            <dd class="minor">{amount}" "{t.accounts.tokens}</dd>
        </dl>
    }
}

fn items(friend: &Friend, subjects: Subjects, shared: Shared) -> Vec<Item> {
    let t = texts();
    let about = |act: fn(Friend, Subjects, Shared)| {
        let friend = friend.clone();
        Callback::new(move |()| act(friend.clone(), subjects, shared))
    };
    let plain = |label: &str, test, press| Item { label: label.to_owned(), look: Look::Plain, test, press };
    let pause = if friend.paused {
        plain(t.words.resume, "menu-resume", about(|friend, _, shared| resume(friend, shared)))
    } else {
        plain(t.words.pause, "menu-pause", about(|friend, subjects, _| subjects.pause.ask(friend)))
    };
    let rename = about(|friend, subjects, _| subjects.rename.ask(friend));
    let remove = about(|friend, subjects, _| subjects.remove.ask(friend));
    let limits = about(|friend, subjects, _| subjects.limits.ask(Whose::Friend(friend)));
    let new_key = about(|friend, subjects, _| subjects.new_key.ask(friend));

    vec![
        plain(t.friends.new_key, "menu-new-key", new_key),
        plain(t.limits.edit, "menu-limits", limits),
        plain(t.words.rename, "menu-rename", rename),
        pause,
        Item { label: t.words.remove.to_owned(), look: Look::Danger, test: "menu-remove", press: remove },
    ]
}

fn resume(friend: Friend, shared: Shared) {
    let words = texts().friends;
    shared.send_then(PauseFriend { id: friend.id, paused: false }, move |()| {
        shared.toasts.tell((words.resumed)(&friend.name));
    });
}
