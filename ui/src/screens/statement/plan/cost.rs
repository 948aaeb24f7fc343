//! The forms of a subscription or another cost: entering and changing one, and saying when it ends.

use carpool_ipc::plan::{EndCost, EnterCost, Entered, Every, Named, Plan, PlanCost};
use leptos::prelude::*;

use super::super::state::{self, Wrong};
use crate::{
    components::{
        button::{Button, Look},
        field::{FailureNote, TextField, Typed},
        select::{Choice, Segmented, Select},
    },
    sending::Sending,
    state::texts,
};

/// What is in the form. It is a handle: copies are the same.
#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    account: RwSignal<Option<i64>>,
    price: RwSignal<String>,
    in_dollars: RwSignal<bool>,
    every: RwSignal<Every>,
    whole_months: RwSignal<bool>,
    from: RwSignal<String>,
    ends: RwSignal<String>,
    paid_by: RwSignal<Named>,
    shares_some: RwSignal<bool>,
    shared_by: RwSignal<Vec<Named>>,
}

impl Draft {
    /// A cost that begins with this month, or the one that is changed.
    fn new(changed: Option<&PlanCost>, plan: &Plan, today: &str) -> Self {
        let known = changed.map(|cost| cost.entered.clone());
        let entered = known.unwrap_or_else(|| Entered {
            name: String::new(),
            account: None,
            price: String::new(),
            in_dollars: false,
            every: Every::Month,
            whole_months: false,
            from: today.get(..8).map(|month| format!("{month}01")).unwrap_or_default(),
            ends: None,
            paid_by: None,
            shared_by: Vec::new(),
        });
        Self {
            name: RwSignal::new(entered.name),
            account: RwSignal::new(entered.account),
            price: RwSignal::new(entered.price),
            in_dollars: RwSignal::new(entered.in_dollars),
            every: RwSignal::new(entered.every),
            whole_months: RwSignal::new(entered.whole_months),
            from: RwSignal::new(entered.from),
            ends: RwSignal::new(entered.ends.unwrap_or_default()),
            paid_by: RwSignal::new(state::known(plan, entered.paid_by)),
            shares_some: RwSignal::new(!entered.shared_by.is_empty()),
            shared_by: RwSignal::new(entered.shared_by.iter().map(|one| state::known(plan, *one)).collect()),
        }
    }

    fn entered(self) -> Entered {
        Entered {
            name: self.name.get().trim().to_owned(),
            account: self.account.get(),
            price: self.price.get().trim().to_owned(),
            in_dollars: self.in_dollars.get(),
            every: self.every.get(),
            whole_months: self.whole_months.get(),
            from: self.from.get(),
            ends: Some(self.ends.get()).filter(|ends| !ends.is_empty()),
            paid_by: self.paid_by.get(),
            shared_by: if self.shares_some.get() { self.shared_by.get() } else { Vec::new() },
        }
    }
}

/// Enters a cost, or changes one.
#[component]
pub(super) fn CostForm(open: RwSignal<bool>, plan: Plan, changed: Option<PlanCost>, today: String) -> impl IntoView {
    let (words, every_place) = (texts().plan, texts().words);
    let draft = Draft::new(changed.as_ref(), &plan, &today);
    let id = changed.as_ref().map(|cost| cost.id);
    let digits = plan.currency.digits;
    let digits = move || if draft.in_dollars.get() { 2 } else { digits };
    let is_tried = RwSignal::new(false);
    let wrong = Memo::new(move |_| {
        if is_tried.get() { state::wrong_cost(&draft.entered(), draft.shares_some.get(), digits()) } else { Vec::new() }
    });
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        if wrong.get_untracked().is_empty() {
            let entered = untrack(move || draft.entered());
            sending.send(EnterCost { id, entered }, move |()| {
                open.try_set(false);
            });
        }
    };
    let said = move |of: Wrong, text: &'static str| {
        Signal::derive(move || if wrong.read().contains(&of) { text.to_owned() } else { String::new() })
    };
    let price_error = Signal::derive(move || {
        if wrong.read().contains(&Wrong::Price) { (words.wrong_amount)(digits()) } else { String::new() }
    });

    view! {
        <form class="form" on:submit=submit>
            {id.map(|_| view! { <p class="quiet">{words.change_cost_hint}</p> })}
            <TextField label=words.name name="cost-name" value=draft.name hint=words.name_hint error=said(Wrong::Name, words.wrong_name) autofocus=true />
            <AccountChoice draft plan=plan.clone() />
            <div class="form-pair">
                <TextField label=words.price name="cost-price" value=draft.price error=price_error />
                <CurrencyChoice draft plan=plan.clone() />
            </div>
            <EveryChoice draft />
            <div class="form-pair">
                <TextField label=words.from name="cost-from" value=draft.from typed=Typed::Day error=said(Wrong::From, words.wrong_day) />
                {move || (draft.every.get() != Every::Once).then(|| view! {
                    <TextField label=words.ends name="cost-ends" value=draft.ends typed=Typed::Day hint=words.ends_hint error=said(Wrong::EndsFirst, words.wrong_end) />
                })}
            </div>
            <PeopleChoice draft plan />
            <p class="field-wrong" role="alert" hidden=move || !wrong.read().contains(&Wrong::Nobody)>{words.wrong_nobody}</p>
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=every_place.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=every_place.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}

