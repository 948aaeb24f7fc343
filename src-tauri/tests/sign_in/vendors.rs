//! Signing in at the other vendors from the command line: by the address a browser comes back to, with the owner's own
//! OAuth client, and by a short code.

use std::path::PathBuf;

use serde_json::json;

use crate::support::{
    disk::files_with,
    friend::client,
    login::Login,
    program::Folder,
    vendor::{CHATGPT_ACCOUNT, CLIENT_SECRET, CODE, EMAIL, PROJECT, REFRESH, USER_CODE, Vendor},
};

const NOWHERE: [PathBuf; 0] = [];

#[tokio::test]
async fn the_browser_brings_codexs_code_to_this_machine_and_nothing_is_pasted() {
    let folder = Folder::new();
    let vendor = Vendor::start(&folder).await;

    let login = Login::begin(&mut folder.program("account login codex --json --name own")).await;
    let callback = vendor.callback(&login.authorize_url).replace("localhost", "127.0.0.1");
    let page = client().get(callback).send().await;
    assert!(page.expect("the page is there").status().is_success());
    let account = login.ends().await.lines()[1].clone();

    assert_eq!(
        (&account["kind"], &account["email"], &account["plan"], &account["options"]["project"]),
        (&json!("oauth"), &json!(EMAIL), &json!("plus"), &json!(CHATGPT_ACCOUNT))
    );
    assert_eq!(files_with(folder.path(), REFRESH), NOWHERE);
}

#[tokio::test]
async fn codexs_sign_in_is_renewed_and_says_so_when_it_is_over() {
    let folder = Folder::new();
    let vendor = Vendor::start(&folder).await;
    let login = Login::begin(&mut folder.program("account login codex --json --name own")).await;
    let callback = vendor.callback(&login.authorize_url);
    assert_eq!(login.paste(&format!("  {callback} \n")).await.lines().len(), 2);

    folder.run("account refresh own").await.done();
    assert_eq!(vendor.last("refresh_token"), Some(format!("{REFRESH}1")));
    folder.run("account refresh own").await.done();
    assert_eq!(vendor.last("refresh_token"), Some(format!("{REFRESH}2")), "what was granted last is used next");
    assert_eq!(folder.run("account test own").await.done()["plan"], "plus");

    vendor.end_sign_ins();
    assert_eq!(folder.run("account refresh own").await.failed(), "refresh_failed");
    assert_eq!(folder.run("account show own").await.done()["state"], "needs_login");
}

#[tokio::test]
async fn a_google_account_signs_in_with_the_owners_own_client_and_finds_its_project() {
    let folder = Folder::new();
    let vendor = Vendor::start(&folder).await;

    let words = "account login code-assist --json --name google --client-id mine.apps.example --client-secret-stdin";
    let account =
        Login::begin_with(&mut folder.program(words), CLIENT_SECRET).await.paste(CODE).await.lines()[1].clone();

    assert_eq!(vendor.last("client_id").as_deref(), Some("mine.apps.example"));
    assert_eq!(vendor.last("client_secret").as_deref(), Some(CLIENT_SECRET));
    assert_eq!(account["options"], json!({ "project": PROJECT, "client_id": "mine.apps.example" }));
    assert_eq!((&account["state"], &account["plan"]), (&json!("ready"), &json!("Standard")));
    folder.run("account refresh google").await.done();
    assert_eq!(vendor.last("client_secret").as_deref(), Some(CLIENT_SECRET));
    for secret in [REFRESH, CLIENT_SECRET] {
        assert_eq!(files_with(folder.path(), secret), NOWHERE);
    }
}

#[tokio::test]
async fn a_short_code_signs_droid_in_once_its_owner_has_said_yes() {
    let folder = Folder::new();
    let vendor = Vendor::start(&folder).await;

    let login = Login::begin(&mut folder.program("account login droid --json --name factory")).await;
    assert!(login.authorize_url.as_str().ends_with(USER_CODE), "{}", login.authorize_url);
    vendor.agree();
    let account = login.ends().await.lines()[1].clone();

    assert_eq!((&account["kind"], &account["email"]), (&json!("oauth"), &json!(EMAIL)));
    folder.run("account test factory").await.done();
    assert_eq!(vendor.last("refresh_token"), Some(format!("{REFRESH}1")), "it is shown to work by renewing it");
    assert_eq!(files_with(folder.path(), REFRESH), NOWHERE);
}
