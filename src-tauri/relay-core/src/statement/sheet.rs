//! A statement as CSV: one row for each line, cost, balance and payment, with the hash last.

use super::{Basis, Reader, Statement, amount::Cents};
use crate::{csv, price::PicoUsd};

const COLUMNS: [&str; 9] = ["month", "row", "person", "about", "basis", "with", "amount", "currency", "list_price_usd"];

/// One row of the sheet.
#[derive(Default)]
struct Row<'a> {
    row: &'static str,
    person: &'a str,
    about: &'a str,
    basis: &'static str,
    with: &'a str,
    amount: Option<Cents>,
    list_price: String,
}

/// The statement as CSV, its lines ended as RFC 4180 asks; for one person, the rows that are that person's own.
#[must_use]
pub fn csv(statement: &Statement, reader: Reader<'_>) -> String {
    let hash = statement.hash();
    let mut rows: Vec<Row<'_>> = Vec::new();
    rows.extend(statement.lines.iter().filter(|line| reader.sees(&line.person)).map(|line| {
        let (basis, with, list_price) = basis(&line.basis, statement);
        let (person, about) = (statement.name(&line.person), line.about.as_str());
        Row { row: "share", person, about, basis, with, amount: Some(line.amount), list_price }
    }));
    rows.extend(statement.costs.iter().filter(|cost| reader.sees(&cost.paid_by)).map(|cost| {
        // What all together used of it is in it, which only the group is told.
        let served = cost.served.filter(|_| reader == Reader::Group);
        let list_price = served.map(|served| dollars(served.list_price)).unwrap_or_default();
        let person = statement.name(&cost.paid_by);
        Row { row: "paid", person, about: &cost.about, amount: Some(cost.amount), list_price, ..Row::default() }
    }));
    rows.extend(statement.people.iter().filter(|person| reader.sees(&person.id)).map(|person| Row {
        row: "balance",
        person: &person.name,
        amount: Some(person.balance),
        ..Row::default()
    }));
    let own = statement.transfers.iter().filter(|one| reader.sees(&one.from) || reader.sees(&one.to));
    rows.extend(own.map(|transfer| Row {
        row: "pays",
        person: statement.name(&transfer.from),
        with: statement.name(&transfer.to),
        amount: Some(transfer.amount),
        ..Row::default()
    }));
    rows.push(Row { row: "sha256", about: &hash, ..Row::default() });

    let month = statement.month.to_string();
    let lines = rows.iter().map(|row| {
        let amount = row.amount.map(|amount| statement.currency.number(amount)).unwrap_or_default();
        let currency = if row.amount.is_some() { statement.currency.code() } else { "" };
        let cells = [&month, row.row, row.person, row.about, row.basis, row.with, &amount, currency, &row.list_price];
        csv::line(cells)
    });
    [csv::line(COLUMNS)].into_iter().chain(lines).map(|line| line + "\r\n").collect()
}

/// A basis as its name, the other person, and the list price it rests on.
fn basis<'a>(basis: &'a Basis, statement: &'a Statement) -> (&'static str, &'a str, String) {
    match basis {
        Basis::Equal { .. } => ("equal", "", String::new()),
        Basis::Use { used, .. } => ("use", "", dollars(*used)),
        Basis::BaseFee => ("base_fee", "", String::new()),
        Basis::AtCost { used } => ("at_cost", "", dollars(*used)),
        Basis::OwedTo { person } => ("owed_to", statement.name(person), String::new()),
        Basis::OwedBy { person } => ("owed_by", statement.name(person), String::new()),
    }
}

/// A price in dollars as a plain number.
fn dollars(price: PicoUsd) -> String {
    price.to_string().replacen('$', "", 1)
}
