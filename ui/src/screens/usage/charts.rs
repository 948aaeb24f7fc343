//! Cost and tokens over time, stacked by what the owner chose.

use carpool_ipc::{
    settings::Language,
    texts::Usage,
    usage::{ExportUsage, Exported, Step},
};
use leptos::prelude::*;

use super::{Shown, group_name};
use crate::{
    browser::{self, TimeStyle},
    components::{
        button::{Button, Look},
        chart::{Chart, Legend, Measure, Others, Slot, Stack},
        icon::Icon,
    },
    place::Place,
    screens::prices,
    state::{shared, texts},
};

/// Both charts and the one legend of them.
#[component]
pub(super) fn Charts(shown: Signal<Shown>, others: RwSignal<Others>) -> impl IntoView {
    let (shared, words) = (shared(), texts().usage);
    let language = shared.language.get_untracked();
    let stack = Memo::new(move |_| shown.with(|shown| stack(shown, others.get(), language, words)));
    let step = Memo::new(move |_| shown.with(|shown| shown.report.step));
    let groups = Memo::new(move |_| shown.with(|shown| shown.report.groups.len()));
    let is_unpriced = Memo::new(move |_| {
        let total = shown.with(|shown| shown.report.total);
        total.unpriced_calls == total.calls
    });
    let title = Signal::derive(move || (words.cost_chart)(step.get()).to_owned());
    let cost = move || {
        if is_unpriced.get() {
            return view! { <NonePriced title /> }.into_any();
        }
        view! { <Chart id="cost-chart" measure=Measure::Cost stack title /> }.into_any()
    };

    view! {
        <section class="card charts" aria-label=words.charts>
            <Legend stack groups others />
            <div class="charts-pair">
                {cost}
                <Chart id="tokens-chart" measure=Measure::Tokens stack title=Signal::derive(move || (words.tokens_chart)(step.get()).to_owned()) />
            </div>
            <div class="charts-foot">
                <ExportButton shown />
            </div>
        </section>
    }
}

/// The bars of both charts as a file.
#[component]
fn ExportButton(shown: Signal<Shown>) -> impl IntoView {
    let (shared, words) = (shared(), texts().usage);
    let export = Callback::new(move |()| {
        let ask = shown.with_untracked(|shown| ExportUsage {
            range: shown.range.clone(),
            by: shown.by,
            names: shown.report.groups.iter().map(|group| group.name.clone()).collect(),
            of: Exported::Bars,
        });
        shared.send_then(ask, move |path| {
            if let Some(path) = path {
                shared.toasts.tell((words.exported)(&path));
            }
        });
    });

    view! { <Button look=Look::Quiet label=words.export icon=Icon::Download press=export id="export-bars" /> }
}

/// In the place of a chart of nothing: why the cost is not known, and what helps.
#[component]
fn NonePriced(title: Signal<String>) -> impl IntoView {
    let words = texts().usage;
    view! {
        <div class="chart" data-test="none-priced">
            <h2 class="chart-title">{title}</h2>
            <div class="chart-instead">
                <p>{words.none_priced}</p>
                <p><SetPrices /></p>
            </div>
        </div>
    }
}

/// Leads to where prices are set.
#[component]
pub(super) fn SetPrices() -> impl IntoView {
    view! { <a href=Place::Settings.part_href(prices::PART) data-test="set-prices">{texts().usage.set_prices}</a> }
}

fn stack(shown: &Shown, others: Others, language: Language, words: &Usage) -> Stack {
    let report = &shown.report;
    let slots = report.starts_ms.iter().map(|&start| slot(start, report.step, language, words)).collect();
    let name = |name: Option<&str>| group_name(name, shown.by, words);
    Stack::of(slots, &report.groups, others, |group| name(group.name.as_deref()), words.other)
}

fn slot(start_ms: i64, step: Step, language: Language, words: &Usage) -> Slot {
    let time = |style| browser::local_time(language, start_ms, style);
    match step {
        Step::Hour => Slot { word: time(TimeStyle::Clock), title: time(TimeStyle::DayAndClock) },
        Step::Day => Slot { word: time(TimeStyle::Day), title: time(TimeStyle::Date) },
        Step::Week => Slot { word: time(TimeStyle::Day), title: (words.week_of)(&time(TimeStyle::Date)) },
        Step::Month => Slot { word: time(TimeStyle::Month), title: time(TimeStyle::Month) },
    }
}
