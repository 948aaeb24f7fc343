//! Flags that set what an account is set to beyond its name and secret.

use carpool_core::{
    dialect::{self, DIALECTS, Dialect},
    options::{KeyHeader, ModelName, Options, Pattern},
    provider::{Ask, Provider},
};
use clap::Args;

use crate::failure::Failure;

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OptionArgs {
    /// Another name for models: calls that ask for ASKED (which may have wildcards) get UPSTREAM
    #[arg(long, value_name = "ASKED=UPSTREAM", num_args = 1..)]
    model_map: Vec<ModelName>,
    /// The models it serves, and no others; wildcards are allowed
    #[arg(long, value_name = "NAME", num_args = 1..)]
    models: Vec<Pattern>,
    /// The dialects it speaks: messages, responses, chat, generate_content
    #[arg(long, value_name = "DIALECT", num_args = 1.., value_parser = parse_dialect)]
    dialect: Vec<&'static Dialect>,
    /// The header its key is sent in: bearer, x-api-key, api-key or x-goog-api-key
    #[arg(long, value_name = "HEADER")]
    key_header: Option<KeyHeader>,
    /// The region, e.g. eu-central-1
    #[arg(long)]
    region: Option<String>,
    /// The version of the vendor's API, e.g. 2025-04-01-preview
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// The vendor's project, workspace or account that calls are made for
    #[arg(long)]
    project: Option<String>,
    /// The id of your own OAuth client
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Let a subscription serve other clients than its vendor's own, which most vendors' terms forbid
    #[arg(long)]
    any_client: bool,
}

/// Reads a dialect's word.
pub(crate) fn parse_dialect(word: &str) -> Result<&'static Dialect, String> {
    let known = || DIALECTS.iter().map(|dialect| dialect.id).collect::<Vec<_>>().join(", ");
    dialect::find(word).ok_or_else(|| format!("expected one of: {}", known()))
}

impl OptionArgs {
    /// Says whether any client was let in.
    pub(crate) fn lets_any_client_in(&self) -> bool {
        self.any_client
    }

    /// Puts what was given over what is set.
    ///
    /// # Errors
    /// When something was given that accounts of the provider have no use for.
    pub(crate) fn over(self, mut options: Options, provider: &Provider) -> Result<Options, Failure> {
        let Self { model_map, models, dialect, key_header, region, api_version, project, client_id, any_client } = self;
        let given = [
            (!model_map.is_empty(), Ask::ModelMap, "--model-map"),
            (!models.is_empty(), Ask::Models, "--models"),
            (!dialect.is_empty(), Ask::Dialects, "--dialect"),
            (key_header.is_some(), Ask::KeyHeader, "--key-header"),
            (region.is_some(), Ask::Region, "--region"),
            (api_version.is_some(), Ask::ApiVersion, "--api-version"),
            (project.is_some(), Ask::Project, "--project"),
            (client_id.is_some(), Ask::OauthClient, "--client-id"),
        ];
        if let Some((_, _, flag)) = given.into_iter().find(|(is, ask, _)| *is && !provider.asks.contains(ask)) {
            return Err(Failure::new("no_such_option", format!("accounts of {} have no {flag}", provider.label)));
        }
        if let Some(other) = dialect.iter().find(|wanted| !provider.dialects.iter().any(|known| known.id == wanted.id))
        {
            let text = format!("accounts of {} do not speak {}", provider.label, other.label);
            return Err(Failure::new("no_such_option", text));
        }
        replace(&mut options.model_map, model_map);
        replace(&mut options.models, models);
        replace(&mut options.dialects, dialect.into_iter().map(|dialect| dialect.id.to_owned()).collect());
        options.key_header = key_header.or(options.key_header);
        options.region = region.or(options.region);
        options.api_version = api_version.or(options.api_version);
        options.project = project.or(options.project);
        options.client_id = client_id.or(options.client_id);
        options.serves_any_client |= any_client;
        Ok(options)
    }
}

fn replace<T>(set: &mut Vec<T>, given: Vec<T>) {
    if !given.is_empty() {
        *set = given;
    }
}
