//! Whether friends reach this machine: the traffic light below the address, and who still uses an old one.

use carpool_ipc::{
    invites::Scope,
    tunnel::{Light, TunnelState, Way},
};
use leptos::prelude::*;

use crate::{
    components::{
        badge::{Badge, Tone},
        clock,
        share::{OldAddresses, fetch_reachability, said, state},
    },
    state::{shared, texts},
};

/// The traffic light, and what it means in a line.
#[component]
pub(super) fn Reach() -> impl IntoView {
    let (shared, words) = (shared(), texts().tunnel);
    let tunnel = shared.of_status(|status| status.tunnel.clone());
    let scope = shared.of_status(|status| state::address(status).scope);
    let is_retrying = Memo::new(move |_| {
        tunnel.with(|tunnel| tunnel.as_ref().is_some_and(|it| matches!(it.state, TunnelState::Retrying { .. })))
    });
    let now = clock::ticking(is_retrying);
    let light = Memo::new(move |_| tunnel.get().map(|tunnel| tunnel.light).unwrap_or_default());
    let in_network = move || scope.get() == Some(Scope::Network);
    let tone = Signal::derive(move || match light.get() {
        Light::Off if in_network() => Tone::Good,
        light => state::tone_of_light(light),
    });
    let word = Signal::derive(move || match light.get() {
        Light::Off if in_network() => words.network.to_owned(),
        light => (words.light)(light).to_owned(),
    });
    let line = move || {
        let tunnel = tunnel.get().unwrap_or_default();
        match tunnel.state {
            TunnelState::Off if in_network() => words.up_hint.to_owned(),
            TunnelState::Off => texts().home.this_machine.to_owned(),
            TunnelState::Up if tunnel.way.is_some_and(Way::changes_address) => words.address_changes.to_owned(),
            TunnelState::Up => said(&tunnel, false, now).0,
            _ => {
                let (what, more) = said(&tunnel, false, now);
                format!("{what}. {more}")
            }
        }
    };

    view! {
        <p class="standing-reach" data-test="reach">
            <Badge tone label=word test="reach-light" />
            <span class="quiet">{line}</span>
        </p>
    }
}

/// The friends who still use an old address, if there are any.
#[component]
pub(super) fn OldAddressNotice() -> impl IntoView {
    let reachability = fetch_reachability();
    let known = Memo::new(move |_| reachability.value.get());
    let is_there =
        Memo::new(move |_| known.with(|known| known.as_ref().is_some_and(|it| !it.old_addresses.is_empty())));

    move || {
        is_there.get().then(|| known.get_untracked()).flatten().map(|first| {
            let of = Signal::derive(move || known.get().unwrap_or_else(|| first.clone()));
            view! { <OldAddresses of /> }
        })
    }
}
