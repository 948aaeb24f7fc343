//! Pictures of every screen, for people: made by `scripts/screenshots`, not by the ring.

mod money;

use std::{
    cell::Cell,
    env, fs,
    path::{Path, PathBuf},
};

use carpool_relay::pretend::Behaviour;
use tokio::net::TcpListener;

use crate::{
    desktop::Desktop,
    launch::App,
    seed::{LONG, MUCH, ONE, SOME, change, sow},
    support::friend::prompt,
};

/// Says where the pictures go; without it there is nothing to do.
const FOLDER: &str = "CARPOOL_SCREENSHOTS";

/// Shows the page as it is printed, and as it is not.
const ON_PAPER: &str = "for (const rule of document.styleSheets[0].cssRules)
    if (rule.media?.mediaText === 'print') { rule.media.mediaText = 'all'; window.onPaper = rule; }";
/// Asks for the last four hundred days.
const FOUR_HUNDRED_DAYS: &str = "const field = document.getElementById('field-from');
    field.value = new Date(Date.now() - 399 * 86400000).toISOString().slice(0, 10);
    field.dispatchEvent(new Event('input', { bubbles: true }));";
const ON_SCREEN: &str = "if (window.onPaper) { window.onPaper.media.mediaText = 'print'; }";

const SIZES: [(u32, u32); 2] = [(1000, 700), (1600, 1000)];
const THEMES: [&str; 2] = ["light", "dark"];
const LANGUAGES: [(&str, &str); 2] = [("en", "en"), ("zh", "zh-CN")];

/// Where pictures of one amount of data go.
struct Album<'a> {
    app: &'a App,
    desktop: &'a Desktop,
    folder: PathBuf,
}

