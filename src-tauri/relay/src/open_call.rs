//! A call from the moment we know whose it is until it is written down: settled exactly once, whatever happens.

use std::{io, sync::Arc, time::Duration};

use carpool_core::{
    attempt::{Finding, Reply, Step},
    call::{CallId, Route},
    meter::Observed,
    price::PicoUsd,
};

use http::{HeaderMap, StatusCode};

use crate::{
    House,
    accounts::Lease,
    authenticate::Caller,
    clock::Stopwatch,
    gate::Admitted,
    ledger::Written,
    live::LiveCall,
    prices::{Priced, Prices},
    receipt::Receipt,
    store::calls::{CallRow, CallStatus},
};

/// A call under way. Dropped without being settled it counts as aborted: its client left before an answer.
#[derive(Debug)]
pub struct OpenCall {
    house: Arc<House>,
    /// `None` once it is settled.
    row: Option<CallRow>,
    started: Stopwatch,
    /// The place at the account that serves the call now.
    lease: Option<Lease>,
    caller: Caller,
    /// What is shown of it meanwhile, once it was sent.
    live: Option<Arc<LiveCall>>,
    /// What is set aside for it, once it was let in.
    admitted: Option<Admitted>,
    /// What the provider told of an answer that did not go on.
    consumed: Option<Box<Observed>>,
}

impl OpenCall {
    /// Begins a call. Nothing is written yet.
    #[must_use]
    pub fn begin(house: &Arc<House>, id: CallId, caller: &Caller, route: &Route, started: Stopwatch) -> Self {
        let row = CallRow {
            id,
            at: house.clock.now(),
            friend_id: caller.0.friend_id,
            key_id: caller.0.id,
            account_id: None,
            provider: None,
            dialect: route.dialect.id,
            operation: route.operation,
            model: None,
            upstream_model: None,
            stream: false,
            status: CallStatus::Open,
            http_status: None,
            usage: carpool_core::usage::Usage::default(),
            cost: None,
            saved: None,
            cap: None,
            price_version: None,
            ttfb_ms: None,
            duration_ms: None,
            attempts: 0,
        };
        Self {
            house: Arc::clone(house),
            row: Some(row),
            started,
            lease: None,
            caller: caller.clone(),
            live: None,
            admitted: None,
            consumed: None,
        }
    }

    /// The row being filled in.
    fn row(&mut self) -> &mut CallRow {
        self.row.as_mut().expect("settling consumes the call, so an open one has its row")
    }

    /// Notes what is asked.
    pub fn asks(&mut self, model: Option<&str>, stream: bool) {
        let row = self.row();
        row.model = model.map(str::to_owned);
        row.stream = stream;
    }

    /// Notes that the call was let in.
    pub(crate) fn admitted(&mut self, admitted: Admitted) {
        self.row().cap = Some(admitted.reserved());
        self.admitted = Some(admitted);
    }

    /// What it may cost.
    pub(crate) fn estimate(&self) -> PicoUsd {
        self.admitted.as_ref().map_or(PicoUsd(0), Admitted::reserved)
    }

    /// Notes an attempt and hands the row in, before anything goes upstream.
    ///
    /// # Errors
    /// When it cannot be written down; the call must not be sent then.
    pub fn attempt(&mut self, lease: Lease) -> io::Result<()> {
        let row = self.row();
        row.attempts += 1;
        row.account_id = Some(lease.id().0);
        row.provider = Some(lease.provider().id);
        let row = row.clone();
        let live = LiveCall::new(row.id, row.at, Arc::clone(&self.caller.0), &lease, row.model.clone());
        let live = Arc::clone(self.live.insert(Arc::new(live)));
        self.house.live.enter(live);
        self.lease = Some(lease);
        self.house.ledger.open(row)
    }

    /// Notes that the call is sent to the same account again.
    pub fn resend(&mut self) {
        self.row().attempts += 1;
    }

    /// Notes what the provider told of an answer that does not go on, because it broke off.
    pub fn consumed(&mut self, observed: &Observed) {
        if observed.usage.is_reported() {
            self.consumed = Some(Box::new(observed.clone()));
        }
    }

    /// Says whether the provider charges for an answer that did not go on: then no other is asked for the same.
    #[must_use]
    pub fn has_consumed(&self) -> bool {
        self.consumed.is_some()
    }

