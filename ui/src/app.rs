//! The app: what takes the whole window, and which screen belongs to which place.

use carpool_ipc::{
    status::{Quit, Relay},
    texts,
};
use leptos::prelude::*;

use crate::{
    browser,
    components::{button::Button, dialog::Dialog, toast::ToastRegion},
    frame::Frame,
    place::Place,
    screens::{accounts, first_run, friends, home, prices, settings, statement, trouble, usage},
    state::{self, Face, Shared, shared, texts},
};

/// The element of `index.html` that is there before this program is.
const FIRST_PAINT: &str = "first-paint";

/// The whole window. It is built anew when the language or the currency changes.
#[component]
pub fn App() -> impl IntoView {
    let shared = Shared::new();
    provide_context(shared);
    shared.follow_host();
    shared.dress_page();
    let moved = window_event_listener(leptos::ev::hashchange, move |_| {
        shared.follow_address();
    });
    on_cleanup(move || moved.remove());

    move || {
        shared.language.track();
        shared.currency.track();
        let focused = browser::focused();
        browser::soon(move || {
            if let Some(id) = focused {
                browser::focus(&id);
            }
        });
        view! { <Window /> }
    }
}

/// Everything in one language.
#[component]
fn Window() -> impl IntoView {
    let shared = shared();
    let face = Memo::new(move |_| {
        shared.status.with(|status| shared.unreachable.with(|failure| state::face(status.as_ref(), failure.as_ref())))
    });
    Effect::new(move |_| {
        if face.get() != Face::Waiting {
            browser::remove(FIRST_PAINT);
        }
    });
    let shown = move || match face.get() {
        Face::Waiting => ().into_any(),
        Face::Unreachable(failure) => {
            let message = texts::failure(shared.language.get_untracked(), &failure);
            view! { <trouble::Unreachable message /> }.into_any()
        }
        Face::Trouble(trouble) => view! { <trouble::Screen trouble /> }.into_any(),
        Face::FirstRun => view! { <first_run::Screen /> }.into_any(),
        Face::Places => view! { <Frame>{screen(shared)}</Frame> }.into_any(),
    };

    view! {
        {shown}
        <ToastRegion />
        <Quitting />
    }
}

/// The screen of the place the owner is in, or of a part of it.
fn screen(shared: Shared) -> impl IntoView {
    move || match (shared.place.get(), shared.part.get().as_str()) {
        (Place::Home, _) => view! { <home::Screen /> }.into_any(),
        (Place::Accounts, _) => view! { <accounts::Screen /> }.into_any(),
        (Place::Friends, _) => view! { <friends::Screen /> }.into_any(),
        (Place::Usage, statement::PART) => view! { <statement::Screen /> }.into_any(),
        (Place::Usage, _) => view! { <usage::Screen /> }.into_any(),
        (Place::Settings, prices::PART) => view! { <prices::Screen /> }.into_any(),
        (Place::Settings, _) => view! { <settings::Screen /> }.into_any(),
    }
}

/// Lies over everything while the program lets calls end.
#[component]
fn Quitting() -> impl IntoView {
    let (shared, words) = (shared(), texts().words);
    let calls = shared.of_status(|status| match status.relay {
        Relay::Stopping { calls } => Some(calls),
        _ => None,
    });
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(calls.get().flatten().is_some()));
    let sentence = move || calls.get().flatten().map(words.finishing_calls);
    let quit = Callback::new(move |()| shared.send(Quit { at_once: true }));

    view! {
        <Dialog open title=words.quitting id="quitting" stays=true>
            <p role="status">{sentence}</p>
            <div class="dialog-actions">
                <Button label=words.quit_now press=quit id="quit-now" />
            </div>
        </Dialog>
    }
}
