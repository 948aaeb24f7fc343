//! The form in which the owner sets what a friend or a key may do.

use std::{array, collections::BTreeMap};

use carpool_ipc::{
    accounts::{Account, ListAccounts},
    friends::Friend,
    limits::{Bound, Expiry, KeyTerms, LimitField, LimitsForm, SetFriendLimits, SetKeyLimits},
    texts,
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    super::FriendsKey,
    state::{self, Ends},
};
use crate::{
    browser,
    components::{
        button::{Button, Look},
        dialog::Dialog,
        field::{FailureNote, TextField, Typed},
        select::{Choice, Select},
        subject::Subject,
    },
    fetch::{On, fetch},
    sending::Sending,
    state::{shared, texts},
};

/// Whose limits are set.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Whose {
    Friend(Friend),
    Key(FriendsKey),
}

impl Whose {
    fn title(&self) -> String {
        let words = texts().limits;
        match self {
            Self::Friend(friend) => (words.friend_title)(&friend.name),
            Self::Key(key) => (words.key_title)(&key.friend, &key.key.name),
        }
    }

    fn limits(&self) -> &LimitsForm {
        match self {
            Self::Friend(friend) => &friend.limits,
            Self::Key(key) => &key.key.limits,
        }
    }
}

/// The dialog with the limits of a friend or a key.
#[component]
pub(in super::super) fn LimitsDialog(subject: Subject<Whose>) -> impl IntoView {
    let form = move |whose: &Whose| Some(view! { <Form whose=whose.clone() open=subject.open /> });

    view! {
        <Dialog open=subject.open title=subject.text(Whose::title) id="limits-dialog">
            {move || subject.with(form)}
        </Dialog>
    }
}

/// What is typed. It is a handle: copies are the same.
#[derive(Clone, Copy)]
struct Draft {
    texts: [(LimitField, RwSignal<String>); 15],
    ends: RwSignal<Ends>,
    date: RwSignal<String>,
    days: RwSignal<String>,
    bound: RwSignal<Option<Bound>>,
}

impl Draft {
    fn of(whose: &Whose) -> Self {
        let fields: Vec<LimitField> = state::fields().collect();
        let typed = |at: usize| (fields[at], RwSignal::new(state::text(whose.limits(), fields[at])));
        let terms = match whose {
            Whose::Friend(_) => KeyTerms::default(),
            Whose::Key(key) => key.key.terms.clone(),
        };
        let (date, days) = match &terms.expiry {
            Expiry::Never => (String::new(), String::new()),
            Expiry::After { date } => (date.clone(), String::new()),
            Expiry::AfterFirstUse { days } => (String::new(), days.to_string()),
        };
        Self {
            texts: array::from_fn(typed),
            ends: RwSignal::new(Ends::of(&terms.expiry)),
            date: RwSignal::new(date),
            days: RwSignal::new(days),
            bound: RwSignal::new(terms.bound),
        }
    }

    fn text(self, field: LimitField) -> RwSignal<String> {
        let known = self.texts.iter().find(|(own, _)| *own == field);
        known.expect("every field of the form has a signal").1
    }

    /// What is wrong with each field.
    fn wrong(self) -> BTreeMap<LimitField, state::Wrong> {
        let mut wrong = state::read(|field| self.text(field).get()).err().unwrap_or_default();
        if let Err(why) = self.ends.get().read(&self.date.read(), &self.days.read()) {
            wrong.insert(LimitField::Expiry, why);
        }
        wrong
    }

    /// What is asked of the host; `None`: something is wrong.
    fn read(self) -> Option<(LimitsForm, KeyTerms)> {
        let limits = state::read(|field| self.text(field).get()).ok()?;
        let expiry = self.ends.get().read(&self.date.read(), &self.days.read()).ok()?;
        Some((limits, KeyTerms { expiry, bound: self.bound.get() }))
    }
}