impl Album<'_> {
    /// Pictures of what `goes` leads to, in every size, language and colour.
    async fn take(&self, name: &str, goes: impl AsyncFn()) {
        for language in LANGUAGES {
            self.take_in(language, name, &goes).await;
        }
    }

    async fn take_in(&self, (short, tag): (&str, &str), name: &str, goes: impl AsyncFn()) {
        self.desktop.set("language", tag).await;
        self.app.screen.sees(&format!("html[lang={tag}]")).await;
        goes().await;
        for (width, height) in SIZES {
            self.app.screen.resize(width, height).await;
            for theme in THEMES {
                self.app.screen.run("document.documentElement.dataset.theme = arguments[0]", vec![theme.into()]).await;
                let file = self.folder.join(format!("{name}-{width}x{height}-{theme}-{short}.png"));
                fs::write(file, self.app.screen.picture().await).expect("written");
            }
        }
    }

    async fn places(&self) {
        let screen = &self.app.screen;
        for place in ["home", "accounts", "friends", "usage", "settings"] {
            self.take(place, async || {
                screen.goes_to(place).await;
                screen.misses(".skeleton").await;
            })
            .await;
        }
    }

    /// The form that adds an account, at vendors that ask for different things.
    async fn adding(&self) {
        let screen = &self.app.screen;
        let close = "#add-account-dialog [data-test=close-dialog]";
        for (name, provider) in [
            ("adding-an-account", "claude"),
            ("adding-a-compatible-account", "compatible"),
            ("signing-in-at-google", "code-assist"),
        ] {
            self.take(name, async || {
                screen.goes_to("accounts").await;
                screen.press("#new-account").await;
                screen.choose("#field-provider", provider).await;
                if provider == "compatible" {
                    screen.choose("#field-preset", "deepseek").await;
                    screen.press("#add-account-dialog details summary").await;
                }
                screen.sees("#add-account-dialog form, #begin-login").await;
            })
            .await;
            screen.press(close).await;
        }
    }

    /// How friends reach it, and invites.
    async fn reaching(&self) {
        let screen = &self.app.screen;
        let url = format!("http://127.0.0.1:{}", self.desktop.port);
        self.take("ways", async || {
            self.opens_the_panel().await;
            screen.press("label[for=way-cloudflare]").await;
            screen.sees(".way.chosen #start-tunnel").await;
        })
        .await;
        screen.press("label[for=way-own]").await;
        screen.fill("#field-url", &url).await;
        screen.press("#start-tunnel").await;
        screen.sees("[data-test=public-address]").await;
        screen.press("#share-done").await;
        self.take("a-way-that-is-open", async || {
            self.opens_the_panel().await;
            screen.sees("[data-test=reach-step]").await;
        })
        .await;
        screen.press("#share-done").await;
        self.take("home-in-reach", async || drop(screen.sees("#public-address").await)).await;
        self.take("an-invite", async || {
            screen.goes_to("friends").await;
            screen.press("[data-name=Alex] [data-test=invite]").await;
            screen.sees("#invite-link").await;
        })
        .await;
        screen.press("#invite-done").await;
        self.take("settings-of-programs", async || {
            screen.goes_to("settings").await;
            screen.sees("[data-test=set-up-program]").await;
            screen.run("document.querySelector('[data-test=settings-own-machine]').scrollIntoView()", Vec::new()).await;
        })
        .await;
    }

    /// The usage screen from top to bottom, what opens on it, and on paper.
    async fn usage(&self, name: &str) {
        let screen = &self.app.screen;
        let ready = async || {
            screen.run(ON_SCREEN, Vec::new()).await;
            screen.goes_to("usage").await;
            if name == "long" {
                screen.press("label.segment:has([value=custom])").await;
                screen.sees("#field-from").await;
                screen.run(FOUR_HUNDRED_DAYS, Vec::new()).await;
                screen.sees(".chart figcaption").await;
            }
            screen.misses(".skeleton").await;
            screen.run("document.querySelector('.stage').scrollTop = 0", Vec::new()).await;
        };
        self.take(name, ready).await;
        for (part, selector) in [
            ("sums", "[data-test=sums]"),
            ("models", "[data-test=models]"),
            ("subscriptions", "[data-test=subscriptions]"),
            ("calls", "[data-test=calls]"),
        ] {
            self.take(&format!("{name}-{part}"), async || {
                ready().await;
                screen.run("document.querySelector(arguments[0])?.scrollIntoView()", vec![selector.into()]).await;
            })
            .await;
        }
        self.take(&format!("{name}-pointed-at"), async || {
            ready().await;
            screen.run("document.getElementById('tokens-chart')?.focus()", Vec::new()).await;
        })
        .await;
        self.take(&format!("{name}-on-paper"), async || {
            ready().await;
            screen.run(ON_PAPER, Vec::new()).await;
        })
        .await;
        screen.run(ON_SCREEN, Vec::new()).await;
    }

    /// The panel of how friends reach it; it stays open while the language changes.
    async fn opens_the_panel(&self) {
        if self.app.screen.all("#share-dialog[open]").await.is_empty() {
            self.app.screen.goes_to("home").await;
            self.app.screen.press("#share").await;
        }
    }

    /// What friends and keys may do, and how they share.
    async fn limiting(&self) {
        let screen = &self.app.screen;
        self.take("shares", async || {
            screen.goes_to("friends").await;
            screen.press("#change-shares").await;
            screen.sees("[data-test=shares-form]").await;
        })
        .await;
        screen.press("[data-test=cancel-shares]").await;
        self.take("limits", async || {
            screen.goes_to("friends").await;
            screen.press("[data-name=Alex] [data-test=key] [data-test=menu]").await;
            screen.press("[data-test=menu-key-limits]").await;
            screen.sees("#limits-dialog form").await;
        })
        .await;
        screen.press("#limits-dialog [data-test=cancel]").await;
    }
}

/// A folder below the one that was asked for.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(&env::var_os(FOLDER)?).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    Some(folder)
}

#[tokio::test]
async fn pictures_without_data() {
    let Some(folder) = folder("none") else { return };
    let desktop = Desktop::new().await;
    desktop.run("account list").await;
    desktop.set("port", &desktop.port.to_string()).await;
    let app = App::start(&desktop).await;
    let album = Album { app: &app, desktop: &desktop, folder };

    album.take("first-run-1-terms", async || drop(app.screen.sees("[data-step=terms]").await)).await;
    desktop.set("terms_accepted", "yes").await;
    album.take("first-run-2-account", async || drop(app.screen.sees("[data-step=account]").await)).await;
    desktop.set_up_account().await;
    album.take("first-run-3-reach", async || drop(app.screen.sees("[data-step=reach] #way-own").await)).await;
    app.screen.press("#settle-reach").await;
    album.take("first-run-4-friend", async || drop(app.screen.sees("[data-step=friend]").await)).await;
    app.screen.fill("#field-friend", "Alex").await;
    app.screen.press("#invite-friend").await;
    album.take("first-run-5-invited", async || drop(app.screen.sees("[data-step=invited]").await)).await;
    desktop.run("key create --friend Alex").await;
    album.take("first-run-6-call", async || drop(app.screen.sees("[data-step=first-call]").await)).await;
    app.screen.press("#finish-later").await;
    desktop.run("account remove work").await;
    desktop.run("friend remove Alex").await;
    album.places().await;
    app.stop().await;
}

