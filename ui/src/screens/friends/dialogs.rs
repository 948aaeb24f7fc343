//! The dialogs of the screen: adding, renaming, and what is asked before something stops working.

use carpool_ipc::{
    Command,
    friends::{
        AddFriend, CreateKey, First, Friend, Given, PauseFriend, PauseKey, RemoveFriend, RenameFriend, RevokeKey,
        RotateKey,
    },
};
use leptos::prelude::*;

use super::{FriendsKey, Subjects, invite::Invitee};
use crate::{
    components::{
        button::{Button, Look},
        dialog::{Confirm, Dialog},
        field::{FailureNote, TextField},
        issued_key::IssuedKeyDialog,
        rename::Rename,
        subject::Subject,
    },
    sending::Sending,
    state::{shared, texts},
};

/// Every dialog of the screen.
#[component]
pub(super) fn Dialogs(adding: RwSignal<bool>, subjects: Subjects) -> impl IntoView {
    let words = texts().friends;
    let rename = Callback::new(move |name| RenameFriend { id: subjects.rename.with(|friend| friend.id), name });

    view! {
        <Dialog open=adding title=words.add_title id="add-friend-dialog">
            <AddForm open=adding subjects />
        </Dialog>
        <Dialog open=subjects.new_key.open title=subjects.new_key.text(|friend| (words.new_key_title)(&friend.name)) id="new-key-dialog">
            <NewKeyForm subjects />
        </Dialog>
        <Rename
            open=subjects.rename.open
            title=subjects.rename.text(|friend| (words.rename_title)(&friend.name))
            name=subjects.rename.text(|friend| friend.name.clone())
            ask=rename
            id="rename-friend"
        />
        <FriendQuestions subjects />
        <KeyQuestions subjects />
        <IssuedKeyDialog issued=subjects.issued />
    }
}

#[component]
fn AddForm(open: RwSignal<bool>, subjects: Subjects) -> impl IntoView {
    let (words, invites, every_place) = (texts().friends, texts().invites, texts().words);
    let name = RwSignal::new(String::new());
    let sending = Sending::new();
    let add = move |first| {
        let typed = name.get_untracked().trim().to_owned();
        sending.send(AddFriend { name: typed.clone(), first }, move |added| {
            open.try_set(false);
            match added.given {
                Given::Key(key) => subjects.issued.set(Some(key)),
                Given::Invite(invite) => {
                    subjects.issued_invite.set(Some(invite));
                    subjects.invite.ask(Invitee { id: added.id, name: typed });
                }
            }
        });
    };
    let submitted = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        add(First::Invite);
    };

    view! {
        <form class="form" on:submit=submitted>
            <TextField label=every_place.name name="friend-name" value=name hint=words.add_hint autofocus=true />
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=every_place.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button label=invites.add_with_key busy=sending.busy press=Callback::new(move |()| add(First::Key)) test="add-with-key" />
                <Button look=Look::Primary label=invites.add_and_invite busy=sending.busy submits=true test="submit" />
            </div>
        </form>
    }
}

#[component]
fn NewKeyForm(subjects: Subjects) -> impl IntoView {
    let words = texts().friends;
    let open = subjects.new_key.open;
    let name = RwSignal::new(String::new());
    let sending = Sending::new();
    let submit = Callback::new(move |()| {
        let friend_id = subjects.new_key.with(|friend| friend.id);
        sending.send(CreateKey { friend_id, name: name.get_untracked().trim().to_owned() }, move |key| {
            open.try_set(false);
            subjects.issued.set(Some(key));
        });
    });

    view! {
        <Form sending open submit verb=words.make_key>
            <TextField label=words.device name="device" value=name hint=words.device_hint autofocus=true />
        </Form>
    }
}

/// A field, what went wrong, and the two buttons.
#[component]
fn Form(
    sending: Sending,
    open: RwSignal<bool>,
    submit: Callback<()>,
    verb: &'static str,
    children: Children,
) -> impl IntoView {
    let submitted = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        submit.run(());
    };
    view! {
        <form class="form" on:submit=submitted>
            {children()}
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=texts().words.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=verb busy=sending.busy submits=true test="submit" />
            </div>
        </form>
    }
}

/// What is asked before a friend stops being served.
#[component]
fn FriendQuestions(subjects: Subjects) -> impl IntoView {
    let (shared, words, every_place) = (shared(), texts().friends, texts().words);
    let (pause, remove) = (subjects.pause, subjects.remove);
    let told = move |subject: Subject<Friend>, say: fn(&str) -> String| {
        Callback::new(move |()| shared.toasts.tell(subject.with(|friend| say(&friend.name))))
    };
    let ask_pause = Callback::new(move |()| PauseFriend { id: pause.with(|friend| friend.id), paused: true });
    let ask_remove = Callback::new(move |()| RemoveFriend { id: remove.with(|friend| friend.id) });

    view! {
        <Confirm
            open=pause.open
            title=pause.text(|friend| (words.pause_title)(&friend.name))
            text=words.pause_body
            verb=every_place.pause
            look=Look::Primary
            id="pause-friend"
            ask=ask_pause
            then=told(pause, words.paused)
        />
        <Confirm
            open=remove.open
            title=remove.text(|friend| (words.remove_title)(&friend.name))
            text=remove.text(|friend| (words.remove_body)(friend))
            verb=every_place.remove
            id="remove-friend"
            ask=ask_remove
            then=told(remove, words.removed)
        />
    }
}

/// What is asked before a key stops working.
#[component]
fn KeyQuestions(subjects: Subjects) -> impl IntoView {
    let (shared, words, every_place) = (shared(), texts().friends, texts().words);
    let (pause, revoke) = (subjects.pause_key, subjects.revoke);
    let told = move |subject: Subject<FriendsKey>, say: fn(&str) -> String| {
        Callback::new(move |()| shared.toasts.tell(subject.with(|key| say(&key.key.name))))
    };
    let show = Callback::new(move |key| subjects.issued.set(Some(key)));

    view! {
        <KeyQuestion
            subject=subjects.rotate
            title=words.rotate_title
            text=words.rotate_body
            verb=words.rotate
            id="rotate-key"
            ask=|id| RotateKey { id }
            then=show
        />
        <KeyQuestion
            subject=pause
            title=words.pause_key_title
            text=words.pause_key_body
            verb=every_place.pause
            look=Look::Primary
            id="pause-key"
            ask=|id| PauseKey { id, paused: true }
            then=told(pause, words.paused)
        />
        <KeyQuestion
            subject=revoke
            title=words.revoke_title
            text=words.revoke_body
            verb=words.revoke
            id="revoke-key"
            ask=|id| RevokeKey { id }
            then=told(revoke, words.revoked)
        />
    }
}

#[component]
fn KeyQuestion<C>(
    subject: Subject<FriendsKey>,
    title: fn(&str, &str) -> String,
    text: &'static str,
    verb: &'static str,
    #[prop(default = Look::Danger)] look: Look,
    id: &'static str,
    ask: fn(i64) -> C,
    then: Callback<C::Reply>,
) -> impl IntoView
where
    C: Command + 'static,
{
    let ask = Callback::new(move |()| ask(subject.with(|key| key.key.id)));

    view! {
        <Confirm open=subject.open title=subject.text(move |key| title(&key.friend, &key.key.name)) text verb look id ask then />
    }
}
