//! How accounts answered: how often they failed, and how long they took.

use carpool_ipc::usage::{Answers, By, GetAnswers, Percentiles, Range};
use leptos::prelude::*;

use super::state;
use crate::{
    components::{card::Card, format, loaded::Loaded, table::Table},
    fetch::{On, fetch},
    state::texts,
};

/// How accounts answered.
#[component]
pub(super) fn AnswersCard(range: Memo<Range>) -> impl IntoView {
    let words = texts().usage;
    let answers = fetch(On::ConfigAndLedger, move || GetAnswers { range: range.get() });
    let content = move |answers: Signal<Vec<Answers>>| view! { <Content answers /> }.into_any();

    view! {
        <Card title=words.answers test="answers">
            <Loaded of=answers rows=5 children=content />
        </Card>
    }
}

#[component]
fn Content(answers: Signal<Vec<Answers>>) -> impl IntoView {
    let (words, every_place) = (texts().usage, texts().words);
    let half_and_most = move || {
        view! {
            <th scope="col" class="number">{words.p50}</th>
            <th scope="col" class="number">{words.p95}</th>
        }
    };

    view! {
        <Table label=words.answers test="answers-table">
            <thead>
                <tr>
                    <th scope="col" rowspan="2">{(words.by)(By::Account)}</th>
                    <th scope="col" class="number" rowspan="2">{every_place.calls}</th>
                    <th scope="col" class="number" rowspan="2" title=words.errors_hint>{words.errors}</th>
                    <th scope="col" class="number" rowspan="2">{words.refused}</th>
                    <th scope="colgroup" colspan="2" class="number" title=words.percentiles_hint>{words.first_byte}</th>
                    <th scope="colgroup" colspan="2" class="number" title=words.percentiles_hint>{words.duration}</th>
                </tr>
                <tr>{half_and_most()}{half_and_most()}</tr>
            </thead>
            <tbody>{move || answers.get().iter().map(row).collect_view()}</tbody>
        </Table>
        <p class="quiet answers-hint">{words.answers_hint}</p>
    }
}

fn row(of: &Answers) -> impl IntoView + use<> {
    let (name, data_name) = (of.account.clone(), of.account.clone());
    let rate = state::ratio(of.errors, of.calls).map(|rate| format!(" ({} %)", format::percent(rate)));
    let has_errors = of.errors > 0;

    view! {
        <tr data-test="answers-row" data-name=data_name>
            <th scope="row">{name}</th>
            <td class="number">{format::count(of.calls)}</td>
            <td class="number" class:quiet=!has_errors>{format::count(of.errors)}{rate.filter(|_| has_errors)}</td>
            <td class="number" class:quiet=of.refused == 0>{format::count(of.refused)}</td>
            {times(of.first_byte)}
            {times(of.duration)}
        </tr>
    }
}

fn times(of: Percentiles) -> impl IntoView {
    [of.p50_ms, of.p95_ms]
        .map(|time| {
            let text = time.map_or_else(|| "–".to_owned(), format::duration);
            view! { <td class="number" class:quiet=time.is_none()>{text}</td> }
        })
        .collect_view()
}
