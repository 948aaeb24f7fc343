//! One run: everything up, interleaved rounds over loads and targets, the books compared, everything down.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;

use crate::args::RunArgs;
use crate::call::Call;
use crate::child::Upstream;
use crate::clock::Watch;
use crate::connection::Connection;
use crate::metric::Metric;
use crate::procfs;
use crate::reconcile;
use crate::sheet::Sheet;
use crate::startup::{self, Stable};
use crate::target::{Running, Target};
use crate::wire;
use crate::workload::{Readings, Workload};

/// Measures what `args` asks for.
pub(crate) async fn measure(args: &RunArgs) -> Result<Sheet> {
    let watch = Watch::start();
    let dir = tempfile::Builder::new().prefix("carpool-bench-").tempdir().context("making a folder")?;
    let upstream = Upstream::start(args.upstream_port).await?;
    let mut sheet = Sheet::default();
    sheet.remarks.push(procfs::machine());
    eprintln!("bench: starting the targets");
    ensure!(!args.targets.is_empty(), "no targets");
    let stable = startup::bring_up(args, dir.path(), &upstream, &mut sheet).await?;
    check_alike(&stable.targets).await?;
    check_counted(&stable.targets, &upstream).await?;

    let effort = args.effort();
    let company = Company::start(&stable.targets, &upstream)?;
    for round in 1..=effort.rounds {
        eprintln!("bench: round {round} of {}", effort.rounds);
        for workload in args.workloads() {
            one_load(workload, usize::from(round), &stable.targets, args, &mut sheet).await?;
        }
    }
    sheet.remarks.push(company.describe(&stable.targets, &upstream)?);

    balance(&upstream, &stable, &mut sheet).await?;
    for running in stable.targets {
        startup::stop(running).await?;
    }
    upstream.stop().await?;
    let rounds = effort.rounds;
    sheet.remarks.push(format!("medians of {rounds} interleaved rounds; the wall clock drifted {:?}", watch.drift()));
    Ok(sheet)
}

/// How much of the machine others took while we measured: a table made on a busy machine says so.
struct Company {
    started: Instant,
    machine: Duration,
    ours: Duration,
}

impl Company {
    fn start(targets: &[Running], upstream: &Upstream) -> Result<Self> {
        let (machine, ours) = (procfs::machine_busy()?, ours(targets, upstream)?);
        Ok(Self { started: Instant::now(), machine, ours })
    }

    fn describe(&self, targets: &[Running], upstream: &Upstream) -> Result<String> {
        let machine = procfs::machine_busy()?.saturating_sub(self.machine);
        let others = machine.saturating_sub(ours(targets, upstream)?.saturating_sub(self.ours));
        let processors = others.as_secs_f64() / self.started.elapsed().as_secs_f64();
        Ok(format!("other processes kept {processors:.2} processors busy meanwhile"))
    }
}

/// CPU time of everything that belongs to this measurement.
fn ours(targets: &[Running], upstream: &Upstream) -> Result<Duration> {
    let pids = targets.iter().filter_map(Running::pid).chain([std::process::id(), upstream.pid()]);
    pids.map(procfs::cpu).sum()
}

/// Puts one load on each target in turn; every round begins with another and every second goes backwards, so that
/// none always follows the same.
async fn one_load(
    workload: Workload,
    round: usize,
    targets: &[Running],
    args: &RunArgs,
    sheet: &mut Sheet,
) -> Result<()> {
    let effort = args.effort();
    let takes_part = |on: &&Running| on.target != Target::Limited || workload == Workload::Small;
    let mut order: Vec<&Running> = targets.iter().filter(takes_part).collect();
    let places = order.len();
    order.rotate_left(round % places);
    if round.is_multiple_of(2) {
        order.reverse();
    }
    for on in order {
        let readings = workload.run(on, &effort).await;
        note(on, readings.with_context(|| format!("{workload:?} on {}", on.target.name()))?, sheet);
    }
    match workload {
        Workload::Small => note_limits(sheet),
        Workload::Few => note_added(targets, sheet),
        _ => {}
    }
    Ok(())
}

fn note(on: &Running, readings: Readings, sheet: &mut Sheet) {
    for (metric, value) in readings.figures {
        sheet.push(on.target, metric, value);
    }
    sheet.push(on.target, Metric::FailedCalls, readings.failed as f64);
    if let Some(failure) = readings.first_failure {
        eprintln!("bench: {} calls through {} failed, the first with: {failure}", readings.failed, on.target.name());
    }
}

/// What limits cost in the last round: as in all comparisons, both were measured right after each other.
fn note_limits(sheet: &mut Sheet) {
    let last = |target| sheet.readings(Metric::SmallCpu, target).last().copied();
    if let (Some(without), Some(with)) = (last(Target::Carpool), last(Target::Limited)) {
        sheet.push(Target::Carpool, Metric::LimitsCpu, with - without);
    }
}

/// What each proxy adds to the direct way, within this round.
fn note_added(targets: &[Running], sheet: &mut Sheet) {
    let pairs = [(Metric::FirstByteP50, Metric::AddedFirstByteP50), (Metric::FirstByteP99, Metric::AddedFirstByteP99)];
    for (whole, added) in pairs {
        let last = |target| sheet.readings(whole, target).last().copied();
        let Some(direct) = last(Target::Direct) else { return };
        let proxies = targets.iter().map(|on| on.target).filter(|target| *target != Target::Direct);
        let values: Vec<(Target, f64)> = proxies.filter_map(|proxy| Some((proxy, last(proxy)? - direct))).collect();
        for (proxy, value) in values {
            sheet.push(proxy, added, value);
        }
    }
}

/// Makes sure that every target answers the same bytes, so that the same work is compared.
async fn check_alike(targets: &[Running]) -> Result<()> {
    let mut seen: Option<(Target, [Bytes; 2])> = None;
    for on in targets {
        let mut connection = Connection::open(on.address).await?;
        let answers = [connection.fetch(&Call::small(on)).await?, connection.fetch(&Call::download(on)).await?];
        match &seen {
            None => seen = Some((on.target, answers)),
            Some((first, expected)) => {
                ensure!(*expected == answers, "{} and {} answer differently", first.name(), on.target.name());
            }
        }
    }
    Ok(())
}

/// Makes sure that the upstream sees which target a call came through.
async fn check_counted(targets: &[Running], upstream: &Upstream) -> Result<()> {
    for on in targets {
        let tally = reconcile::answered(upstream.address, on.target).await?;
        ensure!(tally.calls > 0, "{} does not pass the header {} on", on.target.name(), wire::TARGET);
    }
    Ok(())
}

/// Compares the ledger of a relay that we started with the upstream's count.
async fn balance(upstream: &Upstream, stable: &Stable, sheet: &mut Sheet) -> Result<()> {
    let Some(relay) = &stable.relay else { return Ok(()) };
    let books = reconcile::reconcile(upstream.address, relay).await.context("comparing the books")?;
    sheet.push(Target::Carpool, Metric::Mismatch, books.mismatch() as f64);
    sheet.remarks.push(books.describe());
    Ok(())
}
