//! The time, for what shows how it passes.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser;

/// How often it is told. While nothing goes on nothing runs.
const TICK: Duration = Duration::from_secs(1);

/// The time, told anew each second while something goes on.
pub(crate) fn ticking(goes_on: Memo<bool>) -> RwSignal<i64> {
    let now = RwSignal::new(browser::now_ms());
    Effect::new(move |_| {
        if !goes_on.get() {
            return;
        }
        now.set(browser::now_ms());
        if let Ok(ticks) = set_interval_with_handle(move || now.set(browser::now_ms()), TICK) {
            on_cleanup(move || ticks.clear());
        }
    });
    now
}
