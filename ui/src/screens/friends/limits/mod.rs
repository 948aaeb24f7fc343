//! The limits of a friend or a key: how far each is used, and what else is restricted.

mod form;
mod state;

use carpool_ipc::limits::{LimitKind, LimitUse, LimitsForm};
use leptos::prelude::*;

pub(super) use self::form::{LimitsDialog, Whose};
use crate::{
    browser,
    components::format,
    state::{shared, texts},
};

/// A bar for each limit.
#[component]
pub(super) fn LimitBars(
    /// How far each is used.
    #[prop(into)]
    uses: Signal<Vec<LimitUse>>,
    /// Whose they are.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let kinds = Memo::new(move |_| uses.with(|uses| uses.iter().map(|one| one.kind).collect::<Vec<_>>()));
    let bar = move |kind: LimitKind| {
        // The bar of a kind is built once and grows; the last it was known as stays until it is gone.
        let one = Memo::new(move |last: Option<&Option<LimitUse>>| {
            let known = uses.with(|uses| uses.iter().find(|one| one.kind == kind).copied());
            known.or_else(|| last.copied().flatten())
        });
        view! { <LimitBar kind one /> }
    };

    move || {
        (!kinds.read().is_empty()).then(|| {
            view! {
                <ul class="limit-bars" aria-label=label data-test="limits">
                    <For each=move || kinds.get() key=|kind| *kind children=bar />
                </ul>
            }
        })
    }
}

#[component]
fn LimitBar(kind: LimitKind, one: Memo<Option<LimitUse>>) -> impl IntoView {
    let words = texts().limits;
    let name = (words.kind)(kind);
    let of_use = move |read: fn(&LimitUse) -> String| move || one.read().as_ref().map(read).unwrap_or_default();
    let bar = Memo::new(move |_| one.read().as_ref().map(|one| state::bar(one.amounts)));
    let length = move |read: fn(&state::Bar) -> f64| move || format!("{}%", bar.read().as_ref().map_or(0.0, read));
    let tone = move || bar.read().as_ref().map_or("", |bar| bar.tone.class());

    view! {
        <li class=move || format!("meter limit-bar {}", tone()) data-test="limit" data-kind=kind.slug()>
            <p class="meter-words"><span>{name}</span><span class="quiet">{of_use(used_of)}</span></p>
            <div
                class="meter-bar parts"
                role="meter"
                aria-label=name
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || bar.read().as_ref().map_or(0.0, |bar| bar.used.round()).to_string()
                aria-valuetext=of_use(used_of)
            >
                <div class="part" data-test="used" style:width=length(|bar| bar.used)></div>
                <div class="part hatched" data-test="held" style:width=length(|bar| bar.held)></div>
            </div>
            <p class="quiet meter-reset">{of_use(later)}</p>
        </li>
    }
}

/// How much of how much is used.
fn used_of(one: &LimitUse) -> String {
    let (used, _, limit) = state::amounts(one.kind, one.amounts);
    (texts().limits.used_of)(&used, &limit)
}

/// When the span ends or room returns, and what is held until then.
fn later(one: &LimitUse) -> String {
    let (language, words) = (shared().language.get_untracked(), texts().limits);
    let clock = |at_ms| format::clock(language, browser::now_ms(), at_ms);
    let ends = one.until_ms.and_then(|at_ms| match one.kind {
        LimitKind::CapDay | LimitKind::CapWeek | LimitKind::CapMonth => Some((words.resets_at)(&clock(at_ms))),
        LimitKind::Cap5h => Some((words.room_at)(&clock(at_ms))),
        // A minute is over before it is read.
        LimitKind::Rpm | LimitKind::Tpm | LimitKind::Concurrency | LimitKind::CapTotal => None,
    });
    let held = state::amounts(one.kind, one.amounts).1.map(|held| (words.held)(&held));
    ends.into_iter().chain(held).collect::<Vec<_>>().join(" · ")
}

/// What else may and may not be, in a line; nothing where everything may.
pub(super) fn restrictions(form: &LimitsForm) -> Option<String> {
    let words = texts().limits;
    let said: Vec<String> =
        state::restrictions(form).iter().map(|(field, list)| (words.restricted)(*field, list)).collect();
    (!said.is_empty()).then(|| said.join(" · "))
}
