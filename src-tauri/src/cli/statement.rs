//! `carpool statement …`: a month settled, shown, written to a file and kept.

mod plan;
mod value;

use std::{fs, path::PathBuf};

use carpool_core::{
    period::Month,
    statement::{self, Language, PersonId, Reader, Statement},
};
use carpool_relay::{
    accounts::Surroundings,
    statements::{self, Early},
    store::statements as kept,
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;

use self::plan::PlanCommand;
use super::{
    named::{self, database},
    output::Output,
};
use crate::failure::Failure;

#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "A month is shown as things stand until it is kept: then its statement never changes.\n\n\
                  Examples:\n  \
                  carpool statement plan set --currency EUR --rate 0.92 --sharing use --me Robin\n  \
                  carpool statement plan subscribe 'Claude Max' --account work --price 100 --in USD --paid-by Robin\n  \
                  carpool statement 2026-11 --keep\n  \
                  carpool statement value 2026-11\n  \
                  carpool statement 2026-11 --friend Alex --html alex.html"
)]
pub(crate) struct StatementArgs {
    #[command(subcommand)]
    command: Option<StatementCommand>,
    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, Subcommand)]
enum StatementCommand {
    /// What is paid and how it is shared: subscriptions, adjustments, currency
    #[command(subcommand)]
    Plan(Box<PlanCommand>),
    /// The statements that were kept, and whether each is still as it was
    List,
    /// What each subscription delivered at list price, beside what it costs. Of a month that is not over, and of one in which
    /// it begins or ends, only the days count that have begun
    Value {
        /// The month, such as 2026-11
        month: Month,
    },
}

#[derive(Args, Debug)]
struct ShowArgs {
    /// The month, such as 2026-11
    #[arg(required = true)]
    month: Option<Month>,
    /// Only this friend's part, by id or name
    #[arg(long, value_name = "N")]
    friend: Option<String>,
    /// Print CSV
    #[arg(long, conflicts_with_all = ["json", "html"])]
    csv: bool,
    /// Write a page to print, one file with nothing to load
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The language of the page
    #[arg(long, value_enum, default_value = "en", requires = "html")]
    language: PageLanguage,
    /// Keep the statement: it never changes after that. Keeping again, after a correction, adds another one
    #[arg(long)]
    keep: bool,
    /// Keep it though the month is not over
    #[arg(long, requires = "keep")]
    early: bool,
    /// Show the month as things stand now, though a statement was kept
    #[arg(long, conflicts_with = "keep")]
    draft: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PageLanguage {
    /// English
    En,
    /// 简体中文
    Zh,
}

pub(crate) async fn run(args: StatementArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    match args.command {
        Some(StatementCommand::Plan(command)) => plan::run(*command, around, output).await,
        Some(StatementCommand::List) => list(around, output).await,
        Some(StatementCommand::Value { month }) => value::show(month, around, output).await,
        None => show(args.show, around, output).await,
    }
}

/// A statement, and whether it was kept.
struct Shown {
    statement: Statement,
    is_kept: bool,
}

async fn show(args: ShowArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let month = args.month.expect("clap requires it");
    let friend = match &args.friend {
        Some(wanted) => Some(PersonId(named::friend_id(named::friend(around, wanted).await?.id))),
        None => None,
    };
    let shown = find(&args, month, around).await?;
    let reader = friend.as_ref().map_or(Reader::Group, Reader::Person);
    if args.csv {
        output.text(statement::csv(&shown.statement, reader).trim_end());
        return Ok(());
    }
    if let Some(file) = &args.html {
        let language = match args.language {
            PageLanguage::En => Language::English,
            PageLanguage::Zh => Language::Chinese,
        };
        let page = statement::html(&shown.statement, reader, language).ok_or_else(|| took_no_part(&args, month))?;
        fs::write(file, page)?;
        output.object(&json!({ "html": file, "sha256": shown.statement.hash(), "kept": shown.is_kept }));
        return Ok(());
    }
    match &friend {
        Some(id) => part(&shown, id, output).ok_or_else(|| took_no_part(&args, month)),
        None => whole(&shown, output),
    }
}

fn took_no_part(args: &ShowArgs, month: Month) -> Failure {
    let friend = args.friend.as_deref().unwrap_or_default();
    Failure::new("not_in_statement", format!("{friend} is not in the statement of {month}"))
}

async fn find(args: &ShowArgs, month: Month, around: &Surroundings) -> Result<Shown, Failure> {
    let (pool, zone, now) = (around.store.pool(), TimeZone::system(), around.clock.now());
    if args.keep {
        let early = if args.early { Early::Allowed } else { Early::Refused };
        let statement = statements::keep(pool, month, &zone, now, early).await?;
        return Ok(Shown { statement, is_kept: true });
    }
    let latest = kept::latest(pool, month).await.map_err(database)?;
    if let Some(latest) = latest.filter(|_| !args.draft) {
        let altered = || {
            let message = "the statement that was kept is not what its hash was made of: the database was changed \
                           from outside; --draft shows the month as things stand now";
            Failure::new("statement_altered", message)
        };
        return Ok(Shown { statement: latest.statement().ok_or_else(altered)?, is_kept: true });
    }
    Ok(Shown { statement: statements::draft(pool, month, &zone, now).await?, is_kept: false })
}

/// The rows of a table for people.
#[derive(Serialize)]
struct Standing<'a> {
    name: &'a str,
    share: String,
    paid: String,
    balance: String,
}

