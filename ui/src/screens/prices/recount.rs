//! Earlier calls, priced by the prices of now: the difference first, then, by a press, written down.

use carpool_ipc::{
    Money,
    prices::{RecountPrices, Recounted},
};
use leptos::prelude::*;

use super::state;
use crate::{
    components::{
        button::{Button, Look},
        card::Card,
        field::{FailureNote, TextField, Typed},
        format,
    },
    sending::Sending,
    state::{shared, texts},
};

/// Prices calls anew.
#[component]
pub(super) fn RecountCard() -> impl IntoView {
    let (shared, words) = (shared(), texts().prices);
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let shown = RwSignal::new(None::<Recounted>);
    let sending = Sending::new();
    let ask = move |write| RecountPrices {
        from: state::typed(&from.read_untracked()),
        to: state::typed(&to.read_untracked()),
        write,
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        sending.send(ask(false), move |found| {
            shown.try_set(Some(found));
        });
    };
    let write = Callback::new(move |()| {
        sending.send(ask(true), move |found| {
            shown.try_set(None);
            shared.toasts.tell((words.recounted)(found.changed));
        });
    });
    // Another span: what is shown is not about it.
    Effect::new(move |_| {
        from.track();
        to.track();
        shown.set(None);
    });

    view! {
        <Card title=words.recount test="recount">
            <p class="quiet">{words.recount_hint}</p>
            <form class="form" on:submit=submit>
                <div class="form-pair">
                    <TextField label=words.recount_from name="recount-from" value=from typed=Typed::Day />
                    <TextField label=words.recount_to name="recount-to" value=to typed=Typed::Day hint=words.recount_open />
                </div>
                <FailureNote of=sending />
                <div><Button label=words.recount_show busy=sending.busy submits=true id="show-recount" /></div>
            </form>
            {move || shown.get().map(|found| view! { <Difference found write busy=sending.busy /> })}
        </Card>
    }
}

#[component]
fn Difference(found: Recounted, write: Callback<()>, busy: RwSignal<bool>) -> impl IntoView {
    let words = texts().prices;
    let difference = Money(found.after.0.saturating_sub(found.before.0));
    let sign = if difference.0 > 0 { "+" } else { "" };
    let facts = [
        (words.recount_calls, format::count(found.calls), "recount-calls"),
        (words.recount_changed, format::count(found.changed), "recount-changed"),
        (words.recount_new, format::count(found.newly_priced), "recount-new"),
        (words.recount_unpriced, format::count(found.unpriced), "recount-unpriced"),
        (words.before, format::money(found.before), "recount-before"),
        (words.after, format::money(found.after), "recount-after"),
        (words.difference, format!("{sign}{}", format::money(difference)), "recount-difference"),
    ];
    let fact = |(name, value, id): (&'static str, String, &'static str)| {
        view! { <div><dt>{name}</dt><dd id=id>{value}</dd></div> }
    };
    let can_write = found.changed > 0;

    view! {
        <div class="found-book" role="status" data-test="recounted">
            <dl class="recount-facts">{facts.into_iter().map(fact).collect_view()}</dl>
            {if can_write {
                view! { <div><Button look=Look::Primary label=words.recount_write busy press=write id="write-recount" /></div> }.into_any()
            } else {
                view! { <p class="quiet">{words.recount_same}</p> }.into_any()
            }}
        </div>
    }
}