#[tokio::test]
async fn pictures_of_some_data() {
    let Some(folder) = folder("some") else { return };
    let (desktop, key) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    let app = App::start(&desktop).await;
    let album = Album { app: &app, desktop: &desktop, folder };
    // Something that went wrong, and is over.
    desktop.pretend.next(Behaviour::refuse(529));
    assert_ne!(desktop.friend(&key).ask(&prompt("Too much?")).await.status, 200);
    desktop.run("account clear work").await;
    app.screen.goes_to("accounts").await;
    app.screen.reads("[data-name=work] [data-test=verdict]", "Working").await;
    assert_eq!(desktop.friend(&key).ask(&prompt("Hello")).await.status, 200);

    album.places().await;
    album
        .take("an-accounts-options", async || {
            app.screen.goes_to("accounts").await;
            app.screen.press("[data-name=account-1] [data-test=menu]").await;
            app.screen.press("[data-test=menu-options]").await;
            app.screen.sees("#account-options form").await;
        })
        .await;
    app.screen.press("#account-options [data-test=close-dialog]").await;
    album
        .take("who-would-serve", async || {
            app.screen.goes_to("accounts").await;
            app.screen.press("#who-would-serve").await;
            app.screen.sees("[data-test=decision]").await;
        })
        .await;
    app.screen.press("#who-dialog [data-test=close-dialog]").await;
    album.adding().await;
    album.limiting().await;
    album.reaching().await;
    let keys = Cell::new(0);
    album
        .take("a-new-key", async || {
            // It is gone with the language that it was told in.
            keys.set(keys.get() + 1);
            app.screen.goes_to("friends").await;
            app.screen.press("#new-friend").await;
            app.screen.fill("#add-friend-dialog #field-friend-name", &format!("Kim {}", keys.get())).await;
            app.screen.press("#add-friend-dialog [data-test=add-with-key]").await;
            app.screen.sees("#issued-key").await;
        })
        .await;
    app.screen.press("#key-done").await;
    for language in LANGUAGES {
        album
            .take_in(language, "trouble", async || {
                app.signal("USR2").await;
                app.screen.sees("[data-test=trouble]").await;
            })
            .await;
        app.screen.press("#retry").await;
        desktop.listens().await;
    }
    app.stop().await;
}

#[tokio::test]
async fn pictures_of_usage() {
    let Some(folder) = folder("usage") else { return };
    for (name, amount) in
        [("none", None), ("one", Some(ONE)), ("some", Some(SOME)), ("long", Some(LONG)), ("much", Some(MUCH))]
    {
        let (desktop, _) = Desktop::in_use().await;
        if let Some(amount) = amount {
            sow(&desktop, amount).await;
        }
        if name == "one" {
            change(&desktop, "UPDATE calls SET cost_pico_usd = 1234000000, saved_pico_usd = 0").await;
        }
        let app = App::start(&desktop).await;
        let album = Album { app: &app, desktop: &desktop, folder: folder.clone() };
        let goes = async || {
            app.screen.goes_to("usage").await;
            app.screen.misses(".skeleton").await;
        };
        if name == "none" || name == "one" {
            album.take(name, goes).await;
            app.stop().await;
            continue;
        }
        album.usage(name).await;
        if name == "much" {
            goes().await;
            album
                .take("much-each", async || {
                    goes().await;
                    app.screen.press("#show-others").await;
                })
                .await;
        }
        if name == "some" {
            album
                .take("a-call", async || {
                    goes().await;
                    app.screen.press("[data-test=show-call]").await;
                    app.screen.sees("#call-dialog [data-test=call-field]").await;
                })
                .await;
            app.screen.press("#call-dialog [data-test=close-dialog]").await;
        }
        app.stop().await;
    }
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, SOME).await;
    change(&desktop, "UPDATE calls SET cost_pico_usd = NULL, saved_pico_usd = NULL").await;
    let app = App::start(&desktop).await;
    let album = Album { app: &app, desktop: &desktop, folder };
    album.usage("unpriced").await;
    app.stop().await;
}

#[tokio::test]
async fn pictures_of_much_data() {
    let Some(folder) = folder("much") else { return };
    let (desktop, _) = Desktop::in_use().await;
    sow(&desktop, MUCH).await;
    let holder = TcpListener::bind(("127.0.0.1", desktop.port)).await.expect("a free port");
    let app = App::start(&desktop).await;
    let album = Album { app: &app, desktop: &desktop, folder };

    album.take("port-taken", async || drop(app.screen.sees("[data-test=address-trouble]").await)).await;
    drop(holder);
    app.screen.press("#retry").await;
    album.places().await;
    app.stop().await;
}