    /// The place at the account that serves the call now.
    #[must_use]
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// Notes an error that the provider told within its answer, after the beginning of that.
    pub fn judge_late(&self, status: StatusCode, error: &[u8]) {
        let Some(lease) = &self.lease else { return };
        let (headers, now) = (HeaderMap::new(), self.house.clock.now());
        let finding = (lease.provider().judge)(&Reply { status, headers: &headers, body: error, now });
        // A sign-in that ends in the middle of an answer shows at the next call.
        if finding.step() == Step::TryAnother {
            lease.report(&finding);
        }
    }

    /// Notes what the answer, after its beginning, showed of the account that serves the call.
    pub fn report(&self, finding: &Finding) {
        if let Some(lease) = &self.lease {
            lease.report(finding);
        }
    }

    /// How often the call was sent so far.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.row.as_ref().map_or(0, |row| row.attempts)
    }

    /// How long ago the call came.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Notes that the answer has begun, and with which status.
    pub fn answered(&mut self, http_status: u16) {
        let elapsed = self.started.elapsed_ms();
        let row = self.row();
        row.http_status = Some(http_status);
        row.ttfb_ms.get_or_insert(elapsed);
        if let Some(live) = &self.live {
            live.answered();
        }
    }

    /// Notes how far the answer is.
    pub fn grew(&self, observed: &Observed) {
        if let Some(live) = &self.live {
            live.grew(observed);
        }
    }

    /// Settles a call that Carpool itself answered, with an error status.
    pub fn refuse(mut self, http_status: u16) -> Written {
        let row = self.row();
        row.http_status = Some(http_status);
        let status = if row.attempts > 0 { CallStatus::UpstreamError } else { CallStatus::Refused };
        let consumed = self.consumed.take().unwrap_or_default();
        self.settle(status, &consumed)
    }

    /// Settles the call: what it consumed, what that cost, how it ended. The place at the account is given back.
    pub fn settle(self, status: CallStatus, observed: &Observed) -> Written {
        self.settle_with_receipt(status, observed).0
    }

    /// The same, with the receipt for who called.
    pub(crate) fn settle_with_receipt(mut self, status: CallStatus, observed: &Observed) -> (Written, Receipt) {
        self.close(status, observed).expect("settling consumes the call, so it happens once")
    }

    fn close(&mut self, status: CallStatus, observed: &Observed) -> Option<(Written, Receipt)> {
        let mut row = self.row.take()?;
        row.status = status;
        row.duration_ms = Some(self.started.elapsed_ms());
        let Priced { cost, saved, version } = price(&self.house.prices, &row, observed);
        row.cost = cost;
        row.saved = saved;
        // What cannot be told counts as what it was let in for: never as nothing.
        row.cap = cost.or(row.cap);
        row.price_version = version;
        row.usage = observed.usage.clone();
        row.upstream_model.clone_from(&observed.model);
        // The ledger has all of it, for whoever is not after a fault.
        tracing::debug!(
            call = %row.id,
            friend = row.friend_id,
            key = row.key_id,
            account = row.account_id,
            status = row.status.as_str(),
            http_status = row.http_status,
            attempts = row.attempts,
            ttfb_ms = row.ttfb_ms,
            duration_ms = row.duration_ms,
            "call"
        );
        if self.live.take().is_some() {
            self.house.live.leave(row.id);
        }
        let counted = row.cap.unwrap_or_default();
        if let Some(admitted) = self.admitted.take() {
            admitted.settle(&observed.usage, cost);
        }
        if let Some(lease) = &self.lease {
            lease.burned(counted);
        }
        let receipt = Receipt::of(&row.usage, row.cost);
        let written = self.house.ledger.settle(row);
        // Last: who sees the place free finds the row handed in.
        self.lease = None;
        Some((written, receipt))
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        // Nobody is left who could wait for the commit.
        drop(self.close(CallStatus::Aborted, &Observed::default()));
    }
}

/// What a call costs that is not charged.
fn free() -> Priced {
    Priced { cost: Some(PicoUsd(0)), saved: Some(PicoUsd(0)), version: None }
}

fn price(prices: &Prices, row: &CallRow, observed: &Observed) -> Priced {
    let is_charged = row.operation.is_charged();
    match row.provider {
        Some(provider) if is_charged && observed.usage.is_reported() => {
            prices.of(provider, row.model.as_deref(), observed)
        }
        // What was refused, here or there, is not charged; an answer without usage may have been.
        _ if matches!(row.status, CallStatus::Refused | CallStatus::UpstreamError) => free(),
        _ if row.attempts == 0 => free(),
        _ => Prices::without_usage(row.operation),
    }
}
