//! What is entered for statements: how costs are shared, what they are, who pays API bills, and adjustments.

mod adjustment;
mod cost;
mod sharing;

use carpool_ipc::plan::{Adjustment, Plan, PlanCost, RemoveAdjustment, RemoveCost, SetBill};
use leptos::prelude::*;

use self::{
    adjustment::AdjustmentForm,
    cost::{CostForm, EndForm},
    sharing::SharingForm,
};
use super::{Choosing, state, state::Month};
use crate::{
    browser,
    components::{
        button::{Button, IconButton, Look},
        card::Card,
        dialog::{Confirm, Dialog},
        icon::Icon,
        menu::{Item, Menu},
        select::Select,
        subject::Subject,
        table::Table,
    },
    state::{shared, texts},
};

/// The dialogs that enter something. It is a handle: copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Entering {
    month: RwSignal<Month>,
    sharing: RwSignal<bool>,
    cost: RwSignal<bool>,
    /// The cost that is changed; none: a new one is entered.
    changed: RwSignal<Option<PlanCost>>,
    adjustment: RwSignal<bool>,
}

impl Entering {
    pub(super) fn new(month: RwSignal<Month>) -> Self {
        Self {
            month,
            sharing: RwSignal::new(false),
            cost: RwSignal::new(false),
            changed: RwSignal::new(None),
            adjustment: RwSignal::new(false),
        }
    }

    /// Asks for a new cost.
    pub(super) fn add_cost(self) {
        self.changed.set(None);
        self.cost.set(true);
    }

    /// Asks what is to be different about a cost.
    fn change_cost(self, cost: PlanCost) {
        self.changed.set(Some(cost));
        self.cost.set(true);
    }
}

/// Everything that is entered.
#[component]
pub(super) fn Entries(plan: Signal<Plan>, entering: Entering, choosing: Choosing) -> impl IntoView {
    let words = texts().plan;
    let (ending, removing) = (Subject::<PlanCost>::new(), Subject::<PlanCost>::new());
    let has_bills = Memo::new(move |_| plan.with(|plan| plan.accounts.iter().any(|account| account.is_billed)));

    view! {
        <Card title=words.title test="plan">
            <p class="quiet">{words.hint}</p>
            <SharingNow plan entering />
            <Costs plan entering ending removing />
            {move || has_bills.get().then(|| view! { <Bills plan /> })}
            <Adjustments plan entering choosing />
        </Card>
        <Dialogs plan entering />
        <Questions ending removing />
    }
}

/// How costs are shared, and the way to change that.
#[component]
fn SharingNow(plan: Signal<Plan>, entering: Entering) -> impl IntoView {
    let words = texts().plan;
    let sharing = move || {
        plan.with(|plan| {
            let fee = plan.currency.amount(match plan.sharing {
                carpool_ipc::statement::Sharing::BaseFee { fee } => fee,
                _ => 0,
            });
            (words.sharing_now)(state::shared(plan.sharing), &fee)
        })
    };
    let me = move || {
        plan.with(|plan| match plan.me {
            Some(_) => (words.me_now)(&state::named(plan, plan.me, "")),
            None => words.me_nobody_now.to_owned(),
        })
    };
    let change = Callback::new(move |()| entering.sharing.set(true));

    view! {
        <div class="plan-part plan-sharing">
            <div>
                <h3 data-test="sharing-now">{sharing}</h3>
                <p class="quiet">{me}</p>
            </div>
            <Button label=words.change_sharing press=change id="change-sharing" />
        </div>
    }
}

