//! How friends reach this machine: the way in use, who uses an old address, and where a new one is published.

use carpool_ipc::tunnel::Reachability;
use leptos::prelude::*;

use crate::{
    components::{
        button::Button,
        card::Card,
        icon::Icon,
        loaded::Loaded,
        share::{OldAddresses, Publishing, StandingNow, fetch_reachability},
    },
    state::{shared, texts},
};

/// How friends reach this machine.
#[component]
pub(super) fn ReachCard() -> impl IntoView {
    let (shared, words) = (shared(), texts().tunnel);
    let reachability = fetch_reachability();
    let share = Callback::new(move |()| shared.sharing.set(true));
    let aside = move || view! { <Button label=words.share icon=Icon::Link press=share id="settings-share" /> };
    let rest = |of: Signal<Reachability>| {
        view! {
            <OldAddresses of />
            <Publishing of />
        }
        .into_any()
    };

    view! {
        <Card title=words.title aside test="settings-reach">
            <div class="share-panel">
                <StandingNow />
                <Loaded of=reachability rows=2 children=rest />
            </div>
        </Card>
    }
}
