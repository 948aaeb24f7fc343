//! Home: whether it is up, the address to share, who calls now, today so far, and what the accounts still allow.

mod allowances;
mod calls;
mod reach;
mod state;
mod window;

use carpool_ipc::{accounts::ListAccounts, live::Live, status::PauseSharing};
use leptos::prelude::*;

use crate::{
    browser,
    components::{
        badge::Tone,
        button::{Button, Look},
        card::Card,
        copy::CopyButton,
        empty::Empty,
        format,
        heading::Heading,
        icon::Icon,
    },
    fetch::{On, fetch},
    frame::{Light, light},
    place::Place,
    screens::trouble::address::AddressTrouble,
    state::{shared, texts},
};
use allowances::{AllowancesCard, Notices};
use calls::CallsCard;
use reach::{OldAddressNotice, Reach};
use state::Addresses;

/// Home.
#[component]
pub fn Screen() -> impl IntoView {
    let shared = shared();
    let accounts = fetch(On::Accounts, || ListAccounts {});
    let is_quiet = Memo::new(move |_| shared.live.with(state::is_quiet));
    let now = move || {
        if is_quiet.get() { view! { <Quiet /> }.into_any() } else { view! { <CallsCard /> }.into_any() }
    };

    view! {
        <Heading title=texts().words.home><PauseButton /><ShareButton /></Heading>
        <AddressTrouble />
        <Standing />
        <OldAddressNotice />
        <Notices accounts />
        <Today />
        {now}
        <AllowancesCard accounts />
    }
}

#[component]
fn PauseButton() -> impl IntoView {
    let (shared, texts) = (shared(), texts().home);
    let is_up = shared.of_status(|status| light(&status.relay, status.sharing_paused) == Light::Up);
    let pause = Callback::new(move |()| shared.send(PauseSharing { paused: true }));

    move || {
        (is_up.get() == Some(true))
            .then(|| view! { <Button label=texts.pause_sharing icon=Icon::Pause press=pause id="pause-sharing" /> })
    }
}

#[component]
fn ShareButton() -> impl IntoView {
    let (shared, texts) = (shared(), texts().tunnel);
    let share = Callback::new(move |()| shared.sharing.set(true));

    view! { <Button look=Look::Primary label=texts.share icon=Icon::Link press=share id="share" /> }
}

/// Whether it is up, and the address to share.
#[component]
fn Standing() -> impl IntoView {
    let (shared, texts) = (shared(), texts().home);
    let light = shared.of_status(|status| light(&status.relay, status.sharing_paused));
    let addresses = shared.of_status(state::addresses);
    let tone = move || light.get().map_or(Tone::Neutral, Light::tone);
    let said = move || match light.get() {
        Some(Light::Up) => (texts.up_title, texts.up_hint),
        Some(Light::Paused) => (texts.paused_title, texts.paused_hint),
        Some(Light::Starting) | None => (texts.starting_title, texts.starting_hint),
        Some(Light::Down) => (texts.down_title, texts.down_hint),
    };

    view! {
        <section class="card standing" data-test="standing">
            <div class="standing-words" role="status">
                <h2><span class=move || format!("dot {}", tone().class())></span>{move || said().0}</h2>
                <p class="quiet">{move || said().1}</p>
            </div>
            {move || addresses.get().flatten().map(|addresses| view! { <AddressRows addresses /><Reach /> })}
        </section>
    }
}

#[component]
fn AddressRows(addresses: Addresses) -> impl IntoView {
    let (texts, tunnel) = (texts().home, texts().tunnel);
    let Addresses { here, network, public } = addresses;
    let public = public.map(|address| {
        view! {
            <span class="quiet">{tunnel.public_address}</span>
            <code id="public-address">{address.clone()}</code>
            <CopyButton text=address id="copy-public-address" />
        }
    });
    let in_network = network.map(|address| {
        view! {
            <span class="quiet">{texts.network_address}</span>
            <code id="lan-address">{address.clone()}</code>
            <CopyButton text=address id="copy-lan-address" />
        }
    });

    view! {
        <div class="addresses">
            {public}
            <span class="quiet">{texts.address}</span>
            <code id="address">{here.clone()}</code>
            <CopyButton text=here id="copy-address" />
            {in_network}
        </div>
    }
}

/// Today's calls, tokens and cost.
#[component]
fn Today() -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let live = move |read: fn(&Live) -> String| move || shared.live.with(read);
    let parts = move || {
        let tokens = shared.live.with(|live| live.today.tokens);
        let parts = [
            (t.home.input)(&format::tokens(tokens.input + tokens.cache_write)),
            (t.home.cached)(&format::tokens(tokens.cache_read)),
            (t.home.output)(&format::tokens(tokens.output)),
        ];
        (tokens.total() > 0).then(|| parts.join(" · "))
    };
    let unpriced = move || {
        let calls = shared.live.with(|live| live.today.unpriced_calls);
        (calls > 0).then(|| (t.home.unpriced_calls)(calls))
    };
    let top = move || {
        shared
            .live
            .with(|live| live.top_friend.as_ref().map(|(name, cost)| (t.tray.top_friend)(name, &format::money(*cost))))
    };

    view! {
        <Card title=t.words.today test="today"><div class="figures">
            <Figure name=t.words.calls id="today-calls" value=live(|live| format::count(live.today.calls)) note=top />
            <Figure name=t.words.tokens id="today-tokens" value=live(|live| format::tokens(live.today.tokens.total())) note=parts />
            <Figure name=t.words.cost id="today-cost" value=live(|live| format::money(live.today.cost)) note=unpriced />
        </div></Card>
    }
}

#[component]
fn Figure(
    name: &'static str,
    id: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
    note: impl Fn() -> Option<String> + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="figure">
            <p class="figure-name">{name}</p>
            <p class="figure-value" id=id>{value}</p>
            <p class="quiet figure-note">{note}</p>
        </div>
    }
}

/// Nobody has called: what would be here.
#[component]
fn Quiet() -> impl IntoView {
    let texts = texts().home;
    let to_friends = Callback::new(|()| browser::set_hash(&Place::Friends.href()));

    view! {
        <Card>
            <Empty icon=Icon::Quiet title=texts.empty_title text=texts.empty_text test="nobody-yet">
                <Button label=texts.to_friends press=to_friends test="to-friends" />
            </Empty>
        </Card>
    }
}
