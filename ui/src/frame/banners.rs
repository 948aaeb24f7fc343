//! The banners: the demo, paused sharing, and trouble that does not take the window.

use carpool_ipc::status::{LeaveDemo, Mode, PauseSharing, Relay, Trouble};
use leptos::prelude::*;

use crate::{
    browser,
    components::{badge::Tone, banner::Banner, button::Button},
    place::Place,
    state::{Shared, address_trouble, shared, texts},
};

/// Every banner that holds now.
#[component]
pub fn Banners() -> impl IntoView {
    let shared = shared();

    view! {
        <div class="banners">
            <DemoBanner />
            <PausedBanner />
            {address_banner(shared)}
            {trouble_banner(shared)}
        </div>
    }
}

/// Says that this is the demo, and leads out of it.
#[component]
pub fn DemoBanner() -> impl IntoView {
    let (shared, words) = (shared(), texts().words);
    let is_demo = shared.of_status(|status| status.mode == Mode::Demo);
    let leave = Callback::new(move |()| shared.send(LeaveDemo {}));

    move || {
        (is_demo.get() == Some(true)).then(|| {
            view! {
                <Banner tone=Tone::Neutral text=words.demo_banner test="demo-banner">
                    <Button label=words.leave_demo press=leave id="leave-demo" />
                </Banner>
            }
        })
    }
}

#[component]
fn PausedBanner() -> impl IntoView {
    let (shared, words) = (shared(), texts().words);
    let is_paused = shared.of_status(|status| status.sharing_paused);
    let resume = Callback::new(move |()| shared.send(PauseSharing { paused: false }));

    move || {
        (is_paused.get() == Some(true)).then(|| {
            view! {
                <Banner tone=Tone::Warn text=words.sharing_paused test="paused-banner">
                    <Button label=words.resume_sharing press=resume id="resume-sharing" />
                </Banner>
            }
        })
    }
}

/// A taken port, everywhere but where it is mended.
fn address_banner(shared: Shared) -> impl IntoView {
    let t = texts();
    let trouble = shared.of_status(|status| address_trouble(&status.relay).cloned());
    let mend = Callback::new(|()| browser::set_hash(&Place::Home.href()));

    move || {
        let trouble = trouble.get().flatten().filter(|_| shared.place.get() != Place::Home)?;
        let text = (t.troubles.title)(&trouble);
        Some(view! {
            <Banner tone=Tone::Bad text test="trouble-banner">
                <Button label=t.frame.mend press=mend test="mend" />
            </Banner>
        })
    }
}

/// What is wrong although the relay is up.
fn trouble_banner(shared: Shared) -> impl IntoView {
    let texts = texts().troubles;
    let trouble = shared.of_status(|status| match &status.relay {
        Relay::Up { trouble, .. } => trouble.clone(),
        _ => None,
    });
    let sentence = |trouble: &Trouble| format!("{}. {}", (texts.title)(trouble), (texts.advice)(trouble));

    move || {
        let text = sentence(&trouble.get().flatten()?);
        Some(view! { <Banner tone=Tone::Bad text test="trouble-banner" /> })
    }
}
