//! Notifies the owner: looks at how things are and hands what is new to the desktop.

use carpool_core::{
    alert::{Event, Trouble, What, words},
    digest::words as digest_words,
    schedule::OverShare,
    statement,
};
use carpool_ipc::{
    Failure,
    accounts::Account,
    friends::Friend,
    limits::{Amounts, LimitKind, LimitUse},
    settings::Language,
    windows::Window,
};
use carpool_relay::{House, alerts};
use jiff::tz::TimeZone;
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;

use super::{
    commands,
    notices::{self, AccountSeen, Cap, Conflict, Seen, Told, Whose},
};

/// How many lines a notification has room for.
const SHOWN_LINES: usize = 4;

/// Notifies the owner of what is new. A desktop that shows no notifications is no trouble: the window shows all of it.
pub(super) async fn owner(app: &AppHandle, house: &House, told: &mut Told, language: Language) {
    let seen = match look(house).await {
        Ok(seen) => seen,
        Err(error) => return tracing::warn!(reason = error.message, "it is not known what to notify the owner of"),
    };
    for notice in told.look(&seen) {
        let (title, body) = notices::text(&notice, language);
        if let Err(error) = app.notification().builder().title(title).body(body).show() {
            tracing::debug!(%error, "the desktop shows no notification");
        }
    }
}

/// Notifies the owner of what the relay found by itself.
pub(super) fn of_what_was_told(app: &AppHandle, told: &[alerts::Told], language: statement::Language) {
    let zone = TimeZone::system();
    for one in told.iter().filter(|one| !is_notified_anyway(one)) {
        let note = match one {
            alerts::Told::Alert(event) => words::note(event, language, &zone),
            alerts::Told::Digest(digest) => digest_words::note(digest, language),
        };
        let body = note.lines.iter().take(SHOWN_LINES).map(String::as_str).collect::<Vec<_>>().join("\n");
        if let Err(error) = app.notification().builder().title(note.title).body(body).show() {
            tracing::debug!(%error, "the desktop shows no notification");
        }
    }
}

/// Accounts that drop out are told at once, see [`notices`]; only one that fails and fails is not.
fn is_notified_anyway(told: &alerts::Told) -> bool {
    match told {
        alerts::Told::Alert(Event::Began(episode)) => {
            matches!(&episode.what, What::Account { trouble, .. } if *trouble != Trouble::Failing)
        }
        alerts::Told::Alert(Event::Over(..)) | alerts::Told::Digest(_) => false,
    }
}

/// How things are, as the window shows them.
async fn look(house: &House) -> Result<Seen, Failure> {
    let friends = commands::listed_friends(house).await?;
    let accounts = commands::listed_accounts(house).await?;
    let conflicts = house.accounts().conflicts().into_iter();
    Ok(Seen {
        caps: friends.iter().flat_map(caps_of).collect(),
        conflicts: conflicts.filter_map(|(id, over)| conflict(id, over, &friends, &accounts)).collect(),
        accounts: accounts.into_iter().map(account_seen).collect(),
    })
}

/// A call that the share kept out: in the window that begins anew when there is room again, or else in the fullest one.
fn conflict(friend_id: i64, over: OverShare, friends: &[Friend], accounts: &[Account]) -> Option<Conflict> {
    let friend = friends.iter().find(|friend| friend.id == friend_id)?;
    let windows = accounts.iter().flat_map(|account| account.windows.iter().map(move |window| (account, window)));
    let shared = windows.filter(|(_, window)| window.parts.iter().any(|part| part.friend_id == friend_id));
    let until_ms = over.until.as_millisecond();
    let ends_then = |window: &Window| window.resets_ms.is_some_and(|at| notices::is_same_reset(at, until_ms));
    let (account, window) = shared
        .max_by(|(_, one), (_, other)| ends_then(one).cmp(&ends_then(other)).then(one.used.total_cmp(&other.used)))?;
    Some(Conflict {
        friend_id,
        friend: friend.name.clone(),
        account_id: account.id,
        account: account.name.clone(),
        hours: window.hours,
        resets_ms: window.resets_ms.unwrap_or(until_ms),
    })
}

fn caps_of(friend: &Friend) -> Vec<Cap> {
    let own = friend.uses.iter().filter_map(|one| cap(Whose::Friend(friend.id, friend.name.clone()), one));
    let of_keys = friend.keys.iter().flat_map(|key| {
        let whose = Whose::Key(key.id, friend.name.clone(), key.name.clone());
        key.uses.iter().filter_map(move |one| cap(whose.clone(), one))
    });
    own.chain(of_keys).collect()
}

fn cap(whose: Whose, one: &LimitUse) -> Option<Cap> {
    let Amounts::Money { used, limit, .. } = one.amounts else { return None };
    // A rolling span has no end: when room returns says nothing about which span it is.
    let ends_ms = one.until_ms.filter(|_| !matches!(one.kind, LimitKind::Cap5h | LimitKind::CapTotal));
    Some(Cap { whose, kind: one.kind, used, limit, ends_ms })
}

fn account_seen(account: Account) -> AccountSeen {
    AccountSeen { id: account.id, name: account.name, provider: account.provider, verdict: account.verdict }
}
