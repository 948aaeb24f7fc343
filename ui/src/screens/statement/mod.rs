//! Settle up: a month's statement, how it came about, and what is entered for it.

mod actions;
mod kept;
mod people;
mod plan;
mod state;
mod value;

use carpool_ipc::{
    plan::GetPlan,
    statement::{GetStatement, Note, Statement, Version},
};
use leptos::prelude::*;

use self::{
    actions::{KeepDialog, Toolbar},
    kept::KeptList,
    people::People,
    plan::{Entering, Entries},
    state::Month,
    value::ValueCard,
};
use crate::{
    browser,
    components::{
        badge::Tone, banner::Banner, button::Button, button::Look, card::Card, empty::Empty, format, heading::Heading,
        icon::Icon, loaded::Loaded, table::Table,
    },
    fetch::{Fetched, On, fetch},
    place::Place,
    state::{shared, texts},
};

/// The name of this part of Usage in the address.
pub(crate) const PART: &str = "statement";

/// The parts of Usage: what was used, and who owes whom for it.
#[component]
pub fn Tabs() -> impl IntoView {
    let (shared, words) = (shared(), texts().statement);
    let tab = move |part: &'static str, name: &'static str| {
        let href = if part.is_empty() { Place::Usage.href() } else { Place::Usage.part_href(part) };
        let is_here = (shared.part.get_untracked() == PART) == (part == PART);
        view! {
            <a class="tab" href=href id=format!("tab-{}", if part.is_empty() { "overview" } else { part }) aria-current=is_here.then_some("page")>
                {name}
            </a>
        }
    };

    view! {
        <nav class="tabs" aria-label=words.tabs>
            {tab("", words.overview)}
            {tab(PART, words.settle_up)}
        </nav>
    }
}

/// What is looked at. It is a handle: copies are the same.
#[derive(Clone, Copy)]
struct Choosing {
    month: RwSignal<Month>,
    version: RwSignal<Version>,
}

impl Choosing {
    /// Which statement is meant now.
    fn ask(self) -> GetStatement {
        GetStatement { month: self.month.get().iso(), version: self.version.get() }
    }

    /// Goes to another month, and to what was kept of it.
    fn go(self, month: Month) {
        self.version.set(Version::Latest);
        self.month.set(month);
    }
}

/// Settle up.
#[component]
pub fn Screen() -> impl IntoView {
    let today = browser::iso_date(browser::now_ms());
    let this = Month::of_day(&today).unwrap_or(Month { year: 2026, number: 1 });
    let choosing = Choosing { month: RwSignal::new(this), version: RwSignal::new(Version::Latest) };
    let statement = fetch(On::ConfigAndLedger, move || choosing.ask());
    let plan = fetch(On::Config, || GetPlan {});
    let entering = Entering::new(choosing.month);
    let keeping = RwSignal::new(false);
    let content = move |shown: Signal<Statement>| view! { <Content shown choosing entering /> }.into_any();
    let entries = move |known| view! { <Entries plan=known entering choosing /> }.into_any();
    let known = Signal::derive(move || statement.value.get());

    view! {
        <Heading title=texts().words.usage />
        <Tabs />
        <Toolbar choosing this shown=known keeping />
        <Failing statement choosing />
        <Loaded of=statement rows=6 children=content />
        <Loaded of=plan rows=4 children=entries />
        <KeepDialog open=keeping choosing shown=known />
    }
}

/// Where the month cannot be settled, or what was kept was altered, the other version can be seen.
#[component]
fn Failing(statement: Fetched<Statement>, choosing: Choosing) -> impl IntoView {
    let words = texts().statement;
    let is_altered = move || {
        let code = statement.failure.with(|failure| failure.as_ref().map(|failure| failure.code.clone()));
        code.as_deref() == Some("statement_altered")
    };
    let see_draft = Callback::new(move |()| choosing.version.set(Version::Draft));

    move || is_altered().then(|| view! { <div><Button label=words.see_draft press=see_draft id="see-draft" /></div> })
}

/// Everything about a month.
#[component]
fn Content(shown: Signal<Statement>, choosing: Choosing, entering: Entering) -> impl IntoView {
    let is_empty = Memo::new(move |_| shown.with(|shown| shown.is_empty() && shown.kept.is_none()));
    // Of a month that cannot be settled, the one before it says nothing.
    let is_meant = Memo::new(move |_| shown.with(|shown| shown.month == choosing.month.get().iso()));

    move || {
        if !is_meant.get() {
            return ().into_any();
        }
        if is_empty.get() {
            return view! { <Nothing shown choosing entering /> }.into_any();
        }
        view! {
            <Payments shown choosing />
            <People shown choosing />
            <Costs shown />
            <ValueCard choosing />
            <KeptList shown choosing />
        }
        .into_any()
    }
}

/// A month in which nobody paid anything.
#[component]
fn Nothing(shown: Signal<Statement>, choosing: Choosing, entering: Entering) -> impl IntoView {
    let (shared, words, plan) = (shared(), texts().statement, texts().plan);
    let language = shared.language.get_untracked();
    let title = shown.with_untracked(|shown| (words.empty_title)(&month_name(language, &shown.month)));
    let add = Callback::new(move |()| entering.add_cost());

    view! {
        <Card>
            <Empty icon=Icon::Check title text=words.empty test="statement-empty">
                <Button look=Look::Primary label=plan.add_cost icon=Icon::Add press=add id="first-cost" />
            </Empty>
            <Notes shown />
        </Card>
        <KeptList shown choosing />
    }
}

