//! The shares of friends in the windows of subscriptions: who burned what at which account, and whether a friend may burn
//! more of it now.

use std::{collections::HashMap, sync::Arc};

use carpool_core::{
    forecast::{self, Forecast},
    price::PicoUsd,
    schedule::{AccountId, NoAccount, OverShare, Reason},
    share::{self, Burn, Capacity, Gauges, Member, Split, Verdict, burn},
    window::Window,
};
use jiff::{SignedDuration, Timestamp};
use sqlx::SqlitePool;

use super::{Accounts, Lease, LiveAccount, lease::Wanted};
use crate::store::{
    SqlError,
    burn::{self as burnt, Burnt},
    friends, settings, windows,
};

/// How far back samples tell what a window is worth.
const LEARNED_FROM: SignedDuration = SignedDuration::from_hours(8 * 24);

/// How windows are shared, and among whom.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    settings: share::Settings,
    members: Vec<Member>,
}

impl Sharing {
    pub(super) async fn read(pool: &SqlitePool) -> Result<Self, SqlError> {
        let member =
            |friend: friends::Friend| Member { friend: friend.id, share: friend.share, is_paused: friend.paused };
        let members = friends::list(pool).await?.into_iter().map(member).collect();
        Ok(Self { settings: settings::share(pool).await?, members })
    }
}

/// What was burned at an account, and what its windows are worth.
#[derive(Debug, Default)]
pub(super) struct Consumption {
    burn: Burn,
    gauges: Gauges,
}

impl Consumption {
    pub(super) fn see(&mut self, seen: &[Window], now: Timestamp) {
        for window in seen {
            self.gauges.see(window, &self.burn, now);
        }
    }
}

/// The windows of a subscription, divided.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The account.
    pub account: AccountId,
    /// Its windows, the shorter first.
    pub windows: Vec<SharedWindow>,
}

/// A window, divided.
#[derive(Clone, Debug)]
pub struct SharedWindow {
    /// Its length, in hours.
    pub hours: u32,
    /// The model family it is for; `None` where it is for all models.
    pub family: Option<String>,
    /// When it begins anew.
    pub resets_at: Option<Timestamp>,
    /// Who used how much of it, and what is whose.
    pub split: Split,
    /// How it will go on.
    pub forecast: Forecast,
}

impl LiveAccount {
    /// Says whether friends share its windows.
    pub(super) fn is_shared(&self) -> bool {
        self.account.kind.is_subscription()
    }

    /// The model family under which a call counts for the shares; `None` where it does not count.
    fn burned_by<'a>(&self, wanted: &'a Wanted) -> Option<&'a str> {
        let counts = self.is_shared() && wanted.demand().takes_a_place();
        counts.then(|| self.family(wanted.model.as_deref()).unwrap_or_default())
    }

    /// What a friend's share of its windows says against a call.
    pub(super) fn over_share(&self, wanted: &Wanted, sharing: &Sharing, now: Timestamp) -> Option<Reason> {
        if sharing.settings.mode == share::Mode::Off {
            return None;
        }
        let burned = self.burned_by(wanted)?;
        let family = self.family(wanted.model.as_deref());
        let mut consumption = self.vitals.consumption();
        let views = consumption.gauges.views(&consumption.burn, &sharing.members, now);
        match share::decide_all(&sharing.settings, &views, wanted.friend, family, wanted.estimate, now) {
            Verdict::Free | Verdict::Within | Verdict::Lent => None,
            Verdict::Over { until, used_fraction, entitled_fraction } => {
                // Who is refused is present all the same.
                consumption.burn.note_call(wanted.friend, burned, now);
                let (used, entitled) = (thousandths(used_fraction), thousandths(entitled_fraction));
                Some(Reason::OverShare(OverShare { until, used, entitled }))
            }
        }
    }

    /// Sets aside what a call may burn.
    pub(super) fn reserve(&self, wanted: &Wanted, now: Timestamp) {
        if let Some(family) = self.burned_by(wanted) {
            self.vitals.consumption().burn.reserve(wanted.friend, family, wanted.estimate, now);
        }
    }

    /// Gives back what was set aside for a call.
    pub(super) fn release(&self, wanted: &Wanted) {
        if let Some(family) = self.burned_by(wanted) {
            self.vitals.consumption().burn.release(wanted.friend, family, wanted.estimate);
        }
    }

    fn shared(&self, sharing: &Sharing, now: Timestamp) -> Shared {
        let consumption = self.vitals.consumption();
        let views = consumption.gauges.views(&consumption.burn, &sharing.members, now);
        let mut windows: Vec<_> = views
            .into_iter()
            .map(|view| {
                let recent = forecast::recent(&view, &consumption.burn, now);
                SharedWindow {
                    hours: view.hours,
                    split: share::split(&view, &sharing.settings, now),
                    forecast: forecast::forecast(&view, &recent, now),
                    resets_at: view.resets_at.filter(|at| *at > now),
                    family: view.family,
                }
            })
            .collect();
        windows.sort_by(|one, other| (one.hours, &one.family).cmp(&(other.hours, &other.family)));
        Shared { account: self.id(), windows }
    }
}

