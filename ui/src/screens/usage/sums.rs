//! The sums of each group: what the charts show, in figures. What is searched and sorted here is what is exported.

use carpool_ipc::usage::{ExportUsage, Exported, Group, Sums};
use leptos::prelude::*;

use super::{
    Shown, group_name,
    state::{self, Column, Listed, Sort},
};
use crate::{
    components::{
        button::Button,
        card::Card,
        chart::{Others, Swatch},
        field::SearchField,
        format,
        icon::Icon,
        table::{SortTitle, Table},
    },
    state::{shared, texts},
};

/// The sums of each group.
#[component]
pub(super) fn SumsTable(shown: Signal<Shown>, others: RwSignal<Others>) -> impl IntoView {
    let words = texts().usage;
    let (sort, search) = (RwSignal::new(Sort::default()), RwSignal::new(String::new()));
    let listed = Memo::new(move |_| {
        let search = search.read();
        shown.with(|shown| {
            let name = |group: &Group| group_name(group.name.as_deref(), shown.by, words);
            state::listed(&shown.report, &search, name, sort.get())
        })
    });
    let rows = move || {
        let others = others.get();
        shown.with(|shown| {
            listed.with(|listed| listed.groups.iter().map(|group| row(shown, group, others)).collect_view())
        })
    };
    let is_nothing = move || listed.with(|listed| listed.groups.is_empty());
    let aside = move || {
        view! {
            <SearchField label=words.search name="search-sums" value=search />
            <ExportButton shown listed />
        }
    };

    view! {
        <Card title=words.table test="sums" aside=aside>
            <Table label=words.table test="sums-table">
                <Head shown sort />
                <tbody>{rows}</tbody>
                <Foot shown listed />
            </Table>
            {move || is_nothing().then(|| view! { <p class="quiet" role="status" data-test="no-sums">{words.nothing_found}</p> })}
        </Card>
    }
}

#[component]
fn Head(shown: Signal<Shown>, sort: RwSignal<Sort>) -> impl IntoView {
    let (words, every_place) = (texts().usage, texts().words);
    let by = Signal::derive(move || (words.by)(shown.with(|shown| shown.by)).to_owned());
    let title = move |text: Signal<String>, column: Column, hint: Option<&'static str>| {
        let aria = Signal::derive(move || sort.get().aria(column));
        let press = Callback::new(move |()| sort.update(|sort| *sort = sort.pressed(column)));
        view! { <SortTitle title=text name=column.slug() number=column.is_number() hint aria press /> }
    };
    let plain = |text: &'static str| Signal::stored(text.to_owned());

    view! {
        <thead>
            <tr>
                {title(by, Column::Name, None)}
                {title(plain(every_place.calls), Column::Calls, None)}
                {title(plain(every_place.tokens), Column::Tokens, None)}
                {title(plain(words.cache_hits), Column::CacheHits, Some(words.cache_hits_hint))}
                {title(plain(words.saved), Column::Saved, Some(words.saved_hint))}
                {title(plain(every_place.cost), Column::Cost, None)}
                <th scope="col">{words.share}</th>
                {title(plain(words.unpriced_calls), Column::Unpriced, None)}
            </tr>
        </thead>
    }
}

#[component]
fn Foot(shown: Signal<Shown>, listed: Memo<Listed>) -> impl IntoView {
    let words = texts().usage;
    let title = move || {
        let groups = shown.with(|shown| shown.report.groups.len());
        let listed = listed.with(|listed| listed.groups.len());
        if listed == groups { words.total.to_owned() } else { (words.total_of)(listed, groups) }
    };
    let total = move || listed.with(|listed| listed.total);
    let part = move || shown.with(|shown| state::share(&total(), &shown.report.total));

    view! {
        <tfoot>
            <tr data-test="sums-total">
                <th scope="row">{title}</th>
                {move || numbers(&total())}
                <td>{move || view! { <Share share=part() /> }}</td>
                <td class="number">{move || format::count(total().unpriced_calls)}</td>
            </tr>
        </tfoot>
    }
}

#[component]
fn ExportButton(shown: Signal<Shown>, listed: Memo<Listed>) -> impl IntoView {
    let (shared, words) = (shared(), texts().usage);
    let export = Callback::new(move |()| {
        let names = listed.with_untracked(Listed::names);
        let ask = shown.with_untracked(|shown| ExportUsage {
            range: shown.range.clone(),
            by: shown.by,
            names,
            of: Exported::Sums,
        });
        shared.send_then(ask, move |path| {
            if let Some(path) = path {
                shared.toasts.tell((words.exported)(&path));
            }
        });
    });

    view! { <Button label=words.export icon=Icon::Download press=export id="export-sums" /> }
}

fn row(shown: &Shown, (rank, group): &(usize, Group), others: Others) -> AnyView {
    let colour = others.colour(*rank, shown.report.groups.len());
    let name = group_name(group.name.as_deref(), shown.by, texts().usage);
    let share = state::share(&group.total, &shown.report.total);
    let unpriced = group.total.unpriced_calls;
    let data_name = name.clone();

    view! {
        <tr data-test="sums-row" data-name=data_name>
            <th scope="row"><span class="sums-name"><Swatch colour /><span>{name}</span></span></th>
            {numbers(&group.total)}
            <td><Share share /></td>
            <td class="number" class:quiet=unpriced == 0>{format::count(unpriced)}</td>
        </tr>
    }
    .into_any()
}

/// Calls, tokens, what caching did, and cost.
fn numbers(sums: &Sums) -> impl IntoView + use<> {
    let tokens = sums.tokens.total();
    let is_unpriced = sums.unpriced_calls == sums.calls;
    let hits =
        state::hit_rate(&sums.tokens).map_or_else(|| "–".to_owned(), |rate| format!("{} %", format::percent(rate)));
    let saved = if is_unpriced { "–".to_owned() } else { format::money(sums.saved) };
    view! {
        <td class="number">{format::count(sums.calls)}</td>
        <td class="number" title=format::count(tokens)>{format::tokens(tokens)}</td>
        <td class="number">{hits}</td>
        <td class="number">{saved}</td>
        <td class="number" class:quiet=is_unpriced>{format::cost(sums, texts().words.unpriced)}</td>
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