#[component]
fn Costs(
    plan: Signal<Plan>,
    entering: Entering,
    ending: Subject<PlanCost>,
    removing: Subject<PlanCost>,
) -> impl IntoView {
    let words = texts().plan;
    let add = Callback::new(move |()| entering.add_cost());
    let list = move || {
        plan.with(|plan| {
            if plan.costs.is_empty() {
                return view! { <p class="quiet" data-test="no-costs">{words.no_costs}</p> }.into_any();
            }
            let rows = plan.costs.iter().map(|cost| cost_row(cost, plan, entering, ending, removing)).collect_view();
            view! {
                <Table label=words.costs>
                    <thead>
                        <tr>
                            <th scope="col">{words.name}</th>
                            <th scope="col">{words.price}</th>
                            <th scope="col">{words.paid_by}</th>
                            <th scope="col">{words.shared_by}</th>
                            <th scope="col"></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            }
            .into_any()
        })
    };

    view! {
        <div class="plan-part">
            <div class="plan-head">
                <h3>{words.costs}</h3>
                <Button label=words.add_cost icon=Icon::Add press=add id="add-cost" />
            </div>
            {list}
        </div>
    }
}

fn cost_row(
    cost: &PlanCost,
    plan: &Plan,
    entering: Entering,
    ending: Subject<PlanCost>,
    removing: Subject<PlanCost>,
) -> impl IntoView + use<> {
    let (t, entered) = (texts(), &cost.entered);
    let words = t.plan;
    let owner = t.statement.owner;
    let account = entered.account.and_then(|id| plan.accounts.iter().find(|account| account.id == id));
    let minor = account.map(|account| account.name.clone()).filter(|name| *name != entered.name);
    let price = format!("{}{}", cost.currency.sign(), entered.price);
    let shared_by: Vec<String> = entered.shared_by.iter().map(|person| state::named(plan, *person, owner)).collect();
    let shared_by = if shared_by.is_empty() { words.everyone.to_owned() } else { shared_by.join(", ") };
    let (name, one) = (entered.name.clone(), cost.clone());
    let items = Signal::derive(move || {
        let item = |label: &str, look, test, press| Item { label: label.to_owned(), look, test, press };
        let (changed, ended, removed) = (one.clone(), one.clone(), one.clone());
        vec![
            item(
                words.change_cost,
                Look::Plain,
                "menu-change-cost",
                Callback::new(move |()| entering.change_cost(changed.clone())),
            ),
            item(words.end_cost, Look::Plain, "menu-end-cost", Callback::new(move |()| ending.ask(ended.clone()))),
            item(
                t.words.remove,
                Look::Danger,
                "menu-remove-cost",
                Callback::new(move |()| removing.ask(removed.clone())),
            ),
        ]
    });

    view! {
        <tr data-test="plan-cost" data-name=name>
            <th scope="row">{name.clone()}{minor.map(|name| view! { <span class="minor">{name}</span> })}</th>
            <td>
                {(words.per)(&price, entered.every)}
                <span class="minor">{(words.span)(&entered.from, entered.ends.as_deref())}</span>
            </td>
            <td>{state::named(plan, state::known(plan, entered.paid_by), owner)}</td>
            <td>{shared_by}</td>
            <td class="plan-menu"><Menu label=name.clone() items /></td>
        </tr>
    }
}

/// Who pays the providers of accounts that are billed by use.
#[component]
fn Bills(plan: Signal<Plan>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.plan;
    let rows = move || {
        plan.with(|plan| {
            let people = state::everyone(plan, t.statement.owner);
            let row = |account: &carpool_ipc::plan::Account| {
                let (id, payer) = (account.id, state::known(plan, account.bill_paid_by));
                let choices = people.iter().map(|(who, name)| {
                    (*who, who.map_or_else(|| "owner".to_owned(), |id| id.to_string()), name.clone())
                });
                let choose = Callback::new(move |paid_by| shared.send(SetBill { account: id, paid_by }));
                view! {
                    <li data-test="bill" data-name=account.name.clone()>
                        <span>{account.name.clone()}</span>
                        <Select
                            label=(words.bill_paid_by)(&account.name)
                            name="bill-paid-by"
                            choices=choices.collect()
                            chosen=Signal::stored(payer)
                            choose
                            is_label_unseen=true
                        />
                    </li>
                }
            };
            plan.accounts.iter().filter(|account| account.is_billed).map(row).collect_view()
        })
    };

    view! {
        <div class="plan-part">
            <h3>{words.bills}</h3>
            <p class="quiet">{words.bills_hint}</p>
            <ul class="plan-bills">{rows}</ul>
        </div>
    }
}

