//! Settings: where Carpool listens, where its data is, how it looks, and what it is.

mod about;
mod address;
mod licences;
mod money;
mod own_machine;
mod privacy;
mod reach;
mod state;

use carpool_ipc::{
    Command,
    settings::{
        GetSettings, Language, OpenDataFolder, SetLanguage, SetNotifications, SetStartAtLogin, SetTheme, Settings,
        Theme,
    },
};
use leptos::prelude::*;

use self::{
    about::About, address::Address, money::MoneyCard, own_machine::OwnMachine, privacy::PrivacyCard, reach::ReachCard,
};
use crate::{
    components::{
        button::Button, card::Card, copy::CopyButton, heading::Heading, icon::Icon, loaded::Loaded, select::Segmented,
    },
    fetch::{On, fetch},
    sending::Sending,
    state::{shared, texts},
};

/// Settings.
#[component]
pub fn Screen() -> impl IntoView {
    let settings = fetch(On::Config, || GetSettings {});
    let content = move |settings: Signal<Settings>| {
        view! {
            <div class="settings">
                <ReachCard />
                <Address settings />
                <Data settings />
                <LookAndLanguage settings />
                <MoneyCard />
                <OwnMachine />
                <PrivacyCard />
                <About settings />
            </div>
        }
        .into_any()
    };

    view! {
        <Heading title=texts().words.settings />
        <Loaded of=settings rows=6 children=content />
    }
}

/// A setting: what it is at the left, what sets it at the right.
#[component]
fn Setting(title: &'static str, #[prop(optional, into)] hint: Signal<String>, children: Children) -> impl IntoView {
    view! {
        <div class="setting">
            <div class="setting-text">
                <h3>{title}</h3>
                <p class="quiet" hidden=move || hint.read().is_empty()>{hint}</p>
            </div>
            <div class="setting-control">{children()}</div>
        </div>
    }
}

/// Where the data and the secrets are.
#[component]
fn Data(settings: Signal<Settings>) -> impl IntoView {
    let (shared, words) = (shared(), texts().settings);
    let data_dir = Signal::derive(move || settings.with(|settings| settings.data_dir.clone()));
    let open = Callback::new(move |()| shared.send(OpenDataFolder {}));
    let vault = move || settings.with(|settings| settings.vault.clone());

    view! {
        <Card title=words.data test="settings-data">
            <div class="setting setting-tall">
                <div class="setting-text">
                    <h3>{words.data_dir}</h3>
                    <p><code id="data-dir">{data_dir}</code></p>
                    <p class="quiet">{words.data_dir_hint}</p>
                </div>
                <div class="setting-control">
                    <Button label=words.open_folder icon=Icon::Folder press=open id="open-data-folder" />
                    <CopyButton text=data_dir label=words.copy_path.to_owned() id="copy-data-dir" />
                </div>
            </div>
            <div class="setting setting-tall">
                <div class="setting-text">
                    <h3>{words.vault}</h3>
                    <p id="vault">{move || (words.vault_name)(&vault())}</p>
                    <p class="quiet">{move || (words.vault_hint)(&vault())}</p>
                </div>
            </div>
        </Card>
    }
}

/// Colours, language, and whether it starts by itself.
#[component]
fn LookAndLanguage(settings: Signal<Settings>) -> impl IntoView {
    let (shared, words) = (shared(), texts().settings);
    let themes = [(Theme::System, "system"), (Theme::Light, "light"), (Theme::Dark, "dark")];
    let themes = themes.map(|(theme, slug)| (theme, slug.to_owned(), (words.theme_name)(theme).to_owned()));
    let own =
        Language::ALL.iter().map(|&language| (Some(language), language.tag().to_owned(), language.name().to_owned()));
    let languages = std::iter::once((None, "system".to_owned(), words.system_language.to_owned())).chain(own);
    let theme = shared.of_status(|status| status.theme);
    let language = shared.of_status(|status| status.language);

    view! {
        <Card title=words.look test="settings-look">
            <Setting title=words.theme>
                <Segmented
                    label=words.theme
                    name="theme"
                    choices=themes.to_vec()
                    chosen=Signal::derive(move || theme.get().unwrap_or_default())
                    choose=Callback::new(move |theme| shared.send(SetTheme { theme }))
                />
            </Setting>
            <Setting title=words.language>
                <Segmented
                    label=words.language
                    name="language"
                    choices=languages.collect()
                    chosen=Signal::derive(move || language.get().flatten())
                    choose=Callback::new(move |language| shared.send(SetLanguage { language }))
                />
            </Setting>
            <StartAtLogin settings />
            <Notifications settings />
        </Card>
    }
}

#[component]
fn StartAtLogin(settings: Signal<Settings>) -> impl IntoView {
    let words = texts().settings;
    let held = Memo::new(move |_| settings.with(|settings| settings.start_at_login));

    view! {
        <Switch
            id="start-at-login"
            label=words.start_at_login
            hint=words.start_at_login_hint
            held
            ask=Callback::new(|on| SetStartAtLogin { on })
        />
    }
}

#[component]
fn Notifications(settings: Signal<Settings>) -> impl IntoView {
    let words = texts().settings;
    let held = Memo::new(move |_| settings.with(|settings| settings.notifications));

    view! {
        <Switch
            id="notifications"
            label=words.notifications
            hint=words.notifications_hint
            held
            ask=Callback::new(|on| SetNotifications { on })
        />
    }
}

/// Something that is on or off. It shows what the owner wants at once, and what holds again if that fails.
#[component]
fn Switch<C>(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    held: Memo<bool>,
    ask: Callback<bool, C>,
) -> impl IntoView
where
    C: Command<Reply = ()> + 'static,
{
    let shared = shared();
    let hint_id = format!("{id}-hint");
    let is_on = RwSignal::new(false);
    Effect::new(move |_| is_on.set(held.get()));
    let sending = Sending::new();
    Effect::new(move |_| {
        if let Some(failure) = sending.failure.get() {
            is_on.set(held.get_untracked());
            shared.complain(&failure);
        }
    });
    let changed = move |event| {
        let on = event_target_checked(&event);
        is_on.set(on);
        sending.send(ask.run(on), |()| ());
    };

    view! {
        <div class="setting">
            <div class="setting-text">
                <label class="tick">
                    <input
                        type="checkbox"
                        id=id
                        name=id
                        aria-describedby=hint_id.clone()
                        prop:checked=is_on
                        on:change=changed
                    />
                    <span>{label}</span>
                </label>
                <p class="quiet tick-hint" id=hint_id>{hint}</p>
            </div>
        </div>
    }
}
