//! The programs on this machine, set up with a key of a friend: the owner's own, as a rule.

use carpool_ipc::friends::{CreateKey, Friend, ListFriends};
use leptos::prelude::*;

use crate::{
    components::{card::Card, field::FailureNote, loaded::Loaded, own_machine::Programs, select::Select},
    fetch::{On, fetch},
    sending::Sending,
    state::texts,
};

/// The programs on this machine.
#[component]
pub(super) fn OwnMachine() -> impl IntoView {
    let words = texts().own_machine;
    let friends = fetch(On::Config, || ListFriends {});
    let ids = Memo::new(move |_| {
        let names = |friends: &Vec<Friend>| friends.iter().map(|it| (it.id, it.name.clone())).collect::<Vec<_>>();
        friends.value.with(|friends| friends.as_ref().map(names).unwrap_or_default())
    });
    let content = move |_: Signal<Vec<Friend>>| {
        (move || {
            let friends = ids.get();
            if friends.is_empty() {
                return view! { <p class="quiet" data-test="no-friend">{words.nobody}</p> }.into_any();
            }
            view! { <ProgramsOf friends /> }.into_any()
        })
        .into_any()
    };

    view! {
        <Card title=words.title test="settings-own-machine">
            <Loaded of=friends rows=7 children=content />
        </Card>
    }
}

/// Whose key the programs get, and the programs. One key does for all of them: it is made for the first.
#[component]
fn ProgramsOf(friends: Vec<(i64, String)>) -> impl IntoView {
    let words = texts().own_machine;
    let chosen = RwSignal::new(friends[0].0);
    let choices = friends.into_iter().map(|(id, name)| (id, id.to_string(), name)).collect::<Vec<_>>();
    let made = RwSignal::new(None::<String>);
    let choose = Callback::new(move |id| {
        made.set(None);
        chosen.set(id);
    });
    let sending = Sending::new();
    let with_key = Callback::new(move |then: Callback<String>| match made.get_untracked() {
        Some(key) => then.run(key),
        None => sending.send(CreateKey { friend_id: chosen.get_untracked(), name: String::new() }, move |issued| {
            made.try_set(Some(issued.key.clone()));
            then.try_run(issued.key);
        }),
    });

    view! {
        <div class="form own-machine">
            <Select label=words.whose name="own-friend" choices chosen choose />
            <p class="field-note">{words.whose_hint}</p>
            <FailureNote of=sending />
            <Programs with_key />
        </div>
    }
}
