//! Where a key was used: a line for each program and address, folded away until it is asked for.

use carpool_ipc::friends::Device;
use leptos::prelude::*;

use crate::{
    browser,
    components::format,
    state::{shared, texts},
};

/// Where a key was used; nothing for one that never was.
#[component]
pub(super) fn Devices(devices: Signal<Vec<Device>>) -> impl IntoView {
    let words = texts().friends;
    let count = Memo::new(move |_| devices.with(Vec::len));
    let rows = move || devices.get().into_iter().map(|device| view! { <Row device /> }).collect_view();

    move || {
        (count.get() > 0).then(|| {
            view! {
                <details class="devices" data-test="devices">
                    <summary>{move || (words.devices)(count.get())}</summary>
                    <ul class="device-list">{rows}</ul>
                </details>
            }
        })
    }
}

#[component]
fn Row(device: Device) -> impl IntoView {
    let (language, t) = (shared().language.get_untracked(), texts());
    let when = format::when(t.times, language, browser::now_ms(), device.last_seen_ms);
    let seen = (t.friends.device_seen)(&(t.words.number_of_calls)(device.calls), &when);
    let title = device.client.clone();

    view! {
        <li class="device" data-test="device">
            <b title=title>{device.client}</b>
            <span>{device.address}</span>
            <span class="quiet">{seen}</span>
        </li>
    }
}
