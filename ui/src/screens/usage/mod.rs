//! Usage: who used how much of what, at what cost, as figures, as charts, as a table, and call by call.

mod calls;
mod choice;
mod figures;
mod pages;
mod state;
mod sums;

use carpool_ipc::{
    settings::Language,
    texts::Usage,
    usage::{By, GetReport, Group, Range, Report, Step},
};
use leptos::prelude::*;

use self::{
    calls::CallList,
    choice::{Choosing, RangeChoice},
    figures::Figures,
    sums::SumsTable,
};
use crate::{
    browser::{self, TimeStyle},
    components::{
        card::Card,
        chart::{Chart, Legend, Measure, Slot, Stack},
        empty::Empty,
        heading::Heading,
        icon::Icon,
        loaded::Loaded,
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
    let content = move |shown: Signal<Shown>| view! { <Content shown /> }.into_any();

    view! {
        <Heading title=texts().words.usage />
        <Tabs />
        <RangeChoice choosing />
        <Loaded of=fetched rows=6 children=content />
    }
}

/// Everything below the choice; one sentence where nobody called.
#[component]
fn Content(shown: Signal<Shown>) -> impl IntoView {
    let words = texts().usage;
    let is_empty = Memo::new(move |_| shown.with(|shown| shown.report.total.calls == 0));

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
            <Figures total=Signal::derive(move || shown.with(|shown| shown.report.total)) />
            <Charts shown />
            <SumsTable shown />
            <CallList shown />
        }
        .into_any()
    }
}

#[component]
fn Charts(shown: Signal<Shown>) -> impl IntoView {
    let (shared, words) = (shared(), texts().usage);
    let language = shared.language.get_untracked();
    let stack = Memo::new(move |_| shown.with(|shown| stack(shown, language, words)));
    let step = Memo::new(move |_| shown.with(|shown| shown.report.step));

    view! {
        <section class="card charts" aria-label=words.charts>
            <Legend stack />
            <div class="charts-pair">
                <Chart id="cost-chart" measure=Measure::Cost stack title=Signal::derive(move || (words.cost_chart)(step.get()).to_owned()) />
                <Chart id="tokens-chart" measure=Measure::Tokens stack title=Signal::derive(move || (words.tokens_chart)(step.get()).to_owned()) />
            </div>
        </section>
    }
}

fn stack(shown: &Shown, language: Language, words: &Usage) -> Stack {
    let slots = shown.report.starts_ms.iter().map(|&start| slot(start, shown.report.step, language, words)).collect();
    Stack::of(slots, &shown.report.groups, |group| group_name(group, shown.by, words), words.other)
}

fn slot(start_ms: i64, step: Step, language: Language, words: &Usage) -> Slot {
    let time = |style| browser::local_time(language, start_ms, style);
    match step {
        Step::Hour => Slot { word: time(TimeStyle::Clock), title: time(TimeStyle::DayAndClock) },
        Step::Day => Slot { word: time(TimeStyle::Day), title: time(TimeStyle::Date) },
        Step::Week => Slot { word: time(TimeStyle::Day), title: (words.week_of)(&time(TimeStyle::Date)) },
    }
}

fn group_name(group: &Group, by: By, words: &Usage) -> String {
    group.name.clone().unwrap_or_else(|| (words.nameless)(by).to_owned())
}
