//! Usage: who used how much of what, at what cost, as figures, as charts, as tables, and call by call.

mod answers;
mod calls;
mod charts;
mod choice;
mod figures;
mod models;
mod state;
mod subscriptions;
mod sums;

use carpool_ipc::{
    texts::Usage,
    usage::{By, GetReport, Range, Report},
};
use leptos::prelude::*;

use self::{
    answers::AnswersCard,
    calls::CallList,
    charts::Charts,
    choice::{Choosing, RangeChoice},
    figures::Figures,
    models::Models,
    subscriptions::Subscriptions,
    sums::SumsTable,
};
use crate::{
    browser::{self, TimeStyle},
    components::{
        button::Button, card::Card, chart::Others, empty::Empty, heading::Heading, icon::Icon, loaded::Loaded,
    },
    fetch::{On, fetch_as},
    screens::statement::Tabs,
    state::{shared, texts},
};

/// A report, with what it was asked for: the choice may have moved on meanwhile.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    range: Range,
    by: By,
    report: Report,
}

/// Usage.
#[component]
pub fn Screen() -> impl IntoView {
    let choosing = Choosing::new();
    let ask = move || GetReport { range: choosing.range.get(), by: choosing.by.get() };
    let fetched =
        fetch_as(On::ConfigAndLedger, ask, |ask, report| Shown { range: ask.range.clone(), by: ask.by, report });
    let content = move |shown: Signal<Shown>| view! { <Content shown range=choosing.range /> }.into_any();
    let print = Callback::new(|()| browser::print());

    view! {
        <Heading title=texts().words.usage>
            <Button label=texts().usage.print press=print id="print" />
        </Heading>
        <Tabs />
        <RangeChoice choosing />
        <Loaded of=fetched rows=6 children=content />
    }
}

/// Everything below the choice; one sentence where nobody called.
#[component]
fn Content(shown: Signal<Shown>, range: Memo<Range>) -> impl IntoView {
    let words = texts().usage;
    let is_empty = Memo::new(move |_| shown.with(|shown| shown.report.total.calls == 0));
    let others = RwSignal::new(Others::default());

    move || {
        if is_empty.get() {
            return view! {
                <Card>
                    <Empty icon=Icon::Usage title=words.empty_title text=words.empty test="usage-empty" />
                </Card>
            }
            .into_any();
        }
        view! {
            <Printed shown />
            <Figures total=Signal::derive(move || shown.with(|shown| shown.report.total)) />
            <Charts shown others />
            <SumsTable shown others />
            <div class="usage-pair">
                <Models shown />
                <AnswersCard range />
            </div>
            <Subscriptions range />
            <CallList range />
        }
        .into_any()
    }
}

/// On paper: what the page is about, where the screen has its controls.
#[component]
fn Printed(shown: Signal<Shown>) -> impl IntoView {
    let (language, words) = (shared().language.get_untracked(), texts().usage);
    let date = move |at_ms| browser::local_time(language, at_ms, TimeStyle::Date);
    let sentence = move || {
        shown.with(|shown| {
            // The end is not part of the range: a moment before it is.
            (words.printed)(&date(shown.report.since_ms), &date(shown.report.until_ms - 1), shown.by)
        })
    };

    view! { <p class="printed" aria-hidden="true">{sentence}</p> }
}

/// The name of a group, or the words for those that have none.
fn group_name(name: Option<&str>, by: By, words: &Usage) -> String {
    name.map_or_else(|| (words.nameless)(by).to_owned(), str::to_owned)
}
