//! What an account is set to beyond its name and secret: only what its provider has a use for is shown.

mod state;

use carpool_ipc::{
    accounts::Kind,
    providers::{AccountOptions, Ask, Named, Provider},
};
use leptos::prelude::*;

pub use self::state::{KEY_HEADERS, TypedOptions};
use super::{
    field::{TextField, Tick, Typed},
    select::Select,
};
use crate::state::texts;

/// The fields of the options that accounts of a provider have.
#[component]
pub fn OptionFields(
    /// The provider.
    provider: Provider,
    /// How the account signs in.
    kind: Kind,
    /// What is typed.
    typed: TypedOptions,
) -> impl IntoView {
    let words = texts().account_options;
    let asks = |ask| provider.asks.contains(&ask);
    let dialect = asks(Ask::Dialects).then(|| {
        let ticks = provider.dialects.iter().cloned().map(|known| view! { <DialectTick known typed /> });
        view! {
            <fieldset class="field">
                <legend class="field-label">{words.dialect}</legend>
                {ticks.collect_view()}
                <p class="field-note">{words.dialect_hint}</p>
            </fieldset>
        }
    });
    let key_header = asks(Ask::KeyHeader).then(|| {
        let choices = KEY_HEADERS.iter().enumerate();
        let name = |id: &str| if id.is_empty() { words.key_header_usual.to_owned() } else { id.to_owned() };
        let choices = choices.map(|(at, id)| (at, (*id).to_owned(), name(id))).collect();
        let chosen = Signal::derive(move || state::key_header(&typed.key_header.read()));
        let choose = Callback::new(move |at: usize| typed.key_header.set(KEY_HEADERS[at].to_owned()));
        view! { <Select label=words.key_header name="key-header" choices chosen choose /> }
    });
    let region = asks(Ask::Region).then(|| {
        view! { <TextField label=words.region name="region" value=typed.region typed=Typed::Code placeholder="eu-central-1" /> }
    });
    let api_version = asks(Ask::ApiVersion).then(|| {
        view! { <TextField label=words.api_version name="api-version" value=typed.api_version typed=Typed::Code hint=words.api_version_hint /> }
    });
    let project = asks(Ask::Project).then(|| {
        view! { <TextField label=words.project name="project" value=typed.project typed=Typed::Code hint=words.project_hint /> }
    });
    let model_map = asks(Ask::ModelMap).then(|| {
        view! { <TextField label=words.model_map name="model-map" value=typed.model_map typed=Typed::Code hint=words.model_map_hint /> }
    });
    let models = asks(Ask::Models).then(|| {
        view! { <TextField label=words.models name="models" value=typed.models typed=Typed::Code hint=words.models_hint /> }
    });
    let any_client = (kind.is_subscription() && !provider.own_client.is_empty()).then(|| {
        let label = (words.any_client)(&provider.own_client);
        view! {
            <div class="field">
                <Tick label=label name="any-client" checked=typed.serves_any_client />
                <p class="field-note">{words.any_client_hint}</p>
            </div>
        }
    });

    view! {
        {dialect}
        {key_header}
        {region}
        {api_version}
        {project}
        {model_map}
        {models}
        {any_client}
    }
}

/// A dialect that an account may speak.
#[component]
fn DialectTick(known: Named, typed: TypedOptions) -> impl IntoView {
    let (id, wanted) = (known.id.clone(), known.id);
    let is_chosen = move || typed.dialects.read().contains(&id);
    let changed = move |event| {
        typed.dialects.update(|chosen| {
            chosen.retain(|other| *other != wanted);
            if event_target_checked(&event) {
                chosen.push(wanted.clone());
            }
        });
    };

    view! {
        <label class="tick">
            <input type="checkbox" name="dialect" prop:checked=is_chosen on:change=changed />
            <span>{known.label}</span>
        </label>
    }
}

/// The fields of the owner's own OAuth client.
#[component]
pub fn ClientFields(
    /// What is typed.
    typed: TypedOptions,
    /// The client's secret.
    secret: RwSignal<String>,
) -> impl IntoView {
    let words = texts().account_options;

    view! {
        <TextField label=words.client_id name="client-id" value=typed.client_id typed=Typed::Code hint=words.client_hint />
        <TextField label=words.client_secret name="client-secret" value=secret typed=Typed::Secret />
    }
}

/// Says whether there is anything that accounts of a provider can be set to.
#[must_use]
pub fn has_options(provider: &Provider, kind: Kind) -> bool {
    let is_field = |ask: &Ask| !matches!(ask, Ask::BaseUrl | Ask::OauthClient);
    provider.asks.iter().any(is_field) || (kind.is_subscription() && !provider.own_client.is_empty())
}

impl TypedOptions {
    /// What an account is set to, to be changed.
    #[must_use]
    pub fn of(options: &AccountOptions) -> Self {
        let of = |text: &str| RwSignal::new(text.to_owned());
        Self {
            model_map: of(&options.model_map),
            models: of(&options.models),
            dialects: RwSignal::new(options.dialects.clone()),
            key_header: of(&options.key_header),
            region: of(&options.region),
            api_version: of(&options.api_version),
            project: of(&options.project),
            client_id: of(&options.client_id),
            serves_any_client: RwSignal::new(options.serves_any_client),
        }
    }

    /// Empties every field.
    pub fn clear(self) {
        let texts = [self.model_map, self.models, self.key_header, self.region, self.api_version];
        for text in texts.into_iter().chain([self.project, self.client_id]) {
            text.set(String::new());
        }
        self.dialects.set(Vec::new());
        self.serves_any_client.set(false);
    }

    /// What is typed now.
    #[must_use]
    pub fn read(self) -> AccountOptions {
        let text = |signal: RwSignal<String>| signal.read_untracked().trim().to_owned();
        AccountOptions {
            model_map: text(self.model_map),
            models: text(self.models),
            dialects: self.dialects.get_untracked(),
            key_header: text(self.key_header),
            region: text(self.region),
            api_version: text(self.api_version),
            project: text(self.project),
            client_id: text(self.client_id),
            serves_any_client: self.serves_any_client.get_untracked(),
        }
    }
}
