//! The form that adds an account in one of three ways, or signs one in anew. Accounts and the first run share it.

mod secret;
mod sign_in;
mod state;

use carpool_ipc::{
    accounts::{Kind, ListAccounts, Tested},
    providers::{AccountOptions, ListProviders, Provider},
    status::{Link, OpenLink, OpenTerms},
};
use leptos::prelude::*;

use super::{
    account_options::TypedOptions,
    badge::Tone,
    banner::Banner,
    button::{Button, Look},
    field::Tick,
    icon::Icon,
    loaded::Loaded,
    select::{Segmented, Select},
};
use crate::{
    fetch::{On, fetch},
    state::{shared, texts},
};
use secret::SecretForm;
use sign_in::SignInForm;

/// What every way of the form shares. It is a handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    /// The provider's id.
    pub(crate) provider: RwSignal<String>,
    /// The account's name.
    pub(crate) name: RwSignal<String>,
    /// Whether the terms were ticked.
    pub(crate) accepted: RwSignal<bool>,
    /// What the account is set to.
    pub(crate) options: TypedOptions,
    /// Whether the name is given and cannot be changed here.
    pub(crate) is_name_fixed: bool,
    /// Told of the account, tested.
    pub(crate) done: Callback<Tested>,
}

/// The form that adds an account. `done` is told what the test showed.
#[component]
pub fn AddAccount(
    /// Told of the new account.
    done: Callback<Tested>,
) -> impl IntoView {
    let draft = Draft::new(String::new(), String::new(), done);
    let providers = fetch(On::Config, || ListProviders {});
    let accounts = fetch(On::Config, || ListAccounts {});
    // A name is proposed for each provider, and not over one the owner has typed.
    Effect::new(move |proposed: Option<String>| {
        let before = proposed.unwrap_or_default();
        let Some(accounts) = accounts.value.get() else { return before };
        let taken: Vec<String> = accounts.into_iter().map(|account| account.name).collect();
        let provider = draft.provider.get();
        if provider.is_empty() || *draft.name.read_untracked() != before {
            return before;
        }
        let name = state::free_name(&provider, &taken);
        draft.name.set(name.clone());
        name
    });

    view! {
        <div class="add-account">
            <Loaded of=providers rows=3 let:providers>
                <Ways providers draft />
            </Loaded>
        </div>
    }
}

/// The same for an account that must sign in anew: its name stays.
#[component]
pub fn SignInAgain(
    /// The provider's id.
    provider: String,
    /// The account's name.
    name: String,
    /// Told of the account.
    done: Callback<Tested>,
) -> impl IntoView {
    let draft = Draft { is_name_fixed: true, ..Draft::new(provider, name, done) };

    let providers = fetch(On::Config, || ListProviders {});
    let form = move |providers: Signal<Vec<Provider>>| {
        let id = draft.provider.get_untracked();
        let provider = providers.read_untracked().iter().find(|known| known.id == id).cloned();
        provider.map(|provider| view! { <SignInForm draft provider /> })
    };

    view! {
        <div class="add-account">
            <Loaded of=providers rows=2 let:providers>{form(providers)}</Loaded>
        </div>
    }
}

impl Draft {
    /// Tells of the account, unless who asked is gone: the first run goes on by itself.
    pub(crate) fn tell(self, tested: Tested) {
        self.done.try_run(tested);
    }

    fn new(provider: String, name: String, done: Callback<Tested>) -> Self {
        Self {
            provider: RwSignal::new(provider),
            name: RwSignal::new(name),
            accepted: RwSignal::new(false),
            options: TypedOptions::of(&AccountOptions::default()),
            is_name_fixed: false,
            done,
        }
    }
}

/// The choice of the provider, where there are several, and of the way; then the form of the way.
#[component]
fn Ways(providers: Signal<Vec<Provider>>, draft: Draft) -> impl IntoView {
    let texts = texts().add_account;
    let way = RwSignal::new(Kind::ApiKey);
    let at = RwSignal::new(0_usize);
    let provider = Memo::new(move |_| providers.read().get(at.get()).cloned());
    Effect::new(move |_| {
        if let Some(provider) = provider.get() {
            way.set(provider.ways.first().copied().unwrap_or(Kind::ApiKey));
            draft.options.clear();
            draft.provider.set(provider.id);
        }
    });
    let several = move || (providers.read().len() > 1).then(|| view! { <ProviderField providers at /> });
    let segments = move || {
        let ways = provider.get()?.ways;
        let choices: Vec<_> = ways.into_iter().map(|way| (way, state::slug(way).to_owned(), way_name(way))).collect();
        let choose = Callback::new(move |chosen| way.set(chosen));
        (choices.len() > 1).then(|| view! { <Segmented label=texts.way name="way" choices chosen=way choose /> })
    };
    let form = move || {
        let provider = provider.get()?;
        Some(match way.get() {
            Kind::Oauth => view! { <SignInForm draft provider /> }.into_any(),
            kind @ (Kind::ApiKey | Kind::SetupToken) => view! { <SecretForm draft provider kind /> }.into_any(),
        })
    };

    view! {
        {several}
        {segments}
        {form}
    }
}

#[component]
fn ProviderField(providers: Signal<Vec<Provider>>, at: RwSignal<usize>) -> impl IntoView {
    let choices = providers.get_untracked().into_iter().enumerate();
    let choices = choices.map(|(at, provider)| (at, provider.id, provider.label)).collect();

    view! {
        <Select label=texts().add_account.provider name="provider" choices chosen=at choose=Callback::new(move |chosen| at.set(chosen)) />
    }
}

fn way_name(way: Kind) -> String {
    let texts = texts().add_account;
    match way {
        Kind::ApiKey => texts.api_key,
        Kind::Oauth => texts.sign_in,
        Kind::SetupToken => texts.setup_token,
    }
    .to_owned()
}

/// What sharing a subscription may cost, to be ticked before it is added.
#[component]
pub fn TermsTick(
    /// The provider's id, where it is about one.
    #[prop(optional, into)]
    provider: Option<String>,
    /// Whether it was ticked.
    accepted: RwSignal<bool>,
) -> impl IntoView {
    let (shared, words) = (shared(), texts().words);
    let label = if provider.is_some() { texts().account_options.read_terms } else { words.terms_read };
    let read = Callback::new(move |()| match &provider {
        Some(provider) => shared.send(OpenTerms { provider: provider.clone() }),
        None => shared.send(OpenLink { link: Link::AnthropicTerms }),
    });

    view! {
        <div class="terms" data-test="terms">
            <p>{words.terms}</p>
            <Button look=Look::Quiet label=label icon=Icon::Link press=read test="read-terms" />
            <Tick label=words.terms_tick name="terms" checked=accepted />
        </div>
    }
}

/// What the test of a new account showed.
#[component]
pub fn TestedNote(
    /// What it showed.
    tested: Tested,
) -> impl IntoView {
    let texts = texts().add_account;
    let Tested { name, email, plan, untested, .. } = tested;
    let whose = [plan, email].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let (tone, said) = match untested {
        Some(reason) => (Tone::Warn, (texts.untested)(&reason)),
        None => (Tone::Good, if whose.is_empty() { texts.tested.to_owned() } else { whose }),
    };

    view! { <Banner tone text=format!("{}. {said}", (texts.added)(&name)) test="tested" /> }
}
