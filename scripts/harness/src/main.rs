//! The benchmark of the relay: direct, nginx and Carpool in interleaved rounds against one loopback upstream.
//!
//! `scripts/bench` builds and starts it. One process drives and loads; the upstream, nginx and the relay are its
//! children, so that a proxy's CPU and memory can be read from `/proc` without anyone else's work in them.
//! Everything stays on loopback. `scripts/bench ledger` measures the database alone, with a million calls in it. It measures; it does not tune, and it never touches a process it did not start.
#![expect(clippy::print_stdout, reason = "the table is this program's answer")]
#![expect(clippy::print_stderr, reason = "progress belongs beside the answer, not in it")]
#![expect(clippy::disallowed_methods, reason = "time is what this program measures")]

mod answer;
mod args;
mod call;
mod carpool;
mod child;
mod clock;
mod connection;
mod fleet;
mod goals;
mod ledger;
mod metric;
mod nginx;
mod percentile;
mod procfs;
mod reconcile;
mod rounds;
mod sheet;
mod sse;
mod startup;
mod table;
mod target;
mod upstream;
mod wire;
mod workload;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{Args, Command};

// One thread each for load and upstream: what they cost is then the same for every target, and the proxy under
// test finds the rest of the machine free.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run_until_stopped(args).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command and drops it, and its children with it, on Ctrl-C or SIGTERM.
async fn run_until_stopped(args: Args) -> Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    tokio::select! {
        done = run(args) => done,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
        _ = terminate.recv() => anyhow::bail!("terminated"),
    }
}

async fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Some(Command::Upstream(options)) => {
            upstream::serve(options).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Ledger(options)) => return ledger::measure(&options).await,
        None => {}
    }
    let sheet = rounds::measure(&args.run).await?;
    let verdicts = goals::judge(&sheet);
    println!("{}", table::render(&sheet, &verdicts));
    if let Some(path) = &args.run.json {
        let report = serde_json::to_vec_pretty(&table::report(&sheet, &verdicts))?;
        std::fs::write(path, report).with_context(|| format!("writing {}", path.display()))?;
    }
    let failed = verdicts.iter().any(|verdict| verdict.fails_the_run(args.run.strict));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