#[component]
fn AccountChoice(draft: Draft, plan: Plan) -> impl IntoView {
    let words = texts().plan;
    let accounts = plan.accounts.into_iter().map(|account| (Some(account.id), account.id.to_string(), account.name));
    let none = (None, "none".to_owned(), words.no_account.to_owned());
    let hint = move || draft.account.get().is_none().then_some(words.no_account_hint);

    view! {
        <div class="field">
            <Select
                label=words.pays_for
                name="cost-account"
                choices=std::iter::once(none).chain(accounts).collect()
                chosen=draft.account
                choose=Callback::new(move |account| draft.account.set(account))
            />
            <p class="field-note">{hint}</p>
        </div>
    }
}

/// The statement's currency or dollars, where they are not the same.
#[component]
fn CurrencyChoice(draft: Draft, plan: Plan) -> impl IntoView {
    let words = texts().plan;
    let code = plan.currency.code;
    (code != "USD").then(|| {
        let choices = vec![(false, code.to_lowercase(), code), (true, "usd".to_owned(), "USD".to_owned())];
        view! {
            <div class="field">
                <span class="field-label">{words.price_in}</span>
                <Segmented
                    label=words.price_in
                    name="price-in"
                    choices
                    chosen=draft.in_dollars
                    choose=Callback::new(move |in_dollars| draft.in_dollars.set(in_dollars))
                />
            </div>
        }
    })
}

#[component]
fn EveryChoice(draft: Draft) -> impl IntoView {
    let words = texts().plan;
    let periods = [(Every::Month, "month"), (Every::Year, "year"), (Every::Once, "once")];
    let periods = periods.map(|(every, slug)| (every, slug.to_owned(), (words.every)(every).to_owned()));
    let parts = vec![
        (false, "days".to_owned(), words.partial_days.to_owned()),
        (true, "whole".to_owned(), words.partial_whole.to_owned()),
    ];
    let parts = StoredValue::new(parts);

    view! {
        <div class="field">
            <span class="field-label">{words.period}</span>
            <Segmented
                label=words.period
                name="every"
                choices=periods.to_vec()
                chosen=draft.every
                choose=Callback::new(move |every| draft.every.set(every))
            />
        </div>
        {move || (draft.every.get() == Every::Month).then(|| view! {
            <div class="field">
                <span class="field-label">{words.partial}</span>
                <Segmented
                    label=words.partial
                    name="partial"
                    choices=parts.get_value()
                    chosen=draft.whole_months
                    choose=Callback::new(move |whole| draft.whole_months.set(whole))
                />
            </div>
        })}
    }
}

/// Who pays, and who shares.
#[component]
fn PeopleChoice(draft: Draft, plan: Plan) -> impl IntoView {
    let (words, owner) = (texts().plan, texts().statement.owner);
    let people = StoredValue::new(state::everyone(&plan, owner));
    let sharers = vec![
        (false, "everyone".to_owned(), words.everyone.to_owned()),
        (true, "some".to_owned(), words.some.to_owned()),
    ];
    let tick = move |(who, name): (Named, String)| {
        let is_in = move || draft.shared_by.read().contains(&who);
        let changed = move |event| {
            let is_wanted = event_target_checked(&event);
            draft.shared_by.update(|all| {
                all.retain(|one| *one != who);
                if is_wanted {
                    all.push(who);
                }
            });
        };
        view! {
            <label class="tick">
                <input type="checkbox" name="shared-by" value=slug(who) prop:checked=is_in on:change=changed />
                <span>{name}</span>
            </label>
        }
    };

    view! {
        <Select
            label=words.paid_by
            name="cost-paid-by"
            choices=people.with_value(|people| choices(people))
            chosen=draft.paid_by
            choose=Callback::new(move |who| draft.paid_by.set(who))
        />
        <div class="field">
            <span class="field-label">{words.shared_by}</span>
            <Segmented
                label=words.shared_by
                name="sharers"
                choices=sharers
                chosen=draft.shares_some
                choose=Callback::new(move |some| draft.shares_some.set(some))
            />
        </div>
        {move || draft.shares_some.get().then(|| view! {
            <div class="sharers" role="group" aria-label=words.shared_by>{people.get_value().into_iter().map(tick).collect_view()}</div>
        })}
    }
}

/// A person's name in a form.
fn slug(who: Named) -> String {
    who.map_or_else(|| "owner".to_owned(), |id| id.to_string())
}

/// People to choose from.
pub(super) fn choices(people: &[(Named, String)]) -> Vec<Choice<Named>> {
    people.iter().map(|(who, name)| (*who, slug(*who), name.clone())).collect()
}

/// Says on which day a cost ends.
#[component]
pub(super) fn EndForm(open: RwSignal<bool>, cost: PlanCost) -> impl IntoView {
    let (words, every_place) = (texts().plan, texts().words);
    let today = crate::browser::iso_date(crate::browser::now_ms());
    let first = cost.entered.from.clone();
    let on = RwSignal::new(cost.entered.ends.unwrap_or_else(|| today.max(first.clone())));
    let is_tried = RwSignal::new(false);
    let error = Signal::derive(move || {
        let text = match on.read().as_str() {
            "" => words.wrong_day,
            day if day < first.as_str() => words.wrong_end,
            _ => "",
        };
        if is_tried.get() { text.to_owned() } else { String::new() }
    });
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        if error.get_untracked().is_empty() {
            sending.send(EndCost { id: cost.id, on: on.get_untracked() }, move |()| {
                open.try_set(false);
            });
        }
    };

    view! {
        <form class="form" on:submit=submit>
            <p>{words.end_body}</p>
            <TextField label=words.last_day name="end-on" value=on typed=Typed::Day error />
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=every_place.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=every_place.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}
