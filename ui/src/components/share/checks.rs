//! The steps from this machine's port to a friend's: what each look found, and what to do.

use carpool_ipc::tunnel::{Cause, CheckReach, Reachability, Step};
use leptos::prelude::*;

use super::state;
use crate::{
    browser,
    components::{
        badge::Tone,
        button::Button,
        field::FailureNote,
        format,
        icon::{Icon, Picture},
    },
    fetch::Fetched,
    sending::Sending,
    state::{shared, texts},
};

/// What the last look found, and the button for another.
#[component]
pub(super) fn Checks(of: Signal<Reachability>, reachability: Fetched<Reachability>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.tunnel;
    let sending = Sending::new();
    let check = Callback::new(move |()| sending.send(CheckReach {}, move |()| reachability.ask_again()));
    let steps = Memo::new(move |_| of.with(|of| of.steps.clone()));
    let checked = move || {
        let at_ms = of.with(|of| of.checked_ms)?;
        Some(format::when(t.times, shared.language.get_untracked(), browser::now_ms(), at_ms))
    };
    let when = move || checked().map_or_else(|| words.not_checked.to_owned(), |when| (words.checked)(&when));
    let label = Signal::derive(move || {
        let label = match (sending.busy.get(), of.with(|of| of.checked_ms)) {
            (true, _) => words.checking,
            (false, Some(_)) => words.check_again,
            (false, None) => words.check,
        };
        label.to_owned()
    });

    view! {
        <section class="checks" aria-label=words.checks data-test="checks">
            <header class="share-head">
                <h3>{words.checks}</h3>
                <span class="quiet">{when}</span>
                <Button label busy=sending.busy press=check id="check-reach" />
            </header>
            <FailureNote of=sending />
            <ul class="steps-of-reach">
                {move || steps.get().into_iter().map(|step| view! { <StepLine step /> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn StepLine(step: Step) -> impl IntoView {
    let words = texts().tunnel;
    let tone = state::tone_of_step(step.verdict);
    let icon = match tone {
        Tone::Good => Icon::Check,
        Tone::Warn | Tone::Bad => Icon::Warning,
        Tone::Neutral => Icon::More,
    };
    let (why, advice) = (words.cause)(step.cause);
    let seen = match step.detail {
        Some(detail) if step.cause == Cause::Fine => detail,
        Some(detail) => format!("{why} ({detail})"),
        None => why.to_owned(),
    };

    view! {
        <li class=format!("reach-step {}", tone.class()) data-test="reach-step" data-verdict=format!("{:?}", step.verdict)>
            <Picture of=icon />
            <div>
                <p><b>{(words.step)(step.kind)}</b><span class="unseen">{(words.step_verdict)(step.verdict)}</span></p>
                <p class="quiet">{seen}</p>
                {advice.map(|advice| view! { <p class="reach-advice">{advice}</p> })}
            </div>
        </li>
    }
}
