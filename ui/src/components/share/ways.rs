//! The ways there are, one of them chosen, with what it asks.

use carpool_ipc::tunnel::{Field, FieldOffer, Reachability, Way, WayOffer};
use leptos::prelude::*;

use super::state::{self, Wrong};
use crate::{
    components::{
        badge::{Badge, Tone},
        banner::Banner,
        button::{Button, Look},
        code::CodeBlock,
        field::{FailureNote, TextField, Typed},
        rows::follow,
    },
    sending::Sending,
    state::{shared, texts},
};

/// The ways there are. `again` looks once more which programs are installed.
#[component]
pub(super) fn Ways(of: Signal<Reachability>, is_choosing: RwSignal<bool>, again: Callback<()>) -> impl IntoView {
    let (shared, words) = (shared(), texts().tunnel);
    let in_use = shared.status.with_untracked(|status| status.as_ref().and_then(|status| status.tunnel.way));
    let chosen = RwSignal::new(in_use);
    let offers = Signal::derive(move || of.with(|of| of.ways.clone()));
    let row = move |offer: WayOffer| {
        let offer = follow(offers, offer, |offer| offer.way.id());
        view! { <WayRow offer chosen is_choosing again /> }
    };

    view! {
        <div class="ways" role="radiogroup" aria-label=words.ways>
            <For each=move || offers.get() key=|offer| offer.way.id() children=row />
        </div>
    }
}

#[component]
fn WayRow(
    offer: Signal<WayOffer>,
    chosen: RwSignal<Option<Way>>,
    is_choosing: RwSignal<bool>,
    again: Callback<()>,
) -> impl IntoView {
    let words = texts().tunnel;
    let way = offer.with_untracked(|offer| offer.way);
    let is_chosen = Memo::new(move |_| chosen.get() == Some(way));
    let program = Memo::new(move |_| offer.with(|offer| offer.program.clone()));
    let badge = move || {
        program.get().map(|program| {
            let (tone, label) = if program.is_installed {
                (Tone::Good, (words.installed)(&program.name))
            } else {
                (Tone::Neutral, (words.not_installed)(&program.name))
            };
            view! { <Badge tone label /> }
        })
    };
    let id = format!("way-{}", way.id());

    view! {
        <div class="way" class:chosen=is_chosen data-test="way" data-name=way.id()>
            <label for=id>
                <input
                    type="radio"
                    id=id.clone()
                    name="way"
                    value=way.id()
                    prop:checked=is_chosen
                    on:change=move |_| chosen.set(Some(way))
                />
                <span class="way-words">
                    <b>{(words.way_name)(way)}</b>
                    <span class="quiet">{(words.way_hint)(way)}</span>
                </span>
                {badge}
            </label>
            {move || is_chosen.get().then(|| view! { <WayForm offer is_choosing again /> })}
        </div>
    }
}

/// What the chosen way asks, and the button that opens it.
#[component]
fn WayForm(offer: Signal<WayOffer>, is_choosing: RwSignal<bool>, again: Callback<()>) -> impl IntoView {
    let (shared, words) = (shared(), texts().tunnel);
    let WayOffer { way, fields, has_token, .. } = offer.get_untracked();
    let typed: Vec<(FieldOffer, RwSignal<String>)> =
        fields.into_iter().map(|of| (of.clone(), RwSignal::new(of.value))).collect();
    let fields = typed.clone();
    let is_tried = RwSignal::new(false);
    let sending = Sending::new();
    let is_open = shared.of_status(|status| state::is_wanted(&status.tunnel));
    let missing = Memo::new(move |_| offer.with(|offer| offer.program.clone().filter(|program| !program.is_installed)));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        let typed: Vec<_> = typed.iter().map(|(of, typed)| (of.clone(), typed.get_untracked())).collect();
        if let Some(ask) = state::ask(way, &typed, has_token) {
            sending.send(ask, move |()| {
                is_choosing.try_set(false);
            });
        }
    };
    let fields =
        fields.into_iter().map(|(of, value)| view! { <WayField way of value has_token is_tried /> }).collect_view();
    let install =
        move || missing.get().map(|program| view! { <Install name=program.name how=program.install again /> });
    let label = Signal::derive(move || if is_open.get() == Some(true) { words.change } else { words.start }.to_owned());

    view! {
        <form class="form way-form" novalidate=true on:submit=submit>
            {(way == Way::Local).then(|| view! { <Banner tone=Tone::Warn text=words.network_warning test="network-warning" /> })}
            {way.changes_address().then(|| view! { <p class="quiet" data-test="address-changes">{words.address_changes}</p> })}
            {fields}
            {install}
            <FailureNote of=sending />
            <div>
                <Button
                    look=Look::Primary
                    label
                    busy=sending.busy
                    disabled=Signal::derive(move || missing.read().is_some())
                    submits=true
                    id="start-tunnel"
                />
            </div>
        </form>
    }
}

#[component]
fn WayField(
    way: Way,
    of: FieldOffer,
    value: RwSignal<String>,
    has_token: bool,
    is_tried: RwSignal<bool>,
) -> impl IntoView {
    let words = texts().tunnel;
    let field = of.field;
    let name = (words.field)(way, field);
    let label = if of.is_needed { name.to_owned() } else { (words.optional)(name) };
    let hint = if field == Field::Token && has_token { words.token_kept } else { (words.field_hint)(way, field) };
    let typed = match field {
        Field::Token => Typed::Secret,
        Field::RemotePort => Typed::Number,
        _ => Typed::Code,
    };
    let error = Signal::derive(move || {
        let wrong = is_tried.get().then(|| state::wrong(&of, &value.read(), has_token)).flatten();
        match wrong {
            None => "",
            Some(Wrong::Missing) => words.needed,
            Some(Wrong::Url) => words.url_bad,
            Some(Wrong::Port) => words.port_bad,
        }
        .to_owned()
    });

    view! { <TextField label name=field.id() value typed hint=hint.to_owned() error /> }
}

/// How to get a program that is missing: Carpool downloads nothing.
#[component]
fn Install(name: String, how: String, again: Callback<()>) -> impl IntoView {
    let words = texts().tunnel;
    let said = (words.install)(&name);

    view! {
        <div class="install" data-test="install">
            <p class="quiet">{said.clone()}</p>
            <CodeBlock text=how label=said />
            <div><Button label=words.check_again press=again id="look-for-programs" /></div>
        </div>
    }
}
