//! What the list of calls is narrowed down by.

use carpool_ipc::{
    calls::{CallNames, GetCallNames, NONE},
    usage::{By, Range},
};
use leptos::prelude::*;

use super::{
    ENDINGS,
    state::{self, Facet, Listing},
};
use crate::{
    components::{
        button::{Button, Look},
        field::SearchField,
    },
    fetch::{On, fetch},
    state::texts,
};

/// What the list of calls is narrowed down by.
#[component]
pub(super) fn Filters(range: Memo<Range>, listing: RwSignal<Listing>) -> impl IntoView {
    let words = texts().calls;
    let fetched = fetch(On::ConfigAndLedger, move || GetCallNames { range: range.get() });
    let names = Memo::new(move |_| fetched.value.get().unwrap_or_default());
    let search = RwSignal::new(String::new());
    Effect::new(move |_| {
        let text = search.get();
        listing.update(|listing| listing.search(&text));
    });
    let clear = Callback::new(move |()| {
        search.set(String::new());
        listing.update(Listing::clear);
    });
    let is_wide = Signal::derive(move || !listing.read().is_narrowed());

    view! {
        <div class="calls-filters" role="group" aria-label=words.filters>
            {Facet::ALL.iter().map(|facet| view! { <Choice facet=*facet names listing /> }).collect_view()}
            <SearchField label=words.search name="search-calls" value=search />
            <Button look=Look::Quiet label=words.clear press=clear disabled=is_wide id="clear-filters" />
        </div>
    }
}

#[component]
fn Choice(facet: Facet, names: Memo<CallNames>, listing: RwSignal<Listing>) -> impl IntoView {
    let words = texts().calls;
    let (label, all) = match facet {
        Facet::Friend => (words.friend, words.every_friend),
        Facet::Account => (words.account, words.every_account),
        Facet::Provider => (words.provider, words.every_provider),
        Facet::Model => (words.model, words.every_model),
        Facet::Status => (words.status, words.every_status),
    };
    let chosen = Memo::new(move |_| listing.read().chosen(facet).map(str::to_owned));
    let choices = Memo::new(move |_| {
        let chosen = chosen.get();
        names.with(|names| {
            let there: Vec<String> = match facet {
                Facet::Friend => names.friends.clone(),
                Facet::Account => names.accounts.clone(),
                Facet::Provider => names.providers.clone(),
                Facet::Model => names.models.clone(),
                Facet::Status => ENDINGS.iter().map(|&ending| ending.to_owned()).collect(),
            };
            state::choices(&there, chosen.as_deref())
        })
    });
    let option = move |name: String| {
        let text = match facet {
            Facet::Status => (words.ending)(&name).to_owned(),
            Facet::Model if name == NONE => (texts().usage.nameless)(By::Model).to_owned(),
            Facet::Account | Facet::Provider if name == NONE => (texts().usage.nameless)(By::Account).to_owned(),
            _ => name.clone(),
        };
        let value = name.clone();
        view! { <option value=value selected=move || chosen.get().as_deref() == Some(name.as_str())>{text}</option> }
    };
    let choose = move |event| listing.update(|listing| listing.choose(facet, event_target_value(&event)));

    view! {
        <div class="select">
            <select class="input" id=format!("field-{}", facet.slug()) name=facet.slug() aria-label=label on:change=choose>
                <option value="" selected=move || chosen.get().is_none()>{all}</option>
                <For each=move || choices.get() key=String::clone children=option />
            </select>
        </div>
    }
}
