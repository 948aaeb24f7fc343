//! Prices a span of the ledger anew, by the prices in use now.

use carpool_core::meter::Observed;
use jiff::Timestamp;
use serde::Serialize;

use super::{InUse, Priced};
use crate::{
    accounts::Surroundings,
    store::{
        StoreError,
        recounts::{self, PricedCall, Repriced},
    },
};

/// Calls in one transaction: the relay's own rows wait no longer than it takes.
const AT_ONCE: u32 = 500;

/// Whether a recount is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// It is.
    Taken,
    /// It is only shown.
    Shown,
}

/// What a recount found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recounted {
    /// The version of the prices.
    pub version: i64,
    /// Calls of the span that reported usage.
    pub calls: u64,
    /// Those whose cost is another now.
    pub changed: u64,
    /// Those of them that had none before.
    pub newly_priced: u64,
    /// Those that these prices cannot price. One that had a cost keeps it.
    pub unpriced: u64,
    /// What the calls cost before, together.
    pub before_pico_usd: i64,
    /// What they cost now.
    pub after_pico_usd: i64,
}

/// Prices the calls that arrived in `[since, until)` anew.
///
/// # Errors
/// When the database refuses. Calls that were changed by then stay so; a second recount changes the rest.
pub async fn recount(
    around: &Surroundings,
    since: Timestamp,
    until: Timestamp,
    taking: Taking,
    now: Timestamp,
) -> Result<Recounted, StoreError> {
    let pool = around.store.pool();
    let prices = InUse::load(&around.store, now).await?;
    let mut found = Recounted { version: prices.version(), ..Recounted::default() };
    let recount = match taking {
        Taking::Taken => Some(recounts::begin(pool, since, until, prices.version(), now).await?),
        Taking::Shown => None,
    };
    let mut after = i64::MIN;
    loop {
        let calls = recounts::page(pool, since, until, after, AT_ONCE).await?;
        let Some(last) = calls.last() else { return Ok(found) };
        after = last.id;
        let changed: Vec<_> = calls.into_iter().filter_map(|call| found.count(call, &prices)).collect();
        if let Some(recount) = recount.filter(|_| !changed.is_empty()) {
            recounts::put(pool, recount, prices.version(), &changed).await?;
        }
    }
}

impl Recounted {
    /// Counts a call, and returns it with its new cost when that, or the version that tells it, is another.
    fn count(&mut self, call: PricedCall, prices: &InUse) -> Option<Repriced> {
        let observed =
            Observed { usage: call.usage.clone(), model: call.upstream_model.clone(), ..Observed::default() };
        let Priced { cost, saved, .. } = prices.of(&call.provider, call.model.as_deref(), &observed);
        let before = call.cost.unwrap_or_default();
        self.calls += 1;
        self.before_pico_usd = self.before_pico_usd.saturating_add(before.0);
        self.after_pico_usd = self.after_pico_usd.saturating_add(cost.unwrap_or(before).0);
        let Some(cost) = cost else {
            self.unpriced += 1;
            return None;
        };
        self.changed += u64::from(call.cost != Some(cost));
        self.newly_priced += u64::from(call.cost.is_none());
        (call.cost != Some(cost) || call.version != Some(prices.version())).then_some(Repriced { call, cost, saved })
    }
}
