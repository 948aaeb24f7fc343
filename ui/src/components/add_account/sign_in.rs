//! Signing in by code: a page in the browser, and a code pasted back.

use carpool_ipc::accounts::{BeginLogin, FinishLogin, Login};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    Draft, TermsTick,
    state::{Lack, lack},
};
use crate::{
    components::{
        button::{Button, Look},
        code::CodeBlock,
        field::{FailureNote, TextField, Typed},
        icon::Icon,
    },
    sending::Sending,
    state::texts,
};

/// The form of a sign-in by code: before the page is open, and after.
#[component]
pub fn SignInForm(draft: Draft) -> impl IntoView {
    let login = RwSignal::new(None::<Login>);

    view! {
        <div class="form" data-test="oauth">
            {move || match login.get() {
                None => view! { <Begin draft login /> }.into_any(),
                Some(begun) => view! { <Finish draft login begun /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Begin(draft: Draft, login: RwSignal<Option<Login>>) -> impl IntoView {
    let texts = texts().add_account;
    let sending = Sending::new();
    let begin = Callback::new(move |()| {
        let provider = draft.provider.get_untracked();
        sending.send(BeginLogin { provider }, move |begun| {
            login.try_set(Some(begun));
        });
    });
    // Who signs in anew has read the terms when the account was added.
    let must_tick = Signal::derive(move || !draft.is_name_fixed && !draft.accepted.get());

    view! {
        <p class="quiet">{texts.sign_in_hint}</p>
        {(!draft.is_name_fixed).then(|| view! { <TermsTick accepted=draft.accepted /> })}
        <FailureNote of=sending />
        <div class="form-actions">
            <Button look=Look::Primary label=texts.open_page icon=Icon::Link press=begin busy=sending.busy disabled=must_tick id="begin-login" />
        </div>
    }
}

#[component]
fn Finish(draft: Draft, login: RwSignal<Option<Login>>, begun: Login) -> impl IntoView {
    let texts = texts().add_account;
    let sending = Sending::new();
    let pasted = RwSignal::new(String::new());
    let lacks = RwSignal::new(None::<Lack>);
    let needed =
        move |lack| Signal::derive(move || if lacks.get() == Some(lack) { texts.needed } else { "" }.to_owned());
    let Login { login: number, authorize_url, is_opened } = begun;
    let finish = move |event: SubmitEvent| {
        event.prevent_default();
        let lack = lack(&draft.name.read_untracked(), &pasted.read_untracked());
        lacks.set(lack);
        if lack.is_some() {
            return;
        }
        let ask = FinishLogin {
            login: number,
            name: draft.name.read_untracked().trim().to_owned(),
            pasted: pasted.read_untracked().trim().to_owned(),
        };
        sending.send(ask, move |tested| draft.tell(tested));
    };
    let finish_words = if draft.is_name_fixed { texts.sign_in_again } else { texts.finish };
    let start_over = Callback::new(move |()| login.set(None));
    let name = (!draft.is_name_fixed).then(|| {
        view! { <TextField label=texts.account_name name="name" value=draft.name hint=texts.account_name_hint error=needed(Lack::Name) /> }
    });

    view! {
        <form class="form" on:submit=finish>
            <p>{if is_opened { texts.opened } else { texts.not_opened }}</p>
            <details open=!is_opened>
                <summary>{texts.page_address}</summary>
                <CodeBlock text=authorize_url label=texts.page_address test="authorize-url" />
            </details>
            {name}
            <TextField label=texts.code name="pasted" value=pasted typed=Typed::Code hint=texts.code_hint error=needed(Lack::Secret) />
            <FailureNote of=sending />
            <div class="form-actions">
                <Button look=Look::Quiet label=texts.start_over press=start_over test="start-over" />
                <Button look=Look::Primary label=finish_words submits=true busy=sending.busy id="finish-login" />
            </div>
        </form>
    }
}
