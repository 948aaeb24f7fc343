//! The currency that all money is shown in, and the way to the prices.

use carpool_ipc::plan::SetCurrency;
use leptos::prelude::*;

use super::{super::prices, state};
use crate::{
    browser,
    components::{
        button::{Button, Look},
        card::Card,
        field::{FailureNote, TextField, Typed},
    },
    place::Place,
    sending::Sending,
    state::{shared, texts},
};

/// The currency, and the way to the prices.
#[component]
pub(super) fn MoneyCard() -> impl IntoView {
    let words = texts().prices;
    let open = Callback::new(|()| browser::set_hash(&Place::Settings.part_href(prices::PART)));

    view! {
        <Card title=words.money test="settings-money">
            <CurrencyForm />
            <div class="setting">
                <div class="setting-text">
                    <h3>{words.title}</h3>
                    <p class="quiet">{words.open_hint}</p>
                </div>
                <div class="setting-control"><Button label=words.open press=open id="open-prices" /></div>
            </div>
        </Card>
    }
}

/// The currency and its rate. A dollar's needs none.
#[component]
fn CurrencyForm() -> impl IntoView {
    let (shared, words) = (shared(), texts().prices);
    let held = shared.currency.get_untracked();
    let (code, rate) = (RwSignal::new(held.currency.code.clone()), RwSignal::new(held.rate.to_string()));
    let wrong = Memo::new(move |_| state::wrong_currency(&code.read(), &rate.read()));
    let has_changed = move || {
        (code.get().trim().to_uppercase(), rate.get().trim().to_owned())
            != (held.currency.code.clone(), held.rate.to_string())
    };
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if wrong.get_untracked().is_none() {
            let typed = |text: RwSignal<String>| text.get_untracked().trim().to_owned();
            let (currency, rate) = (typed(code).to_uppercase(), typed(rate));
            let told = format!("1 USD = {rate} {currency}");
            sending.send(SetCurrency { currency, rate }, move |()| shared.toasts.tell((words.currency_set)(&told)));
        }
    };
    let code_error = Signal::derive(move || match wrong.get() {
        Some(state::WrongCurrency::Code) => words.wrong_code.to_owned(),
        _ => String::new(),
    });
    let rate_error = Signal::derive(move || match wrong.get() {
        Some(state::WrongCurrency::Rate) => words.wrong_rate.to_owned(),
        Some(state::WrongCurrency::RateOfDollar) => words.wrong_rate_of_dollar.to_owned(),
        _ => String::new(),
    });
    let rate_label = Signal::derive(move || (words.rate)(&code.get().trim().to_uppercase()));
    let disabled = Signal::derive(move || !has_changed() || wrong.get().is_some());

    view! {
        <form class="form currency-form" on:submit=submit>
            <div class="setting-text">
                <h3>{words.currency}</h3>
                <p class="quiet">{words.currency_hint}</p>
            </div>
            <div class="form-pair">
                <TextField label=words.currency_code name="currency" value=code typed=Typed::Code hint=words.currency_code_hint error=code_error />
                <TextField label=rate_label name="rate" value=rate hint=words.rate_hint error=rate_error />
            </div>
            <FailureNote of=sending />
            <div><Button look=Look::Primary label=texts().settings.apply busy=sending.busy disabled submits=true id="apply-currency" /></div>
        </form>
    }
}
