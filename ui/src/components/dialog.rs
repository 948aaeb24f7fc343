//! Dialogs: the webview's own, so that focus stays inside, Esc closes, and what lies behind is out of reach.

use carpool_ipc::Command;
use leptos::{html, prelude::*};
use web_sys::HtmlDialogElement;

use super::{
    button::{Button, IconButton, Look},
    field::FailureNote,
    icon::Icon,
};
use crate::{browser, sending::Sending, state::texts};

/// A dialog. What is in it is made when it opens and gone when it closes.
#[component]
pub fn Dialog(
    /// Whether it is open; Esc and its cross set it to `false`.
    open: RwSignal<bool>,
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Its id; the title's is made of it.
    id: &'static str,
    /// Whether Esc does not close it and there is no cross.
    #[prop(optional)]
    stays: bool,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let words = texts().words;
    let node = NodeRef::<html::Dialog>::new();
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let close = Callback::new(move |()| open.set(false));
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if !open.get() {
            dialog.close();
        } else if !dialog.open() {
            // It fails only where the dialog is not in the page, and then there is nothing to show it in.
            let _ = dialog.show_modal();
            browser::soon(move || focus_first(&dialog));
        }
    });

    view! {
        <dialog
            node_ref=node
            id=id
            class="dialog"
            aria-labelledby=labelled_by
            on:close=move |_| open.set(false)
            on:cancel=move |event: web_sys::Event| {
                if stays {
                    event.prevent_default();
                }
            }
        >
            <header class="dialog-head">
                <h2 id=title_id>{title}</h2>
                {(!stays).then(|| view! { <IconButton icon=Icon::Close label=words.close press=close test="close-dialog" /> })}
            </header>
            <div class="dialog-body">{move || open.get().then(|| children())}</div>
        </dialog>
    }
}

/// Puts the focus on the first thing to fill in or to press, rather than on the cross.
fn focus_first(dialog: &HtmlDialogElement) {
    const FIRST: &str = ".dialog-body :is(input, select, textarea, button):not(:disabled)";
    if let Ok(Some(first)) = dialog.query_selector(FIRST) {
        browser::focus_on(&first);
    }
}

/// Asks before something that cannot be undone, and does it.
#[component]
pub fn Confirm<C>(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What will happen.
    #[prop(into)]
    text: Signal<String>,
    /// What the button says: the verb.
    #[prop(into)]
    verb: String,
    /// How the button looks: unless it says otherwise, as what cannot be undone.
    #[prop(default = Look::Danger)]
    look: Look,
    /// Its id.
    id: &'static str,
    /// The command that does it.
    ask: Callback<(), C>,
    /// What follows.
    #[prop(optional, into)]
    then: Option<Callback<C::Reply>>,
) -> impl IntoView
where
    C: Command + 'static,
{
    let words = texts().words;
    let sending = Sending::new();
    let act = Callback::new(move |()| {
        sending.send(ask.run(()), move |reply| {
            open.try_set(false);
            if let Some(then) = then {
                then.try_run(reply);
            }
        });
    });

    view! {
        <Dialog open title id>
            <p>{text}</p>
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=words.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look label=verb.clone() busy=sending.busy press=act test="confirm" />
            </div>
        </Dialog>
    }
}