/// The adjustments of the month that is shown.
#[component]
fn Adjustments(plan: Signal<Plan>, entering: Entering, choosing: Choosing) -> impl IntoView {
    let words = texts().plan;
    let add = Callback::new(move |()| entering.adjustment.set(true));
    let list = move || {
        let month = choosing.month.get().iso();
        plan.with(|plan| {
            let rows: Vec<_> =
                plan.adjustments.iter().filter(|one| one.month == month).map(|one| adjustment_row(one, plan)).collect();
            if rows.is_empty() {
                return view! { <p class="quiet">{words.no_adjustments}</p> }.into_any();
            }
            view! { <ul class="plan-adjustments">{rows}</ul> }.into_any()
        })
    };

    view! {
        <div class="plan-part">
            <div class="plan-head">
                <div>
                    <h3>{words.adjustments}</h3>
                    <p class="quiet">{words.adjustments_hint}</p>
                </div>
                <Button label=words.add_adjustment icon=Icon::Add press=add id="add-adjustment" />
            </div>
            {list}
        </div>
    }
}

fn adjustment_row(one: &Adjustment, plan: &Plan) -> impl IntoView + use<> {
    let (shared, t) = (shared(), texts());
    let (words, owner) = (t.plan, t.statement.owner);
    let name = |person| state::named(plan, state::known(plan, person), owner);
    let id = one.id;
    let remove = Callback::new(move |()| shared.send(RemoveAdjustment { id }));

    view! {
        <li data-test="adjustment">
            <span>{(words.owes)(&name(one.from), &name(one.to))}<span class="quiet">{one.why.clone()}</span></span>
            <strong>{one.currency.amount(one.amount)}</strong>
            <IconButton icon=Icon::Close label=words.remove_adjustment press=remove test="remove-adjustment" />
        </li>
    }
}

/// The forms.
#[component]
fn Dialogs(plan: Signal<Plan>, entering: Entering) -> impl IntoView {
    let words = texts().plan;
    let title = Signal::derive(move || {
        let changed = entering.changed.get();
        changed.map_or_else(|| words.add_cost_title.to_owned(), |cost| (words.change_cost_title)(&cost.entered.name))
    });
    let today = browser::iso_date(browser::now_ms());

    view! {
        <Dialog open=entering.sharing title=words.sharing id="sharing-dialog">
            <SharingForm open=entering.sharing plan=plan.get_untracked() />
        </Dialog>
        <Dialog open=entering.cost title id="cost-dialog">
            <CostForm open=entering.cost plan=plan.get_untracked() changed=entering.changed.get_untracked() today=today.clone() />
        </Dialog>
        <Dialog open=entering.adjustment title=words.add_adjustment id="adjustment-dialog">
            <AdjustmentForm open=entering.adjustment plan=plan.get_untracked() month=entering.month.get_untracked() />
        </Dialog>
    }
}

/// What is asked before a cost ends or is taken back.
#[component]
fn Questions(ending: Subject<PlanCost>, removing: Subject<PlanCost>) -> impl IntoView {
    let (words, every_place) = (texts().plan, texts().words);
    let remove = Callback::new(move |()| RemoveCost { id: removing.with(|cost| cost.id) });

    view! {
        <Dialog open=ending.open title=ending.text(|cost| (words.end_title)(&cost.entered.name)) id="end-dialog">
            {move || ending.with(|cost| Some(cost.clone())).map(|cost| view! { <EndForm open=ending.open cost /> })}
        </Dialog>
        <Confirm
            open=removing.open
            title=removing.text(|cost| (words.remove_title)(&cost.entered.name))
            text=words.remove_body
            verb=every_place.remove
            id="remove-cost"
            ask=remove
        />
    }
}
