//! Whether the relay's ledger says what the upstream answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::carpool::{Booked, Installation};
use crate::child;
use crate::target::Target;
use crate::wire::{self, INPUT_PICO_USD, OUTPUT_PICO_USD, Tally};

/// The ledger is written in batches; it must have caught up by then.
const CATCH_UP: Duration = Duration::from_secs(5);
/// Between two looks.
const AGAIN: Duration = Duration::from_millis(200);

/// Both sides' counts.
#[derive(Debug)]
pub(crate) struct Reconciliation {
    answered: Tally,
    booked: Booked,
}

/// Compares until both agree or the ledger has had time enough.
pub(crate) async fn reconcile(upstream: SocketAddr, relay: &Installation) -> Result<Reconciliation> {
    let started = Instant::now();
    loop {
        let answered = answered(upstream, Target::Carpool).await?;
        let seen = Reconciliation { answered, booked: relay.booked().await? };
        if seen.mismatch() == 0 || started.elapsed() > CATCH_UP {
            return Ok(seen);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// What the upstream answered to calls through `target`.
pub(crate) async fn answered(upstream: SocketAddr, target: Target) -> Result<Tally> {
    let counts = child::get(upstream, wire::COUNTS).await.context("asking the upstream for its counts")?;
    let counts: BTreeMap<String, Tally> = serde_json::from_str(&counts).context("reading the upstream's counts")?;
    Ok(counts.get(target.name()).copied().unwrap_or_default())
}

impl Reconciliation {
    /// By how many calls, tokens, unpriced calls and pico-dollars the two differ, added up.
    pub(crate) fn mismatch(&self) -> u64 {
        let Reconciliation { answered, booked } = self;
        answered.calls.abs_diff(booked.calls)
            + answered.input_tokens.abs_diff(booked.input_tokens)
            + answered.output_tokens.abs_diff(booked.output_tokens)
            + self.cost().abs_diff(booked.cost_pico_usd.unwrap_or_default())
            + booked.unpriced_calls
    }

    /// Both sides in one line.
    pub(crate) fn describe(&self) -> String {
        let Reconciliation { answered, booked } = self;
        format!(
            "upstream answered {} calls, {} input and {} output tokens worth {} pico-dollars; the ledger has {}, {}, {} \
             and {} ({} unpriced)",
            answered.calls,
            answered.input_tokens,
            answered.output_tokens,
            self.cost(),
            booked.calls,
            booked.input_tokens,
            booked.output_tokens,
            booked.cost_pico_usd.unwrap_or_default(),
            booked.unpriced_calls
        )
    }

    fn cost(&self) -> u64 {
        self.answered.input_tokens * INPUT_PICO_USD + self.answered.output_tokens * OUTPUT_PICO_USD
    }
}