fn whole(shown: &Shown, output: &Output) -> Result<(), Failure> {
    let Shown { statement, is_kept } = shown;
    if output.is_json() {
        output.json_line(&json!({ "kept": is_kept, "sha256": statement.hash(), "statement": statement }));
        return Ok(());
    }
    heading(shown, output);
    for transfer in &statement.transfers {
        let amount = statement.currency.show(transfer.amount);
        output.text(&format!("{} pays {}: {amount}", statement.name(&transfer.from), statement.name(&transfer.to)));
    }
    output.text("");
    let rows: Vec<_> = statement.people.iter().map(|person| standing(statement, person)).collect();
    output.list(&rows, &["name", "share", "paid", "balance"]);
    Ok(())
}

fn standing<'a>(statement: &Statement, person: &'a statement::Balance) -> Standing<'a> {
    let show = |amount| statement.currency.show(amount);
    let (share, paid, balance) = (show(person.share), show(person.paid), show(person.balance));
    Standing { name: &person.name, share, paid, balance }
}

/// One person's part; `None` when the person did not take part.
fn part(shown: &Shown, id: &PersonId, output: &Output) -> Option<()> {
    let Shown { statement, is_kept } = shown;
    let person = statement.people.iter().find(|person| person.id == *id)?;
    let lines: Vec<_> = statement.lines.iter().filter(|line| line.person == *id).collect();
    let transfers: Vec<_> =
        statement.transfers.iter().filter(|transfer| transfer.from == *id || transfer.to == *id).collect();
    if output.is_json() {
        output.json_line(&json!({
            "kept": is_kept, "sha256": statement.hash(), "month": statement.month, "currency": statement.currency,
            "person": person, "lines": lines, "transfers": transfers,
        }));
        return Some(());
    }
    heading(shown, output);
    for line in lines {
        let about = if line.about.is_empty() { "base fee" } else { line.about.as_str() };
        output.text(&format!("{about}: {}", statement.currency.show(line.amount)));
    }
    output.text("");
    output.list(&[standing(statement, person)], &["name", "share", "paid", "balance"]);
    Some(())
}

fn heading(shown: &Shown, output: &Output) {
    let state = if shown.is_kept { "kept" } else { "a draft: --keep keeps it" };
    output.text(&format!("Statement of {}, {state}", shown.statement.month));
}

async fn list(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let all = kept::list(around.store.pool()).await.map_err(database)?;
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            json!({
                "id": one.id, "month": one.month, "made_at": one.made_at, "sha256": one.sha256,
                "unchanged": one.statement().is_some(),
            })
        })
        .collect();
    output.list(&rows, &["id", "month", "made_at", "sha256", "unchanged"]);
    Ok(())
}
