//! The models that cost most.

use carpool_ipc::usage::{By, Model};
use leptos::prelude::*;

use super::{Shown, group_name, state};
use crate::{
    components::{card::Card, format, table::Table},
    state::texts,
};

/// How many of them are shown.
const SHOWN: usize = 6;

/// The models that cost most; where nothing has a price, those that took most tokens.
#[component]
pub(super) fn Models(shown: Signal<Shown>) -> impl IntoView {
    let (words, every_place) = (texts().usage, texts().words);
    let models = Memo::new(move |_| shown.with(|shown| shown.report.models.clone()));
    let rows = move || models.with(|models| models.iter().take(SHOWN).map(|model| row(model, models)).collect_view());
    let rest = move || models.with(|models| models.len().saturating_sub(SHOWN));

    view! {
        <Card title=words.models test="models">
            <Table label=words.models>
                <thead>
                    <tr>
                        <th scope="col">{(words.by)(By::Model)}</th>
                        <th scope="col" class="number">{every_place.calls}</th>
                        <th scope="col" class="number">{every_place.tokens}</th>
                        <th scope="col" class="number">{every_place.cost}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            {move || (rest() > 0).then(|| view! { <p class="quiet models-rest">{(words.more_models)(rest())}</p> })}
        </Card>
    }
}

fn row(model: &Model, models: &[Model]) -> impl IntoView + use<> {
    let t = texts();
    let name = group_name(model.name.as_deref(), By::Model, t.usage);
    let (whole_name, data_name) = (name.clone(), name.clone());
    let part = state::part_of_largest(&model.total, models.first().map(|first| &first.total));
    let (total, tokens) = (model.total, model.total.tokens.total());

    view! {
        <tr data-test="model-row" data-name=data_name>
            <th scope="row" class="model-name">
                <span title=whole_name>{name}</span>
                <span class="share-bar" aria-hidden="true"><span style:width=format!("{:.1}%", part * 100.0)></span></span>
            </th>
            <td class="number">{format::count(total.calls)}</td>
            <td class="number" title=format::count(tokens)>{format::tokens(tokens)}</td>
            <td class="number">{format::cost(&total, t.words.unpriced)}</td>
        </tr>
    }
}
