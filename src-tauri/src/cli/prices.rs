//! `carpool prices …`: what models cost, where that comes from, and what calls cost by it.

mod own;

use carpool_core::{
    price::{Became, PriceBook},
    provider::PROVIDERS,
};
use carpool_relay::{
    accounts::Surroundings,
    prices::{self, Found, InUse, LITELLM, Recounted, Taking},
    store::{DATABASE_FILE, prices as stored},
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use self::own::{SetArgs, WhichModel};
use super::{Global, named::database, output::Output, usage::parse_time};
use crate::failure::Failure;

/// Changes that are shown one by one to people; scripts get all.
const SHOWN_CHANGES: usize = 40;

#[derive(Debug, Subcommand)]
pub(crate) enum PricesCommand {
    /// Show what a model costs
    Show {
        /// The model
        model: String,
    },
    /// The versions of the prices so far, and how many calls each priced
    Versions,
    /// Look at another price book and show what it would change; --yes takes it
    Update(UpdateArgs),
    /// Look for a newer book once a day while a relay runs, and take it; or show whether that is switched on
    Daily(DailyArgs),
    /// State what a model costs, in dollars per million tokens; that outranks the book
    Set(SetArgs),
    /// Take back what you stated of a model
    Unset(WhichModel),
    /// The models whose calls have no price
    Unpriced,
    /// Price calls anew by the prices of now and show the difference; --yes writes it down. Caps and statements that were
    /// kept stay as they are
    Recount(RecountArgs),
}

#[derive(Args, Debug)]
pub(crate) struct UpdateArgs {
    /// A file, or an address that begins with https:// [default: LiteLLM's book at GitHub]
    #[arg(value_name = "FILE|URL")]
    from: Option<String>,
    /// Go back to the book that is built into the program
    #[arg(long, conflicts_with = "from")]
    built_in: bool,
    /// Take it
    #[arg(long)]
    yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DailyArgs {
    /// Switch it on or off
    #[arg(value_enum)]
    switch: Option<Switch>,
    /// The address to look at
    #[arg(long, value_name = "URL", default_value = LITELLM)]
    from: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Args, Debug)]
pub(crate) struct RecountArgs {
    /// Calls from then on: a date, a time (RFC 3339), or how long ago (7d, 12h) [default: the beginning]
    #[arg(long, value_name = "D")]
    since: Option<String>,
    /// Calls before then, likewise [default: now]
    #[arg(long, value_name = "D")]
    until: Option<String>,
    /// Write it down
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(command: PricesCommand, global: &Global, output: &Output) -> Result<(), Failure> {
    if let PricesCommand::Show { model } = &command
        && !global.data_dir()?.join(DATABASE_FILE).exists()
    {
        // Nobody chose any other, and a question makes no data folder.
        return show(model, &PriceBook::embedded(), output);
    }
    let around = &global.open().await?;
    match command {
        PricesCommand::Show { model } => show(&model, in_use(around).await?.book(), output),
        PricesCommand::Versions => versions(around, output).await,
        PricesCommand::Update(args) if args.built_in => built_in(&args, around, output).await,
        PricesCommand::Update(args) => update(&args, around, output).await,
        PricesCommand::Daily(args) => daily(&args, around, output).await,
        PricesCommand::Set(args) => own::set(args, around, output).await,
        PricesCommand::Unset(which) => own::unset(&which, around, output).await,
        PricesCommand::Unpriced => unpriced(around, output).await,
        PricesCommand::Recount(args) => recount(args, around, output).await,
    }
}

fn show(model: &str, book: &PriceBook, output: &Output) -> Result<(), Failure> {
    let found = PROVIDERS.iter().find_map(|provider| book.find(provider.id, model)).or_else(|| book.by_key(model));
    let Some(price) = found else {
        let near = book.near(model).join(", ");
        let message = format!(
            "the price book has no '{model}': calls of it are unpriced until you state a price with \
             carpool prices set; near names: {near}"
        );
        return Err(Failure::new("unknown_model", message));
    };
    output.object(price);
    Ok(())
}

pub(super) async fn in_use(around: &Surroundings) -> Result<InUse, Failure> {
    Ok(InUse::load(&around.store, around.clock.now()).await?)
}

async fn versions(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let current = in_use(around).await?.version();
    let all = stored::versions(around.store.pool()).await.map_err(database)?;
    let row = |one: &stored::Listed| {
        let own: Value = serde_json::from_str(&one.own).unwrap_or_default();
        json!({
            "version": one.version, "in_use": one.version == current, "source": one.source,
            "first_used_at": Timestamp::from_millisecond(one.added_at).ok(), "calls": one.calls,
            "own_prices": own.as_array().map_or(0, Vec::len),
        })
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    output.list(&rows, &["version", "in_use", "source", "first_used_at", "calls", "own_prices"]);
    Ok(())
}

async fn update(args: &UpdateArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let now = around.clock.now();
    let found = prices::look(around, args.from.as_deref().unwrap_or(LITELLM), now).await?;
    let version = if args.yes { Some(prices::take(around, &found, now).await?) } else { None };
    tell(&found, version, output);
    Ok(())
}

async fn built_in(args: &UpdateArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let now = around.clock.now();
    let found = prices::look_at_built_in(around, now).await;
    let version = if args.yes { Some(prices::take_built_in(around, now).await?) } else { None };
    tell(&found, version, output);
    Ok(())
}

/// What a book would change, or did.
fn tell(found: &Found, version: Option<i64>, output: &Output) {
    let count = |became: Became| found.changes.iter().filter(|change| change.change == became).count();
    let (added, changed, removed) = (count(Became::Added), count(Became::Changed), count(Became::Removed));
    if output.is_json() {
        output.json_line(&json!({
            "source": found.source, "models": found.models, "added": added, "changed": changed, "removed": removed,
            "changes": found.changes, "taken": version.is_some(), "version": version,
        }));
        return;
    }
    output.text(&format!("{}: {} models", found.source, found.models));
    output.text(&format!("{changed} have other prices, {added} are new, {removed} are not in it any more"));
    let first_those_that_matter = [Became::Changed, Became::Removed, Became::Added];
    let ordered =
        first_those_that_matter.iter().flat_map(|became| found.changes.iter().filter(move |one| one.change == *became));
    for change in ordered.take(SHOWN_CHANGES) {
        let listed = |price: &Option<String>| price.clone().unwrap_or_else(|| "-".to_owned());
        let prices = change.prices.iter();
        let prices = prices.map(|one| format!("{} {} → {}", one.price, listed(&one.before), listed(&one.after)));
        let became = format!("{:?}", change.change).to_lowercase();
        let prices = prices.collect::<Vec<_>>().join(", ");
        output.text(format!("{became}  {}  {prices}", change.model).trim_end());
    }
    if found.changes.len() > SHOWN_CHANGES {
        output.text(&format!("… and {} more: --json shows all", found.changes.len() - SHOWN_CHANGES));
    }
    match version {
        Some(version) => output.note(&format!("taken: calls are priced by version {version} from now on")),
        None => output.note("nothing was changed: --yes takes it"),
    }
}

async fn daily(args: &DailyArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    match args.switch {
        Some(Switch::On) => prices::set_daily(around, Some(&args.from)).await?,
        Some(Switch::Off) => prices::set_daily(around, None).await?,
        None => {}
    }
    let daily = prices::daily(around).await?;
    output.object(&json!({ "daily": daily.from.is_some(), "from": daily.from, "looked_at": daily.looked_at }));
    Ok(())
}

async fn unpriced(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let in_use = in_use(around).await?;
    let all = stored::unpriced(around.store.pool()).await.map_err(database)?;
    let row = |one: &stored::Unpriced| {
        json!({
            "provider": one.provider, "model": one.model, "calls": one.calls, "without_usage": one.without_usage,
            "input_tokens": one.input_tokens, "output_tokens": one.output_tokens,
            "last_at": Timestamp::from_millisecond(one.last_at).ok(),
            "priced_now": in_use.book().find(&one.provider, &one.model).is_some(),
            "near": in_use.book().near(&one.model),
        })
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    output.list(
        &rows,
        &["provider", "model", "calls", "without_usage", "input_tokens", "output_tokens", "priced_now", "near"],
    );
    Ok(())
}

async fn recount(args: RecountArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let (zone, now) = (TimeZone::system(), around.clock.now());
    let since = args.since.as_deref().map_or(Ok(Timestamp::UNIX_EPOCH), |text| parse_time(text, &zone, now))?;
    let until = args.until.as_deref().map_or(Ok(Timestamp::MAX), |text| parse_time(text, &zone, now))?;
    let taking = if args.yes { Taking::Taken } else { Taking::Shown };
    let recounted = prices::recount(around, since, until, taking, now).await?;
    let mut shown = serde_json::to_value(&recounted).unwrap_or_default();
    shown["difference_pico_usd"] = difference(&recounted).into();
    shown["taken"] = args.yes.into();
    output.object(&shown);
    if !args.yes {
        output.note("nothing was changed: --yes writes it down");
    }
    Ok(())
}

fn difference(recounted: &Recounted) -> i64 {
    recounted.after_pico_usd.saturating_sub(recounted.before_pico_usd)
}