/// A month as `2026-11`, as people read it.
fn month_name(language: carpool_ipc::settings::Language, iso: &str) -> String {
    let month = Month::of_day(iso);
    month.map_or_else(|| iso.to_owned(), |month| browser::month_name(language, month.year, month.number))
}

/// Who pays whom, and whether that may still change.
#[component]
fn Payments(shown: Signal<Statement>, choosing: Choosing) -> impl IntoView {
    let words = texts().statement;
    let rows = move || {
        shown.with(|shown| {
            if shown.transfers.is_empty() {
                return view! { <p class="nothing-to-pay" data-test="nothing-to-pay">{words.nothing_to_pay}</p> }.into_any();
            }
            let row = |one: &carpool_ipc::statement::Transfer| {
                let (from, to) = (state::name(shown, &one.from, words), state::name(shown, &one.to, words));
                view! {
                    <li class="payment" data-test="transfer" data-from=one.from.clone() data-to=one.to.clone() data-amount=one.amount.to_string()>
                        <span>{(words.pays)(&from, &to)}</span>
                        <strong>{shown.currency.amount(one.amount)}</strong>
                    </li>
                }
            };
            view! { <ul class="payments">{shown.transfers.iter().map(row).collect_view()}</ul> }.into_any()
        })
    };

    view! {
        <Card title=words.who_pays test="who-pays">
            {rows}
            <Standing shown choosing />
            <Notes shown />
        </Card>
    }
}

/// Whether what is shown was kept, and the way to the other.
#[component]
fn Standing(shown: Signal<Statement>, choosing: Choosing) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.statement;
    let language = shared.language.get_untracked();
    let is_kept = move || shown.with(|shown| shown.kept.is_some());
    let text = Signal::derive(move || {
        shown.with(|shown| match &shown.kept {
            Some(kept) => (words.kept_hint)(&browser::local_time(language, kept.made_ms, browser::TimeStyle::Date)),
            None if shown.is_over => words.draft_hint.to_owned(),
            None => words.early_hint.to_owned(),
        })
    });
    let tone = move || if is_kept() { Tone::Good } else { Tone::Neutral };
    let see_draft = Callback::new(move |()| choosing.version.set(Version::Draft));
    let see_kept = Callback::new(move |()| choosing.version.set(Version::Latest));
    let other = move || {
        let has_kept = shown.with(|shown| shown.all_kept.iter().any(|kept| kept.month == shown.month));
        match (is_kept(), has_kept) {
            (true, _) => view! { <Button label=words.see_draft press=see_draft id="see-draft" /> }.into_any(),
            (false, true) => view! { <Button label=words.see_kept press=see_kept id="see-kept" /> }.into_any(),
            (false, false) => ().into_any(),
        }
    };
    let proof = move || {
        shown.with(|shown| shown.kept.as_ref().map(|kept| kept.sha256.clone())).map(|hash| {
            let rows = shown.with(|shown| (words.rows)(shown.rows));
            view! { <p class="quiet statement-hash">{words.hash}" "<code id="statement-hash">{hash}</code>" "{rows}</p> }
        })
    };

    view! {
        {move || {
            view! {
                <Banner tone=tone() text test="statement-standing">{other()}</Banner>
            }
        }}
        {proof}
    }
}

/// What a reader should know.
#[component]
fn Notes(shown: Signal<Statement>) -> impl IntoView {
    let words = texts().statement;
    let note = move |note: &Note| {
        let text = shown.with(|shown| match note {
            Note::NobodyUsed { about } => (words.nobody_used)(about),
            Note::UsedByOther { about, person, used } => {
                (words.used_by_other)(&state::name(shown, person, words), about, &format::money(*used))
            }
            Note::NotEntered { about, used } => (words.not_entered)(about, &format::money(*used)),
            Note::Unpriced { calls } => (words.unpriced)(*calls),
        });
        let to_prices = matches!(note, Note::Unpriced { .. })
            .then(|| view! { " "<a href=Place::Settings.part_href(super::prices::PART)>{words.to_prices}</a> });
        view! { <li data-test="statement-note">{text}{to_prices}</li> }
    };

    move || {
        let notes = shown.with(|shown| shown.notes.clone());
        (!notes.is_empty()).then(|| {
            view! {
                <div class="statement-notes">
                    <h3>{words.notes}</h3>
                    <ul>{notes.iter().map(note).collect_view()}</ul>
                </div>
            }
        })
    }
}

/// What there was to share.
#[component]
fn Costs(shown: Signal<Statement>) -> impl IntoView {
    let words = texts().statement;
    let rows = move || {
        shown.with(|shown| {
            let row = |cost: &carpool_ipc::statement::Cost| {
                let dash = || "–".to_owned();
                view! {
                    <tr data-test="cost" data-amount=cost.amount.to_string()>
                        <th scope="row">{cost.about.clone()}</th>
                        <td>{state::name(shown, &cost.paid_by, words)}</td>
                        <td class="number">{cost.calls.map_or_else(dash, format::count)}</td>
                        <td class="number">{cost.list_price.map_or_else(dash, format::money)}</td>
                        <td class="number">{shown.currency.amount(cost.amount)}</td>
                    </tr>
                }
            };
            shown.costs.iter().map(row).collect_view()
        })
    };

    view! {
        <Card title=words.costs test="statement-costs">
            <Table label=words.costs>
                <thead>
                    <tr>
                        <th scope="col">{words.line}</th>
                        <th scope="col">{words.paid_by}</th>
                        <th scope="col" class="number">{words.calls}</th>
                        <th scope="col" class="number">{words.list_price}</th>
                        <th scope="col" class="number">{words.amount}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
}
