//! `carpool doctor`

use std::{process::ExitCode, time::Duration};

use carpool_core::reach::{Cause, Step, StepId, Verdict};
use carpool_relay::{
    OpenError,
    accounts::{Standing, Surroundings, standings},
    network::{self, ProxyPolicy},
    privacy_proof::{self, Proof},
    reach::{Reach, names, record},
    store::{accounts, client_keys, config},
};
use clap::Args;
use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::{Global, named::database, output::Output};
use crate::failure::Failure;

/// How long the running relay may take to look how friends reach it, and how often it is asked whether it has.
const PATIENCE: Duration = Duration::from_secs(50);
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Also prove that no prompt and no answer is written down: a relay of its own is sent a canary through every door, and
    /// every byte that it wrote is searched for it. Takes some seconds; friends see the result on their page
    #[arg(long)]
    privacy_proof: bool,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    detail: String,
}

pub(crate) async fn run(args: DoctorArgs, global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let data_dir = global.data_dir()?;
    let findings = match global.open().await {
        Ok(around) => {
            if args.privacy_proof {
                privacy_proof::prove_and_keep(&around).await?;
            }
            examine(&around).await?
        }
        Err(failure) => {
            let detail = format!("{}: {} ({})", data_dir.display(), failure.message, failure.code);
            vec![Finding { check: "data folder", ok: false, detail }]
        }
    };
    output.list(&findings, &["check", "ok", "detail"]);
    Ok(if findings.iter().all(|finding| finding.ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(around: &Surroundings) -> Result<Vec<Finding>, Failure> {
    let pool = around.store.pool();
    let integrity = config::integrity(pool).await.map_err(database)?;
    let accounts = accounts::list(pool).await.map_err(database)?;
    let keys = client_keys::list(pool).await.map_err(database)?;

    let standings = standings(around).await.map_err(OpenError::from)?;
    let mut findings = vec![
        Finding { check: "data folder", ok: true, detail: around.data_dir.display().to_string() },
        Finding { check: "vault", ok: true, detail: format!("{}: the master key fits", around.vault.kind()) },
        Finding { check: "database", ok: integrity == "ok", detail: integrity },
        Finding {
            check: "accounts",
            ok: !accounts.is_empty(),
            detail: count(accounts.len(), "account", "carpool account add"),
        },
        Finding { check: "keys", ok: !keys.is_empty(), detail: count(keys.len(), "key", "carpool key create") },
    ];
    findings.extend(accounts.iter().filter_map(|account| {
        let (ok, state) = match standings.get(&account.id)? {
            Standing::Ready => return None,
            Standing::Paused => (true, "paused by the owner".to_owned()),
            standing => (false, format!("{}: {}", standing.as_str(), standing.reason().unwrap_or_default())),
        };
        Some(Finding { check: "account", ok, detail: format!("{}: {state}", account.name) })
    }));
    findings.extend(proxy(around).await);
    findings.push(relay(around).await);
    findings.extend(reach(around).await?);
    findings.extend(old_addresses(around).await?);
    findings.extend(privacy_proof::last(&around.store).await.map_err(database)?.map(|proof| proven(&proof)));
    Ok(findings)
}

fn count(number: usize, what: &str, how: &str) -> String {
    if number == 0 { format!("no {what} yet: {how}") } else { format!("{number} {what}(s)") }
}

/// Whether the proxy for all accounts can be used, if it cannot.
async fn proxy(around: &Surroundings) -> Option<Finding> {
    let trouble = match network::policy(around).await {
        Ok(ProxyPolicy::System) => ProxyPolicy::system_trouble()?.to_string(),
        Ok(ProxyPolicy::Straight | ProxyPolicy::Manual(_)) => return None,
        Err(error) => error.to_string(),
    };
    Some(Finding { check: "proxy", ok: false, detail: format!("{trouble}: carpool network proxy") })
}

/// Whether the relay runs and answers.
async fn relay(around: &Surroundings) -> Finding {
    let Some(running) = carpool_relay::running(&around.data_dir) else {
        return Finding { check: "relay", ok: true, detail: "not running: carpool serve".to_owned() };
    };
    let health = carpool_relay::health(around, &running).await;
    let detail = match &health {
        Ok(()) => format!("{} (process {})", running.url, running.pid),
        Err(why) => format!("{} does not answer: {why}", running.url),
    };
    Finding { check: "relay", ok: health.is_ok(), detail }
}

/// How friends reach the running relay, as it sees it now.
async fn reach(around: &Surroundings) -> Result<Vec<Finding>, Failure> {
    if carpool_relay::running(&around.data_dir).is_none() {
        return Ok(Vec::new());
    }
    let asked_at = around.clock.now();
    record::ask(&around.store, asked_at).await.map_err(database)?;
    let looked = async {
        loop {
            match record::read(&around.data_dir).filter(|reach| reach.checked_at.is_some_and(|at| at >= asked_at)) {
                Some(reach) => return reach,
                None => sleep(LOOK_EVERY).await,
            }
        }
    };
    Ok(match timeout(PATIENCE, looked).await {
        Ok(Reach { steps, .. }) => steps.iter().filter(|step| says_something(step)).map(finding).collect(),
        Err(_) => {
            let detail = "the relay does not look how friends reach it: restart it".to_owned();
            vec![Finding { check: "tunnel", ok: false, detail }]
        }
    })
}

/// What was left out because of an earlier step is not worth a line.
fn says_something(step: &Step) -> bool {
    step.cause != Cause::EarlierStep
}

fn finding(step: &Step) -> Finding {
    let check = match step.id {
        StepId::Listener => "port",
        StepId::Tunnel => "tunnel",
        StepId::Dns => "tunnel: name",
        StepId::Tls => "tunnel: encryption",
        StepId::Probe => "tunnel: from outside",
        StepId::Stream => "tunnel: streams",
        StepId::Clock => "clock",
    };
    let detail = match step.verdict {
        Verdict::Warn => format!("warning: {step}"),
        Verdict::Ok | Verdict::Fail | Verdict::Skipped => step.to_string(),
    };
    Finding { check, ok: step.verdict != Verdict::Fail, detail }
}

/// Who has to be told the address anew.
async fn old_addresses(around: &Surroundings) -> Result<Vec<Finding>, Failure> {
    let old = names::on_old_address(&around.store, around.clock.now()).await.map_err(database)?;
    let told = old.into_iter().map(|one| {
        let detail = format!(
            "warning: {} ({}, {}) came last by {}; send them the new address",
            one.friend, one.key, one.client, one.reached_by
        );
        Finding { check: "old address", ok: true, detail }
    });
    Ok(told.collect())
}

fn proven(proof: &Proof) -> Finding {
    let Proof { at, ok, surfaces, places, bytes, found, .. } = proof;
    let searched = format!("{places} files ({bytes} bytes) after {surfaces} calls, on {at}");
    let detail = if *ok {
        format!("the canary is in none of {searched}")
    } else {
        format!("the canary is in {} of {searched}: report this, and name the version", found.join(", "))
    };
    Finding { check: "privacy proof", ok: *ok, detail }
}
