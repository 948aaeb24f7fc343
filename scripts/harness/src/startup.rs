//! Starting the targets: how long it takes, and what they weigh before and after their first work.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::sleep;

use crate::args::RunArgs;
use crate::call::Call;
use crate::carpool::{Installation, WIDE_LIMITS};
use crate::child::Upstream;
use crate::fleet::{Fleet, Load, Until};
use crate::metric::Metric;
use crate::nginx;
use crate::procfs;
use crate::sheet::Sheet;
use crate::target::{Process, Running, Target};
use crate::workload::Workload;

/// What a process needs to come to rest.
const REST: Duration = Duration::from_secs(1);
/// Connections and calls on each that make a process warm: 2,000 calls.
const WARM_UP: (usize, u32) = (20, 100);

/// The targets, up and warm, and the relay's installation if we made it.
pub(crate) struct Stable {
    pub(crate) targets: Vec<Running>,
    pub(crate) relay: Option<Installation>,
}

/// Starts what `args` asks for, with files below `dir`, and notes start-up times and idle memory.
pub(crate) async fn bring_up(args: &RunArgs, dir: &Path, upstream: &Upstream, sheet: &mut Sheet) -> Result<Stable> {
    let mut stable = Stable { targets: Vec::new(), relay: None };
    for target in Target::ALL.iter().filter(|target| args.targets.contains(target)) {
        let running = match target {
            Target::Direct => Running::direct(upstream.address),
            Target::Nginx => bring_up_nginx(args, dir, upstream, sheet).await?,
            Target::Carpool => match (args.carpool, &args.key, args.pid) {
                (Some(address), Some(key), Some(pid)) => {
                    let process = Process::Attached(pid);
                    Running { target: Target::Carpool, address, key: key.clone(), process }
                }
                _ => bring_up_carpool(args, dir, upstream, sheet, &mut stable.relay).await?,
            },
            Target::Limited if !args.wants(Workload::Small) => continue,
            Target::Limited => bring_up_limited(args, dir, upstream).await?,
        };
        weigh(args, &running, sheet).await.with_context(|| format!("warming up {}", target.name()))?;
        stable.targets.push(running);
    }
    Ok(stable)
}

async fn bring_up_nginx(args: &RunArgs, dir: &Path, upstream: &Upstream, sheet: &mut Sheet) -> Result<Running> {
    let dir = dir.join("nginx");
    if args.wants(Workload::Start) {
        for _ in 0..args.effort().starts {
            let (running, took) = nginx::start(&args.nginx_bin, &dir, upstream.address).await?;
            sheet.push(Target::Nginx, Metric::Restart, millis(took));
            stop(running).await?;
        }
    }
    sheet.remarks.push(format!("{}, one worker", nginx::version(&args.nginx_bin).await?));
    Ok(nginx::start(&args.nginx_bin, &dir, upstream.address).await?.0)
}

async fn bring_up_carpool(
    args: &RunArgs,
    dir: &Path,
    upstream: &Upstream,
    sheet: &mut Sheet,
    relay: &mut Option<Installation>,
) -> Result<Running> {
    let installation = Installation::at(args.carpool_bin.as_deref(), dir.join("carpool"))?;
    let key = installation.furnish(upstream.address, args.accounts, &[]).await?;
    if args.wants(Workload::Start) {
        for number in 0..args.effort().starts {
            let fresh = installation.with_data_dir(dir.join(format!("fresh-{number}")));
            sheet.push(Target::Carpool, Metric::FirstStart, millis(fresh.start_once().await?));
            sheet.push(Target::Carpool, Metric::Restart, millis(installation.start_once().await?));
        }
    }
    let running = installation.serve(key).await?;
    *relay = Some(installation);
    Ok(running)
}

/// The relay again, with every limit on the key set so wide that it never refuses.
async fn bring_up_limited(args: &RunArgs, dir: &Path, upstream: &Upstream) -> Result<Running> {
    let installation = Installation::at(args.carpool_bin.as_deref(), dir.join("limited"))?;
    let key = installation.furnish(upstream.address, args.accounts, WIDE_LIMITS).await?;
    Ok(Running { target: Target::Limited, ..installation.serve(key).await? })
}

/// Ends a target we started; one we found running stays.
pub(crate) async fn stop(running: Running) -> Result<()> {
    match running.process {
        Process::Ours(held) => held.stop().await.with_context(|| format!("stopping {}", running.target.name())),
        Process::None | Process::Attached(_) => Ok(()),
    }
}

/// Notes memory at rest, before and after the warm-up that every target gets.
async fn weigh(args: &RunArgs, running: &Running, sheet: &mut Sheet) -> Result<()> {
    let weighed = running.pid().filter(|_| args.wants(Workload::Start));
    if let Some(pid) = weighed {
        sleep(REST).await;
        sheet.push(running.target, Metric::IdleMemory, megabytes(procfs::resident(pid)?));
    }
    let (connections, calls) = WARM_UP;
    let mut fleet = Fleet::open(running, connections).await?;
    let seen = fleet.run(Load::at_once(Until::Calls(calls)), |_| Call::small(running)).await?;
    if let Some(failure) = seen.first_failure {
        anyhow::bail!("{} of its first calls failed: {failure}", seen.failed);
    }
    if let Some(pid) = weighed {
        sleep(REST).await;
        sheet.push(running.target, Metric::WarmMemory, megabytes(procfs::resident(pid)?));
    }
    Ok(())
}

/// Bytes in megabytes of a million.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
