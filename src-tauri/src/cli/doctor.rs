//! `carpool doctor`

use std::process::ExitCode;

use carpool_relay::{
    OpenError,
    accounts::{Standing, Surroundings, standings},
    network::{self, ProxyPolicy},
    store::{accounts, client_keys, config},
};
use serde::Serialize;

use super::{Global, named::database, output::Output};
use crate::failure::Failure;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    detail: String,
}

pub(crate) async fn run(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let data_dir = global.data_dir()?;
    let findings = match global.open().await {
        Ok(around) => examine(&around).await?,
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
