//! A friend's invites, each with what became of it.

use carpool_ipc::invites::{Invite, InviteState, RevokeInvite};
use leptos::prelude::*;

use super::state;
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look},
        format,
        rows::follow,
    },
    fetch::Fetched,
    sending::Sending,
    state::{shared, texts},
};

/// A friend's invites; nothing where there are none.
#[component]
pub fn InviteList(
    /// The friend's id.
    friend_id: i64,
    /// The friend's name.
    #[prop(into)]
    friend: String,
    /// Every invite.
    invites: Fetched<Vec<Invite>>,
) -> impl IntoView {
    let words = texts().invites;
    let own = Signal::derive(move || {
        invites.value.with(|invites| state::of_friend(invites.as_deref().unwrap_or_default(), friend_id))
    });
    let has_some = Memo::new(move |_| !own.read().is_empty());
    let label = (words.list)(&friend);
    let row = move |invite: Invite| view! { <InviteRow invite=follow(own, invite, |invite| invite.id) /> };

    move || {
        has_some.get().then(|| {
            view! {
                <ul class="invites" aria-label=label.clone() data-test="invites">
                    <For each=move || own.get() key=|invite| invite.id children=row />
                </ul>
            }
        })
    }
}

#[component]
fn InviteRow(invite: Signal<Invite>) -> impl IntoView {
    let (shared, words) = (shared(), texts().invites);
    let id = invite.with_untracked(|invite| invite.id);
    let is_open = Memo::new(move |_| invite.with(|invite| matches!(invite.state, InviteState::Open { .. })));
    let revoking = Sending::new();
    let revoke = Callback::new(move |()| {
        revoking.send(RevokeInvite { id }, move |()| shared.toasts.tell(words.was_revoked));
    });
    Effect::new(move |_| {
        if let Some(failure) = revoking.failure.get() {
            shared.complain(&failure);
        }
    });
    let badge = move || {
        let (tone, label) = invite.with(badge);
        view! { <Badge tone label test="invite-state" /> }
    };

    view! {
        <li class="invite-row" data-test="invite-row" data-id=id.to_string()>
            {badge}
            <span class="quiet">{move || invite.with(about)}</span>
            {move || is_open.get().then(|| view! { <Button look=Look::Quiet label=words.revoke busy=revoking.busy press=revoke test="revoke-invite" /> })}
        </li>
    }
}

fn badge(invite: &Invite) -> (Tone, &'static str) {
    let words = texts().invites;
    match &invite.state {
        InviteState::Open { .. } => (Tone::Warn, words.open),
        InviteState::Used { first_call_ms: Some(_), .. } => (Tone::Good, words.first_call_seen),
        InviteState::Used { first_call_ms: None, .. } => (Tone::Good, words.is_used),
        InviteState::Expired { .. } => (Tone::Neutral, words.expired),
        InviteState::Revoked => (Tone::Neutral, words.revoked),
    }
}

/// The rest of a line: when it was made, and until when it works or what it became.
fn about(invite: &Invite) -> String {
    let (language, t) = (shared().language.get_untracked(), texts());
    let (words, now_ms) = (t.invites, browser::now_ms());
    let when = |at_ms| format::when(t.times, language, now_ms, at_ms);
    let made = (words.made)(&when(invite.created_ms));
    match &invite.state {
        InviteState::Open { expires_ms } => {
            format!("{made} · {}", (words.expires)(&format::clock(language, now_ms, *expires_ms)))
        }
        InviteState::Used { key, first_call_ms: None, .. } => {
            format!("{made} · {} · {}", (words.key)(key), words.no_call_yet)
        }
        InviteState::Used { key, first_call_ms: Some(at_ms), .. } => {
            format!("{made} · {} · {}", (words.key)(key), when(*at_ms))
        }
        InviteState::Expired { .. } | InviteState::Revoked => made,
    }
}
