//! Inviting a friend: the new link with what becomes of it, the links before it, and the question whom to invite.

use carpool_ipc::{
    friends::Friend,
    invites::{CreateInvite, Invite},
};
use leptos::prelude::*;

use super::Subjects;
use crate::{
    components::{
        button::{Button, Look},
        dialog::Dialog,
        field::FailureNote,
        icon::Icon,
        invite::{InviteList, InviteProgress, InviteText},
        loaded::Skeleton,
    },
    fetch::Fetched,
    sending::Sending,
    state::{shared, texts},
};

/// Who is invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invitee {
    pub(super) id: i64,
    pub(super) name: String,
}

impl Invitee {
    pub(super) fn of(friend: &Friend) -> Self {
        Self { id: friend.id, name: friend.name.clone() }
    }
}

/// The dialog of one invite. It makes a link when it opens, unless one was made just before.
#[component]
pub(super) fn InviteDialog(subjects: Subjects, invites: Fetched<Vec<Invite>>) -> impl IntoView {
    let words = texts().invites;
    let subject = subjects.invite;
    // A link is shown once: it goes with the dialog.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = subject.open.get();
        if was_open == Some(true) && !is_open {
            subjects.issued_invite.set(None);
        }
        is_open
    });

    view! {
        <Dialog open=subject.open title=subject.text(|invitee| (words.title)(&invitee.name)) id="invite-dialog">
            {move || subject.with(|invitee| Some(invitee.clone())).map(|invitee| view! { <Invited invitee subjects invites /> })}
        </Dialog>
    }
}

#[component]
fn Invited(invitee: Invitee, subjects: Subjects, invites: Fetched<Vec<Invite>>) -> impl IntoView {
    let t = texts();
    let words = t.invites;
    let Invitee { id: friend_id, name } = invitee;
    let issued = subjects.issued_invite;
    let sending = Sending::new();
    let make = move |()| {
        issued.set(None);
        sending.send(CreateInvite { friend_id }, move |invite| {
            issued.try_set(Some(invite));
            invites.ask_again();
        });
    };
    if issued.with_untracked(Option::is_none) {
        make(());
    }
    let friend = name.clone();
    let shown = move || match issued.get() {
        Some(issued) => {
            let (id, friend) = (issued.id, friend.clone());
            view! {
                <InviteText issued />
                <InviteProgress id friend invites />
            }
            .into_any()
        }
        None if sending.busy.get() => view! { <Skeleton rows=3 /> }.into_any(),
        None => ().into_any(),
    };
    // It comes after the new link, so that the dialog does not open on a button that revokes an older one.
    let list = move || {
        let friend = name.clone();
        issued.read().is_some().then(|| view! { <InviteList friend_id friend invites /> })
    };
    let close = Callback::new(move |()| subjects.invite.open.set(false));

    view! {
        <p class="quiet">{words.lead}</p>
        {shown}
        <FailureNote of=sending />
        {list}
        <div class="dialog-actions">
            <Button label=words.another disabled=sending.busy press=Callback::new(make) test="another-invite" />
            <Button look=Look::Primary label=t.words.done press=close id="invite-done" />
        </div>
    }
}

/// Asks whom to invite, for those who come from the tray.
#[component]
pub(super) fn WhomDialog(friends: Fetched<Vec<Friend>>, subjects: Subjects, adding: RwSignal<bool>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.invites;
    let open = shared.inviting;
    let add = Callback::new(move |()| {
        open.set(false);
        adding.set(true);
    });
    let row = move |friend: Friend| {
        let invitee = Invitee::of(&friend);
        let invite = Callback::new(move |()| {
            open.set(false);
            subjects.invite.ask(invitee.clone());
        });
        view! { <li><Button label=friend.name icon=Icon::Link press=invite test="invite-whom" /></li> }
    };
    let list = move || {
        let friends = friends.value.get().unwrap_or_default();
        if friends.is_empty() {
            return view! { <p class="quiet">{words.nobody}</p> }.into_any();
        }
        view! { <ul class="whom">{friends.into_iter().map(row).collect_view()}</ul> }.into_any()
    };

    view! {
        <Dialog open title=words.whom_title id="invite-whom">
            {list}
            <div class="dialog-actions">
                <Button label=t.friends.add icon=Icon::Add press=add test="invite-new" />
            </div>
        </Dialog>
    }
}
