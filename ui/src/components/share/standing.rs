//! The way in use: how it stands, and the address friends use.

use carpool_ipc::{
    invites::Scope,
    tunnel::{Light, Shut, StopTunnel, Tunnel, TunnelState},
};
use leptos::prelude::*;

use super::state;
use crate::{
    components::{
        badge::{Badge, Tone},
        button::Button,
        clock,
        copy::CopyButton,
        field::FailureNote,
        format,
    },
    sending::Sending,
    state::{shared, texts},
};

/// The way in use, with what can be done about it.
#[component]
pub fn StandingNow(
    /// Whether another way is being chosen, where it can be.
    #[prop(optional)]
    is_choosing: Option<RwSignal<bool>>,
) -> impl IntoView {
    let (shared, words) = (shared(), texts().tunnel);
    let tunnel = shared.of_status(|status| status.tunnel.clone());
    let network = shared.of_status(state::address);
    let is_retrying =
        Memo::new(move |_| matches!(tunnel.get(), Some(Tunnel { state: TunnelState::Retrying { .. }, .. })));
    let now = clock::ticking(is_retrying);
    let is_wanted = Memo::new(move |_| tunnel.read().as_ref().is_some_and(state::is_wanted));
    let in_network = move || network.get().is_some_and(|address| address.scope == Scope::Network);
    let tone = move || match tunnel.get() {
        Some(tunnel) if state::is_wanted(&tunnel) => state::tone(&tunnel.state),
        _ if in_network() => Tone::Good,
        _ => Tone::Neutral,
    };
    let said = move || said(&tunnel.get().unwrap_or_default(), in_network(), now);
    let light =
        move || {
            tunnel.get().map(|tunnel| tunnel.light).filter(|light| *light != Light::Off).map(
                |light| view! { <Badge tone=state::tone_of_light(light) label=(words.light)(light) test="light" /> },
            )
        };

    view! {
        <section class="share-standing" data-test="tunnel-standing">
            <div class="share-words" role="status">
                <h3><span class=move || format!("dot {}", tone().class())></span>{move || said().0}{light}</h3>
                <p class="quiet">{move || said().1}</p>
            </div>
            {move || is_wanted.get().then(|| view! { <Actions is_choosing /> })}
            <PublicAddress />
        </section>
    }
}

/// The state in a few words, and what it means.
pub(crate) fn said(tunnel: &Tunnel, in_network: bool, now: RwSignal<i64>) -> (String, String) {
    let t = texts();
    let words = t.tunnel;
    match &tunnel.state {
        TunnelState::Off if in_network => (words.network.to_owned(), words.up_hint.to_owned()),
        TunnelState::Off => (words.off.to_owned(), words.off_hint.to_owned()),
        TunnelState::Waiting { why: Shut::NoKey } => (words.waiting.to_owned(), words.waiting_hint.to_owned()),
        TunnelState::Waiting { why: Shut::NotListening } => (words.starting.to_owned(), words.not_listening.to_owned()),
        TunnelState::Starting => (words.starting.to_owned(), words.starting_hint.to_owned()),
        TunnelState::Up => {
            (tunnel.way.map(words.up).unwrap_or_else(|| words.title.to_owned()), words.up_hint.to_owned())
        }
        TunnelState::Retrying { why, detail, at_ms } => {
            let when = format::countdown(t.times, now.get(), *at_ms);
            let when = when.map_or_else(|| words.retrying_now.to_owned(), |when| (words.retrying_in)(&when));
            let why = (words.hitch)(*why);
            let why = detail.as_ref().map_or_else(|| why.to_owned(), |detail| format!("{why} ({detail})"));
            (words.retrying.to_owned(), format!("{why} {when}"))
        }
        TunnelState::Missing { program } => ((words.missing)(program), words.missing_hint.to_owned()),
        TunnelState::Unfit { reason } => (words.unfit.to_owned(), reason.clone()),
    }
}

#[component]
fn Actions(is_choosing: Option<RwSignal<bool>>) -> impl IntoView {
    let (shared, words) = (shared(), texts().tunnel);
    let stopping = Sending::new();
    let stop = Callback::new(move |()| stopping.send(StopTunnel {}, move |()| shared.toasts.tell(words.stopped)));
    let change = is_choosing.map(|is_choosing| {
        let label =
            Signal::derive(move || if is_choosing.get() { words.keep_way } else { words.another_way }.to_owned());
        let choose = Callback::new(move |()| is_choosing.update(|choosing| *choosing = !*choosing));
        view! { <Button label press=choose id="another-way" /> }
    });

    view! {
        <div class="share-actions">
            {change}
            <Button label=words.stop busy=stopping.busy press=stop id="stop-tunnel" />
        </div>
        <FailureNote of=stopping />
    }
}

/// The address friends use, once there is one, with a button to copy it.
#[component]
fn PublicAddress() -> impl IntoView {
    let (shared, words) = (shared(), texts().tunnel);
    let url = shared.of_status(|status| status.tunnel.public_url.clone());

    move || {
        url.get().flatten().map(|url| {
            view! {
                <div class="addresses public-address">
                    <span class="quiet">{words.public_address}</span>
                    <code data-test="public-address">{url.clone()}</code>
                    <CopyButton text=url test="copy-public-address" />
                </div>
            }
        })
    }
}
