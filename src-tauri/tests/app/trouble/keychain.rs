//! The keychain is locked, is not there, or has lost the master key.

use super::{nothing_is_lost, retry, tells};
use crate::{desktop::Desktop, keyring::Keyring, launch::App};

#[tokio::test]
async fn a_locked_keychain_is_told_and_works_once_it_is_unlocked() {
    let (desktop, key) = Desktop::in_use().await;
    let keyring = Keyring::of(&desktop.session).await;
    keyring.lock().await;
    let app = App::start(&desktop).await;

    tells(&app, "The keychain is locked").await;
    retry(&app).await;
    tells(&app, "The keychain is locked").await;
    keyring.unlock().await;
    retry(&app).await;

    nothing_is_lost(&app, &desktop, &key).await;
    app.stop().await;
}

#[tokio::test]
async fn a_missing_keychain_is_told_and_works_once_there_is_one() {
    let mut desktop = Desktop::without_keyring().await;
    let app = App::start(&desktop).await;

    tells(&app, "There is no keychain").await;
    desktop.session.start_keyring();
    let key = desktop.set_up().await;
    retry(&app).await;

    nothing_is_lost(&app, &desktop, &key).await;
    app.stop().await;
}

#[tokio::test]
async fn a_missing_master_key_is_told_and_never_made_anew() {
    let (desktop, key) = Desktop::in_use().await;
    let keyring = Keyring::of(&desktop.session).await;
    let master = keyring.take("/master").await;
    let app = App::start(&desktop).await;

    tells(&app, "The master key is not in the keychain").await;
    retry(&app).await;
    tells(&app, "The master key is not in the keychain").await;
    keyring.put(&master).await;
    retry(&app).await;

    nothing_is_lost(&app, &desktop, &key).await;
    app.stop().await;
}
