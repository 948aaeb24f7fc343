//! Friends: who may call, with which keys, and what each has used.

mod devices;
mod dialogs;
mod everybody;
mod invite;
mod keys;
mod limits;
mod row;
mod shares;
mod state;

use std::time::Duration;

use carpool_ipc::{
    friends::{Friend, IssuedKey, Key, ListFriends},
    invites::{Invite, IssuedInvite},
};
use leptos::prelude::*;

use self::{
    dialogs::Dialogs,
    everybody::{Everybody, EverybodysMenu},
    invite::{InviteDialog, Invitee, WhomDialog},
    limits::{LimitsDialog, Whose},
    row::FriendRow,
    shares::SharesCard,
};
use crate::{
    components::{
        button::{Button, Look},
        card::Card,
        empty::Empty,
        heading::Heading,
        icon::Icon,
        invite::fetch_invites,
        loaded::Loaded,
        rows::follow,
        subject::Subject,
    },
    fetch::{Fetched, On, fetch},
    state::texts,
};

/// How often limits are looked at again whose use passes with the minute.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What the screen's dialogs are about.
#[derive(Clone, Copy)]
struct Subjects {
    rename: Subject<Friend>,
    pause: Subject<Friend>,
    remove: Subject<Friend>,
    new_key: Subject<Friend>,
    rotate: Subject<FriendsKey>,
    pause_key: Subject<FriendsKey>,
    revoke: Subject<FriendsKey>,
    limits: Subject<Whose>,
    issued: RwSignal<Option<IssuedKey>>,
    invite: Subject<Invitee>,
    /// The link that was just made, for the one time it can be seen.
    issued_invite: RwSignal<Option<IssuedInvite>>,
}

/// A key, and whose it is.
#[derive(Clone, Debug, PartialEq)]
struct FriendsKey {
    friend: String,
    key: Key,
}

/// Friends.
#[component]
pub fn Screen() -> impl IntoView {
    let t = texts();
    let friends = fetch(On::Friends, || ListFriends {});
    let is_passing = Memo::new(move |_| friends.value.with(|all| all.as_deref().is_some_and(state::is_passing)));
    Effect::new(move |_| {
        if is_passing.get()
            && let Ok(looks) = set_interval_with_handle(move || friends.ask_again(), LOOK_AGAIN)
        {
            on_cleanup(move || looks.clear());
        }
    });
    let subjects = Subjects {
        rename: Subject::new(),
        pause: Subject::new(),
        remove: Subject::new(),
        new_key: Subject::new(),
        rotate: Subject::new(),
        pause_key: Subject::new(),
        revoke: Subject::new(),
        limits: Subject::new(),
        issued: RwSignal::new(None),
        invite: Subject::new(),
        issued_invite: RwSignal::new(None),
    };
    let invites = fetch_invites();
    let adding = RwSignal::new(false);
    let pausing = RwSignal::new(false);
    let keys = Memo::new(move |_| friends.value.with(|friends| friends.as_deref().map_or(0, state::number_of_keys)));
    let add = Callback::new(move |()| adding.set(true));
    let list = move |friends: Signal<Vec<Friend>>| view! { <List friends invites subjects add /> }.into_any();

    view! {
        <Heading title=t.words.friends>
            <Button look=Look::Primary icon=Icon::Add label=t.friends.add press=add id="new-friend" />
            <EverybodysMenu pausing keys />
        </Heading>
        <Loaded of=friends rows=4 children=list />
        <Dialogs adding subjects />
        <LimitsDialog subject=subjects.limits />
        <InviteDialog subjects invites />
        <WhomDialog friends=friends subjects adding />
        <Everybody pausing keys />
    }
}

#[component]
fn List(
    friends: Signal<Vec<Friend>>,
    invites: Fetched<Vec<Invite>>,
    subjects: Subjects,
    add: Callback<()>,
) -> impl IntoView {
    let words = texts().friends;
    let count = Memo::new(move |_| friends.with(Vec::len));
    let query = RwSignal::new(String::new());
    let found = Memo::new(move |_| friends.with(|friends| state::found(friends, &query.read())));
    let is_empty = Memo::new(move |_| count.get() == 0);
    let has_search = Memo::new(move |_| count.get() >= state::MANY || !query.read().is_empty());

    move || {
        if is_empty.get() {
            return view! {
                <Card>
                    <Empty icon=Icon::Friends title=words.empty_title text=words.empty test="friends-empty">
                        <Button look=Look::Primary label=words.add press=add test="add-first-friend" />
                    </Empty>
                </Card>
            }
            .into_any();
        }
        view! {
            <p class="quiet">{words.lead}</p>
            <SharesCard friends />
            {move || has_search.get().then(|| view! { <Search query found=Signal::derive(move || found.with(Vec::len)) count /> })}
            <ul class="friends" data-test="friends">
                <For
                    each=move || found.get()
                    key=|friend| friend.id
                    children=move |friend| {
                        let friend = follow(friends, friend, |friend| friend.id);
                        view! { <FriendRow friend invites subjects count query /> }
                    }
                />
            </ul>
        }
        .into_any()
    }
}

/// The field that is there where there are many.
#[component]
fn Search(query: RwSignal<String>, found: Signal<usize>, count: Memo<usize>) -> impl IntoView {
    let words = texts().friends;
    let said = move || match found.get() {
        0 => (words.nobody_found)(query.read().trim()),
        found => (words.found)(found, count.get()),
    };

    view! {
        <div class="friends-search" role="search">
            <input
                class="input"
                type="search"
                id="field-search"
                name="search"
                aria-label=words.search
                placeholder=words.search
                autocomplete="off"
                spellcheck="false"
                bind:value=query
            />
            <p class="quiet" role="status" data-test="found">{said}</p>
        </div>
    }
}
