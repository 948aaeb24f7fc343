//! Fields of forms: a text, a tick, and what is said when a form fails.

use carpool_ipc::texts;
use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::{sending::Sending, state::shared};

/// What may be typed into a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typed {
    /// Words.
    #[default]
    Text,
    /// A key or a code: not shown, not remembered, not corrected.
    Secret,
    /// A code, an address or a path: shown, not corrected.
    Code,
    /// A whole number.
    Number,
    /// A day, as `2026-11-03`; empty: none is chosen.
    Day,
}

impl Typed {
    fn kind(self) -> &'static str {
        match self {
            Self::Secret => "password",
            Self::Day => "date",
            Self::Text | Self::Code | Self::Number => "text",
        }
    }

    fn mode(self) -> Option<&'static str> {
        (self == Self::Number).then_some("numeric")
    }

    fn class(self) -> &'static str {
        match self {
            Self::Secret | Self::Code => "input code-input",
            Self::Text | Self::Number | Self::Day => "input",
        }
    }
}

/// A field for a line of text, with its label above and its hint or its error below.
#[component]
pub fn TextField(
    /// What it is for.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form; its id is made of it.
    name: &'static str,
    /// What is in it.
    value: RwSignal<String>,
    /// What may be typed.
    #[prop(optional)]
    typed: Typed,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// What is wrong with it; empty: nothing.
    #[prop(optional, into)]
    error: Signal<String>,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// The last day that can be chosen.
    #[prop(optional, into)]
    latest: Option<String>,
    /// Whether it has the focus when its dialog opens.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let note_id = format!("{id}-note");
    let described = note_id.clone();
    let has_note = move || !(error.read().is_empty() && hint.read().is_empty());
    let note = move || if error.read().is_empty() { hint.get() } else { error.get() };

    view! {
        <div class="field" class:wrong=move || !error.read().is_empty()>
            <label for=id.clone()>{label}</label>
            <input
                class=typed.class()
                id=id
                name=name
                type=typed.kind()
                inputmode=typed.mode()
                placeholder=placeholder
                max=latest
                autofocus=autofocus
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-describedby=move || has_note().then(|| described.clone())
                aria-invalid=move || (!error.read().is_empty()).then_some("true")
                bind:value=value
            />
            <p class="field-note" id=note_id hidden=move || !has_note()>{note}</p>
        </div>
    }
}

/// A field for what a list is searched for. Its label is its placeholder, too.
#[component]
pub fn SearchField(
    /// What is searched.
    label: &'static str,
    /// Its name in the form; its id is made of it.
    name: &'static str,
    /// What is in it.
    value: RwSignal<String>,
) -> impl IntoView {
    view! {
        <input
            class="input search"
            type="search"
            id=format!("field-{name}")
            name=name
            placeholder=label
            aria-label=label
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            bind:value=value
        />
    }
}

/// A tick with its words beside it.
#[component]
pub fn Tick(
    /// What is agreed to or switched on.
    #[prop(into)]
    label: Signal<String>,
    /// Its name in the form.
    name: &'static str,
    /// Whether it is ticked.
    checked: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <label class="tick">
            <input type="checkbox" name=name bind:checked=checked />
            <span>{label}</span>
        </label>
    }
}

/// Why the last try of a form failed, in the owner's language.
#[component]
pub fn FailureNote(
    /// The form's command.
    of: Sending,
) -> impl IntoView {
    let language = shared().language;
    let note = move || {
        let text = texts::failure(language.get_untracked(), &of.failure.get()?);
        Some(view! { <p class="failure" data-test="failure"><Picture of=Icon::Warning /><span>{text}</span></p> })
    };

    view! { <div class="failure-slot" role="alert">{note}</div> }
}
