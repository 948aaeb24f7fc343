//! How an account takes its part: its number in the order, how much at once, how fast, and its groups.

mod state;

use carpool_ipc::{
    accounts::{Account, TuneAccount},
    providers::ListProviders,
};
use leptos::{ev::SubmitEvent, prelude::*};

use self::state::Spacing;
use crate::{
    components::{
        account_options::{OptionFields, TypedOptions, has_options},
        button::{Button, Look},
        dialog::Dialog,
        field::{FailureNote, TextField, Typed},
        select::{Choice, Segmented},
        subject::Subject,
    },
    fetch::{Fetched, On, fetch},
    sending::Sending,
    state::{shared, texts},
};

/// The dialog with an account's options.
#[component]
pub(super) fn Options(subject: Subject<Account>, accounts: Fetched<Vec<Account>>) -> impl IntoView {
    let words = texts().pool;
    let form = move |account: &Account| {
        let known = accounts.value.with_untracked(|all| state::known_groups(all.as_deref().unwrap_or_default()));
        let (account, open) = (account.clone(), subject.open);
        Some(view! { <Form account known open /> })
    };

    view! {
        <Dialog open=subject.open title=subject.text(|account| (words.options_title)(&account.name)) id="account-options">
            {move || subject.with(form)}
        </Dialog>
    }
}

/// What is typed.
#[derive(Clone, Copy)]
struct Draft {
    number: RwSignal<String>,
    most_calls: RwSignal<String>,
    spacing: RwSignal<Spacing>,
    spacing_ms: RwSignal<String>,
    groups: RwSignal<String>,
    options: TypedOptions,
}

impl Draft {
    fn of(account: &Account) -> Self {
        Self {
            number: RwSignal::new(account.priority.to_string()),
            most_calls: RwSignal::new(account.max_concurrency.to_string()),
            spacing: RwSignal::new(Spacing::of(account.spacing_ms)),
            spacing_ms: RwSignal::new(account.spacing_ms.to_string()),
            groups: RwSignal::new(account.groups.join(", ")),
            options: TypedOptions::of(&account.options),
        }
    }

    /// What is asked of the host; `None`: a number is none.
    fn read(self, id: i64) -> Option<TuneAccount> {
        Some(TuneAccount {
            id,
            priority: Some(state::number(&self.number.read())?),
            max_concurrency: Some(state::most_calls(&self.most_calls.read())?),
            spacing_ms: Some(self.spacing.get().milliseconds(&self.spacing_ms.read())?),
            groups: Some(state::groups(&self.groups.read())),
            options: Some(self.options.read()),
        })
    }
}

#[component]
fn Form(account: Account, known: Vec<String>, open: RwSignal<bool>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.pool;
    let draft = Draft::of(&account);
    let shown = account.clone();
    let sending = Sending::new();
    let is_tried = RwSignal::new(false);
    // Said only once it was tried: a number is wrong while it is being typed.
    let wrong = move |is_number: fn(&str) -> bool, typed: RwSignal<String>| {
        Signal::derive(move || {
            let is_wrong = is_tried.get() && !is_number(&typed.read());
            if is_wrong { words.whole_number } else { "" }.to_owned()
        })
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        if let Some(ask) = untrack(move || draft.read(account.id)) {
            sending.send(ask, move |()| {
                open.try_set(false);
                shared.toasts.tell(t.words.saved);
            });
        }
    };
    let number_wrong = wrong(|typed| state::number(typed).is_some(), draft.number);
    let most_wrong = wrong(|typed| state::most_calls(typed).is_some(), draft.most_calls);

    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="option-numbers">
                <TextField label=words.order name="order-number" value=draft.number typed=Typed::Number hint=words.order_hint error=number_wrong />
                <TextField label=words.most_calls name="most-calls" value=draft.most_calls typed=Typed::Number hint=words.most_calls_hint error=most_wrong />
            </div>
            <Pause draft wrong=wrong(|typed| Spacing::Own.milliseconds(typed).is_some(), draft.spacing_ms) />
            <TextField label=words.groups name="groups" value=draft.groups hint=words.groups_hint />
            <KnownGroups known typed=draft.groups />
            <ProviderOptions account=shown typed=draft.options />
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=t.words.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=t.words.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}

/// What accounts of its provider can be set to.
#[component]
fn ProviderOptions(account: Account, typed: TypedOptions) -> impl IntoView {
    let words = texts().account_options;
    let providers = fetch(On::Config, || ListProviders {});
    move || {
        let kind = account.kind;
        let provider = providers.value.get()?.into_iter().find(|known| known.id == account.provider)?;
        has_options(&provider, kind).then(|| {
            view! {
                <details data-test="provider-options">
                    <summary>{words.title}</summary>
                    <div class="form"><OptionFields provider kind typed /></div>
                </details>
            }
        })
    }
}

/// The pause between two calls.
#[component]
fn Pause(draft: Draft, wrong: Signal<String>) -> impl IntoView {
    let words = texts().pool;
    let choice = |value, slug: &str, label: &str| -> Choice<Spacing> { (value, slug.to_owned(), label.to_owned()) };
    let choices = vec![
        choice(Spacing::Off, "off", words.spacing_off),
        choice(Spacing::Short, "short", words.spacing_short),
        choice(Spacing::Own, "own", words.spacing_own),
    ];
    let is_own = Memo::new(move |_| draft.spacing.get() == Spacing::Own);
    let choose = Callback::new(move |spacing| draft.spacing.set(spacing));

    view! {
        <div class="field">
            <span class="field-label">{words.spacing}</span>
            <Segmented label=words.spacing name="spacing" choices chosen=draft.spacing choose />
            <p class="field-note">{words.spacing_hint}</p>
        </div>
        {move || is_own.get().then(|| view! {
            <TextField label=words.milliseconds name="spacing-ms" value=draft.spacing_ms typed=Typed::Number error=wrong />
        })}
    }
}

/// The groups there are already: each goes in or out with a press.
#[component]
fn KnownGroups(known: Vec<String>, typed: RwSignal<String>) -> impl IntoView {
    let words = texts().pool;
    let chip = move |name: String| {
        let (own, toggled) = (name.clone(), name.clone());
        let is_in = move || state::groups(&typed.read()).contains(&own);
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || is_in().to_string()
                data-test="known-group"
                on:click=move |_| typed.update(|typed| *typed = state::toggled(typed, &toggled))
            >
                {name}
            </button>
        }
    };

    (!known.is_empty()).then(|| {
        view! {
            <div class="chips" role="group" aria-label=words.known_groups>
                {known.into_iter().map(chip).collect_view()}
            </div>
        }
    })
}
