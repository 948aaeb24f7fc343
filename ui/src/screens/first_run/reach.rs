//! The step of how friends reach this machine. It can be left for later.

use carpool_ipc::{accounts::Tested, status::SettleReach};
use leptos::prelude::*;

use super::StepHead;
use crate::{
    components::{
        add_account::TestedNote,
        button::{Button, Look},
        field::FailureNote,
        share::{SharePanel, state},
    },
    sending::Sending,
    state::{shared, texts},
};

/// The step of how friends reach this machine. It says first how the account was tested that was just added.
#[component]
pub fn ReachStep(added: RwSignal<Option<Tested>>) -> impl IntoView {
    let (shared, texts) = (shared(), texts().first_run);
    let is_chosen = shared.of_status(|status| state::is_wanted(&status.tunnel));
    let settling = Sending::new();
    let settle = Callback::new(move |()| settling.send(SettleReach {}, |()| ()));
    let go_on = move || {
        let (look, label) = match is_chosen.get() {
            Some(true) => (Look::Primary, texts.reach_next),
            _ => (Look::Plain, texts.reach_later),
        };
        view! { <Button look label busy=settling.busy press=settle id="settle-reach" /> }
    };

    view! {
        {move || added.get().map(|tested| view! { <TestedNote tested /> })}
        <StepHead title=texts.reach_title lead=texts.reach_lead />
        <div class="step-actions">
            <span class="quiet step-hint">{texts.reach_later_hint}</span>
            {go_on}
        </div>
        <FailureNote of=settling />
        <SharePanel is_first=true />
    }
}
