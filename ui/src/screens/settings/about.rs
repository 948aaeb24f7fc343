//! What Carpool is: its version, its licence, whose work it stands on, and the way out.

use carpool_ipc::{
    settings::Settings,
    status::{Link, OpenLink, Quit},
};
use leptos::prelude::*;

use super::{Setting, licences::ThirdParty};
use crate::{
    components::{
        button::{Button, Look},
        card::Card,
        icon::Icon,
    },
    state::{shared, texts},
};

/// What Carpool is.
#[component]
pub(super) fn About(settings: Signal<Settings>) -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let words = t.settings;
    let version = move || settings.with(|settings| (words.version)(&settings.version));
    let read = Callback::new(move |()| shared.send(OpenLink { link: Link::AnthropicTerms }));
    let quit = Callback::new(move |()| shared.send(Quit { at_once: false }));

    view! {
        <Card title=words.about test="settings-about">
            <div class="setting setting-tall about-carpool">
                <img src="icon.svg" alt="" width="44" height="44" />
                <div class="setting-text">
                    <h3 id="version">{version}</h3>
                    <p class="quiet"><span id="license">{words.license}</span>". "{words.license_hint}</p>
                </div>
            </div>
            <div class="setting setting-tall">
                <div class="setting-text">
                    <h3>{t.words.terms_title}</h3>
                    <p class="quiet" id="terms">{t.words.terms}</p>
                    <p><Button look=Look::Plain label=t.words.terms_read icon=Icon::Link press=read id="read-terms" /></p>
                </div>
            </div>
            <ThirdParty />
            <Setting title=words.quit_title hint=words.quit_hint>
                <Button label=words.quit press=quit id="quit" />
            </Setting>
        </Card>
    }
}
