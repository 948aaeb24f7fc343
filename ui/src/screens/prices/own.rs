//! The owner's own prices, and the form that states one.

use carpool_ipc::prices::{OwnPrice, Prices, SetPrice, UnsetPrice, WhichPrice};
use leptos::prelude::*;

use super::{
    Stating,
    state::{self, Wrong},
};
use crate::{
    components::{
        button::{Button, Look},
        card::Card,
        dialog::{Confirm, Dialog},
        field::{FailureNote, TextField},
        icon::Icon,
        menu::{Item, Menu},
        subject::Subject,
        table::Table,
    },
    sending::Sending,
    state::{shared, texts},
};

/// The owner's own prices.
#[component]
pub(super) fn OwnCard(prices: Signal<Prices>, stating: Subject<Stating>) -> impl IntoView {
    let words = texts().prices;
    let unsetting = Subject::<OwnPrice>::new();
    let add = Callback::new(move |()| stating.ask(Stating { price: OwnPrice::default(), is_known: false }));
    let list = move || {
        let own = prices.with(|prices| prices.own.clone());
        if own.is_empty() {
            return view! { <p class="quiet" data-test="no-own-prices">{words.no_own}</p> }.into_any();
        }
        view! {
            <Table label=words.own>
                <thead>
                    <tr>
                        <th scope="col">{words.model}</th>
                        <th scope="col" class="number">{words.input}</th>
                        <th scope="col" class="number">{words.output}</th>
                        <th scope="col" class="number">{words.cache_read}</th>
                        <th scope="col"></th>
                    </tr>
                </thead>
                <tbody>{own.into_iter().map(|price| row(price, stating, unsetting)).collect_view()}</tbody>
            </Table>
        }
        .into_any()
    };
    let ask = Callback::new(move |()| UnsetPrice {
        which: unsetting.with(which).unwrap_or(WhichPrice { provider: None, model: String::new() }),
    });

    view! {
        <Card title=words.own test="own-prices" aside=move || view! { <Button label=words.add_own icon=Icon::Add press=add id="add-own-price" /> }>
            <p class="quiet">{words.own_hint}</p>
            {list}
        </Card>
        <Confirm
            open=unsetting.open
            title=unsetting.text(|price| (words.unset_title)(&price.model))
            text=words.unset_body
            verb=words.unset
            id="unset-price"
            ask
        />
    }
}

fn which(price: &OwnPrice) -> Option<WhichPrice> {
    Some(WhichPrice { provider: price.provider.clone(), model: price.model.clone() })
}

fn row(price: OwnPrice, stating: Subject<Stating>, unsetting: Subject<OwnPrice>) -> impl IntoView {
    let (words, plan) = (texts().prices, texts().plan);
    let provider = price.provider.clone().unwrap_or_else(|| words.every_provider.to_owned());
    let dash = || "–".to_owned();
    let one = price.clone();
    let items = Signal::derive(move || {
        let item = |label: &str, look, test, press| Item { label: label.to_owned(), look, test, press };
        let (changed, removed) = (one.clone(), one.clone());
        let change = move |()| stating.ask(Stating { price: changed.clone(), is_known: true });
        vec![
            item(plan.change_cost, Look::Plain, "menu-change-price", Callback::new(change)),
            item(
                words.unset,
                Look::Danger,
                "menu-unset-price",
                Callback::new(move |()| unsetting.ask(removed.clone())),
            ),
        ]
    });

    view! {
        <tr data-test="own-price" data-model=price.model>
            <th scope="row">{price.model.clone()}<span class="minor">{provider}</span></th>
            <td class="number">{format!("${}", price.input)}</td>
            <td class="number">{format!("${}", price.output)}</td>
            <td class="number">{price.cache_read.clone().map_or_else(dash, |price| format!("${price}"))}</td>
            <td class="plan-menu"><Menu label=price.model.clone() items /></td>
        </tr>
    }
}

/// Asks what a model costs.
#[component]
pub(super) fn PriceDialog(prices: Signal<Prices>, stating: Subject<Stating>) -> impl IntoView {
    let words = texts().prices;
    let form = move || {
        let what = stating.with(|what| Some(what.clone()));
        what.map(|what| view! { <PriceForm prices=prices.get_untracked() what open=stating.open /> })
    };

    view! {
        <Dialog open=stating.open title=words.price_title id="price-dialog">
            {form}
        </Dialog>
    }
}

