//! Every key at once: all of them replaced, and the new ones saved.

use std::{fmt::Write, sync::Arc};

use carpool_ipc::{
    Failure,
    friends::{IssuedKey, RotateAllKeys, SaveKeys},
};
use carpool_relay::{House, people};
use secrecy::ExposeSecret;
use tauri::{AppHandle, State};

use super::{
    super::host::Host,
    Reply,
    save::{KEYS, save},
    shown::{failed, taken_up},
};

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn rotate_all_keys(ask: RotateAllKeys, host: TheHost<'_>) -> Reply<RotateAllKeys> {
    let RotateAllKeys {} = ask;
    rotate_all(&*host.house()?).await
}

#[tauri::command]
pub(in super::super) async fn save_keys(ask: SaveKeys, host: TheHost<'_>, app: AppHandle) -> Reply<SaveKeys> {
    save(
        &app,
        KEYS,
        "carpool-keys.txt",
        text_of(&ask.keys, host.status().for_friends().map(|address| address.url).as_deref()),
    )
    .await
}

async fn rotate_all(house: &House) -> Result<Vec<IssuedKey>, Failure> {
    let issued = people::rotate_all_keys(house.around()).await.map_err(failed)?;
    taken_up(house).await?;
    let shown = issued.into_iter().map(|(old, new)| IssuedKey {
        id: new.id,
        friend: old.friend,
        name: new.name,
        key: new.key.expose_secret().to_owned(),
    });
    Ok(shown.collect())
}

/// The address, and each key in a line of its own after whose it is.
fn text_of(keys: &[IssuedKey], address: Option<&str>) -> String {
    let mut text = String::new();
    if let Some(address) = address {
        let _ = writeln!(text, "{address}\n");
    }
    for key in keys {
        let _ = writeln!(text, "{}, {}\n{}\n", key.friend, key.name, key.key);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_saved_text_says_whose_each_key_is() {
        let key = |friend: &str, key: &str| IssuedKey {
            id: 1,
            friend: friend.to_owned(),
            name: "laptop".to_owned(),
            key: key.to_owned(),
        };

        let text = text_of(&[key("Alex", "cr_1"), key("Mia", "cr_2")], Some("http://127.0.0.1:8787"));

        assert_eq!(text, "http://127.0.0.1:8787\n\nAlex, laptop\ncr_1\n\nMia, laptop\ncr_2\n\n");
    }
}
