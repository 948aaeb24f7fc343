//! The step of the first friend: a name, and an invite or a key is made.

use carpool_ipc::friends::{AddFriend, First, Given};
use leptos::{ev::SubmitEvent, prelude::*};

use super::StepHead;
use crate::{
    components::{
        button::{Button, Look},
        field::{FailureNote, TextField},
    },
    sending::Sending,
    state::{shared, texts},
};

/// The step of the first friend. The invite or the key is kept for the next step, which shows it.
#[component]
pub fn FriendStep() -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let sending = Sending::new();
    let name = RwSignal::new(String::new());
    let is_missing = RwSignal::new(false);
    let error = Signal::derive(move || if is_missing.get() { t.add_account.needed } else { "" }.to_owned());
    let add = move |first| {
        let typed = name.read_untracked().trim().to_owned();
        is_missing.set(typed.is_empty());
        if typed.is_empty() {
            return;
        }
        sending.send(AddFriend { name: typed, first }, move |friend| match friend.given {
            Given::Key(key) => shared.issued_key.set(Some(key)),
            Given::Invite(invite) => shared.issued_invite.set(Some(invite)),
        });
    };
    let invite = move |event: SubmitEvent| {
        event.prevent_default();
        add(First::Invite);
    };

    view! {
        <StepHead title=t.first_run.friend_title lead=t.first_run.friend_lead />
        <form class="form" on:submit=invite>
            <TextField label=t.first_run.friend_name name="friend" value=name hint=t.first_run.friend_hint error />
            <FailureNote of=sending />
            <div class="step-actions">
                <Button label=t.first_run.add_friend busy=sending.busy press=Callback::new(move |()| add(First::Key)) id="add-friend" />
                <Button look=Look::Primary label=t.first_run.invite_friend submits=true busy=sending.busy id="invite-friend" />
            </div>
        </form>
    }
}