/// What is in the form. It is a handle: copies are the same.
#[derive(Clone, Copy)]
struct Draft {
    provider: RwSignal<String>,
    model: RwSignal<String>,
    input: RwSignal<String>,
    output: RwSignal<String>,
    cache_read: RwSignal<String>,
    cache_write_5m: RwSignal<String>,
    cache_write_1h: RwSignal<String>,
    web_search: RwSignal<String>,
}

impl Draft {
    fn new(price: &OwnPrice) -> Self {
        let text = |price: &Option<String>| RwSignal::new(price.clone().unwrap_or_default());
        Self {
            provider: text(&price.provider),
            model: RwSignal::new(price.model.clone()),
            input: RwSignal::new(price.input.clone()),
            output: RwSignal::new(price.output.clone()),
            cache_read: text(&price.cache_read),
            cache_write_5m: text(&price.cache_write_5m),
            cache_write_1h: text(&price.cache_write_1h),
            web_search: text(&price.web_search),
        }
    }

    fn price(self) -> OwnPrice {
        OwnPrice {
            provider: state::typed(&self.provider.read()),
            model: self.model.read().trim().to_owned(),
            input: self.input.read().trim().to_owned(),
            output: self.output.read().trim().to_owned(),
            cache_read: state::typed(&self.cache_read.read()),
            cache_write_5m: state::typed(&self.cache_write_5m.read()),
            cache_write_1h: state::typed(&self.cache_write_1h.read()),
            web_search: state::typed(&self.web_search.read()),
        }
    }
}

#[component]
fn PriceForm(prices: Prices, what: Stating, open: RwSignal<bool>) -> impl IntoView {
    let (shared, words, every_place) = (shared(), texts().prices, texts().words);
    let draft = Draft::new(&what.price);
    let old = what.is_known.then(|| which(&what.price)).flatten();
    let is_tried = RwSignal::new(false);
    let wrong = Memo::new(move |_| if is_tried.get() { state::wrong(&draft.price()) } else { Vec::new() });
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        if !wrong.get_untracked().is_empty() {
            return;
        }
        let price = untrack(move || draft.price());
        let model = price.model.clone();
        sending.send(SetPrice { price, instead_of: old.clone() }, move |()| {
            open.try_set(false);
            shared.toasts.tell((words.price_set)(&model));
        });
    };
    let error = move |of: Wrong| {
        let text = if of == Wrong::Model { words.wrong_model } else { words.wrong_price };
        Signal::derive(move || if wrong.read().contains(&of) { text.to_owned() } else { String::new() })
    };
    let has_more = what.price.cache_read.is_some() || what.price.cache_write_5m.is_some();

    view! {
        <form class="form" on:submit=submit>
            <TextField label=words.model name="price-model" value=draft.model hint=words.model_hint error=error(Wrong::Model) />
            <ProviderChoice prices draft />
            <p class="field-label">{words.per_million}</p>
            <div class="form-pair">
                <TextField label=words.input name="price-input" value=draft.input error=error(Wrong::Input) />
                <TextField label=words.output name="price-output" value=draft.output error=error(Wrong::Output) />
            </div>
            <details open=has_more>
                <summary>{words.caches}</summary>
                <div class="form-pair">
                    <TextField label=words.cache_read name="price-cache-read" value=draft.cache_read error=error(Wrong::CacheRead) />
                    <TextField label=words.web_search name="price-web-search" value=draft.web_search error=error(Wrong::WebSearch) />
                    <TextField label=words.cache_write_5m name="price-cache-write-5m" value=draft.cache_write_5m error=error(Wrong::CacheWrite5m) />
                    <TextField label=words.cache_write_1h name="price-cache-write-1h" value=draft.cache_write_1h error=error(Wrong::CacheWrite1h) />
                </div>
                <p class="quiet">{words.caches_hint}</p>
            </details>
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=every_place.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=every_place.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}

/// The provider whose model it is, or every one.
#[component]
fn ProviderChoice(prices: Prices, draft: Draft) -> impl IntoView {
    let words = texts().prices;
    let option = move |(id, name): (String, String)| {
        let is_chosen = *draft.provider.read_untracked() == id;
        view! { <option value=id selected=is_chosen>{name}</option> }
    };
    let every = (String::new(), words.every_provider.to_owned());

    view! {
        <div class="field">
            <label for="field-price-provider">{words.provider}</label>
            <div class="select">
                <select id="field-price-provider" name="price-provider" class="input" on:change=move |event| draft.provider.set(event_target_value(&event))>
                    {std::iter::once(every).chain(prices.providers).map(option).collect_view()}
                </select>
            </div>
        </div>
    }
}
