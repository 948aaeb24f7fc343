//! Looks how things are, once a minute.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use carpool_core::{
    alert::{
        AccountSeen, KeySeen, Out, Seen, Trouble, Watch,
        unusual::{self, Usual},
        words,
    },
    price::PicoUsd,
    schedule::{AccountId, health::HoldKind},
};
use jiff::{SignedDuration, Timestamp};

use super::{AlertSettings, Told, language, letters, settings, webhooks};
use crate::{
    House,
    accounts::Standing,
    live::Change,
    store::{SqlError, StoreError, accounts, episodes, webhooks::About},
};

/// How often it is looked, and letters are sent that are due.
const STEP: Duration = Duration::from_secs(60);
/// The same for the first time: what happened while nothing ran is told soon.
const FIRST_STEP: Duration = Duration::from_secs(5);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// The hours that are judged, and are no part of what is usual.
const JUDGED_HOURS: i64 = 24;
/// How long an episode that is over is shown.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How much waits for a desktop that shows it. Where there is none, the oldest is forgotten.
const MOST_WAITING: usize = 20;

/// What is watched, and what waits to be told on the desktop.
#[derive(Debug, Default)]
pub(crate) struct Watching {
    state: tokio::sync::Mutex<State>,
    waiting: Mutex<VecDeque<Told>>,
}

#[derive(Debug, Default)]
struct State {
    /// `None` until the open episodes were read.
    watch: Option<Watch>,
    usual: Usuals,
}

/// What is usual for each key, read once an hour.
#[derive(Debug, Default)]
struct Usuals {
    read_in: i64,
    by_key: BTreeMap<i64, Usual>,
}

impl Watching {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Told>> {
        self.waiting.lock().expect("no one panics while holding what waits")
    }
}

impl House {
    /// Looks, until the house is closed.
    pub(crate) async fn watch(self: Arc<Self>) {
        let watching = async {
            self.clock.pace(FIRST_STEP).await;
            loop {
                self.look_after_alerts().await;
                self.clock.pace(STEP).await;
            }
        };
        self.closing.run_until_cancelled(watching).await;
    }

    /// Looks how things are, tells what is to be told, and sends what is due; a running relay does so by itself each minute.
    pub async fn look_after_alerts(&self) {
        if let Err(error) = self.look().await {
            tracing::warn!(%error, "it is not known what the owner is to be told of");
        }
        if let Err(error) = self.send_letters().await {
            tracing::warn!(%error, "letters to webhooks could not be sent");
        }
    }

    /// What waits to be told on the desktop; it waits no more.
    #[must_use]
    pub fn take_told(&self) -> Vec<Told> {
        self.watching.waiting().drain(..).collect()
    }

    async fn look(&self) -> Result<(), StoreError> {
        let settings = settings(self.around().store.pool()).await?;
        let mut told = self.look_for_episodes(&settings).await?;
        told.extend(self.tell_of_the_week(&settings).await?);
        if told.is_empty() {
            return Ok(());
        }
        let mut waiting = self.watching.waiting();
        waiting.extend(told);
        let too_many = waiting.len().saturating_sub(MOST_WAITING);
        waiting.drain(..too_many);
        drop(waiting);
        self.live.changes().note(Change::Config);
        Ok(())
    }

    async fn look_for_episodes(&self, settings: &AlertSettings) -> Result<Vec<Told>, StoreError> {
        let (pool, now) = (self.around().store.pool(), self.clock.now());
        let mut state = self.watching.state.lock().await;
        let mut watch = match state.watch.take() {
            Some(watch) => watch,
            None => Watch::with(episodes::open(pool).await?),
        };
        let seen = self.seen(&mut state.usual, now).await?;
        let before = watch.clone();
        let events = watch.look(now, &settings.rules, &seen);
        if events.is_empty() {
            state.watch = Some(watch);
            return Ok(Vec::new());
        }
        // Should writing fail, it is looked again as if nothing had been seen.
        state.watch = Some(before);
        let (language, to) = (language(pool).await?, webhooks::list(self.around()).await?);
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        for event in &events {
            episodes::note(&mut transaction, event).await?;
            let note = words::note(event, language, self.gate.zone());
            letters::write(&mut transaction, &to, About::Alerts, &note, now).await?;
        }
        let long_ago = now.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        episodes::forget(&mut transaction, long_ago).await?;
        transaction.commit().await?;
        state.watch = Some(watch);
        Ok(events.into_iter().map(Told::Alert).collect())
    }

