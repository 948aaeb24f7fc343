//! Friends and their keys.

use std::{collections::HashMap, sync::Arc};

use carpool_core::admission::{Holder, LimitUse};
use carpool_ipc::{
    Failure,
    friends::{
        AddFriend, AddedFriend, CreateKey, First, Friend, Given, IssuedKey, Key, ListFriends, PauseFriend, PauseKey,
        RemoveFriend, RenameFriend, RevokeKey, RotateKey,
    },
};
use carpool_relay::{
    House,
    people::{self, PeopleError},
    store::{
        client_keys::{self, ClientKey},
        devices, friends,
        usage::{self, Whose},
    },
};
use jiff::{Zoned, tz::TimeZone};
use secrecy::ExposeSecret;
use tauri::State;

use super::{
    super::{host::Host, periods},
    Reply,
    devices::{is_shared, shown_device},
    invites,
    limits::{shown_limits, shown_terms},
    shown::{self, failed, found, refused},
};

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn friends(ask: ListFriends, host: TheHost<'_>) -> Reply<ListFriends> {
    let ListFriends {} = ask;
    let house = host.house()?;
    house.note_devices().await.map_err(failed)?;
    listed(&house).await
}

#[tauri::command]
pub(in super::super) async fn add_friend(ask: AddFriend, host: TheHost<'_>) -> Reply<AddFriend> {
    add(&host, &ask.name, ask.first).await
}

#[tauri::command]
pub(in super::super) async fn rename_friend(ask: RenameFriend, host: TheHost<'_>) -> Reply<RenameFriend> {
    people::rename_friend(host.house()?.around(), ask.id, ask.name.trim()).await.map_err(failed)
}

#[tauri::command]
pub(in super::super) async fn pause_friend(ask: PauseFriend, host: TheHost<'_>) -> Reply<PauseFriend> {
    friends::set_paused(host.house()?.around().store.pool(), ask.id, ask.paused).await.map_err(refused)
}

#[tauri::command]
pub(in super::super) async fn remove_friend(ask: RemoveFriend, host: TheHost<'_>) -> Reply<RemoveFriend> {
    let house = host.house()?;
    friends::remove(house.around().store.pool(), ask.id, house.around().clock.now()).await.map_err(refused)
}

#[tauri::command]
pub(in super::super) async fn create_key(ask: CreateKey, host: TheHost<'_>) -> Reply<CreateKey> {
    issue(&*host.house()?, ask.friend_id, ask.name.trim()).await
}

#[tauri::command]
pub(in super::super) async fn rotate_key(ask: RotateKey, host: TheHost<'_>) -> Reply<RotateKey> {
    rotate(&*host.house()?, ask.id).await
}

#[tauri::command]
pub(in super::super) async fn pause_key(ask: PauseKey, host: TheHost<'_>) -> Reply<PauseKey> {
    client_keys::set_paused(host.house()?.around().store.pool(), ask.id, ask.paused).await.map_err(refused)
}

#[tauri::command]
pub(in super::super) async fn revoke_key(ask: RevokeKey, host: TheHost<'_>) -> Reply<RevokeKey> {
    let house = host.house()?;
    client_keys::revoke(house.around().store.pool(), ask.id, house.around().clock.now()).await.map_err(refused)
}

/// All of them, as the window shows them.
pub(in super::super) async fn listed(house: &House) -> Result<Vec<Friend>, Failure> {
    let pool = house.around().store.pool();
    let now = house.around().clock.now().to_zoned(TimeZone::system());
    let today = usage::by_id(pool, Whose::Friends, periods::day(&now)).await.map_err(refused)?;
    let month = usage::by_id(pool, Whose::Friends, periods::month(&now)).await.map_err(refused)?;
    let keys = client_keys::list(pool).await.map_err(refused)?;
    let in_use: HashMap<Holder, Vec<LimitUse>> = house.limits_in_use().into_iter().collect();
    let devices = devices::list(pool).await.map_err(refused)?;
    let friends = friends::list(pool).await.map_err(refused)?;
    let shown = friends.into_iter().map(|friend| Friend {
        id: friend.id,
        today: today.get(&friend.id).map(shown::sums).unwrap_or_default(),
        month: month.get(&friend.id).map(shown::sums).unwrap_or_default(),
        keys: keys
            .iter()
            .filter(|key| key.friend_id == friend.id)
            .map(|key| shown_key(key, &devices, &in_use, &now))
            .collect(),
        share: friend.share,
        limits: shown_limits(&friend.limits),
        uses: uses(&in_use, Holder::Friend(friend.id)),
        name: friend.name,
        paused: friend.paused,
    });
    Ok(shown.collect())
}

/// How far a friend's or a key's limits are used.
fn uses(in_use: &HashMap<Holder, Vec<LimitUse>>, holder: Holder) -> Vec<carpool_ipc::limits::LimitUse> {
    in_use.get(&holder).into_iter().flatten().map(shown::limit_use).collect()
}

fn shown_key(
    key: &ClientKey,
    devices: &[devices::Device],
    in_use: &HashMap<Holder, Vec<LimitUse>>,
    now: &Zoned,
) -> Key {
    let own: Vec<_> = devices.iter().filter(|device| device.key_id == key.id).collect();
    Key {
        id: key.id,
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        paused: key.paused,
        created_ms: key.created_at.as_millisecond(),
        last_used_ms: key.last_used_at.map(|at| at.as_millisecond()),
        limits: shown_limits(&key.limits),
        terms: shown_terms(key, now.time_zone()),
        expires_ms: key.expires_at.map(|at| at.as_millisecond()),
        uses: uses(in_use, Holder::Key(key.id)),
        is_shared_hint: is_shared(&own, now.timestamp()),
        devices: own.into_iter().map(shown_device).collect(),
    }
}

async fn add(host: &Host, name: &str, first: First) -> Result<AddedFriend, Failure> {
    let house = host.house()?;
    let id = people::add_friend(house.around(), name.trim(), 1.0).await.map_err(failed)?;
    let given = match first {
        First::Invite => Given::Invite(invites::create(host, id).await?),
        First::Key => Given::Key(issue(&house, id, "").await?),
    };
    Ok(AddedFriend { id, given })
}

async fn issue(house: &House, friend_id: i64, name: &str) -> Result<IssuedKey, Failure> {
    let friend = friends::name(house.around().store.pool(), friend_id).await.map_err(refused)?;
    let issued = people::issue_key(house.around(), friend_id, Some(name).filter(|name| !name.is_empty())).await;
    show_once(house, found(friend)?, issued).await
}

async fn rotate(house: &House, id: i64) -> Result<IssuedKey, Failure> {
    let keys = client_keys::list(house.around().store.pool()).await.map_err(refused)?;
    let key = found(keys.into_iter().find(|key| key.id == id))?;
    let issued = people::rotate_key(house.around(), &key).await;
    show_once(house, key.friend, issued).await
}

/// The key, for the one time it can be seen. It works at once: the owner may try it right away.
async fn show_once(
    house: &House,
    friend: String,
    issued: Result<people::IssuedKey, PeopleError>,
) -> Result<IssuedKey, Failure> {
    let issued = issued.map_err(failed)?;
    house.reload().await.map_err(failed)?;
    Ok(IssuedKey { id: issued.id, friend, name: issued.name, key: issued.key.expose_secret().to_owned() })
}