impl Lease {
    /// Notes what the call burned of the account's windows.
    pub(crate) fn burned(&self, cost: PicoUsd) {
        if let Some(family) = self.account.burned_by(&self.wanted) {
            let now = self.accounts.around.clock.now();
            self.account.vitals.consumption().burn.add(self.wanted.friend, family, now, cost);
        }
    }
}

impl Accounts {
    /// The windows of all subscriptions that serve, divided among friends.
    #[must_use]
    pub fn shared(&self) -> Vec<Shared> {
        let (now, sharing) = (self.around.clock.now(), self.sharing());
        self.all().iter().filter(|live| live.is_shared()).map(|live| live.shared(&sharing, now)).collect()
    }

    /// What the share said against the last call of each friend that it kept out, by the friend's id; since the start.
    #[must_use]
    pub fn conflicts(&self) -> Vec<(i64, OverShare)> {
        let conflicts = self.conflicts.lock().expect("no one panics while noting a conflict");
        conflicts.iter().map(|(friend, over)| (*friend, *over)).collect()
    }

    /// Notes it where it was the share that kept a call out.
    pub(super) fn note_conflict(&self, friend: i64, none: &NoAccount) {
        if let Some(over) = none.over_share() {
            self.conflicts.lock().expect("no one panics while noting a conflict").insert(friend, over);
        }
    }

    pub(super) fn sharing(&self) -> Arc<Sharing> {
        Arc::clone(&self.sharing.read().expect("no one panics while holding how windows are shared"))
    }

    /// Takes up what was burned before the relay started, and learns from it what windows are worth.
    pub(super) async fn restore_shares(&self, live: &[Arc<LiveAccount>]) -> Result<(), SqlError> {
        let pool = self.around.store.pool();
        let since = self.around.clock.now() - LEARNED_FROM;
        let mut samples = windows::since(pool, since).await?;
        let mut rows: HashMap<i64, Vec<Burnt>> = HashMap::new();
        for row in burnt::since(pool, since).await? {
            rows.entry(row.account_id).or_default().push(row);
        }
        for account in live.iter().filter(|live| live.is_shared()) {
            let id = account.account.id;
            let burned = rows.remove(&id).unwrap_or_default();
            account.restore(burned, samples.remove(&id).unwrap_or_default());
        }
        Ok(())
    }
}

impl LiveAccount {
    fn restore(&self, rows: Vec<Burnt>, samples: Vec<windows::Sample>) {
        let mut consumption = self.vitals.consumption();
        let Consumption { burn, gauges } = &mut *consumption;
        let rows: Vec<_> = rows
            .into_iter()
            .map(|row| burn::Row {
                friend: row.friend_id,
                family: self.family(row.model.as_deref()).unwrap_or_default().to_owned(),
                since: row.at,
                cost: row.spent,
            })
            .collect();
        let mut by_window: HashMap<(u32, Option<String>), Vec<windows::Sample>> = HashMap::new();
        for sample in samples {
            by_window.entry((sample.window.hours, sample.window.family.clone())).or_default().push(sample);
        }
        let costs = |family: Option<&str>| -> Vec<(Timestamp, PicoUsd)> {
            let about = rows.iter().filter(|row| family.is_none_or(|family| row.family == family));
            about.map(|row| (row.since, row.cost)).collect()
        };
        let learned: Vec<_> = by_window
            .into_iter()
            .filter_map(|((_, family), samples)| {
                let told: Vec<_> = samples.iter().map(told).collect();
                let capacity = Capacity::learn(&told, &costs(family.as_deref()));
                samples.into_iter().next_back().map(|last| (last, capacity))
            })
            .collect();
        burn.restore(rows);
        for (last, capacity) in learned {
            gauges.restore(last.window, last.at, capacity, burn);
        }
    }
}

fn told(sample: &windows::Sample) -> share::Sample {
    share::Sample { at: sample.at, used: sample.window.used, resets_at: sample.window.resets_at }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10,000")]
fn thousandths(fraction: f64) -> u16 {
    (fraction.clamp(0.0, 10.0) * 1000.0).round() as u16
}
