//! Tells the window and the tray what goes on: when it happens, at most four times a second.

use std::{sync::Arc, time::Duration};

use carpool_ipc::{
    Money,
    event::{CHANGED, Changed, LIVE, STATUS},
    live::{Live, LiveCall},
    status::{Mode, Relay, Status},
    usage::Sums,
};
use carpool_relay::{
    House,
    live::{Change, Seen},
    store::{
        SqlError, friends,
        usage::{self, Whose},
    },
};
use jiff::tz::TimeZone;
use serde::Serialize;
use tauri::{AppHandle, Emitter};
use tokio::time::{Instant, sleep};

use super::{commands, commands::shown, host::Host, notices::Told, notify, periods, tray};

/// The least time between two tellings.
const STEP: Duration = Duration::from_millis(250);
/// The least time between two readings of the ledger.
const READING_STEP: Duration = Duration::from_secs(1);
/// How often it is looked whether a new day began.
const DAY_STEP: Duration = Duration::from_secs(60);

/// Tells, until the program ends.
pub(super) async fn tell(app: AppHandle, host: Arc<Host>) {
    let mut standing = host.watch();
    let mut teller = Teller {
        app,
        host: Arc::clone(&host),
        status: None,
        live: Live::default(),
        is_stale: true,
        read_at: None,
        told: Told::default(),
    };
    loop {
        let house = host.house().ok();
        let wait = teller.next_look();
        let seen = tokio::select! {
            seen = next_change(house.as_deref()) => Some(seen),
            _ = standing.changed() => None,
            () = sleep(wait) => None,
        };
        teller.tell(house.as_deref(), seen).await;
        sleep(STEP).await;
    }
}

async fn next_change(house: Option<&House>) -> Seen {
    match house {
        Some(house) => house.live().changes().next().await,
        None => std::future::pending().await,
    }
}

/// What was told last.
struct Teller {
    app: AppHandle,
    host: Arc<Host>,
    status: Option<Status>,
    live: Live,
    /// Whether the ledger has news, or a new day may have begun.
    is_stale: bool,
    read_at: Option<Instant>,
    /// What the owner was notified of.
    told: Told,
}

impl Teller {
    /// How long nothing has to be looked at unless something changes.
    fn next_look(&self) -> Duration {
        let is_stopping = matches!(&self.status, Some(Status { relay: Relay::Stopping { .. }, .. }));
        if self.live.calls.is_empty() && !self.is_stale && !is_stopping { DAY_STEP } else { STEP }
    }

    async fn tell(&mut self, house: Option<&House>, seen: Option<Seen>) {
        let has = |change| seen.is_some_and(|seen: Seen| seen.has(change));
        self.is_stale |= has(Change::Ledger) || self.read_at.is_none_or(|at| at.elapsed() >= DAY_STEP);
        let (mut calls, mut is_read) = (Vec::new(), false);
        if let Some(house) = house {
            calls = calls_of(house);
            is_read = self.read_ledger(house).await;
        }
        if (has(Change::Config) || (is_read && self.is_first_run()))
            && let Err(error) = self.host.refresh().await
        {
            tracing::warn!(reason = error.message, "the owner's settings could not be read");
        }

        self.tell_status();
        if is_read || calls != self.live.calls {
            self.live.calls = calls;
            self.emit(LIVE, &self.live);
        }
        let changed = Changed {
            config: has(Change::Config),
            ledger: is_read,
            accounts: has(Change::Accounts),
            reach: has(Change::Reach),
        };
        if changed != Changed::default() {
            self.emit(CHANGED, &changed);
        }
        if let Some(status) = &self.status {
            tray::update(&self.app, status, &self.live);
        }
        if let Some(house) = house
            && changed != Changed::default()
        {
            self.notify(house).await;
        }
    }

    /// Notifies the owner of what cannot wait, unless that is switched off or everything is only pretended.
    async fn notify(&mut self, house: &House) {
        let preferences = self.host.preferences();
        let is_own = self.status.as_ref().is_some_and(|status| status.mode == Mode::Own);
        let told = house.take_told();
        if is_own && preferences.notifications {
            let language = preferences.language.unwrap_or_else(tray::system_language);
            notify::owner(&self.app, house, &mut self.told, language).await;
            notify::of_what_was_told(&self.app, &told, commands::words_in(preferences.language));
        }
    }

    fn is_first_run(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.first_run.is_some())
    }

    fn tell_status(&mut self) {
        let status = self.host.status();
        if self.status.as_ref() != Some(&status) {
            self.emit(STATUS, &status);
            self.status = Some(status);
        }
    }

    /// Reads today's sums if they are stale, but not more often than is good; says whether it did.
    async fn read_ledger(&mut self, house: &House) -> bool {
        if !self.is_stale || self.read_at.is_some_and(|at| at.elapsed() < READING_STEP) {
            return false;
        }
        self.is_stale = false;
        self.read_at = Some(Instant::now());
        match today(house).await {
            Ok(live) => self.live = Live { calls: std::mem::take(&mut self.live.calls), ..live },
            Err(error) => tracing::warn!(%error, "today's sums could not be read"),
        }
        true
    }

    fn emit(&self, event: &str, payload: &(impl Serialize + Clone)) {
        if let Err(error) = self.app.emit(event, payload.clone()) {
            tracing::warn!(%error, event, "the window could not be told");
        }
    }
}

/// What is going on now, and today so far.
pub(super) async fn live(house: &House) -> Result<Live, SqlError> {
    Ok(Live { calls: calls_of(house), ..today(house).await? })
}

fn calls_of(house: &House) -> Vec<LiveCall> {
    house.live().now().iter().map(|call| shown_call(call)).collect()
}

fn shown_call(call: &carpool_relay::live::LiveCall) -> LiveCall {
    LiveCall {
        id: call.id.to_string(),
        friend: call.key.friend.clone(),
        key: call.key.name.clone(),
        account: Some(call.account.to_string()),
        model: call.model.clone(),
        started_ms: call.started_at.as_millisecond(),
        is_answering: call.is_answering(),
        input_tokens: call.input_tokens(),
        output_tokens: call.output_tokens(),
    }
}

/// Today so far, without the calls in flight.
async fn today(house: &House) -> Result<Live, SqlError> {
    let pool = house.around().store.pool();
    let since = periods::day(&house.around().clock.now().to_zoned(TimeZone::system()));
    let by_friend = usage::by_id(pool, Whose::Friends, since).await?;
    let top = by_friend.iter().max_by_key(|(id, sums)| (sums.cost_pico_usd, sums.calls, -**id));
    let top_friend = match top {
        Some((id, sums)) => friends::name(pool, *id).await?.map(|name| (name, Money(sums.cost_pico_usd))),
        None => None,
    };
    let mut today = Sums::default();
    by_friend.values().for_each(|sums| today.add(&shown::sums(sums)));
    Ok(Live { calls: Vec::new(), today, top_friend })
}
