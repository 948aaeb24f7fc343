//! How full an allowance is.

use carpool_ipc::windows::Window;
use leptos::prelude::*;

use super::{badge::Tone, format};
use crate::{
    browser,
    state::{shared, texts},
};

/// How much of an allowance is used, and when it begins anew.
#[component]
pub fn Meter(window: Window) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let language = shared.language.get_untracked();
    let percent = format::percent(window.used);
    let name = match &window.family {
        None => (t.home.window)(window.hours),
        Some(family) => (t.home.window_of)(window.hours, family),
    };
    let resets = window.resets_ms.map(|at_ms| {
        let now_ms = browser::now_ms();
        (t.home.resets)(&format::clock(language, now_ms, at_ms), &format::until(t.times, now_ms, at_ms))
    });

    view! {
        <div class=format!("meter {}", tone_of_use(window.used).class())>
            <p class="meter-words">
                <span>{name.clone()}</span>
                <span class="quiet">{(t.home.used)(percent)}</span>
            </p>
            <div
                class="meter-bar"
                role="meter"
                aria-label=name
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=percent.to_string()
            >
                <div style:width=format!("{percent}%")></div>
            </div>
            <p class="quiet meter-reset">{resets}</p>
        </div>
    }
}

/// What an allowance's use means.
pub(crate) fn tone_of_use(used: f64) -> Tone {
    match used {
        much if much >= 0.9 => Tone::Bad,
        some if some >= 0.75 => Tone::Warn,
        _ => Tone::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_that_is_nearly_used_up_is_bad_news() {
        assert_eq!(tone_of_use(0.2), Tone::Good);
        assert_eq!(tone_of_use(0.75), Tone::Warn);
        assert_eq!(tone_of_use(0.95), Tone::Bad);
    }
}
