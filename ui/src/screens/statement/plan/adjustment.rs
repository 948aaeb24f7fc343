//! The form of what one person owes another.

use carpool_ipc::plan::{EnterAdjustment, Plan};
use leptos::prelude::*;

use super::{
    super::state::{self, Month, Wrong},
    cost::choices,
};
use crate::{
    components::{
        button::{Button, Look},
        field::{FailureNote, TextField},
        select::Select,
    },
    sending::Sending,
    state::texts,
};

/// Enters an adjustment of the month that is shown.
#[component]
pub(super) fn AdjustmentForm(open: RwSignal<bool>, plan: Plan, month: Month) -> impl IntoView {
    let (words, every_place) = (texts().plan, texts().words);
    let people = state::everyone(&plan, texts().statement.owner);
    let first = people.first().map(|(who, _)| *who).unwrap_or_default();
    let second = people.get(1).map_or(first, |(who, _)| *who);
    let (from, to) = (RwSignal::new(second), RwSignal::new(first));
    let (amount, why, is_tried) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(false));
    let digits = plan.currency.digits;
    let wrong = Memo::new(move |_| {
        let wrong = || state::wrong_adjustment(from.get(), to.get(), amount.read().trim(), &why.read(), digits);
        if is_tried.get() { wrong() } else { Vec::new() }
    });
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        if wrong.get_untracked().is_empty() {
            let ask = EnterAdjustment {
                month: month.iso(),
                from: from.get_untracked(),
                to: to.get_untracked(),
                amount: amount.get_untracked().trim().to_owned(),
                why: why.get_untracked().trim().to_owned(),
            };
            sending.send(ask, move |()| {
                open.try_set(false);
            });
        }
    };
    let amount_error = Signal::derive(move || match wrong.get() {
        all if all.contains(&Wrong::Amount) => (words.wrong_amount)(digits),
        all if all.contains(&Wrong::Nothing) => words.wrong_nothing.to_owned(),
        _ => String::new(),
    });
    let why_error =
        Signal::derive(
            move || if wrong.read().contains(&Wrong::Why) { words.wrong_why.to_owned() } else { String::new() },
        );
    let label = format!("{} ({})", texts().statement.amount, plan.currency.code);

    view! {
        <form class="form" on:submit=submit>
            <p class="quiet">{words.adjustments_hint}</p>
            <div class="form-pair">
                <Select label=words.who_owes name="adjust-from" choices=choices(&people) chosen=from choose=Callback::new(move |who| from.set(who)) />
                <Select label=words.whom name="adjust-to" choices=choices(&people) chosen=to choose=Callback::new(move |who| to.set(who)) />
            </div>
            <p class="field-wrong" role="alert" hidden=move || !wrong.read().contains(&Wrong::Same)>{words.wrong_same}</p>
            <TextField label=label name="adjust-amount" value=amount error=amount_error />
            <TextField label=words.why name="adjust-why" value=why hint=words.why_hint error=why_error />
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=every_place.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=every_place.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}
