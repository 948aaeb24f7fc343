//! A provider's allowances: how much of each is used, and when it begins anew.

use carpool_ipc::accounts::Window;
use leptos::prelude::*;

use super::{badge::Tone, format};
use crate::{
    browser::{self, TimeStyle},
    state::{shared, texts},
};

/// From this part on, an allowance is worth a look.
const SCARCE: f64 = 0.75;
/// From this part on, it is about to end.
const ENDING: f64 = 0.95;
/// A reset that is further away is told with its weekday.
const A_DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A bar for each allowance.
#[component]
pub fn Allowances(
    /// What is known of them.
    #[prop(into)]
    windows: Signal<Vec<Window>>,
) -> impl IntoView {
    move || {
        let windows = windows.get();
        (!windows.is_empty()).then(|| {
            view! { <ul class="allowances" data-test="windows">{windows.iter().map(bar).collect_view()}</ul> }
        })
    }
}

fn bar(window: &Window) -> impl IntoView + use<> {
    let (language, words) = (shared().language.get_untracked(), texts().accounts);
    let style = |at_ms: i64| if at_ms - browser::now_ms() < A_DAY_MS { TimeStyle::Clock } else { TimeStyle::WeekdayAndClock };
    let resets = window.resets_ms.map(|at_ms| browser::local_time(language, at_ms, style(at_ms)));
    let percent = format::percent(window.used);
    let name = (words.window)(window.hours);
    let used = (words.window_used)(percent, resets.as_deref());

    view! {
        <li data-test=format!("window-{}", window.hours)>
            <p><span>{name.clone()}</span><span class="quiet">{used.clone()}</span></p>
            <div
                class=format!("allowance {}", tone(window.used).class())
                role="meter"
                aria-label=name
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=percent
                aria-valuetext=used
            >
                <span style:width=format!("{percent}%")></span>
            </div>
        </li>
    }
}

fn tone(used: f64) -> Tone {
    match used {
        used if used >= ENDING => Tone::Bad,
        used if used >= SCARCE => Tone::Warn,
        _ => Tone::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_asks_for_attention_before_it_ends() {
        assert_eq!([0.0, 0.74, 0.75, 0.95, 1.2].map(tone), [Tone::Good, Tone::Good, Tone::Warn, Tone::Bad, Tone::Bad]);
    }
}
