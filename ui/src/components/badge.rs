//! Pills: a state in a word.

use carpool_ipc::accounts::Verdict;
use leptos::prelude::*;

use crate::state::texts;

/// What a state means for the owner. The word says it too: colour alone never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Neutral,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Something to do.
    Bad,
}

impl Tone {
    /// The class that colours it.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Good => "tone-good",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
        }
    }

    /// What an account's verdict means.
    pub(crate) fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Working => Self::Good,
            Verdict::Paused => Self::Neutral,
            Verdict::Limited | Verdict::Cooling | Verdict::NeedsLogin => Self::Warn,
            Verdict::Blocked => Self::Bad,
        }
    }
}

/// A state in a word.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// The word.
    #[prop(into)]
    label: Signal<String>,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
) -> impl IntoView {
    view! {
        <span class=move || format!("badge {}", tone.get().class()) data-test=test>
            {label}
        </span>
    }
}

/// Whether an account can serve, in a word.
#[component]
pub fn VerdictBadge(
    /// Whether it can.
    #[prop(into)]
    verdict: Signal<Verdict>,
) -> impl IntoView {
    let words = texts().words;
    let label = Signal::derive(move || (words.verdict)(verdict.get()).to_owned());

    view! { <Badge tone=Signal::derive(move || Tone::of_verdict(verdict.get())) label test="verdict" /> }
}
