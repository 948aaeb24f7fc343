//! The models whose calls have no price, and the way to one.

use carpool_ipc::prices::{OwnPrice, Prices, Unpriced};
use leptos::prelude::*;

use super::Stating;
use crate::{
    browser,
    components::{
        badge::{Badge, Tone},
        button::Button,
        card::Card,
        format,
        subject::Subject,
        table::Table,
    },
    state::{shared, texts},
};

/// The models whose calls have no price.
#[component]
pub(super) fn UnpricedCard(prices: Signal<Prices>, stating: Subject<Stating>) -> impl IntoView {
    let (words, every_place) = (texts().prices, texts().words);
    let list = move || {
        let unpriced = prices.with(|prices| prices.unpriced.clone());
        if unpriced.is_empty() {
            return view! { <p class="quiet" data-test="none-unpriced">{words.none_unpriced}</p> }.into_any();
        }
        view! {
            <p class="quiet">{words.unpriced_hint}</p>
            <Table label=words.unpriced>
                <thead>
                    <tr>
                        <th scope="col">{words.model}</th>
                        <th scope="col" class="number">{every_place.calls}</th>
                        <th scope="col" class="number">{every_place.tokens}</th>
                        <th scope="col">{words.last_used}</th>
                        <th scope="col"></th>
                    </tr>
                </thead>
                <tbody>{unpriced.into_iter().map(|one| row(one, stating)).collect_view()}</tbody>
            </Table>
        }
        .into_any()
    };

    view! { <Card title=words.unpriced test="unpriced-models">{list}</Card> }
}

fn row(one: Unpriced, stating: Subject<Stating>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.prices;
    let when = format::when(t.times, shared.language.get_untracked(), browser::now_ms(), one.last_ms);
    let near = (!one.near.is_empty() && !one.is_priced_now).then(|| (words.near)(&one.near.join(", ")));
    let unknown = (one.without_usage > 0)
        .then(|| view! { <span class="minor">{(words.without_usage)(one.without_usage)}</span> });
    let price = OwnPrice { provider: Some(one.provider.clone()), model: one.model.clone(), ..OwnPrice::default() };
    let set = Callback::new(move |()| stating.ask(Stating { price: price.clone(), is_known: false }));
    let action = if one.is_priced_now {
        view! { <Badge tone=Tone::Good label=words.priced_now test="priced-now" /> }.into_any()
    } else {
        view! { <Button label=words.set_price press=set test="set-price" /> }.into_any()
    };

    view! {
        <tr data-test="unpriced" data-model=one.model>
            <th scope="row">
                {one.model.clone()}
                <span class="minor">{one.provider}</span>
                {near.map(|near| view! { <span class="minor">{near}</span> })}
            </th>
            <td class="number">{format::count(one.calls)}{unknown}</td>
            <td class="number">{format::tokens(one.tokens)}</td>
            <td>{when}</td>
            <td class="number">{action}</td>
        </tr>
    }
}