#[component]
fn Form(whose: Whose, open: RwSignal<bool>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.limits;
    let draft = Draft::of(&whose);
    let sending = Sending::new();
    let is_tried = RwSignal::new(false);
    let is_key = matches!(whose, Whose::Key(_));
    // Said only once it was tried: a number is wrong while it is being typed.
    let wrong = Memo::new(move |_| {
        let mut said = BTreeMap::new();
        if let Some(failure) = sending.failure.get()
            && let Some(field) = state::field_of(&failure)
        {
            said.insert(field, texts::failure(shared.language.get(), &failure));
        }
        if is_tried.get() {
            said.extend(draft.wrong().into_iter().map(|(field, why)| (field, why.text(words).to_owned())));
        }
        said
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        let Some((limits, terms)) = untrack(move || draft.read()) else {
            return show_first(&wrong.get_untracked());
        };
        let done = move |()| {
            open.try_set(false);
            shared.toasts.tell(t.words.saved);
        };
        match &whose {
            Whose::Friend(friend) => sending.send(SetFriendLimits { id: friend.id, limits }, done),
            Whose::Key(key) => sending.send(SetKeyLimits { id: key.key.id, limits, terms }, done),
        }
    };

    view! {
        <form class="form limits-form" novalidate on:submit=submit>
            <p class="quiet">{if is_key { words.key_lead } else { words.friend_lead }}</p>
            <Group title=words.pace fields=&state::PACE draft wrong />
            <Group title=words.money fields=&state::MONEY draft wrong hint=words.money_hint />
            <Group title=words.what fields=&state::WHAT draft wrong />
            <Group title=words.from_where fields=&state::FROM_WHERE draft wrong />
            {is_key.then(|| view! { <Life draft wrong /> })}
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=t.words.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=t.words.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}

/// Puts the focus on the first field that is wrong.
fn show_first(wrong: &BTreeMap<LimitField, String>) {
    if let Some(field) = wrong.keys().next() {
        browser::focus(&format!("field-{}", field.slug()));
    }
}

/// Fields that belong together.
#[component]
fn Group(
    title: &'static str,
    fields: &'static [LimitField],
    draft: Draft,
    wrong: Memo<BTreeMap<LimitField, String>>,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    let words = texts().limits;
    let field = move |&field: &LimitField| {
        let are_numbers = state::PACE.contains(&field) || state::MONEY.contains(&field);
        let typed = match field {
            _ if state::MONEY.contains(&field) => Typed::Text,
            _ if are_numbers => Typed::Number,
            _ => Typed::Code,
        };
        let placeholder = are_numbers.then(|| words.no_limit.to_owned());
        view! {
            <TextField
                label=(words.field)(field)
                name=field.slug()
                value=draft.text(field)
                typed
                hint=(words.hint)(field)
                error=Signal::derive(move || wrong.with(|wrong| wrong.get(&field).cloned().unwrap_or_default()))
                placeholder=placeholder.unwrap_or_default()
            />
        }
    };
    let is_narrow = fields.iter().all(|field| state::PACE.contains(field) || state::MONEY.contains(field));

    view! {
        <fieldset class="limit-group">
            <legend>{title}</legend>
            {hint.map(|hint| view! { <p class="field-note">{hint}</p> })}
            <div class="limit-fields" class:narrow=is_narrow>{fields.iter().map(field).collect_view()}</div>
        </fieldset>
    }
}

/// When a key ends, and which accounts it is for.
#[component]
fn Life(draft: Draft, wrong: Memo<BTreeMap<LimitField, String>>) -> impl IntoView {
    let words = texts().limits;
    let name = |ends| match ends {
        Ends::Never => words.never,
        Ends::OnADay => words.on_a_day,
        Ends::AfterFirstUse => words.after_first_use,
    };
    let choices = Ends::ALL.map(|ends| -> Choice<Ends> { (ends, ends.slug().to_owned(), name(ends).to_owned()) });
    let choose = Callback::new(move |ends| draft.ends.set(ends));
    let error = Signal::derive(move || wrong.with(|wrong| wrong.get(&LimitField::Expiry).cloned().unwrap_or_default()));
    let more = move || match draft.ends.get() {
        Ends::Never => ().into_any(),
        Ends::OnADay => view! { <LastDay value=draft.date error /> }.into_any(),
        Ends::AfterFirstUse => view! {
            <TextField label=words.number_of_days name="expiry" value=draft.days typed=Typed::Number error />
        }
        .into_any(),
    };

    view! {
        <fieldset class="limit-group">
            <legend>{words.life}</legend>
            <div class="limit-fields narrow">
                <Select label=(words.field)(LimitField::Expiry) name="ends" choices=choices.to_vec() chosen=draft.ends choose />
                {more}
            </div>
            <BoundTo bound=draft.bound />
        </fieldset>
    }
}

#[component]
fn LastDay(value: RwSignal<String>, error: Signal<String>) -> impl IntoView {
    view! {
        <div class="field" class:wrong=move || !error.read().is_empty()>
            <label for="field-expiry">{texts().limits.last_day}</label>
            <input
                class="input"
                type="date"
                id="field-expiry"
                name="expiry"
                min=browser::iso_date(browser::now_ms())
                aria-describedby="field-expiry-note"
                bind:value=value
            />
            <p class="field-note" id="field-expiry-note">{error}</p>
        </div>
    }
}

/// Which accounts a key is for.
#[component]
fn BoundTo(bound: RwSignal<Option<Bound>>) -> impl IntoView {
    let words = texts().limits;
    let accounts = fetch(On::Config, || ListAccounts {});
    let select = move || {
        let known = accounts.value.get()?;
        let choices = bounds(&known, bound.get_untracked());
        let wanted: Vec<Option<Bound>> = choices.iter().map(|(bound, _)| bound.clone()).collect();
        let places = wanted.clone();
        let chosen = Signal::derive(move || places.iter().position(|one| *one == bound.get()).unwrap_or_default());
        let choose = Callback::new(move |at: usize| bound.set(wanted[at].clone()));
        let choices = choices.into_iter().enumerate().map(|(at, (_, name))| (at, at.to_string(), name)).collect();
        Some(view! { <Select label=words.accounts name="bound" choices chosen choose /> })
    };

    view! { <div class="limit-fields narrow">{select}</div> }
}

/// What a key can be bound to, each with its name: everything, an account, a group, and what it is bound to already.
fn bounds(accounts: &[Account], now: Option<Bound>) -> Vec<(Option<Bound>, String)> {
    let words = texts().limits;
    let mut groups: Vec<&String> = accounts.iter().flat_map(|account| &account.groups).collect();
    groups.sort_unstable();
    groups.dedup();
    let single = accounts.iter().map(|account| {
        let bound = Bound::Account { id: account.id };
        (Some(bound), (words.only_account)(&account.name))
    });
    let several = groups.into_iter().map(|name| (Some(Bound::Group { name: name.clone() }), (words.only_group)(name)));
    let mut all: Vec<_> = std::iter::once((None, words.all_accounts.to_owned())).chain(single).chain(several).collect();
    if now.is_some() && !all.iter().any(|(bound, _)| *bound == now) {
        let name = match &now {
            Some(Bound::Group { name }) => (words.only_group)(name),
            _ => words.lost_account.to_owned(),
        };
        all.push((now, name));
    }
    all
}
