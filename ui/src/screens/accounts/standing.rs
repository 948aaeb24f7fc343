//! Whether an account can serve: why not and until when, which models it leaves out, and what went wrong lately.

use carpool_ipc::accounts::{Account, Verdict};
use leptos::prelude::*;

use super::state;
use crate::{
    components::format,
    state::{shared, texts},
};

/// Why it cannot serve and until when, and the model families that are limited by themselves.
#[component]
pub(super) fn Standing(account: Signal<Account>, now: Signal<i64>) -> impl IntoView {
    let (language, t) = (shared().language.get_untracked(), texts());
    let reason = Memo::new(move |_| {
        account.with(|account| {
            (account.verdict != Verdict::Working)
                .then(|| ((t.accounts.reason)(account), account.reason.as_deref().map(t.accounts.cause)))
        })
    });
    let back = Memo::new(move |_| {
        let now_ms = now.get();
        account.with(|account| {
            state::back(account, t.pool, t.times, now_ms, |at_ms| format::clock(language, now_ms, at_ms))
        })
    });
    let families = Memo::new(move |_| {
        let now_ms = now.get();
        let line = |family: &str, at_ms| {
            let clock = |at_ms| format::clock(language, now_ms, at_ms);
            (t.pool.family)(family, &state::back_at(t.pool, t.times, now_ms, at_ms, clock))
        };
        account.with(|account| {
            account.limited.iter().map(|limited| line(&limited.family, limited.until_ms)).collect::<Vec<_>>()
        })
    });
    let has_back = Memo::new(move |_| back.read().is_some());

    view! {
        {move || reason.get().map(|(reason, cause)| view! {
            <div class="account-reason" data-test="reason">
                {move || has_back.get().then(|| view! { <p class="account-back" data-test="back">{back}</p> })}
                <p>{reason}</p>
                {cause.map(|cause| view! { <p class="quiet">{cause}</p> })}
            </div>
        })}
        {move || (!families.read().is_empty()).then(|| {
            let lines = families.get().into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
            view! { <ul class="account-reason account-families" data-test="families">{lines}</ul> }
        })}
    }
}

/// What went wrong lately, folded away.
#[component]
pub(super) fn Errors(account: Signal<Account>) -> impl IntoView {
    let (language, words) = (shared().language.get_untracked(), texts().pool);
    let errors = Memo::new(move |_| account.with(|account| account.troubles.clone()));
    let lines = move || {
        let now_ms = crate::browser::now_ms();
        let line = |at_ms, what| {
            view! { <li><span class="account-error-time">{format::past_clock(language, now_ms, at_ms)}</span><span>{what}</span></li> }
        };
        errors.get().into_iter().map(|error| line(error.at_ms, error.what)).collect_view()
    };

    view! {
        <details class="account-errors" hidden=move || errors.read().is_empty() data-test="errors">
            <summary>{move || (words.errors)(errors.read().len())}</summary>
            <ul>{lines}</ul>
        </details>
    }
}
