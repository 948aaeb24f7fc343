//! Adding an account by API key or setup token.

use carpool_ipc::accounts::{self, Kind};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    Draft, TermsTick,
    state::{Lack, lack},
};
use crate::{
    components::{
        button::{Button, Look},
        field::{FailureNote, TextField, Typed},
    },
    sending::Sending,
    state::texts,
};

/// The form of an API key or a setup token.
#[component]
pub fn SecretForm(draft: Draft, kind: Kind) -> impl IntoView {
    let texts = texts().add_account;
    let sending = Sending::new();
    let secret = RwSignal::new(String::new());
    let base_url = RwSignal::new(String::new());
    let lacks = RwSignal::new(None::<Lack>);
    let needed =
        move |lack| Signal::derive(move || if lacks.get() == Some(lack) { texts.needed } else { "" }.to_owned());
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let lack = lack(&draft.name.read_untracked(), &secret.read_untracked());
        lacks.set(lack);
        if lack.is_some() {
            return;
        }
        let ask = accounts::AddAccount {
            provider: draft.provider.get_untracked(),
            name: draft.name.read_untracked().trim().to_owned(),
            secret: secret.read_untracked().trim().to_owned(),
            base_url: base_url.read_untracked().trim().to_owned(),
        };
        sending.send(ask, move |tested| draft.tell(tested));
    };
    let (label, hint) = match kind {
        Kind::SetupToken => (texts.setup_token, texts.setup_token_hint),
        Kind::ApiKey | Kind::Oauth => (texts.api_key, texts.api_key_hint),
    };
    let must_tick = Signal::derive(move || kind.is_subscription() && !draft.accepted.get());

    view! {
        <form class="form" on:submit=add data-test=super::state::slug(kind)>
            <p class="quiet">{hint}</p>
            <TextField label=texts.account_name name="name" value=draft.name hint=texts.account_name_hint error=needed(Lack::Name) />
            <TextField label name="secret" value=secret typed=Typed::Secret hint=texts.secret_hint error=needed(Lack::Secret) />
            <details>
                <summary>{texts.advanced}</summary>
                <TextField label=texts.base_url name="base_url" value=base_url typed=Typed::Code hint=texts.base_url_hint placeholder="https://" />
            </details>
            {kind.is_subscription().then(|| view! { <TermsTick accepted=draft.accepted /> })}
            <FailureNote of=sending />
            <div class="form-actions">
                <Button look=Look::Primary label=texts.add submits=true busy=sending.busy disabled=must_tick id="add-account" />
            </div>
        </form>
    }
}
