//! How everyone stands, and what each share is made of.

use carpool_ipc::statement::{Line, Person, Statement};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{Choosing, actions::sending_items, state};
use crate::{
    components::{card::Card, format, menu::Menu, table::Table},
    state::{shared, texts},
};

/// Everyone who took part.
#[component]
pub(super) fn People(shown: Signal<Statement>, choosing: Choosing) -> impl IntoView {
    let words = texts().statement;
    // Who is opened stays so when the amounts change.
    let opened = StoredValue::new(Vec::<String>::new());
    let rows = move || shown.get().people.iter().map(|person| row(person, shown, choosing, opened)).collect_view();

    view! {
        <Card title=words.everyone test="statement-people">
            <div class="people-head quiet" aria-hidden="true">
                <span>{words.person}</span>
                <span>{words.share}</span>
                <span>{words.paid}</span>
                <span>{words.balance}</span>
                <span></span>
            </div>
            <ul class="statement-people">{rows}</ul>
        </Card>
    }
}

/// A person: how they stand, and, opened, what the share is made of.
fn row(
    person: &Person,
    shown: Signal<Statement>,
    choosing: Choosing,
    opened: StoredValue<Vec<String>>,
) -> impl IntoView + use<> {
    let (shared, words) = (shared(), texts().statement);
    let statement = shown.get_untracked();
    let (name, currency) = (state::name(&statement, &person.id, words), statement.currency.clone());
    let balance = match person.balance {
        0 => words.even.to_owned(),
        owed if owed < 0 => (words.owes)(&currency.amount(-owed)),
        due => (words.gets)(&currency.amount(due)),
    };
    let tone = match person.balance {
        0 => "balance",
        owed if owed < 0 => "balance owes",
        _ => "balance gets",
    };
    let id = person.id.clone();
    let items = Signal::derive(move || sending_items(shared, untrack(move || choosing.ask()), Some(id.clone())));
    let is_open = opened.with_value(|opened| opened.contains(&person.id));
    let toggled_id = person.id.clone();
    let toggled = move |event: web_sys::Event| {
        let is_open = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|it| it.has_attribute("open"));
        opened.update_value(|opened| {
            opened.retain(|id| *id != toggled_id);
            if is_open {
                opened.push(toggled_id.clone());
            }
        });
    };
    let lines = person.lines.iter().map(|line| line_row(line, &statement)).collect_view();
    let is_without = person.lines.is_empty();
    let label = format!("{}: {name}", words.lines);

    view! {
        <li data-test="person" data-id=person.id.clone() data-share=person.share.to_string() data-paid=person.paid.to_string() data-balance=person.balance.to_string()>
            <details open=is_open on:toggle=toggled>
                <summary class="person-row">
                    <span class="person-name">{name.clone()}</span>
                    <span class="number"><span class="unseen">{words.share}" "</span>{currency.amount(person.share)}</span>
                    <span class="number"><span class="unseen">{words.paid}" "</span>{currency.amount(person.paid)}</span>
                    <span class=format!("number {tone}")>{balance}</span>
                </summary>
                {if is_without {
                    view! { <p class="quiet">{words.no_lines}</p> }.into_any()
                } else {
                    view! {
                        <Table label=label>
                            <tbody>{lines}</tbody>
                        </Table>
                    }
                    .into_any()
                }}
            </details>
            <Menu label=(words.for_person)(&name) items />
        </li>
    }
}

fn line_row(line: &Line, statement: &Statement) -> impl IntoView + use<> {
    let words = texts().statement;
    let about = if line.about.is_empty() { words.base_fee.to_owned() } else { line.about.clone() };
    let basis = state::basis(&line.basis, statement, words, format::money);

    view! {
        <tr data-test="line" data-amount=line.amount.to_string()>
            <th scope="row">{about}</th>
            <td class="quiet">{basis}</td>
            <td class="number">{statement.currency.amount(line.amount)}</td>
        </tr>
    }
}
