//! An account's window: a bar divided by who used it, each friend's share as a tick, and when it will end at this pace.

pub(super) mod state;

use std::collections::BTreeMap;

use carpool_ipc::windows::{Window, WindowForecast};
use leptos::prelude::*;

use self::state::Split;
use crate::{
    browser,
    components::{chart::Swatch, format, meter::Meter},
    state::{shared, texts},
};

/// An account's window.
#[component]
pub(super) fn WindowMeter(window: Window, colours: BTreeMap<i64, usize>) -> impl IntoView {
    let forecast = window.forecast.clone().map(|forecast| view! { <Forecast forecast /> });
    match state::split(&window, &colours) {
        Some(split) => view! { <div class="window"><SplitMeter window split />{forecast}</div> }.into_any(),
        None => view! { <div class="window"><Meter window />{forecast}</div> }.into_any(),
    }
}

/// A bar that is divided. The pointer or the focus show whose part is how much, and each share as a tick.
#[component]
fn SplitMeter(window: Window, split: Split) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let percent = format::percent(window.used);
    let name = (t.home.window)(window.hours);
    let resets = window.resets_ms.map(|at_ms| {
        let (language, now_ms) = (shared.language.get_untracked(), browser::now_ms());
        (t.home.resets)(&format::clock(language, now_ms, at_ms), &format::until(t.times, now_ms, at_ms))
    });
    let parts = split.segments.iter().map(|part| {
        view! { <div class=format!("part series-{}", part.colour) style:width=format!("{}%", part.used)></div> }
    });
    let ticks = split.segments.iter().filter(|part| part.entitled > 0.0).map(|part| {
        view! { <span class=format!("tick-mark series-{}", part.colour) style:left=format!("{}%", part.tick)></span> }
    });
    let outside = format!("{}%", split.outside);
    let label = (t.shares.split)(&name);

    view! {
        <div class="meter split" role="group" tabindex="0" aria-label=label data-test="split">
            <p class="meter-words"><span>{name.clone()}</span><span class="quiet">{(t.home.used)(percent)}</span></p>
            <div class="split-bar">
                <div
                    class="meter-bar parts"
                    role="meter"
                    aria-label=name
                    aria-valuemin="0"
                    aria-valuemax="100"
                    aria-valuenow=percent.to_string()
                >
                    {parts.collect_view()}
                    <div class="part hatched" style:width=outside></div>
                </div>
                {ticks.collect_view()}
            </div>
            <Whose split />
            <p class="quiet meter-reset">{resets}</p>
        </div>
    }
}

/// Whose part is how much; seen while the bar is pointed at or has the focus, and read to those who cannot see it.
#[component]
fn Whose(split: Split) -> impl IntoView {
    let words = texts().shares;
    let row = |part: &state::Segment| {
        let said =
            (words.part)(&part.friend, format::percent(part.used / 100.0), format::percent(part.entitled / 100.0));
        view! { <li data-test="window-part" data-name=part.friend.clone()><Swatch colour=part.colour /><span>{said}</span></li> }
    };
    let outside = format::percent(split.outside / 100.0);
    let outside = (outside > 0).then(|| {
        view! { <li><span class="swatch hatched"></span><span>{words.outside}": "{(words.percent)(outside)}</span></li> }
    });

    view! {
        <div class="split-whose">
            <ul>{split.segments.iter().map(row).collect_view()}{outside}</ul>
            <p class="quiet">{words.entitled}</p>
        </div>
    }
}

/// When the window will end at this pace, and who drives it.
#[component]
fn Forecast(forecast: WindowForecast) -> impl IntoView {
    let (language, words) = (shared().language.get_untracked(), texts().shares);
    let clock = |at_ms| format::clock(language, browser::now_ms(), at_ms);
    let latest = forecast.latest_ms.map(clock);
    let ends = (words.ends)(&clock(forecast.ends_ms), &clock(forecast.earliest_ms), latest.as_deref());
    let early = (words.before_reset)(&state::span(forecast.before_reset_s, words));
    let driver = forecast.driver.map(|driver| (words.driver)(&driver.friend, format::percent(driver.fraction)));
    let said = (words.forecast)(&ends, &early, driver.as_deref());

    view! { <p class="forecast" data-test="forecast">{said}</p> }
}

/// Which colour is who, for all bars.
#[component]
pub(super) fn Legend(names: Vec<(String, usize)>, has_outside: bool) -> impl IntoView {
    let words = texts().shares;
    let entries = names.into_iter().map(|(name, colour)| view! { <li><Swatch colour />{name}</li> });
    let outside = has_outside.then(|| view! { <li><span class="swatch hatched"></span>{words.outside}</li> });

    view! { <ul class="legend window-legend" data-test="window-legend">{entries.collect_view()}{outside}</ul> }
}
