//! A statement as a page that can be printed: one file with nothing to load, for the group or for one person.
//!
//! The page of one person has that person's lines and payments, and nothing of anybody else's use.

use std::fmt::Write;

use jiff::tz::TimeZone;

use super::{
    Balance, Basis, Line, Mode, Note, Reader, Statement,
    amount::{Cents, Currency, Rate},
    inputs::PersonId,
    words::{Language, Words, fill},
};
use crate::price::PicoUsd;

const STYLE: &str = include_str!("page.css");

/// The statement as HTML; `None` when the reader did not take part.
#[must_use]
pub fn html(statement: &Statement, reader: Reader<'_>, language: Language) -> Option<String> {
    let page = Page { statement, words: language.words(), language };
    match reader {
        Reader::Group => Some(page.group()),
        Reader::Person(id) => statement.people.iter().find(|person| person.id == *id).map(|person| page.person(person)),
    }
}

struct Page<'a> {
    statement: &'a Statement,
    words: &'a Words,
    language: Language,
}

impl Page<'_> {
    fn group(&self) -> String {
        let (words, statement) = (self.words, self.statement);
        let payments = statement.transfers.iter().map(|transfer| {
            let names = [self.name(&transfer.from), self.name(&transfer.to)];
            (fill(words.pays, &names), transfer.amount)
        });
        let lines = statement.people.iter().map(|person| self.lines_of(person, self.name(&person.id)));
        let body = [
            self.payments(words.who_pays_whom, &payments.collect::<Vec<_>>()),
            self.people(),
            self.costs(),
            section(words.lines, &lines.collect::<String>()),
            self.notes(),
        ];
        self.whole(words.for_group, &body.concat())
    }

    fn person(&self, person: &Balance) -> String {
        let (words, statement) = (self.words, self.statement);
        let payments = statement.transfers.iter().filter_map(|transfer| {
            let (sentence, other) = match &person.id {
                id if *id == transfer.from => (words.you_pay, &transfer.to),
                id if *id == transfer.to => (words.you_get, &transfer.from),
                _ => return None,
            };
            Some((fill(sentence, &[self.name(other)]), transfer.amount))
        });
        let standing = [(words.share, person.share), (words.paid, person.paid), (words.balance, person.balance)];
        let rows = standing.map(|(name, amount)| row(&[escape(name)], &self.money(amount)));
        let body = [
            self.payments(words.to_settle, &payments.collect::<Vec<_>>()),
            section(words.share, &self.lines_of(person, "")),
            section(words.balance, &table(&[], &rows.concat())),
        ];
        self.whole(&fill(words.for_person, &[self.name(&person.id)]), &body.concat())
    }

    /// The frame around every page: title, what it rests on, and the hash.
    fn whole(&self, reader: &str, body: &str) -> String {
        let (words, statement) = (self.words, self.statement);
        let title = fill(words.statement, &[&self.language.month(statement.month)]);
        let zone = TimeZone::get(&statement.time_zone).unwrap_or(TimeZone::UTC);
        let made = statement.made_at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string();
        let mode = match statement.sharing {
            Mode::Equal => words.mode_equal.to_owned(),
            Mode::ByUse => words.mode_use.to_owned(),
            Mode::BaseFee { fee } => fill(words.mode_fee, &[&statement.currency.show(fee)]),
        };
        let rate = match (statement.rate, statement.currency) {
            (Rate::ONE, Currency::USD) => String::new(),
            (rate, currency) => fill(words.rate, &[&format!("{rate} {currency}")]),
        };
        let made = fill(words.made, &[&made, &statement.time_zone]);
        let rows = fill(words.ledger, &[&statement.ledger.rows.to_string()]);
        format!(
            "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}, {reader}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <header>\n<h1>{title}</h1>\n<p class=\"reader\">{reader}</p>\n</header>\n{body}\
             <footer>\n<p>{mode} {rate}{made}</p>\n\
             <p>{hash_name}: <code>{hash}</code></p>\n<p>{rows}: <code>{ledger}</code></p>\n\
             </footer>\n</main>\n</body>\n</html>\n",
            tag = words.tag,
            title = escape(&title),
            reader = escape(reader),
            mode = escape(&mode),
            rate = escape(&rate),
            made = escape(&made),
            hash_name = escape(words.hash),
            hash = statement.hash(),
            rows = escape(&rows),
            ledger = escape(&statement.ledger.sha256),
        )
    }

    fn payments(&self, title: &str, payments: &[(String, Cents)]) -> String {
        if payments.is_empty() {
            return section(title, &format!("<p>{}</p>\n", escape(self.words.nothing_to_pay)));
        }
        let rows = payments.iter().map(|(sentence, amount)| row(&[escape(sentence)], &self.money(*amount)));
        section(title, &format!("<div class=\"payments\">\n{}</div>\n", table(&[], &rows.collect::<String>())))
    }

    fn people(&self) -> String {
        let words = self.words;
        let rows = self.statement.people.iter().map(|person| {
            let cells =
                [text(self.name(&person.id)), number(&self.money(person.share)), number(&self.money(person.paid))];
            format!("<tr>{}{}</tr>\n", cells.concat(), number(&self.money(person.balance)))
        });
        let heads = [(words.person, false), (words.share, true), (words.paid, true), (words.balance, true)];
        section(words.people, &table(&heads, &rows.collect::<String>()))
    }

    fn costs(&self) -> String {
        let (words, statement) = (self.words, self.statement);
        let rows = statement.costs.iter().map(|cost| {
            let cells = [
                text(&cost.about),
                text(self.name(&cost.paid_by)),
                number(&cost.served.map_or("–".to_owned(), |served| served.calls.to_string())),
                number(&cost.served.map_or("–".to_owned(), |served| dollars(served.list_price))),
                number(&self.money(cost.amount)),
            ];
            format!("<tr>{}</tr>\n", cells.concat())
        });
        let heads = [
            (words.cost, false),
            (words.paid_by, false),
            (words.calls, true),
            (words.list_price, true),
            (words.amount, true),
        ];
        section(words.costs, &table(&heads, &rows.collect::<String>()))
    }

    fn lines_of(&self, person: &Balance, title: &str) -> String {
        let words = self.words;
        let lines = self.statement.lines.iter().filter(|line| line.person == person.id);
        let rows: String = lines.map(|line| self.line(line)).collect();
        let title = if title.is_empty() { String::new() } else { format!("<h3>{}</h3>\n", escape(title)) };
        let heads = [(words.about, false), (words.basis, false), (words.amount, true)];
        let total = format!(
            "<tr class=\"total\"><th scope=\"row\" colspan=\"2\">{}</th>{}</tr>\n",
            escape(words.total),
            number(&self.money(person.share))
        );
        format!("{title}{}", table(&heads, &(rows + &total)))
    }

    fn line(&self, line: &Line) -> String {
        let about = if line.basis == Basis::BaseFee { self.words.base_fee } else { line.about.as_str() };
        let cells = [text(about), text(&self.basis(&line.basis)), number(&self.money(line.amount))];
        format!("<tr>{}</tr>\n", cells.concat())
    }

    fn basis(&self, basis: &Basis) -> String {
        let words = self.words;
        match basis {
            Basis::Equal { people } => fill(words.equal, &[&people.to_string()]),
            Basis::Use { used, of } => fill(words.by_use, &[&percent(*used, *of), &dollars(*used), &dollars(*of)]),
            Basis::BaseFee => words.fee.to_owned(),
            Basis::AtCost { used } => fill(words.at_cost, &[&dollars(*used)]),
            Basis::OwedTo { person } => fill(words.owed_to, &[self.name(person)]),
            Basis::OwedBy { person } => fill(words.owed_by, &[self.name(person)]),
        }
    }

    fn notes(&self) -> String {
        let (words, statement) = (self.words, self.statement);
        let mut items = String::new();
        for note in &statement.notes {
            let sentence = match note {
                Note::NobodyUsed { about } => fill(words.nobody_used, &[about]),
                Note::UsedByOther { about, person, used } => {
                    fill(words.used_by_other, &[self.name(person), about, &dollars(*used)])
                }
                Note::NotEntered { about, used } => fill(words.not_entered, &[about, &dollars(*used)]),
                Note::Unpriced { calls } => fill(words.unpriced, &[&calls.to_string()]),
            };
            let _ = writeln!(items, "<li>{}</li>", escape(&sentence));
        }
        if items.is_empty() { items } else { section(words.notes, &format!("<ul>\n{items}</ul>\n")) }
    }

    /// A person's name; the owner who is none of the friends has one in each language.
    fn name<'a>(&'a self, id: &'a PersonId) -> &'a str {
        if *id == PersonId::owner() { self.words.owner } else { self.statement.name(id) }
    }

    fn money(&self, amount: Cents) -> String {
        self.statement.currency.show(amount).replace('-', "−")
    }
}

