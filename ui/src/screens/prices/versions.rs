//! The versions of the prices so far.

use carpool_ipc::prices::{PriceVersion, Prices};
use leptos::prelude::*;

use crate::{
    browser::{self, TimeStyle},
    components::{
        badge::{Badge, Tone},
        card::Card,
        format,
        table::Table,
    },
    state::{shared, texts},
};

/// Every version, the newest first.
#[component]
pub(super) fn Versions(prices: Signal<Prices>) -> impl IntoView {
    let (words, every_place) = (texts().prices, texts().words);
    let rows = move || {
        prices.with(|prices| prices.versions.iter().map(|one| row(one, one.version == prices.version)).collect_view())
    };

    view! {
        <Card title=words.versions test="price-versions">
            <Table label=words.versions>
                <thead>
                    <tr>
                        <th scope="col" class="number">{words.version}</th>
                        <th scope="col">{words.source}</th>
                        <th scope="col">{words.since}</th>
                        <th scope="col" class="number">{words.own_prices}</th>
                        <th scope="col" class="number">{every_place.calls}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
}

fn row(one: &PriceVersion, is_in_use: bool) -> impl IntoView + use<> {
    let (shared, words) = (shared(), texts().prices);
    let language = shared.language.get_untracked();
    let badge = is_in_use.then(|| view! { " "<Badge tone=Tone::Good label=words.current /> });

    view! {
        <tr data-test="price-version" data-version=one.version.to_string()>
            <td class="number">{one.version}</td>
            <td class="version-source">{one.source.clone().unwrap_or_else(|| words.built_in.to_owned())}{badge}</td>
            <td>{browser::local_time(language, one.since_ms, TimeStyle::Date)}</td>
            <td class="number">{one.own_prices}</td>
            <td class="number">{format::count(one.calls)}</td>
        </tr>
    }
}
