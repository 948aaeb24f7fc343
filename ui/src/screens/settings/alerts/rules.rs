//! The rules of alerts, and when the digest is told: a form.

use carpool_ipc::alerts::{Alerts, SetAlerts, USUAL_PERCENT};
use leptos::prelude::*;

use super::state::{self, Typed};
use crate::{
    components::{
        button::{Button, Look},
        field::{FailureNote, TextField, Tick},
        select::Select,
    },
    sending::Sending,
    state::{shared, texts},
};

/// The form.
#[component]
pub(super) fn Rules(alerts: Signal<Alerts>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.alerts;
    let held = Memo::new(move |_| alerts.with(|alerts| alerts.rules.clone()));
    let (accounts, unusual) = (RwSignal::new(false), RwSignal::new(false));
    let spend = RwSignal::new(String::new());
    let (day, hour) = (RwSignal::new(0), RwSignal::new(state::USUAL_HOUR));
    Effect::new(move |_| {
        let typed = held.with(state::typed);
        accounts.set(typed.accounts);
        unusual.set(typed.unusual);
        spend.set(typed.spend);
        day.set(typed.day);
        hour.set(typed.hour);
    });
    let typed = move || Typed {
        accounts: accounts.get(),
        unusual: unusual.get(),
        spend: spend.get(),
        day: day.get(),
        hour: hour.get(),
    };
    let change = move || held.with(|held| state::change(held, &typed()));
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(rules) = untrack(change) else { return };
        sending.send(SetAlerts { rules }, move |()| shared.toasts.tell(words.saved));
    };
    let percent = move || held.read().unusual_use.unwrap_or(USUAL_PERCENT);
    view! {
        <form class="form alert-rules" on:submit=submit>
            <Switches accounts unusual percent=Signal::derive(percent) />
            <div class="alert-spend">
                <TextField
                    label=words.spend
                    name="alert-spend"
                    value=spend
                    hint=words.spend_hint
                    placeholder=words.spend_any
                />
            </div>
            <DigestTime day hour />
            <FailureNote of=sending />
            <div>
                <Button
                    look=Look::Primary
                    label=t.words.save
                    busy=sending.busy
                    disabled=Signal::derive(move || change().is_none())
                    submits=true
                    id="save-alerts"
                />
            </div>
        </form>
    }
}

/// The rules that are on or off.
#[component]
fn Switches(accounts: RwSignal<bool>, unusual: RwSignal<bool>, percent: Signal<u32>) -> impl IntoView {
    let words = texts().alerts;
    view! {
        <div>
            <Tick label=words.accounts name="alert-accounts" checked=accounts />
            <p class="quiet tick-hint">{words.accounts_hint}</p>
        </div>
        <div>
            <Tick label=words.unusual name="alert-unusual" checked=unusual />
            <p class="quiet tick-hint">{move || (words.unusual_hint)(percent.get())}</p>
        </div>
    }
}

/// When the digest is told.
#[component]
fn DigestTime(day: RwSignal<i8>, hour: RwSignal<i8>) -> impl IntoView {
    let words = texts().alerts;
    let never = std::iter::once((0, "0".to_owned(), words.digest_off.to_owned()));
    let days = (1..).zip(words.days).map(|(day, name)| (day, day.to_string(), name.to_owned()));
    let hours = (0..24).map(|hour| (hour, hour.to_string(), format!("{hour:02}:00")));

    view! {
        <div>
            <div class="digest-time">
                <Select
                    label=words.digest
                    name="digest-day"
                    choices=never.chain(days).collect()
                    chosen=day
                    choose=Callback::new(move |it| day.set(it))
                />
                <div hidden=move || day.get() == 0>
                    <Select
                        label=words.hour
                        name="digest-hour"
                        choices=hours.collect()
                        chosen=hour
                        choose=Callback::new(move |it| hour.set(it))
                    />
                </div>
            </div>
            <p class="quiet">{words.digest_hint}</p>
        </div>
    }
}
