//! How friends reach this machine: the way in use and how it stands, the ways there are, and whether they work. Home,
//! the settings and the first run share it.

mod checks;
mod publish;
mod standing;
pub(crate) mod state;
mod ways;

use carpool_ipc::tunnel::{GetReachability, Reachability};
use leptos::prelude::*;

use self::{checks::Checks, ways::Ways};
pub(crate) use self::{
    publish::{OldAddresses, Publishing},
    standing::{StandingNow, said},
};
use super::{
    button::{Button, Look},
    dialog::Dialog,
    loaded::Loaded,
};
use crate::{
    fetch::{Fetched, On, fetch},
    state::{shared, texts},
};

/// What is known of how friends reach this machine, as new as it is.
pub(crate) fn fetch_reachability() -> Fetched<Reachability> {
    fetch(On::Reach, || GetReachability {})
}

/// The panel in a dialog.
#[component]
pub fn ShareDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let t = texts();
    let close = Callback::new(move |()| open.set(false));

    view! {
        <Dialog open title=t.tunnel.title id="share-dialog">
            <SharePanel />
            <div class="dialog-actions">
                <Button look=Look::Primary label=t.words.done press=close id="share-done" />
            </div>
        </Dialog>
    }
}

/// Everything about how friends reach this machine.
#[component]
pub fn SharePanel(
    /// Whether only the choice is shown, and neither checks nor publishing: there is nothing to look at yet.
    #[prop(optional)]
    is_first: bool,
) -> impl IntoView {
    let shared = shared();
    let reachability = fetch_reachability();
    let is_open = shared.of_status(|status| state::is_wanted(&status.tunnel));
    // The ways are folded away behind the one in use, until another is asked for.
    let is_choosing = RwSignal::new(false);
    let chosen = move || is_choosing.get() || is_open.get() == Some(false);
    let content = move |of: Signal<Reachability>| {
        view! {
            <StandingNow is_choosing />
            {move || chosen().then(|| view! { <Ways of is_choosing again=Callback::new(move |()| reachability.ask_again()) /> })}
            {move || (!is_first && is_open.get() == Some(true)).then(|| view! { <Checks of reachability /> })}
            {(!is_first).then(|| view! {
                <OldAddresses of />
                <Publishing of />
            })}
        }
        .into_any()
    };

    view! { <div class="share-panel" data-test="share"><Loaded of=reachability rows=5 children=content /></div> }
}
