//! The few things the window asks of its webview: the place in the address, the language, the clock, the focus.

use std::time::Duration;

use carpool_ipc::settings::{Language, Theme};
use js_sys::{Date, Object, Reflect};
use leptos::prelude::{document, set_timeout, window};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, Response};

/// Unix milliseconds, now.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds fit by far")]
pub(crate) fn now_ms() -> i64 {
    Date::now() as i64
}

/// What follows `#` in the address.
pub(crate) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Goes to the place that is named so; the webview's history remembers it.
pub(crate) fn set_hash(hash: &str) {
    let _ = window().location().set_hash(hash);
}

/// The language the system asks for.
pub(crate) fn system_language() -> Language {
    Language::of_system(&window().navigator().language().unwrap_or_default())
}

/// Tells the page which language it is in.
pub(crate) fn show_language(language: Language) {
    if let Some(html) = document().document_element() {
        let _ = html.set_attribute("lang", language.tag());
    }
}

/// Colours the page, and remembers it for the first paint of the next start.
pub(crate) fn show_theme(theme: Theme) {
    let name = match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    if let Some(html) = document().document_element() {
        let _ = html.set_attribute("data-theme", name);
    }
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item("theme", name);
    }
}

/// Takes away an element that was in the page from the start.
pub(crate) fn remove(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.remove();
    }
}

/// The id of what has the focus, if it has one.
pub(crate) fn focused() -> Option<String> {
    Some(document().active_element()?.id()).filter(|id| !id.is_empty())
}

/// Puts the focus on the element of this id.
pub(crate) fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        focus_on(&element);
    }
}

/// Puts the focus on an element.
pub(crate) fn focus_on(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Prints the page: the webview asks on which printer.
pub(crate) fn print() {
    let _ = window().print();
}

/// Does something once the page is as the signals have it: they are followed before the webview's next task.
pub(crate) fn soon(act: impl FnOnce() + 'static) {
    set_timeout(act, Duration::ZERO);
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeStyle {
    /// The time of day: `14:10`.
    Clock,
    /// The day and the time of day: `3 Nov, 14:10`.
    DayAndClock,
    /// The weekday and the time of day: `Mon 14:10`.
    WeekdayAndClock,
    /// The day: `3 Nov`.
    Day,
    /// The day with its year: `3 November 2026`.
    Date,
    /// The month with its year: `Nov 2026`.
    Month,
    /// The day with its year and the time of day, to the second: `3 November 2026 at 14:10:07`.
    Full,
}

/// A moment in the machine's time zone, as the language writes it.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in a float for 285,000 years")]
pub(crate) fn local_time(language: Language, at_ms: i64, style: TimeStyle) -> String {
    let options: &[(&str, &str)] = match style {
        TimeStyle::Clock => &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")],
        TimeStyle::DayAndClock => {
            &[("month", "short"), ("day", "numeric"), ("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]
        }
        TimeStyle::WeekdayAndClock => {
            &[("weekday", "short"), ("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]
        }
        TimeStyle::Day => &[("month", "short"), ("day", "numeric")],
        TimeStyle::Date => &[("year", "numeric"), ("month", "long"), ("day", "numeric")],
        TimeStyle::Month => &[("year", "numeric"), ("month", "short")],
        TimeStyle::Full => &[
            ("year", "numeric"),
            ("month", "long"),
            ("day", "numeric"),
            ("hour", "2-digit"),
            ("minute", "2-digit"),
            ("second", "2-digit"),
            ("hourCycle", "h23"),
        ],
    };
    let chosen = Object::new();
    for (name, value) in options {
        let _ = Reflect::set(&chosen, &(*name).into(), &(*value).into());
    }
    Date::new(&JsValue::from_f64(at_ms as f64)).to_locale_string(locale(language), &chosen).into()
}

/// The day of a moment in the machine's time zone, as `2026-11-03`.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in a float for 285,000 years")]
pub(crate) fn iso_date(at_ms: i64) -> String {
    let date = Date::new(&JsValue::from_f64(at_ms as f64));
    format!("{:04}-{:02}-{:02}", date.get_full_year(), date.get_month() + 1, date.get_date())
}

/// A month of a year, counted from 1, as the language writes it: `November 2026`.
pub(crate) fn month_name(language: Language, year: u32, month: u32) -> String {
    let chosen = Object::new();
    for (name, value) in [("year", "numeric"), ("month", "long")] {
        let _ = Reflect::set(&chosen, &name.into(), &value.into());
    }
    let middle = Date::new_with_year_month_day(year, i32::try_from(month).unwrap_or(1) - 1, 15);
    middle.to_locale_string(locale(language), &chosen).into()
}

/// Reads a file that lies beside the page; `None`: it is not there, or not what it should be.
pub(crate) async fn read_json<T: DeserializeOwned>(path: &str) -> Option<T> {
    let response: Response = JsFuture::from(window().fetch_with_str(path)).await.ok()?.dyn_into().ok()?;
    let content = JsFuture::from(response.json().ok()?).await.ok()?;
    serde_wasm_bindgen::from_value(content).ok()
}

/// The locale dates are written in: English ones with the day first, which cannot be misread.
fn locale(language: Language) -> &'static str {
    match language {
        Language::English => "en-GB",
        Language::Chinese => "zh-CN",
    }
}
