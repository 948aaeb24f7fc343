//! Buttons.

use leptos::prelude::*;

use super::icon::{Icon, Picture};

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do here.
    Primary,
    /// Everything else.
    #[default]
    Plain,
    /// Part of a row or a text; no frame.
    Quiet,
    /// What cannot be undone.
    Danger,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Quiet => "button quiet-button",
            Self::Danger => "button danger",
        }
    }
}

/// A button. While busy it keeps its width and its focus, and presses do nothing.
#[component]
pub fn Button(
    /// How much it asks for attention.
    #[prop(optional)]
    look: Look,
    /// The words on it.
    #[prop(into)]
    label: Signal<String>,
    /// A picture before the words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Whether what it began is still going on.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether it can not be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Whether it sends the form around it; then `press` is not needed.
    #[prop(optional)]
    submits: bool,
    /// Its id.
    #[prop(optional_no_strip, into)]
    id: Option<&'static str>,
    /// Its name for tests.
    #[prop(optional_no_strip, into)]
    test: Option<&'static str>,
    /// What a press does.
    #[prop(optional, into)]
    press: Option<Callback<()>>,
) -> impl IntoView {
    let pressed = move |_| {
        if let Some(press) = press
            && !busy.get_untracked()
        {
            press.run(());
        }
    };

    view! {
        <button
            type=if submits { "submit" } else { "button" }
            class=look.class()
            class:busy=busy
            aria-busy=move || busy.get().then_some("true")
            disabled=disabled
            id=id
            data-test=test
            on:click=pressed
        >
            {icon.map(|icon| view! { <Picture of=icon /> })}
            <span>{label}</span>
        </button>
    }
}

/// A button that is only a picture; its words are for those who cannot see it, and for the pointer that rests.
#[component]
pub fn IconButton(
    /// The picture.
    icon: Icon,
    /// What it does, in words.
    #[prop(into)]
    label: String,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
    /// What a press does.
    #[prop(into)]
    press: Callback<()>,
) -> impl IntoView {
    view! {
        <button type="button" class="icon-button" title=label.clone() aria-label=label data-test=test on:click=move |_| press.run(())>
            <Picture of=icon />
        </button>
    }
}
