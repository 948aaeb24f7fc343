//! What a fetched list looks like before it is there, and when it could not be read.

use carpool_ipc::texts;
use leptos::prelude::*;

use super::button::Button;
use crate::{
    fetch::Fetched,
    state::{shared, texts as owners_texts},
};

/// Shows a fetched value; before it is there, grey shapes of the same size, and if it cannot be read, why.
///
/// What is shown is built once and follows the signal, so that nothing jumps when the value is fetched anew.
#[component]
pub fn Loaded<T, V>(
    /// What is fetched.
    of: Fetched<T>,
    /// How many grey rows stand for it at first.
    #[prop(optional)]
    rows: usize,
    /// What shows it.
    children: impl Fn(Signal<T>) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let is_there = Memo::new(move |_| of.value.with(Option::is_some));
    let shown = move || {
        let Some(first) = is_there.get().then(|| of.value.get_untracked()).flatten() else {
            return view! { <Waiting of rows /> }.into_any();
        };
        let value = Signal::derive(move || of.value.get().unwrap_or_else(|| first.clone()));
        children(value).into_any()
    };

    view! {
        {move || is_there.get().then(|| view! { <Stale of /> })}
        {shown}
    }
}

/// Before the first value: grey rows, or why there is none.
#[component]
fn Waiting<T>(of: Fetched<T>, rows: usize) -> impl IntoView
where
    T: Send + Sync + 'static,
{
    let words = owners_texts().words;
    move || {
        if of.failure.with(Option::is_none) {
            view! { <Skeleton rows /> }.into_any()
        } else {
            view! {
                <div class="empty" role="alert" data-test="load-failed">
                    <h2>{words.could_not_load}</h2>
                    <p>{reason(of)}</p>
                    <div class="empty-actions">
                        <Button label=words.retry press=Callback::new(move |()| of.ask_again()) test="retry" />
                    </div>
                </div>
            }
            .into_any()
        }
    }
}

/// Above a value that could not be read anew.
#[component]
fn Stale<T>(of: Fetched<T>) -> impl IntoView
where
    T: Send + Sync + 'static,
{
    let words = owners_texts().words;
    move || {
        of.failure.with(Option::is_some).then(|| {
            view! {
                <p class="failure stale" role="status" data-test="load-failed">
                    <span>{words.could_not_load}" "{reason(of)}</span>
                    <Button label=words.retry press=Callback::new(move |()| of.ask_again()) test="retry" />
                </p>
            }
        })
    }
}

fn reason<T>(of: Fetched<T>) -> impl Fn() -> String
where
    T: Send + Sync + 'static,
{
    let language = shared().language;
    move || of.failure.get().map(|failure| texts::failure(language.get_untracked(), &failure)).unwrap_or_default()
}

/// Grey rows in the place of what is not there yet. They appear only after a moment, and do not move.
#[component]
pub fn Skeleton(
    /// How many.
    rows: usize,
) -> impl IntoView {
    let words = owners_texts().words;
    view! {
        <div class="skeleton" role="status">
            <span class="unseen">{words.loading}</span>
            {(0..rows.max(1)).map(|_| view! { <div class="skeleton-row"></div> }).collect_view()}
        </div>
    }
}
