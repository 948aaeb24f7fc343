//! The proof that nothing of what friends ask and get is kept: run, and how the last one went.

use carpool_ipc::privacy::{GetPrivacyProof, PrivacyProof, ProvePrivacy};
use leptos::prelude::*;

use crate::{
    browser,
    components::{
        badge::Tone,
        button::Button,
        card::Card,
        field::FailureNote,
        format,
        icon::{Icon, Picture},
    },
    fetch::{On, fetch},
    sending::Sending,
    state::{shared, texts},
};

/// What is kept of calls, and the proof of it.
#[component]
pub(super) fn PrivacyCard() -> impl IntoView {
    let t = texts();
    let words = t.privacy;
    let proof = fetch(On::Config, || GetPrivacyProof {});
    let sending = Sending::new();
    let prove = Callback::new(move |()| sending.send(ProvePrivacy {}, move |_| proof.ask_again()));
    let label = Signal::derive(move || if sending.busy.get() { words.proving } else { words.prove }.to_owned());
    let last = Memo::new(move |_| proof.value.get().flatten());
    let said = move || match last.get() {
        Some(proof) => view! { <Proof proof /> }.into_any(),
        None => view! { <p class="quiet" data-test="no-proof">{words.never}</p> }.into_any(),
    };

    view! {
        <Card title=t.settings.privacy test="settings-privacy">
            <p class="quiet" id="privacy">{t.settings.privacy_hint}</p>
            <div class="setting setting-tall">
                <div class="setting-text">
                    <h3>{words.title}</h3>
                    <p class="quiet">{words.hint}</p>
                    {said}
                    <FailureNote of=sending />
                </div>
                <div class="setting-control"><Button label busy=sending.busy press=prove id="prove-privacy" /></div>
            </div>
        </Card>
    }
}

#[component]
fn Proof(proof: PrivacyProof) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.privacy;
    let when = format::when(t.times, shared.language.get_untracked(), browser::now_ms(), proof.at_ms);
    let (tone, icon, said) = if proof.found.is_empty() {
        (Tone::Good, Icon::Check, (words.clean)(&when, proof.surfaces, proof.files))
    } else {
        (Tone::Bad, Icon::Warning, (words.found)(&when))
    };
    let found = proof.found.into_iter().map(|found| view! { <li><code>{found}</code></li> }).collect_view();

    view! {
        <p class=format!("proof {}", tone.class()) data-test="privacy-proof">
            <Picture of=icon />
            <span>{said}</span>
        </p>
        <ul class="places">{found}</ul>
    }
}
