//! Invites: a new link, shown this once, and what became of the ones before. Friends and the first run share it.

mod list;
pub(crate) mod state;

use carpool_ipc::invites::{Invite, IssuedInvite, ListInvites, QrCode, Scope};
use leptos::prelude::*;

pub(crate) use self::list::InviteList;
use self::state::Progress;
use super::{
    badge::Tone,
    banner::Banner,
    button::{Button, Look},
    copy::CopyButton,
    format,
    icon::{Icon, Picture},
};
use crate::{
    browser,
    fetch::{Fetched, On, fetch},
    state::{shared, texts},
};

/// The invites, as new as they are.
pub(crate) fn fetch_invites() -> Fetched<Vec<Invite>> {
    fetch(On::ConfigAndLedger, || ListInvites {})
}

/// A new link: to be copied or photographed, and how long it works.
#[component]
pub fn InviteText(
    /// The invite.
    issued: IssuedInvite,
) -> impl IntoView {
    let (shared, words) = (shared(), texts().invites);
    let expires = format::clock(shared.language.get_untracked(), browser::now_ms(), issued.expires_ms);
    let link = issued.link;

    view! {
        <Banner tone=Tone::Warn text=words.shown_once />
        <ScopeWarning scope=issued.scope />
        <div class="key-row">
            <code id="invite-link">{link.clone()}</code>
            <CopyButton text=link look=Look::Primary label=words.copy.to_owned() id="copy-invite" />
        </div>
        <div class="invite-picture">
            <Qr of=issued.picture label=words.picture />
            <div>
                <p class="quiet">{words.picture_hint}</p>
                <p class="quiet" data-test="invite-expires">{(words.expires)(&expires)}</p>
            </div>
        </div>
    }
}

/// Says where the link does not open, and leads to where that is changed.
#[component]
fn ScopeWarning(scope: Scope) -> impl IntoView {
    let (shared, words) = (shared(), texts().invites);
    let has_places = shared.of_status(|status| status.first_run.is_none());
    let choose = Callback::new(move |()| shared.sharing.set(true));

    (words.scope_warning)(scope).map(|warning| {
        let button = has_places
            .get_untracked()
            .unwrap_or_default()
            .then(|| view! { <Button label=words.choose_way press=choose test="choose-way" /> });
        view! { <Banner tone=Tone::Bad text=warning test="scope-warning">{button}</Banner> }
    })
}

#[component]
fn Qr(of: QrCode, label: &'static str) -> impl IntoView {
    view! {
        <svg class="qr" viewBox=format!("0 0 {0} {0}", of.size) role="img" aria-label=label shape-rendering="crispEdges">
            <path d=of.path />
        </svg>
    }
}

/// What has become of a new invite, told as it happens.
#[component]
pub fn InviteProgress(
    /// The invite's id.
    id: i64,
    /// The friend's name.
    #[prop(into)]
    friend: String,
    /// Every invite.
    invites: Fetched<Vec<Invite>>,
) -> impl IntoView {
    let words = texts().invites;
    let progress = Memo::new(move |_| {
        invites.value.with(|invites| invites.as_deref().and_then(|invites| state::progress(invites, id)))
    });
    let said = move || {
        let (class, icon, said, test) = match progress.get().unwrap_or(Progress::Waiting) {
            Progress::Waiting => ("awaited", Icon::Clock, (words.waiting)(&friend), "invite-open"),
            Progress::Used => ("awaited", Icon::Clock, (words.used)(&friend), "invite-used"),
            Progress::Called => ("awaited called", Icon::Check, (words.first_call)(&friend), "invite-called"),
            Progress::Expired => ("awaited over", Icon::Warning, words.expired.to_owned(), "invite-expired"),
            Progress::Revoked => ("awaited over", Icon::Warning, words.was_revoked.to_owned(), "invite-revoked"),
        };
        view! {
            <p class=class data-test=test>
                <Picture of=icon />
                <span>{said}</span>
            </p>
        }
    };

    view! { <div role="status" data-test="invite-progress">{said}</div> }
}