    async fn seen(&self, usual: &mut Usuals, now: Timestamp) -> Result<Seen, StoreError> {
        let pool = self.around().store.pool();
        let an_hour_ago = now.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
        let spent = episodes::spent_since(pool, an_hour_ago).await?;
        let sum = spent.iter().fold(PicoUsd(0), |sum, (_, part)| sum.saturating_add(*part));
        Ok(Seen {
            spent: sum,
            most: spent.into_iter().next(),
            accounts: self.accounts_seen().await?,
            keys: self.keys_seen(usual, now).await?,
        })
    }

    async fn accounts_seen(&self) -> Result<Vec<AccountSeen>, SqlError> {
        let all = accounts::list(self.around().store.pool()).await?;
        let standing = |account: &accounts::Account| {
            let snapshot = self.accounts().snapshot(AccountId(account.id))?;
            Some((account.id, account.provider.id, snapshot.standing))
        };
        let standings: Vec<_> = all.iter().filter_map(standing).collect();
        let seen = |account: &accounts::Account| {
            let (_, provider, standing) = standings.iter().find(|(id, ..)| *id == account.id)?;
            let serves = |standing: &Standing| match standing {
                Standing::Ready => true,
                Standing::Held(hold) => hold.kind == HoldKind::Cooling,
                Standing::Paused | Standing::Unreadable(_) => false,
            };
            let has_substitute = standings.iter().any(|(_, other, standing)| other == provider && serves(standing));
            Some(AccountSeen { id: account.id, name: account.name.clone(), out: out(standing), has_substitute })
        };
        Ok(all.iter().filter_map(seen).collect())
    }

    async fn keys_seen(&self, usual: &mut Usuals, now: Timestamp) -> Result<Vec<KeySeen>, SqlError> {
        let pool = self.around().store.pool();
        let hour = episodes::hour_of(now);
        let judged_from = hour - JUDGED_HOURS + 1;
        if usual.read_in != hour {
            let past = episodes::use_by_hour(pool, judged_from - unusual::PAST_HOURS, judged_from).await?;
            let by_key = past.into_iter().filter_map(|(key, hours)| Some((key, unusual::usual(&hours)?)));
            *usual = Usuals { read_in: hour, by_key: by_key.collect() };
        }
        let lately = episodes::use_by_hour(pool, judged_from, hour + 1).await?;
        let keys = self.keys.all();
        let of = |hours: &[(i64, unusual::Use)], wanted: i64| {
            hours.iter().find(|(hour, _)| *hour == wanted).map(|(_, used)| *used).unwrap_or_default()
        };
        let seen = |(id, hours): (i64, Vec<(i64, unusual::Use)>)| {
            let key = keys.iter().find(|key| key.id == id)?;
            Some(KeySeen {
                id,
                friend: key.friend.clone(),
                key: key.name.clone(),
                hour: of(&hours, hour).max(of(&hours, hour - 1)),
                day: unusual::last_day(&hours, hour),
                usual: usual.by_key.get(&id).copied(),
            })
        };
        Ok(lately.into_iter().filter_map(seen).collect())
    }
}

/// What keeps an account out that the owner did not pause.
pub(super) fn out(standing: &Standing) -> Option<Out> {
    let trouble = match standing {
        Standing::Ready | Standing::Paused => return None,
        Standing::Unreadable(_) => Trouble::Blocked,
        Standing::Held(hold) => match hold.kind {
            HoldKind::Cooling => Trouble::Failing,
            HoldKind::Limited => Trouble::Limited,
            HoldKind::NeedsLogin => Trouble::NeedsLogin,
            HoldKind::Blocked => Trouble::Blocked,
        },
    };
    Some(Out { trouble, reason: standing.reason().unwrap_or_default().to_owned() })
}
