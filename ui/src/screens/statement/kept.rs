//! The statements that were kept.

use carpool_ipc::statement::{Kept, Statement, Version};
use leptos::prelude::*;

use super::{Choosing, month_name, state::Month};
use crate::{
    browser::{self, TimeStyle},
    components::{
        badge::{Badge, Tone},
        button::{Button, Look},
        card::Card,
        table::Table,
    },
    state::{shared, texts},
};

/// Every statement that was kept, whatever its month.
#[component]
pub(super) fn KeptList(shown: Signal<Statement>, choosing: Choosing) -> impl IntoView {
    let words = texts().statement;
    let list =
        Memo::new(move |_| shown.with(|shown| (shown.kept.as_ref().map(|kept| kept.id), shown.all_kept.clone())));
    let rows = move || {
        let (chosen, all) = list.get();
        all.into_iter().map(|kept| row(kept, chosen, choosing)).collect_view()
    };

    move || {
        (!list.read().1.is_empty()).then(|| {
            view! {
                <Card title=words.all_kept test="kept-statements">
                    <Table label=words.all_kept>
                        <thead>
                            <tr>
                                <th scope="col">{words.month}</th>
                                <th scope="col">{words.made}</th>
                                <th scope="col">{words.hash}</th>
                                <th scope="col"><span class="unseen">{words.unchanged}</span></th>
                                <th scope="col"><span class="unseen">{words.show}</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </Table>
                </Card>
            }
        })
    }
}

fn row(kept: Kept, chosen: Option<i64>, choosing: Choosing) -> impl IntoView {
    let (shared, words) = (shared(), texts().statement);
    let language = shared.language.get_untracked();
    let (tone, label) = if kept.is_unchanged { (Tone::Good, words.unchanged) } else { (Tone::Bad, words.altered) };
    let month = Month::of_day(&kept.month);
    let name = month_name(language, &kept.month);
    let id = kept.id;
    let show = Callback::new(move |()| {
        if let Some(month) = month {
            choosing.month.set(month);
            choosing.version.set(Version::Kept { id });
        }
    });
    let action = if chosen == Some(id) {
        view! { <span class="quiet">{words.shown}</span> }.into_any()
    } else {
        view! { <Button look=Look::Quiet label=words.show press=show test="show-kept" /> }.into_any()
    };

    view! {
        <tr data-test="kept" data-id=id.to_string() data-month=kept.month>
            <th scope="row">{name}</th>
            <td>{browser::local_time(language, kept.made_ms, TimeStyle::DayAndClock)}</td>
            <td><code title=kept.sha256.clone()>{kept.sha256.chars().take(16).collect::<String>()}"…"</code></td>
            <td><Badge tone=tone label=label /></td>
            <td class="number">{action}</td>
        </tr>
    }
}
