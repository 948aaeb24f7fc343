//! The frame around the places: the navigation, and the banners that hold wherever the owner is.

pub(crate) mod banners;

use carpool_ipc::status::Relay;
use leptos::prelude::*;

use crate::{
    components::{badge::Tone, icon::Picture, share::ShareDialog},
    frame::banners::Banners,
    place::Place,
    state::{shared, texts},
};

/// The navigation at the left, the banners and a screen beside it.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let (shared, t) = (shared(), texts());

    view! {
        <div class="frame">
            <a class="skip" href="#content" on:click=skip>{t.frame.skip_to_content}</a>
            <Sidebar />
            <div class="stage">
                <Banners />
                <main id="content" class="content" tabindex="-1">{children()}</main>
            </div>
            <ShareDialog open=shared.sharing />
        </div>
    }
}

/// Goes to the content without leaving the place: the address after `#` is the place's.
fn skip(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    crate::browser::focus("content");
}

#[component]
fn Sidebar() -> impl IntoView {
    let (shared, t) = (shared(), texts());
    let link = move |place: Place| {
        let name = place.name(t.words);
        let is_here = move || (shared.place.get() == place).then_some("page");
        view! {
            <li>
                <a
                    href=place.href()
                    id=format!("nav-{}", place.slug())
                    data-test=format!("nav-{}", place.slug())
                    title=name
                    aria-current=is_here
                >
                    <Picture of=place.icon() />
                    <span>{name}</span>
                </a>
            </li>
        }
    };

    view! {
        <header class="sidebar">
            <div class="brand">
                <img src="icon.svg" alt="" width="26" height="26" />
                <span>"Carpool"</span>
            </div>
            <nav aria-label=t.words.main_navigation>
                <ul>{Place::ALL.iter().copied().map(link).collect_view()}</ul>
            </nav>
            <RelayLight />
        </header>
    }
}

/// Whether calls are served, in a word, wherever the owner is.
#[component]
fn RelayLight() -> impl IntoView {
    let (shared, words) = (shared(), texts().frame);
    let light = shared.of_status(|status| light(&status.relay, status.sharing_paused));
    let tone = move || light.get().map_or(Tone::Neutral, |light| light.tone());
    let word = move || {
        light.get().map(|light| match light {
            Light::Up => words.up,
            Light::Paused => words.paused,
            Light::Starting => words.starting,
            Light::Down => words.down,
        })
    };

    view! {
        <p class=move || format!("relay-light {}", tone().class()) title=word data-test="relay-light">
            <span class="dot"></span>
            <span>{word}</span>
        </p>
    }
}

/// Whether calls are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Light {
    /// They are.
    Up,
    /// Every one is refused, as the owner wished.
    Paused,
    /// They will be in a moment.
    Starting,
    /// They are not.
    Down,
}

impl Light {
    /// What it means.
    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::Up => Tone::Good,
            Self::Paused => Tone::Warn,
            Self::Starting => Tone::Neutral,
            Self::Down => Tone::Bad,
        }
    }
}

/// Whether calls are served.
pub(crate) fn light(relay: &Relay, is_paused: bool) -> Light {
    match relay {
        Relay::Starting => Light::Starting,
        Relay::Up { .. } if is_paused => Light::Paused,
        Relay::Up { .. } => Light::Up,
        Relay::Down { .. } | Relay::Stopping { .. } => Light::Down,
    }
}
