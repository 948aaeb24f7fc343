//! Statements: shown, kept, written to files and put on the clipboard.

use std::sync::Arc;

use carpool_core::{
    period::Month,
    statement::{self as core, Language, PersonId, Reader, Standing},
};
use carpool_ipc::{
    Failure, Money,
    money::{Currency, Rate},
    settings,
    statement::{
        Basis, CopyStatement, Cost, ExportStatement, Form, GetStatement, GetValue, KeepStatement, Kept, Line,
        MonthValue, Note, Person, Sharing, Statement, Transfer, Value, Version,
    },
};
use carpool_relay::{
    House,
    statements::{self, Early},
    store::statements as stored,
};
use jiff::tz::TimeZone;
use tauri::{AppHandle, State};
use tauri_plugin_clipboard_manager::ClipboardExt;

use super::{
    super::{host::Host, tray},
    Reply,
    save::{CSV, PAGE, save},
    shown::{count, failed, found, refused, taken_up},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn statement(ask: GetStatement, host: TheHost<'_>) -> Reply<GetStatement> {
    shown(&*host.house()?, &ask).await
}

#[tauri::command]
pub(in super::super) async fn subscription_value(ask: GetValue, host: TheHost<'_>) -> Reply<GetValue> {
    value(&*host.house()?, month(&ask.month)?).await
}

#[tauri::command]
pub(in super::super) async fn keep_statement(ask: KeepStatement, host: TheHost<'_>) -> Reply<KeepStatement> {
    keep(&*host.house()?, &ask).await
}

#[tauri::command]
pub(in super::super) async fn export_statement(
    ask: ExportStatement,
    host: TheHost<'_>,
    app: AppHandle,
) -> Reply<ExportStatement> {
    let file = file(&find(&*host.house()?, &ask.of).await?, &ask, language(&host))?;
    save(&app, if ask.form == Form::Csv { CSV } else { PAGE }, &file.name, file.text).await
}

#[tauri::command]
pub(in super::super) async fn copy_statement(
    ask: CopyStatement,
    host: TheHost<'_>,
    app: AppHandle,
) -> Reply<CopyStatement> {
    let text = message(&find(&*host.house()?, &ask.of).await?, ask.person, language(&host))?;
    let unusable = |error| failed(failure::Failure::new("clipboard", format!("the clipboard cannot be used: {error}")));
    app.clipboard().write_text(text).map_err(unusable)
}

pub(super) fn month(text: &str) -> Result<Month, Failure> {
    text.parse().map_err(|error| failed(failure::Failure::new("bad_month", format!("{error}"))))
}

/// The language that friends read: the owner's.
fn language(host: &Host) -> Language {
    match host.preferences().language.unwrap_or_else(tray::system_language) {
        settings::Language::English => Language::English,
        settings::Language::Chinese => Language::Chinese,
    }
}

/// A statement, and how it was kept, if it was.
struct Found {
    statement: core::Statement,
    kept: Option<Kept>,
}

impl Found {
    fn standing(&self) -> Standing {
        if self.kept.is_some() { Standing::Kept } else { Standing::Draft }
    }
}

async fn find(house: &House, ask: &GetStatement) -> Result<Found, Failure> {
    let (pool, month) = (house.around().store.pool(), month(&ask.month)?);
    let kept = match ask.version {
        Version::Latest => stored::latest(pool, month).await.map_err(refused)?,
        Version::Draft => None,
        Version::Kept { id } => Some(found(stored::by_id(pool, id).await.map_err(refused)?)?),
    };
    if let Some(kept) = kept {
        let altered = || {
            let message = "the statement that was kept is not what its hash was made of: the database was changed from \
                           outside; choose to see the month as things stand now";
            failed(failure::Failure::new("statement_altered", message))
        };
        return Ok(Found { statement: kept.statement().ok_or_else(altered)?, kept: Some(shown_kept(&kept)) });
    }
    let drafted = statements::draft(pool, month, &TimeZone::system(), house.around().clock.now()).await;
    Ok(Found { statement: drafted.map_err(failed)?, kept: None })
}

async fn shown(house: &House, ask: &GetStatement) -> Result<Statement, Failure> {
    let found = find(house, ask).await?;
    let all_kept = stored::list(house.around().store.pool()).await.map_err(refused)?;
    let now = house.around().clock.now();
    let Found { statement, kept } = &found;
    let person = |person: &core::Balance| Person {
        id: person.id.0.clone(),
        name: person.name.clone(),
        share: person.share.0,
        paid: person.paid.0,
        balance: person.balance.0,
        lines: statement.lines.iter().filter(|line| line.person == person.id).map(shown_line).collect(),
    };
    Ok(Statement {
        month: statement.month.to_string(),
        is_over: statements::is_over(statement.month, &TimeZone::system(), now),
        kept: kept.clone(),
        currency: currency(statement.currency),
        rate: Rate(statement.rate.hundred_millionths()),
        sharing: sharing(statement.sharing),
        people: statement.people.iter().map(person).collect(),
        costs: statement.costs.iter().map(shown_cost).collect(),
        transfers: statement.transfers.iter().map(shown_transfer).collect(),
        notes: statement.notes.iter().map(shown_note).collect(),
        rows: statement.ledger.rows,
        all_kept: all_kept.iter().map(shown_kept).collect(),
    })
}

pub(super) fn currency(currency: core::Currency) -> Currency {
    Currency { code: currency.code().to_owned(), digits: currency.digits() }
}

pub(super) fn sharing(mode: core::Mode) -> Sharing {
    match mode {
        core::Mode::Equal => Sharing::Equal,
        core::Mode::ByUse => Sharing::ByUse,
        core::Mode::BaseFee { fee } => Sharing::BaseFee { fee: fee.0 },
    }
}

fn shown_line(line: &core::Line) -> Line {
    let basis = match &line.basis {
        core::Basis::Equal { people } => Basis::Equal { people: u32::try_from(*people).unwrap_or(u32::MAX) },
        core::Basis::Use { used, of } => Basis::Use { used: Money(used.0), of: Money(of.0) },
        core::Basis::BaseFee => Basis::BaseFee,
        core::Basis::AtCost { used } => Basis::AtCost { used: Money(used.0) },
        core::Basis::OwedTo { person } => Basis::OwedTo { person: person.0.clone() },
        core::Basis::OwedBy { person } => Basis::OwedBy { person: person.0.clone() },
    };
    Line { about: line.about.clone(), basis, amount: line.amount.0 }
}

fn shown_cost(cost: &core::Cost) -> Cost {
    Cost {
        about: cost.about.clone(),
        is_bill: cost.kind == core::CostKind::Bill,
        amount: cost.amount.0,
        paid_by: cost.paid_by.0.clone(),
        calls: cost.served.map(|served| count(served.calls)),
        list_price: cost.served.map(|served| Money(served.list_price.0)),
    }
}

fn shown_transfer(one: &core::Transfer) -> Transfer {
    Transfer { from: one.from.0.clone(), to: one.to.0.clone(), amount: one.amount.0 }
}

fn shown_note(note: &core::Note) -> Note {
    match note.clone() {
        core::Note::NobodyUsed { about } => Note::NobodyUsed { about },
        core::Note::UsedByOther { about, person, used } => {
            Note::UsedByOther { about, person: person.0, used: Money(used.0) }
        }
        core::Note::NotEntered { about, used } => Note::NotEntered { about, used: Money(used.0) },
        core::Note::Unpriced { calls } => Note::Unpriced { calls: count(calls) },
    }
}

fn shown_kept(kept: &stored::Kept) -> Kept {
    Kept {
        id: kept.id,
        month: kept.month.clone(),
        made_ms: kept.made_at.as_millisecond(),
        sha256: kept.sha256.clone(),
        is_unchanged: kept.statement().is_some(),
    }
}

async fn value(house: &House, month: Month) -> Result<MonthValue, Failure> {
    let around = house.around();
    let value = statements::value(around.store.pool(), month, &TimeZone::system(), around.clock.now()).await;
    let value = value.map_err(failed)?;
    let days = |days| u32::try_from(days).unwrap_or_default();
    let one = |one: core::Value| Value {
        subscriptions: one.subscriptions,
        cost: one.cost.0,
        cost_so_far: one.cost_so_far.0,
        days: days(one.days),
        days_so_far: days(one.days_so_far),
        calls: count(one.calls),
        unpriced_calls: count(one.unpriced_calls),
        list_price: Money(one.list_price.0),
        worth: one.worth.0,
        percent: one.percent,
    };
    Ok(MonthValue {
        currency: currency(value.currency),
        is_over: value.is_over,
        values: value.values.into_iter().map(one).collect(),
    })
}

async fn keep(house: &House, ask: &KeepStatement) -> Result<i64, Failure> {
    let (pool, month) = (house.around().store.pool(), month(&ask.month)?);
    let early = if ask.early { Early::Allowed } else { Early::Refused };
    let now = house.around().clock.now();
    statements::keep(pool, month, &TimeZone::system(), now, early).await.map_err(failed)?;
    taken_up(house).await?;
    Ok(found(stored::latest(pool, month).await.map_err(refused)?)?.id)
}

/// A file as it is offered to be saved.
struct File {
    name: String,
    text: String,
}

fn file(of: &Found, ask: &ExportStatement, language: Language) -> Result<File, Failure> {
    let statement = &of.statement;
    let person = ask.person.clone().map(PersonId);
    let reader = person.as_ref().map_or(Reader::Group, Reader::Person);
    let text = match ask.form {
        Form::Csv => core::csv(statement, reader),
        Form::Html => found(core::html(statement, reader, language))?,
    };
    let whose = person.as_ref().map(|id| format!("-{}", plain(statement.name(id)))).unwrap_or_default();
    let draft = if of.kept.is_some() { "" } else { "-draft" };
    let ending = if ask.form == Form::Csv { "csv" } else { "html" };
    Ok(File { name: format!("carpool-{}{whose}{draft}.{ending}", statement.month), text })
}

/// A name as a part of a file's name.
fn plain(name: &str) -> String {
    name.chars().map(|letter| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' }).collect()
}

fn message(of: &Found, person: Option<String>, language: Language) -> Result<String, Failure> {
    let person = person.map(PersonId);
    let reader = person.as_ref().map_or(Reader::Group, Reader::Person);
    found(core::message(&of.statement, reader, language, of.standing()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_friends_name_is_fit_for_a_files_name() {
        assert_eq!(plain("../Zoë & 小明.exe"), "___Zoë___小明_exe");
    }
}
