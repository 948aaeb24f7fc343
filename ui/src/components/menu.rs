//! The "…" of a row: a button that opens a short list of things to do.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::{
    button::Look,
    icon::{Icon, Picture},
};
use crate::{browser, state::texts};

/// A thing to do.
#[derive(Clone)]
pub(crate) struct Item {
    /// What it says.
    pub(crate) label: String,
    /// `Look::Danger` for what cannot be undone; everything else looks the same.
    pub(crate) look: Look,
    /// Its name for tests.
    pub(crate) test: &'static str,
    /// What it does.
    pub(crate) press: Callback<()>,
}

/// A button that opens a short list of things to do. Arrows move, Esc and a press elsewhere close.
#[component]
pub fn Menu(
    /// Whose menu it is, for those who cannot see.
    #[prop(into)]
    label: Signal<String>,
    /// What there is to do, read each time it opens.
    #[prop(into)]
    items: Signal<Vec<Item>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let list = NodeRef::<html::Div>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            browser::focus_on(&button);
        }
    };
    Effect::new(move |_| {
        if let Some(list) = list.get() {
            focus_item(&list, |_, _| 0);
        }
    });
    let keyed = move |event: KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        match event.key().as_str() {
            "ArrowDown" => focus_item(&list, |at, count| (at + 1) % count),
            "ArrowUp" => focus_item(&list, |at, count| (at + count - 1) % count),
            "Home" => focus_item(&list, |_, _| 0),
            "End" => focus_item(&list, |_, count| count - 1),
            "Escape" | "Tab" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let close = Callback::new(move |()| close());
    let opened = move || {
        view! {
            <div class="menu-backdrop" on:click=move |_| close.run(())></div>
            <div node_ref=list class="menu-list" role="menu" aria-label=label on:keydown=keyed>
                {items.get_untracked().into_iter().map(|item| view! { <Row item close /> }).collect_view()}
            </div>
        }
    };

    view! {
        <div class="menu">
            <button
                node_ref=button
                type="button"
                class="icon-button"
                title=texts().words.more
                aria-label=label
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                data-test="menu"
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Picture of=Icon::More />
            </button>
            {move || open.get().then(opened)}
        </div>
    }
}

#[component]
fn Row(item: Item, close: Callback<()>) -> impl IntoView {
    let Item { label, look, test, press } = item;
    let pressed = move |_| {
        close.run(());
        press.run(());
    };

    view! {
        <button
            type="button"
            role="menuitem"
            tabindex="-1"
            class="menu-item"
            class:danger-item=look == Look::Danger
            data-test=test
            on:click=pressed
        >
            {label}
        </button>
    }
}

/// Puts the focus on an item, told from the place of the one that has it and their number.
fn focus_item(list: &Element, choose: impl Fn(u32, u32) -> u32) {
    let items = list.children();
    let count = items.length();
    if count == 0 {
        return;
    }
    let focused = document().active_element();
    let at = (0..count).find(|&at| items.item(at).is_some_and(|item| focused.as_ref() == Some(&item))).unwrap_or(0);
    if let Some(item) = items.item(choose(at, count)) {
        browser::focus_on(item.unchecked_ref());
    }
}
