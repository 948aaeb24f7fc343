//! Adding an account by API key or setup token.

use carpool_ipc::{
    accounts::{self, Kind},
    providers::{Ask, Preset, Provider},
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    Draft, TermsTick,
    state::{Lack, lack_of_key, preset_of},
};
use crate::{
    components::{
        account_options::{OptionFields, TypedOptions},
        button::{Button, Look},
        field::{FailureNote, TextField, Typed},
        select::Select,
    },
    sending::Sending,
    state::texts,
};

/// The form of an API key or a setup token.
#[component]
pub fn SecretForm(draft: Draft, provider: Provider, kind: Kind) -> impl IntoView {
    let texts = texts().add_account;
    let sending = Sending::new();
    let secret = RwSignal::new(String::new());
    let base_url = RwSignal::new(String::new());
    let needs_address = provider.asks.contains(&Ask::BaseUrl);
    let lacks = RwSignal::new(None::<Lack>);
    let needed =
        move |lack| Signal::derive(move || if lacks.get() == Some(lack) { texts.needed } else { "" }.to_owned());
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let address = base_url.get_untracked();
        let needed_address = needs_address.then_some(&*address);
        let lack = lack_of_key(&draft.name.read_untracked(), &secret.read_untracked(), needed_address);
        lacks.set(lack);
        if lack.is_none() {
            sending.send(asked(draft, secret, base_url), move |tested| draft.tell(tested));
        }
    };
    let (label, hint) = match kind {
        Kind::SetupToken => (texts.setup_token, texts.setup_token_hint),
        Kind::ApiKey | Kind::Oauth => (texts.api_key, texts.api_key_hint),
    };
    let presets = (!provider.presets.is_empty()).then(|| {
        view! { <PresetField presets=provider.presets.clone() base_url options=draft.options /> }
    });
    let (address_label, address_hint) =
        if needs_address { (texts.address, "") } else { (texts.base_url, texts.base_url_hint) };
    let address = move || {
        view! { <TextField label=address_label name="base_url" value=base_url typed=Typed::Code hint=address_hint placeholder="https://" error=needed(Lack::Address) /> }
    };
    let id = provider.id.clone();
    let must_tick = Signal::derive(move || kind.is_subscription() && !draft.accepted.get());

    view! {
        <form class="form" on:submit=add data-test=super::state::slug(kind)>
            <p class="quiet">{hint}</p>
            <TextField label=texts.account_name name="name" value=draft.name hint=texts.account_name_hint error=needed(Lack::Name) />
            {presets}
            {needs_address.then(address)}
            <TextField label name="secret" value=secret typed=Typed::Secret hint=texts.secret_hint error=needed(Lack::Secret) />
            <details>
                <summary>{texts.advanced}</summary>
                <div class="form">
                    {(!needs_address).then(address)}
                    <OptionFields provider kind typed=draft.options />
                </div>
            </details>
            {kind.is_subscription().then(|| view! { <TermsTick provider=id accepted=draft.accepted /> })}
            <FailureNote of=sending />
            <div class="form-actions">
                <Button look=Look::Primary label=texts.add submits=true busy=sending.busy disabled=must_tick id="add-account" />
            </div>
        </form>
    }
}

/// What is asked of the host.
fn asked(draft: Draft, secret: RwSignal<String>, base_url: RwSignal<String>) -> accounts::AddAccount {
    let typed = |signal: RwSignal<String>| signal.read_untracked().trim().to_owned();
    accounts::AddAccount {
        provider: draft.provider.get_untracked(),
        name: typed(draft.name),
        secret: typed(secret),
        base_url: typed(base_url),
        options: draft.options.read(),
    }
}

/// The choice of a vendor whose address is known: it fills the address and the format in.
#[component]
fn PresetField(presets: Vec<Preset>, base_url: RwSignal<String>, options: TypedOptions) -> impl IntoView {
    let words = texts().account_options;
    let another = presets.len();
    let choices = presets.iter().enumerate().map(|(at, preset)| (at, preset.id.clone(), preset.label.clone()));
    let choices = choices.chain([(another, "another".to_owned(), words.no_preset.to_owned())]).collect();
    let known = presets.clone();
    let chosen = Signal::derive(move || preset_of(&known, &base_url.read()).unwrap_or(another));
    let choose = Callback::new(move |at: usize| {
        let preset = presets.get(at);
        base_url.set(preset.map(|preset| preset.base_url.clone()).unwrap_or_default());
        options.dialects.set(preset.map(|preset| preset.dialects.clone()).unwrap_or_default());
        options.key_header.set(preset.map(|preset| preset.key_header.clone()).unwrap_or_default());
    });

    view! { <Select label=words.preset name="preset" choices chosen choose /> }
}
