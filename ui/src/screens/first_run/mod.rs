//! The first run: terms, an account, how friends reach this machine, a friend, and the first call. The host says which step it is; each can be left.

mod call;
mod friend;
mod reach;
mod state;

use carpool_ipc::{
    accounts::Tested,
    settings::{Language, SetLanguage},
    status::{AcceptTerms, EndFirstRun, FirstRun, StartDemo},
};
use leptos::{html, prelude::*};

use crate::{
    browser,
    components::{
        add_account::{AddAccount, TermsTick},
        button::{Button, Look},
        field::FailureNote,
        icon::{Icon, Picture},
        select::Segmented,
    },
    frame::banners::DemoBanner,
    screens::trouble::address::AddressTrouble,
    sending::Sending,
    state::{shared, texts},
};
use call::{CallStep, InvitedStep, SeenStep};
use friend::FriendStep;
use reach::ReachStep;

/// The first run.
#[component]
pub fn Screen() -> impl IntoView {
    let shared = shared();
    let first_run = shared.of_status(|status| status.first_run.clone());
    // The step of the account is over before its form hears how it went, so the result is kept for the next step.
    let added = RwSignal::new(None::<Tested>);
    let done = Callback::new(move |tested| added.set(Some(tested)));
    let step = move || match first_run.get().flatten() {
        None => ().into_any(),
        Some(FirstRun::Terms) => view! { <TermsStep /> }.into_any(),
        Some(FirstRun::Account) => view! { <AccountStep done /> }.into_any(),
        Some(FirstRun::Reach) => view! { <ReachStep added /> }.into_any(),
        Some(FirstRun::Friend) => view! { <FriendStep /> }.into_any(),
        Some(FirstRun::Invited { friend, friend_id }) => view! { <InvitedStep friend friend_id /> }.into_any(),
        Some(FirstRun::FirstCall { friend, key_id, is_invited }) => {
            view! { <CallStep friend key_id is_invited /> }.into_any()
        }
        Some(FirstRun::Seen { friend, model }) => view! { <SeenStep friend model /> }.into_any(),
    };
    let slug = move || first_run.get().flatten().map(|step| state::slug(&step));
    let place = Memo::new(move |_| first_run.get().flatten().map_or(0, |step| state::place(&step)));

    view! {
        <div class="first-run" data-step=slug>
            <DemoBanner />
            <header class="first-run-head">
                <div class="brand"><img src="icon.svg" alt="" width="26" height="26" /><span>"Carpool"</span></div>
                <LanguageSwitch />
            </header>
            <main class="first-run-body">
                <Progress place />
                <AddressTrouble />
                <div class="first-run-step">{step}</div>
                <Later place />
            </main>
        </div>
    }
}

/// The language, to be changed at any step.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let shared = shared();
    let choices =
        Language::ALL.iter().map(|&language| (language, language.tag().to_owned(), language.name().to_owned()));
    let choose = Callback::new(move |language| shared.send(SetLanguage { language: Some(language) }));

    view! {
        <Segmented label=texts().first_run.language name="language" choices=choices.collect() chosen=shared.language choose />
    }
}

#[component]
fn Progress(place: Memo<usize>) -> impl IntoView {
    let texts = texts().first_run;
    let names = [texts.terms_step, texts.account_step, texts.reach_step, texts.friend_step, texts.call_step];
    let step = move |(at, name): (usize, &'static str)| {
        let is_done = move || at < place.get();
        let current = move || (at == place.get()).then_some("step");
        let mark = move || {
            if is_done() { view! { <Picture of=Icon::Check /> }.into_any() } else { (at + 1).to_string().into_any() }
        };
        view! {
            <li class:done=is_done aria-current=current>
                <span class="step-mark">{mark}</span>
                <span>{name}</span>
            </li>
        }
    };
    let said = move || (place.get() < state::STEPS).then(|| (texts.step_of)(place.get() + 1, state::STEPS));

    view! {
        <ol class="steps" aria-label=texts.steps>{names.into_iter().enumerate().map(step).collect_view()}</ol>
        <p class="unseen" role="status">{said}</p>
    }
}

/// Leaves the first run where it stands; the places say what is still missing.
#[component]
fn Later(place: Memo<usize>) -> impl IntoView {
    let shared = shared();
    let texts = texts().first_run;
    let leave = Callback::new(move |()| {
        shared.issued_key.set(None);
        shared.issued_invite.set(None);
        shared.send(EndFirstRun {});
    });

    move || {
        (place.get() < state::STEPS).then(
            || view! { <p><Button look=Look::Quiet label=texts.finish_later press=leave id="finish-later" /></p> },
        )
    }
}

/// The head of a step.
#[component]
pub fn StepHead(
    /// What is to be done.
    #[prop(into)]
    title: String,
    /// Why.
    #[prop(into)]
    lead: Signal<String>,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    // The button that led here is gone, and the focus with it.
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            browser::focus_on(&heading);
        }
    });

    view! {
        <header class="step-head">
            <h1 node_ref=heading tabindex="-1">{title}</h1>
            <p class="lead">{lead}</p>
        </header>
    }
}

#[component]
fn TermsStep() -> impl IntoView {
    let shared = shared();
    let texts = texts().first_run;
    let accepting = Sending::new();
    let accepted = RwSignal::new(false);
    let accept = Callback::new(move |()| accepting.send(AcceptTerms {}, |()| ()));
    let demo = Callback::new(move |()| shared.send(StartDemo {}));

    view! {
        <StepHead title=texts.terms_title lead=texts.terms_lead />
        <TermsTick accepted />
        <FailureNote of=accepting />
        <div class="step-actions">
            <Button
                look=Look::Primary
                label=texts.terms_next
                press=accept
                busy=accepting.busy
                disabled=Signal::derive(move || !accepted.get())
                id="accept-terms"
            />
        </div>
        <div class="try-demo">
            <Button label=texts.try_demo icon=Icon::Play press=demo id="start-demo" />
            <span class="quiet">{texts.demo_hint}</span>
        </div>
    }
}

#[component]
fn AccountStep(done: Callback<Tested>) -> impl IntoView {
    let texts = texts().first_run;

    view! {
        <StepHead title=texts.account_title lead=texts.account_lead />
        <AddAccount done />
    }
}
