//! A statement as a few lines of text, to be sent to a friend or to the group.

use super::{
    Reader, Standing, Statement,
    inputs::PersonId,
    words::{Language, Words, fill},
};

/// The statement as text: who pays whom, how each stands, and the hash; `None` when the reader did not take part.
#[must_use]
pub fn message(statement: &Statement, reader: Reader<'_>, language: Language, standing: Standing) -> Option<String> {
    let words = language.words();
    let people: Vec<_> = statement.people.iter().filter(|person| reader.sees(&person.id)).collect();
    if people.is_empty() && reader != Reader::Group {
        return None;
    }
    let title = fill(words.statement, &[&language.month(statement.month)]);
    let title = match standing {
        Standing::Kept => title,
        Standing::Draft => fill(words.draft, &[&title]),
    };
    let own = statement.transfers.iter().filter(|one| reader.sees(&one.from) || reader.sees(&one.to));
    let mut payments: Vec<String> = own
        .map(|one| {
            let names = [name(statement, &one.from, words), name(statement, &one.to, words)];
            format!("{}: {}", fill(words.pays, &names), statement.currency.show(one.amount))
        })
        .collect();
    if payments.is_empty() {
        payments.push(words.nothing_to_pay.to_owned());
    }
    let standings = people.iter().map(|person| {
        let amounts = [(words.share, person.share), (words.paid, person.paid)];
        let amounts = amounts.map(|(word, amount)| format!("{word} {}", statement.currency.show(amount)));
        format!("{}: {}", name(statement, &person.id, words), amounts.join(", "))
    });
    let hash = match standing {
        Standing::Kept => vec![String::new(), format!("{}: {}", words.hash, statement.hash())],
        Standing::Draft => Vec::new(),
    };
    let lines = [vec![title, String::new()], payments, vec![String::new()], standings.collect(), hash];
    Some(lines.concat().join("\n"))
}

/// A person's name; the owner who is none of the friends has one in each language.
fn name<'a>(statement: &'a Statement, id: &'a PersonId, words: &Words) -> &'a str {
    if *id == PersonId::owner() { words.owner } else { statement.name(id) }
}
