//! Signing an account in again, in place: a page in the browser, a pasted code, and it goes on under its name.

use carpool_ipc::accounts::{Account, BeginLogin, FinishLogin, Login};
use leptos::prelude::*;

use crate::{
    components::{
        button::{Button, Look},
        code::CodeBlock,
        dialog::Dialog,
        field::{FailureNote, TextField, Typed},
        subject::Subject,
    },
    sending::Sending,
    state::{shared, texts},
};

/// The dialog.
#[component]
pub(super) fn SignInAgain(subject: Subject<Account>) -> impl IntoView {
    let words = texts().accounts;

    view! {
        <Dialog open=subject.open title=subject.text(|account| (words.login_title)(&account.name)) id="sign-in-again">
            {move || subject.with(|account| Some(view! { <Form account=account.clone() open=subject.open /> }))}
        </Dialog>
    }
}

#[component]
fn Form(account: Account, open: RwSignal<bool>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.accounts;
    let (beginning, finishing) = (Sending::new(), Sending::new());
    let login = RwSignal::new(None::<Login>);
    let pasted = RwSignal::new(String::new());
    beginning.send(BeginLogin { provider: account.provider.clone() }, move |begun| {
        login.try_set(Some(begun));
    });
    let same = (words.login_same)(account.email.as_deref());
    let name = account.name;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(Login { login, .. }) = login.get_untracked() else { return };
        let ask = FinishLogin { login, name: name.clone(), pasted: pasted.get_untracked().trim().to_owned() };
        finishing.send(ask, move |tested| {
            shared.toasts.tell((words.login_done)(&tested.name));
            open.try_set(false);
        });
    };
    let step = move || {
        login.get().map(|login| {
            let said = if login.is_opened { words.login_opened } else { words.login_by_hand };
            view! {
                <p role="status">{said}</p>
                <CodeBlock text=login.authorize_url label=words.login_link test="authorize-url" />
            }
        })
    };

    view! {
        <form class="form" on:submit=submit>
            <p>{same}</p>
            {move || beginning.busy.get().then(|| view! { <p class="quiet" role="status">{words.login_opening}</p> })}
            <FailureNote of=beginning />
            {step}
            <TextField label=words.login_code name="pasted" value=pasted typed=Typed::Code hint=words.login_code_hint autofocus=true />
            <FailureNote of=finishing />
            <div class="dialog-actions">
                <Button label=t.words.cancel press=Callback::new(move |()| open.set(false)) test="cancel" />
                <Button
                    look=Look::Primary
                    label=words.login_finish
                    busy=finishing.busy
                    disabled=Signal::derive(move || login.read().is_none() || pasted.read().trim().is_empty())
                    submits=true
                    test="finish-login"
                />
            </div>
        </form>
    }
}