fn section(title: &str, body: &str) -> String {
    format!("<section>\n<h2>{}</h2>\n{body}</section>\n", escape(title))
}

/// A table with these heads, some of them over numbers; with none it has no head.
fn table(heads: &[(&str, bool)], rows: &str) -> String {
    let heads: String = heads
        .iter()
        .map(|(head, is_number)| {
            let class = if *is_number { " class=\"number\"" } else { "" };
            format!("<th scope=\"col\"{class}>{}</th>", escape(head))
        })
        .collect();
    let head = if heads.is_empty() { heads } else { format!("<thead><tr>{heads}</tr></thead>\n") };
    format!("<table>\n{head}<tbody>\n{rows}</tbody>\n</table>\n")
}

fn row(cells: &[String], amount: &str) -> String {
    let cells: String = cells.iter().map(|cell| format!("<th scope=\"row\">{cell}</th>")).collect();
    format!("<tr>{cells}{}</tr>\n", number(amount))
}

fn text(text: &str) -> String {
    format!("<td>{}</td>", escape(text))
}

fn number(number: &str) -> String {
    format!("<td class=\"number\">{}</td>", escape(number))
}

fn dollars(price: PicoUsd) -> String {
    price.rounded().to_string()
}

/// A part of a whole in per cent, with one decimal.
fn percent(part: PicoUsd, whole: PicoUsd) -> String {
    let whole = i128::from(whole.0.max(1));
    let tenths = (i128::from(part.0) * 1000 + whole / 2) / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A text as HTML, for elements and for quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
