//! The last steps: the link or the set-up text while the first call is awaited, and that it came.

use carpool_ipc::{friends::RotateKey, invites::CreateInvite, status::EndFirstRun};
use leptos::prelude::*;

use super::StepHead;
use crate::{
    components::{
        button::{Button, Look},
        field::FailureNote,
        icon::{Icon, Picture},
        invite::InviteText,
        issued_key::IssuedKeyText,
    },
    sending::Sending,
    state::{shared, texts},
};

/// The link while it is awaited that the friend opens it.
#[component]
pub fn InvitedStep(friend: String, friend_id: i64) -> impl IntoView {
    let shared = shared();
    let (texts, words) = (texts().first_run, texts().invites);
    let sending = Sending::new();
    let renew = Callback::new(move |()| {
        sending.send(CreateInvite { friend_id }, move |invite| shared.issued_invite.set(Some(invite)));
    });
    let gone = (texts.invite_gone)(&friend);
    let lead = move || if shared.issued_invite.read().is_some() { texts.invite_lead.to_owned() } else { gone.clone() };
    let link = move || {
        match shared.issued_invite.get() {
        Some(issued) => view! { <InviteText issued /> }.into_any(),
        None => view! {
            <FailureNote of=sending />
            <p><Button look=Look::Primary label=texts.new_invite icon=Icon::Link press=renew busy=sending.busy id="new-invite" /></p>
        }
        .into_any(),
    }
    };

    view! {
        <StepHead title=(texts.call_title)(&friend) lead=Signal::derive(lead) />
        <p class="awaited" role="status" data-test="awaiting-friend">
            <Picture of=Icon::Clock />
            <span>{(words.waiting)(&friend)}</span>
        </p>
        {link}
    }
}

/// The set-up text while the first call is awaited; who was invited has read it on the page of the invite.
#[component]
pub fn CallStep(friend: String, key_id: i64, is_invited: bool) -> impl IntoView {
    let shared = shared();
    let texts = texts().first_run;
    let sending = Sending::new();
    let renew = Callback::new(move |()| {
        sending.send(RotateKey { id: key_id }, move |key| shared.issued_key.set(Some(key)));
    });
    let gone = if is_invited { (texts.invited_lead)(&friend) } else { (texts.key_gone)(&friend) };
    let lead = move || if shared.issued_key.read().is_some() { texts.call_lead.to_owned() } else { gone.clone() };
    let key = move || {
        match shared.issued_key.get() {
        Some(issued) => view! { <IssuedKeyText issued /> }.into_any(),
        None if is_invited => ().into_any(),
        None => view! {
            <FailureNote of=sending />
            <p><Button look=Look::Primary label=texts.new_key icon=Icon::Key press=renew busy=sending.busy id="new-key" /></p>
        }
        .into_any(),
    }
    };

    view! {
        <StepHead title=(texts.call_title)(&friend) lead=Signal::derive(lead) />
        <p class="awaited" role="status" data-test="awaiting-call">
            <Picture of=Icon::Clock />
            <span>{(texts.waiting)(&friend)}</span>
        </p>
        {key}
    }
}

/// The first call came.
#[component]
pub fn SeenStep(friend: String, model: Option<String>) -> impl IntoView {
    let shared = shared();
    let texts = texts().first_run;
    let ending = Sending::new();
    let end = Callback::new(move |()| {
        ending.send(EndFirstRun {}, move |()| {
            shared.issued_key.set(None);
            shared.issued_invite.set(None);
        });
    });

    view! {
        <div class="seen" data-test="first-call-seen">
            <div class="seen-mark"><Picture of=Icon::Check /></div>
            <h1>{texts.seen_title}</h1>
            <p class="lead">{(texts.seen_lead)(&friend, model.as_deref())}</p>
            <p class="quiet">{texts.seen_hint}</p>
            <FailureNote of=ending />
            <Button look=Look::Primary label=texts.go_home press=end busy=ending.busy id="end-first-run" />
        </div>
    }
}
