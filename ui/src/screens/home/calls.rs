//! The calls in flight: one row each, whose numbers move and whose place does not.

use carpool_ipc::live::LiveCall;
use leptos::prelude::*;

use super::state::{self, Phase};
use crate::{
    components::{card::Card, clock::ticking, format},
    state::{shared, texts},
};

/// The calls in flight.
#[component]
pub fn CallsCard() -> impl IntoView {
    let (shared, texts) = (shared(), texts().home);
    let ids =
        Memo::new(move |_| shared.live.with(|live| live.calls.iter().map(|call| call.id.clone()).collect::<Vec<_>>()));
    let now = ticking(Memo::new(move |_| !ids.read().is_empty()));
    let said = move || (texts.number_of_calls_now)(ids.read().len());
    let none =
        move || ids.read().is_empty().then(|| view! { <p class="quiet" data-test="no-calls">{texts.no_calls_now}</p> });

    view! {
        <Card title=texts.calls_now test="calls-now">
            <p class="unseen" aria-live="polite">{said}</p>
            {none}
            <ul class="live-calls">
                <For each=move || ids.get() key=Clone::clone children=move |id| view! { <Row id now /> } />
            </ul>
        </Card>
    }
}

#[component]
fn Row(id: String, now: RwSignal<i64>) -> impl IntoView {
    let (shared, texts) = (shared(), texts().home);
    let Some(first) = shared.live.with_untracked(|live| find(&live.calls, &id)) else { return ().into_any() };
    let started_ms = first.started_ms;
    let (friend, model) = (first.friend.clone(), first.model.clone());
    let title = model.clone();
    // The last it was known as stays until the row is gone.
    let call = Memo::new(move |last: Option<&LiveCall>| {
        let known = shared.live.with(|live| find(&live.calls, &id));
        known.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
    });
    let doing = move || {
        let call = call.read();
        match state::phase(&call) {
            Phase::WaitingForAccount => texts.waiting_for_account.to_owned(),
            Phase::WaitingForAnswer => texts.waiting_for_answer.to_owned(),
            Phase::Answering => {
                (texts.tokens_so_far)(&format::tokens(call.input_tokens), &format::count(call.output_tokens))
            }
        }
    };
    let account = move || call.read().account.clone();
    let is_answering = move || call.read().is_answering;

    view! {
        <li class="live-call" class:answering=is_answering data-test="live-call">
            <span class="dot" class:tone-good=is_answering class:tone-neutral=move || !is_answering()></span>
            <span class="live-who">{friend}</span>
            <span class="live-what" title=title>{model}</span>
            <span class="live-account">{account}</span>
            <span class="live-tokens">{doing}</span>
            <span class="live-time" title=texts.elapsed>{move || format::stopwatch(now.get() - started_ms)}</span>
        </li>
    }
    .into_any()
}

fn find(calls: &[LiveCall], id: &str) -> Option<LiveCall> {
    calls.iter().find(|call| call.id == id).cloned()
}
