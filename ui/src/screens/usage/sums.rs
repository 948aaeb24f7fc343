//! The sums of each group: what the charts show, in figures.

use carpool_ipc::usage::{ExportUsage, Group, Sums};
use leptos::prelude::*;

use super::{
    Shown, group_name,
    state::{self, Column, Sort},
};
use crate::{
    components::{
        button::Button,
        card::Card,
        chart::{Swatch, colour},
        format,
        icon::Icon,
        table::Table,
    },
    state::{shared, texts},
};

/// The sums of each group.
#[component]
pub(super) fn SumsTable(shown: Signal<Shown>) -> impl IntoView {
    let (words, every_place) = (texts().usage, texts().words);
    let sort = RwSignal::new(Sort::default());
    let by = move || (words.by)(shown.with(|shown| shown.by)).to_owned();
    let title = move |text: &'static str, column| view! { <ColumnTitle title=text column sort /> };
    let rows = move || shown.with(|shown| rows(shown, sort.get()));
    let foot = move || shown.with(|shown| shown.report.total);

    view! {
        <Card title=words.table test="sums" aside=move || view! { <ExportButton shown /> }>
            <Table label=words.table test="sums-table">
                <thead>
                    <tr>
                        <ColumnTitle title=Signal::derive(by) column=Column::Name sort />
                        {title(every_place.calls, Column::Calls)}
                        {title(every_place.tokens, Column::Tokens)}
                        {title(every_place.cost, Column::Cost)}
                        <th scope="col">{words.share}</th>
                        {title(words.unpriced_calls, Column::Unpriced)}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>
                    <tr data-test="sums-total">
                        <th scope="row">{words.total}</th>
                        {move || numbers(&foot())}
                        <td></td>
                        <td class="number">{move || format::count(foot().unpriced_calls)}</td>
                    </tr>
                </tfoot>
            </Table>
        </Card>
    }
}

/// A column's title, which sorts by it.
#[component]
fn ColumnTitle(#[prop(into)] title: Signal<String>, column: Column, sort: RwSignal<Sort>) -> impl IntoView {
    let words = texts().usage;
    let press = move |_| sort.update(|sort| *sort = sort.pressed(column));

    view! {
        <th scope="col" class:number=column != Column::Name aria-sort=move || sort.get().aria(column)>
            <button
                type="button"
                class="sort"
                title=move || (words.sort_by)(&title.read())
                data-test=format!("sort-{column:?}").to_lowercase()
                on:click=press
            >
                {title}
            </button>
        </th>
    }
}

#[component]
fn ExportButton(shown: Signal<Shown>) -> impl IntoView {
    let (shared, words) = (shared(), texts().usage);
    let export = Callback::new(move |()| {
        let ask = shown.with_untracked(|shown| ExportUsage { range: shown.range.clone(), by: shown.by });
        shared.send_then(ask, move |path| {
            if let Some(path) = path {
                shared.toasts.tell((words.exported)(&path));
            }
        });
    });

    view! { <Button label=words.export icon=Icon::Download press=export id="export-sums" /> }
}

fn rows(shown: &Shown, sort: Sort) -> Vec<AnyView> {
    let groups = shown.report.groups.len();
    state::sorted(&shown.report, sort)
        .into_iter()
        .map(|(rank, group)| row(shown, &group, colour(rank, groups)))
        .collect()
}

fn row(shown: &Shown, group: &Group, colour: usize) -> AnyView {
    let name = group_name(group, shown.by, texts().usage);
    let share = state::share(group.total.cost, shown.report.total.cost);
    let unpriced = group.total.unpriced_calls;
    let data_name = name.clone();

    view! {
        <tr data-test="sums-row" data-name=data_name>
            <th scope="row"><span class="sums-name"><Swatch colour />{name}</span></th>
            {numbers(&group.total)}
            <td><Share share /></td>
            <td class="number" class:quiet=unpriced == 0>{format::count(unpriced)}</td>
        </tr>
    }
    .into_any()
}

/// Calls, tokens and cost.
fn numbers(sums: &Sums) -> impl IntoView + use<> {
    let tokens = sums.tokens.total();
    view! {
        <td class="number">{format::count(sums.calls)}</td>
        <td class="number" title=format::count(tokens)>{format::tokens(tokens)}</td>
        <td class="number">{format::cost(sums, texts().words.unpriced)}</td>
    }
}

/// A part of the whole: a bar and its percent.
#[component]
fn Share(share: f64) -> impl IntoView {
    let percent = format::percent(share);
    view! {
        <span class="share">
            <span class="share-bar" aria-hidden="true"><span style:width=format!("{percent}%")></span></span>
            <span>{percent}" %"</span>
        </span>
    }
}
