//! Where Carpool listens. A change is applied without a restart; if that fails, nothing has changed.

use carpool_ipc::settings::{Reach, Settings};
use leptos::prelude::*;

use super::state;
use crate::{
    components::{
        badge::Tone,
        banner::Banner,
        button::{Button, Look},
        card::Card,
        field::{TextField, Typed},
        select::Segmented,
    },
    sending::Sending,
    state::{shared, texts},
};

/// Who can reach Carpool, and at which port.
#[component]
pub(super) fn Address(settings: Signal<Settings>) -> impl IntoView {
    let (shared, words) = (shared(), texts().settings);
    let (reach, port) = (RwSignal::new(Reach::ThisMachine), RwSignal::new(String::new()));
    let held = Memo::new(move |_| settings.with(|settings| (settings.reach, settings.port)));
    Effect::new(move |_| {
        let (held_reach, held_port) = held.get();
        reach.set(held_reach);
        port.set(held_port.to_string());
    });
    let sending = Sending::new();
    let change = move || settings.with(|settings| state::change(settings, reach.get(), &port.read()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(ask) = untrack(change) else { return };
        sending.send(ask, move |()| shared.toasts.tell((words.applied)(ask.port)));
    };
    let error = Signal::derive(move || {
        if state::port(&port.read()).is_none() {
            return words.port_bad.to_owned();
        }
        let language = shared.language.get_untracked();
        sending.failure.get().map(|failure| state::address_error(language, &failure)).unwrap_or_default()
    });
    let reaches = [(Reach::ThisMachine, "this_machine"), (Reach::Network, "network")];
    let reaches = reaches.map(|(reach, slug)| (reach, slug.to_owned(), (words.reach_name)(reach).to_owned()));
    let warning = move || {
        (reach.get() == Reach::Network)
            .then(|| view! { <Banner tone=Tone::Warn text=words.network_warning test="network-warning" /> })
    };

    view! {
        <Card title=words.address test="settings-address">
            <form class="form" on:submit=submit>
                <p class="quiet">{words.address_lead}</p>
                <div class="field">
                    <p class="field-label">{words.reach}</p>
                    <div>
                        <Segmented label=words.reach name="reach" choices=reaches.to_vec() chosen=reach choose=Callback::new(move |it| reach.set(it)) />
                    </div>
                    <p class="field-note">{move || (words.reach_hint)(reach.get())}</p>
                </div>
                {warning}
                <div class="port">
                    <TextField label=words.port name="port" value=port typed=Typed::Number hint=words.port_hint error />
                </div>
                <div>
                    <Button
                        look=Look::Primary
                        label=words.apply
                        busy=sending.busy
                        disabled=Signal::derive(move || change().is_none())
                        submits=true
                        id="apply-address"
                    />
                </div>
            </form>
        </Card>
    }
}
