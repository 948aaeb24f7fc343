//! Adding accounts of other vendors in the window: by a key with what it is set to, by an address that is pasted, and by a
//! short code.

use serde_json::json;

use crate::{
    desktop::Desktop,
    launch::App,
    support::{
        disk::files_with,
        vendor::{CHATGPT_ACCOUNT, CLIENT_SECRET, CODE, EMAIL, PROJECT, REFRESH, USER_CODE, Vendor},
    },
};

/// Opens the form that adds an account, at a provider.
async fn add_at(app: &App, provider: &str) {
    app.screen.goes_to("accounts").await;
    app.screen.press("#new-account").await;
    app.screen.sees("#field-provider").await;
    app.screen.choose("#field-provider", provider).await;
}

/// The form says what came of it, and closes.
async fn done(app: &App, says: &str) {
    app.screen.reads("[data-test=tested]", says).await;
    app.screen.press("#add-account-dialog [data-test=done]").await;
    app.screen.misses("#add-account-dialog").await;
}

#[tokio::test]
async fn accounts_of_other_vendors_are_added_in_the_window() {
    let (desktop, _) = Desktop::in_use().await;
    let vendor = Vendor::start(&desktop.folder).await;
    let app = App::start(&desktop).await;

    add_compatible(&app, &desktop).await;
    sign_in_codex(&app, &desktop, &vendor).await;
    sign_in_google(&app, &desktop).await;
    sign_in_droid(&app, &desktop, &vendor).await;
    for secret in [REFRESH, CLIENT_SECRET] {
        assert_eq!(files_with(desktop.folder.path(), secret), Vec::<std::path::PathBuf>::new());
    }
}

/// A server on this machine: the vendor fills the address in, the owner changes it.
async fn add_compatible(app: &App, desktop: &Desktop) {
    add_at(app, "compatible").await;
    app.screen.choose("#field-preset", "ollama").await;
    app.screen.holds("#field-base_url", "http://127.0.0.1:11434/v1").await;
    app.screen.fill("#field-name", "local").await;
    app.screen.press("#add-account-dialog details summary").await;
    app.screen.fill("#field-models", "llama-4, qwen-3").await;
    app.screen.press("#add-account").await;
    done(app, "local").await;

    let shown = desktop.run("account show local").await;
    assert_eq!(shown["base_url"], "http://127.0.0.1:11434/v1");
    assert_eq!(shown["options"]["models"], json!(["llama-4", "qwen-3"]));
    assert_eq!(shown["options"]["dialects"], json!(["chat", "responses", "messages"]));
}

/// ChatGPT: the address the browser ends on is pasted.
async fn sign_in_codex(app: &App, desktop: &Desktop, vendor: &Vendor) {
    add_at(app, "codex").await;
    app.screen.press("label.tick:has([name=terms])").await;
    app.screen.press("#begin-login").await;
    app.screen.sees("#field-pasted").await;
    let opened = desktop.opened().last().cloned().expect("the browser opens a page");
    let page = opened.parse().expect("an address");
    app.screen.fill("#field-name", "chatgpt").await;
    app.screen.fill("#field-pasted", &vendor.callback(&page)).await;
    app.screen.press("#finish-login").await;
    done(app, EMAIL).await;

    assert_eq!(desktop.run("account show chatgpt").await["options"]["project"], CHATGPT_ACCOUNT);
}

/// Google: with the owner's own OAuth client, and the code that the page shows.
async fn sign_in_google(app: &App, desktop: &Desktop) {
    add_at(app, "code-assist").await;
    app.screen.fill("#field-client-id", "mine.apps.example").await;
    app.screen.fill("#field-client-secret", CLIENT_SECRET).await;
    app.screen.press("label.tick:has([name=terms])").await;
    app.screen.press("#begin-login").await;
    app.screen.sees("#field-pasted").await;
    app.screen.fill("#field-name", "google").await;
    app.screen.fill("#field-pasted", CODE).await;
    app.screen.press("#finish-login").await;
    done(app, EMAIL).await;

    let shown = desktop.run("account show google").await;
    assert_eq!(shown["options"], json!({ "project": PROJECT, "client_id": "mine.apps.example" }));
}

/// Factory: a short code is shown, and it goes on once the owner has said yes.
async fn sign_in_droid(app: &App, desktop: &Desktop, vendor: &Vendor) {
    add_at(app, "droid").await;
    app.screen.press("label.segment:has([value=oauth])").await;
    app.screen.press("label.tick:has([name=terms])").await;
    app.screen.press("#begin-login").await;
    app.screen.reads("[data-test=user-code]", USER_CODE).await;
    app.screen.fill("#field-name", "factory").await;
    vendor.agree();
    app.screen.press("#finish-login").await;
    done(app, EMAIL).await;

    assert_eq!(desktop.run("account show factory").await["kind"], "oauth");
}
