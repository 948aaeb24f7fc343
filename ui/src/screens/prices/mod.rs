//! Prices: the book in use and newer ones, the owner's own prices, models without one, and calls that are priced anew.

mod book;
mod own;
mod recount;
mod state;
mod unpriced;
mod versions;

use carpool_ipc::prices::{GetPrices, OwnPrice, Prices};
use leptos::prelude::*;

use self::{
    book::BookCard,
    own::{OwnCard, PriceDialog},
    recount::RecountCard,
    unpriced::UnpricedCard,
    versions::Versions,
};
use crate::{
    components::{heading::Heading, icon::Icon, icon::Picture, loaded::Loaded, subject::Subject},
    fetch::{On, fetch},
    place::Place,
    state::texts,
};

/// The name of this part of Settings in the address.
pub(crate) const PART: &str = "prices";

/// A price that is to be stated.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stating {
    price: OwnPrice,
    /// Whether the owner stated it before.
    is_known: bool,
}

/// Prices.
#[component]
pub fn Screen() -> impl IntoView {
    let words = texts().prices;
    let prices = fetch(On::ConfigAndLedger, || GetPrices {});
    let stating = Subject::<Stating>::new();
    let content = move |prices: Signal<Prices>| {
        view! {
            <div class="settings prices">
                <UnpricedCard prices stating />
                <BookCard prices />
                <OwnCard prices stating />
                <RecountCard />
                <Versions prices />
            </div>
            <PriceDialog prices stating />
        }
        .into_any()
    };

    view! {
        <a class="back" href=Place::Settings.href() id="back-to-settings"><Picture of=Icon::Back />{words.to_settings}</a>
        <Heading title=words.title />
        <p class="quiet prices-unit">{words.usd_note}</p>
        <Loaded of=prices rows=6 children=content />
    }
}
