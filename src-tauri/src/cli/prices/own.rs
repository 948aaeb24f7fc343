//! `carpool prices set` and `unset`: what the owner states a model costs.

use carpool_core::{
    price::{OwnPrice, PerMillion, PerThousand},
    provider::PROVIDERS,
};
use carpool_relay::{accounts::Surroundings, store::prices as stored};
use clap::Args;
use serde_json::json;

use super::in_use;
use crate::{
    cli::{named::database, output::Output},
    failure::Failure,
};

#[derive(Args, Debug)]
pub(crate) struct WhichModel {
    /// The model, as it is sent upstream
    model: String,
    /// Only this provider's [default: every provider's]
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    which: WhichModel,
    /// Dollars per million input tokens
    #[arg(long, value_name = "USD")]
    input: PerMillion,
    /// Dollars per million output tokens
    #[arg(long, value_name = "USD")]
    output: PerMillion,
    /// Dollars per million tokens read from the cache [default: as input; for Claude a tenth]
    #[arg(long, value_name = "USD")]
    cache_read: Option<PerMillion>,
    /// Dollars per million tokens written to the cache for five minutes [default: unpriced; for Claude 1.25 times the input]
    #[arg(long = "cache-write-5m", value_name = "USD")]
    cache_write_5m: Option<PerMillion>,
    /// Dollars per million tokens written to the cache for one hour [default: unpriced; for Claude twice the input]
    #[arg(long = "cache-write-1h", value_name = "USD")]
    cache_write_1h: Option<PerMillion>,
    /// Dollars per thousand web searches [default: unpriced]
    #[arg(long, value_name = "USD")]
    web_search: Option<PerThousand>,
}

pub(crate) async fn set(args: SetArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let WhichModel { model, provider } = known(args.which)?;
    let price = OwnPrice {
        provider,
        model,
        input: args.input,
        output: args.output,
        cache_read: args.cache_read,
        cache_write_5m: args.cache_write_5m,
        cache_write_1h: args.cache_write_1h,
        web_search: args.web_search,
    };
    stored::set_own(around.store.pool(), &price).await.map_err(database)?;
    let version = in_use(around).await?.version();
    output.object(&json!({ "model": price.model, "provider": price.provider, "price": price, "version": version }));
    output.note("calls from now on are priced so; carpool prices recount prices earlier ones");
    Ok(())
}

pub(crate) async fn unset(which: &WhichModel, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let was_set = stored::unset_own(around.store.pool(), which.provider.as_deref(), &which.model).await;
    if !was_set.map_err(database)? {
        let own = stored::own(around.store.pool()).await.map_err(database)?;
        let stated = own.iter().map(|price| match &price.provider {
            Some(provider) => format!("{} --provider {provider}", price.model),
            None => price.model.clone(),
        });
        let stated = stated.collect::<Vec<_>>().join(", ");
        let message = format!("you stated no price of '{}'; you did of: {stated}", which.model);
        return Err(Failure::new("not_found", message));
    }
    let version = in_use(around).await?.version();
    output.object(&json!({ "model": which.model, "provider": which.provider, "unset": true, "version": version }));
    Ok(())
}

/// The same, if the provider is one.
fn known(which: WhichModel) -> Result<WhichModel, Failure> {
    let wanted = which.provider.as_deref();
    if wanted.is_none_or(|wanted| PROVIDERS.iter().any(|provider| provider.id == wanted)) {
        return Ok(which);
    }
    let known = PROVIDERS.iter().map(|provider| provider.id).collect::<Vec<_>>().join(", ");
    let message = format!("there is no provider '{}'; there is {known}", wanted.unwrap_or_default());
    Err(Failure::new("unknown_provider", message))
}
