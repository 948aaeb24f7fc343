//! Banners: what holds for the whole app, with what can be done about it.

use leptos::prelude::*;

use super::{
    badge::Tone,
    icon::{Icon, Picture},
};

/// What holds for the whole app, or for the card it is in.
#[component]
pub fn Banner(
    /// What it means.
    tone: Tone,
    /// Its name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
    /// What it says.
    #[prop(into)]
    text: Signal<String>,
    /// What can be done about it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let icon = match tone {
        Tone::Bad | Tone::Warn => Icon::Warning,
        Tone::Good => Icon::Check,
        Tone::Neutral => Icon::Info,
    };
    view! {
        <div class=format!("banner {}", tone.class()) role="status" data-test=test>
            <Picture of=icon />
            <p>{text}</p>
            {children.map(|children| view! { <div class="banner-actions">{children()}</div> })}
        </div>
    }
}
