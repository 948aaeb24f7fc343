//! What accounts are set to, between what is typed in the window and what it means.

use carpool_core::{
    options::{BadOption, KeyHeader, Options},
    provider,
};
use carpool_ipc::{
    Failure,
    providers::{AccountOptions, Ask, Named, Preset, Provider},
};

use carpool_relay::accounts::sign_in::import;

use super::shown::{self, failed};
use crate::failure;

/// A provider as the window shows it.
pub(super) fn shown_provider(provider: &provider::Provider) -> Provider {
    let presets = provider.presets.iter().map(shown_preset).collect();
    Provider {
        id: provider.id.to_owned(),
        label: provider.label.to_owned(),
        ways: provider.kinds.iter().copied().map(shown::kind).collect(),
        own_client: provider.own_client.map_or("", carpool_core::call::Client::label).to_owned(),
        is_device: provider.login.is_some_and(|login| login.is_by_device()),
        local_login: local_login(provider),
        asks: provider.asks.iter().map(|ask| shown_ask(*ask)).collect(),
        dialects: provider.dialects.iter().map(|known| named(known.id, known.label)).collect(),
        presets,
    }
}

/// The client whose login is on this machine.
fn local_login(provider: &provider::Provider) -> Option<String> {
    let login = provider.local_login?;
    let file = import::file_of(login)?;
    file.is_file().then(|| login.client.label().to_owned())
}

fn named(id: &str, label: &str) -> Named {
    Named { id: id.to_owned(), label: label.to_owned() }
}

fn shown_preset(preset: &provider::Preset) -> Preset {
    Preset {
        id: preset.id.to_owned(),
        label: preset.label.to_owned(),
        base_url: preset.base_url.to_owned(),
        dialects: preset.dialects.iter().map(|id| (*id).to_owned()).collect(),
        key_header: preset.key_header.as_str().to_owned(),
    }
}

fn shown_ask(ask: provider::Ask) -> Ask {
    match ask {
        provider::Ask::BaseUrl => Ask::BaseUrl,
        provider::Ask::ModelMap => Ask::ModelMap,
        provider::Ask::Models => Ask::Models,
        provider::Ask::Dialects => Ask::Dialects,
        provider::Ask::KeyHeader => Ask::KeyHeader,
        provider::Ask::Region => Ask::Region,
        provider::Ask::ApiVersion => Ask::ApiVersion,
        provider::Ask::Project => Ask::Project,
        provider::Ask::OauthClient => Ask::OauthClient,
    }
}

/// Options as they are typed.
pub(super) fn shown_options(options: &Options) -> AccountOptions {
    let text = |option: &Option<String>| option.clone().unwrap_or_default();
    let map = options.model_map.iter().map(|name| format!("{}={}", name.asked.as_str(), name.upstream));
    let models = options.models.iter().map(|model| model.as_str().to_owned());
    AccountOptions {
        model_map: map.collect::<Vec<_>>().join(", "),
        models: models.collect::<Vec<_>>().join(", "),
        dialects: options.dialects.clone(),
        key_header: options.key_header.map_or("", KeyHeader::as_str).to_owned(),
        region: text(&options.region),
        api_version: text(&options.api_version),
        project: text(&options.project),
        client_id: text(&options.client_id),
        serves_any_client: options.serves_any_client,
    }
}

/// What was typed means.
///
/// # Errors
/// When something of it means nothing.
pub(super) fn read_options(typed: &AccountOptions) -> Result<Options, Failure> {
    let bad = |error: BadOption| failed(failure::Failure::new("bad_option", error.to_string()));
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let key_header = text(&typed.key_header).map(|word| word.parse()).transpose().map_err(bad)?;
    Ok(Options {
        model_map: list(&typed.model_map).map(str::parse).collect::<Result<_, _>>().map_err(bad)?,
        models: list(&typed.models).map(str::parse).collect::<Result<_, _>>().map_err(bad)?,
        dialects: typed.dialects.clone(),
        key_header,
        region: text(&typed.region),
        api_version: text(&typed.api_version),
        project: text(&typed.project),
        client_id: text(&typed.client_id),
        serves_any_client: typed.serves_any_client,
    })
}

/// The words between commas and line breaks.
fn list(typed: &str) -> impl Iterator<Item = &str> {
    typed.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_and_shown_the_same() {
        let typed = AccountOptions {
            model_map: "claude-*=big, a=b".to_owned(),
            models: "gpt-5".to_owned(),
            key_header: "api-key".to_owned(),
            region: "eu-central-1".to_owned(),
            serves_any_client: true,
            ..AccountOptions::default()
        };

        assert_eq!(shown_options(&read_options(&typed).expect("options")), typed);
        assert!(read_options(&AccountOptions { model_map: "a".to_owned(), ..AccountOptions::default() }).is_err());
    }
}
