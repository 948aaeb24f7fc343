//! The step of the first friend: a name, and a key is made.

use carpool_ipc::{accounts::Tested, friends::AddFriend};
use leptos::{ev::SubmitEvent, prelude::*};

use super::StepHead;
use crate::{
    components::{
        add_account::TestedNote,
        button::{Button, Look},
        field::{FailureNote, TextField},
    },
    sending::Sending,
    state::{shared, texts},
};

/// The step of the first friend. The key is kept for the next step, which shows it.
#[component]
pub fn FriendStep(added: RwSignal<Option<Tested>>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let sending = Sending::new();
    let name = RwSignal::new(String::new());
    let is_missing = RwSignal::new(false);
    let error = Signal::derive(move || if is_missing.get() { t.add_account.needed } else { "" }.to_owned());
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = name.read_untracked().trim().to_owned();
        is_missing.set(typed.is_empty());
        if typed.is_empty() {
            return;
        }
        sending.send(AddFriend { name: typed }, move |friend| shared.issued_key.set(Some(friend.key)));
    };

    view! {
        {move || added.get().map(|tested| view! { <TestedNote tested /> })}
        <StepHead title=t.first_run.friend_title lead=t.first_run.friend_lead />
        <form class="form" on:submit=add>
            <TextField label=t.first_run.friend_name name="friend" value=name hint=t.first_run.friend_hint error />
            <FailureNote of=sending />
            <div class="step-actions">
                <Button look=Look::Primary label=t.first_run.add_friend submits=true busy=sending.busy id="add-friend" />
            </div>
        </form>
    }
}
