//! Giving another name to what has one.

use carpool_ipc::Command;
use leptos::prelude::*;

use super::{
    button::{Button, Look},
    dialog::Dialog,
    field::{FailureNote, TextField},
};
use crate::{sending::Sending, state::texts};

/// A dialog that asks for another name.
#[component]
pub fn Rename<C>(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What is renamed.
    #[prop(into)]
    title: Signal<String>,
    /// The name it has.
    #[prop(into)]
    name: Signal<String>,
    /// The command that gives it another.
    ask: Callback<String, C>,
    /// Its id.
    id: &'static str,
) -> impl IntoView
where
    C: Command<Reply = ()> + 'static,
{
    view! {
        <Dialog open title id>
            <RenameForm open name ask />
        </Dialog>
    }
}

#[component]
fn RenameForm<C>(open: RwSignal<bool>, name: Signal<String>, ask: Callback<String, C>) -> impl IntoView
where
    C: Command<Reply = ()> + 'static,
{
    let words = texts().words;
    let value = RwSignal::new(name.get_untracked());
    let sending = Sending::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        sending.send(ask.run(value.get_untracked().trim().to_owned()), move |()| {
            open.try_set(false);
        });
    };

    view! {
        <form class="form" on:submit=submit>
            <TextField label=words.name name="new-name" value autofocus=true />
            <FailureNote of=sending />
            <div class="dialog-actions">
                <Button label=words.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button look=Look::Primary label=words.save busy=sending.busy submits=true test="save" />
            </div>
        </form>
    }
}
