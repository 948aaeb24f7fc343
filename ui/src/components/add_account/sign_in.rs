//! Signing in by code: a page in the browser, and a code pasted back.

use carpool_ipc::{
    accounts::{BeginLogin, FinishLogin, ImportLogin, Kind, Login},
    providers::{Ask, Provider},
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    Draft, TermsTick,
    state::{Lack, lack},
};
use crate::{
    components::{
        account_options::{ClientFields, OptionFields, has_options},
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
pub fn SignInForm(draft: Draft, provider: Provider) -> impl IntoView {
    let login = RwSignal::new(None::<Login>);

    view! {
        <div class="form" data-test="oauth">
            {move || match login.get() {
                None => view! { <Begin draft provider=provider.clone() login /> }.into_any(),
                Some(begun) => view! { <Finish draft login begun /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Begin(draft: Draft, provider: Provider, login: RwSignal<Option<Login>>) -> impl IntoView {
    let texts = texts().add_account;
    let sending = Sending::new();
    let client_secret = RwSignal::new(String::new());
    let begin = Callback::new(move |()| {
        let ask = BeginLogin {
            provider: draft.provider.get_untracked(),
            options: draft.options.read(),
            client_secret: client_secret.read_untracked().trim().to_owned(),
        };
        sending.send(ask, move |begun| {
            login.try_set(Some(begun));
        });
    });
    let needs_client = provider.asks.contains(&Ask::OauthClient);
    let client = needs_client.then(|| view! { <ClientFields typed=draft.options secret=client_secret /> });
    let import = provider.local_login.clone().filter(|_| !draft.is_name_fixed).map(|client| {
        let press = Callback::new(move |()| {
            let ask = ImportLogin {
                provider: draft.provider.get_untracked(),
                name: draft.name.read_untracked().trim().to_owned(),
                options: draft.options.read(),
                client_secret: client_secret.read_untracked().trim().to_owned(),
            };
            sending.send(ask, move |tested| draft.tell(tested));
        });
        let must_tick = Signal::derive(move || !draft.accepted.get());
        view! {
            <div class="field">
                <Button label=(texts.import)(&client) icon=Icon::Copy press busy=sending.busy disabled=must_tick id="import-login" />
                <p class="field-note">{(texts.import_hint)(&client)}</p>
            </div>
        }
    });
    let id = provider.id.clone();
    let hint = if provider.is_device { texts.device_hint } else { texts.sign_in_hint };
    let advanced = (!draft.is_name_fixed && has_options(&provider, Kind::Oauth)).then(|| {
        view! {
            <details>
                <summary>{texts.advanced}</summary>
                <div class="form"><OptionFields provider kind=Kind::Oauth typed=draft.options /></div>
            </details>
        }
    });
    // Who signs in anew has read the terms when the account was added.
    let must_tick = Signal::derive(move || !draft.is_name_fixed && !draft.accepted.get());

    view! {
        <p class="quiet">{hint}</p>
        {client}
        {advanced}
        {(!draft.is_name_fixed).then(|| view! { <TermsTick provider=id accepted=draft.accepted /> })}
        <FailureNote of=sending />
        <div class="form-actions">
            <Button look=Look::Primary label=texts.open_page icon=Icon::Link press=begin busy=sending.busy disabled=must_tick id="begin-login" />
        </div>
        {import}
    }
}

#[component]
fn Finish(draft: Draft, login: RwSignal<Option<Login>>, begun: Login) -> impl IntoView {
    let (words, texts) = (texts().account_options, texts().add_account);
    let sending = Sending::new();
    let pasted = RwSignal::new(String::new());
    let lacks = RwSignal::new(None::<Lack>);
    let needed =
        move |lack| Signal::derive(move || if lacks.get() == Some(lack) { texts.needed } else { "" }.to_owned());
    let Login { login: number, authorize_url, user_code, comes_back, is_opened } = begun;
    let is_pasted = user_code.is_none();
    let is_needed = is_pasted && !comes_back;
    let finish = move |event: SubmitEvent| {
        event.prevent_default();
        let lack = lack(&draft.name.read_untracked(), &pasted.read_untracked());
        // Where a code is shown, or comes by itself, there is none to paste.
        let lack = lack.filter(|lack| is_needed || *lack != Lack::Secret);
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
            <p>{match (is_pasted, is_opened) {
                (true, true) => texts.opened,
                (true, false) => texts.not_opened,
                (false, true) => texts.device_opened,
                (false, false) => texts.device_not_opened,
            }}</p>
            {user_code.map(|code| view! { <CodeBlock text=code label=words.user_code test="user-code" /> })}
            <details open=!is_opened>
                <summary>{texts.page_address}</summary>
                <CodeBlock text=authorize_url label=texts.page_address test="authorize-url" />
            </details>
            {name}
            {if is_pasted {
                view! {
                    <TextField label=texts.code name="pasted" value=pasted typed=Typed::Code hint=if comes_back { texts.comes_back } else { texts.code_hint } error=needed(Lack::Secret) />
                }.into_any()
            } else {
                view! { <p class="quiet">{words.user_code_hint}</p> }.into_any()
            }}
            <FailureNote of=sending />
            <div class="form-actions">
                <Button look=Look::Quiet label=texts.start_over press=start_over test="start-over" />
                <Button look=Look::Primary label=finish_words submits=true busy=sending.busy id="finish-login" />
            </div>
        </form>
    }
}
