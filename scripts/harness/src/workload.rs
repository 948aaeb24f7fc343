//! The loads, and what is read from each.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::sleep;

use crate::args::Effort;
use crate::call::{Call, Expects};
use crate::clock;
use crate::fleet::{Fleet, Load, Sighting, Until};
use crate::metric::Metric;
use crate::procfs;
use crate::startup::megabytes;
use crate::target::Running;
use crate::wire::FRAMING_EVENTS;

/// Connections that make small calls.
const SMALL_CONNECTIONS: usize = 64;
/// Connections that move large bodies.
const LARGE_CONNECTIONS: usize = 8;
/// A busy evening of a few friends.
const FEW_STREAMS: usize = 50;
/// Many more than there will ever be: it shows what an event costs and what a stream weighs.
const MANY_STREAMS: usize = 1_000;
/// Deltas of each of the few streams; short, so that there are many first bytes.
const FEW_DELTAS: u32 = 20;
/// Between two deltas of one of the few streams: they leave the machine mostly idle.
const FEW_INTERVAL: Duration = Duration::from_millis(5);
/// Between two deltas of one of the many streams.
const MANY_INTERVAL: Duration = Duration::from_millis(10);
/// All of the many streams are open before their first delta is due.
const RAMP: Duration = Duration::from_millis(300);
/// What a call leaves behind (a ledger row, say) is its cost too: CPU is read only after this.
const SETTLE: Duration = Duration::from_millis(250);
/// Between warming up and measuring.
const BREATH: Duration = Duration::from_millis(50);

/// One kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Workload {
    /// Start-up time and memory at rest; part of bringing the targets up.
    Start,
    /// Small calls on 64 connections.
    Small,
    /// 50 concurrent streams: first bytes and event delay.
    Few,
    /// 1,000 concurrent streams of 100 events each: CPU per event, losses, peak memory.
    Many,
    /// Requests of 1 MB on 8 connections.
    Upload,
    /// Answers of 1 MB on 8 connections.
    Download,
}

/// Figures of one load on one target, and how many of its calls failed.
#[derive(Debug)]
pub(crate) struct Readings {
    pub(crate) figures: Vec<(Metric, f64)>,
    pub(crate) failed: u64,
    pub(crate) first_failure: Option<String>,
}

/// A sighting, and what it cost the proxy.
struct Window {
    seen: Sighting,
    cpu: Option<Duration>,
}

impl Workload {
    /// In table order.
    pub(crate) const ALL: &[Workload] =
        &[Workload::Start, Workload::Small, Workload::Few, Workload::Many, Workload::Upload, Workload::Download];

    /// Puts the load on one target, once.
    pub(crate) async fn run(self, on: &Running, effort: &Effort) -> Result<Readings> {
        match self {
            Workload::Start => Ok(Readings { figures: Vec::new(), failed: 0, first_failure: None }),
            Workload::Small => small(on, effort.small).await,
            Workload::Few => few(on, effort.few).await,
            Workload::Many => many(on, effort.many_deltas).await,
            Workload::Upload => {
                let call = Call::upload(on);
                let moved = call.body_bytes();
                large(on, effort.bodies, &call, moved, [Metric::UploadRate, Metric::UploadCpu]).await
            }
            Workload::Download => {
                let call = Call::download(on);
                let Expects::Document { at_least } = call.expects else { unreachable!("a download is no stream") };
                large(on, effort.bodies, &call, at_least, [Metric::DownloadRate, Metric::DownloadCpu]).await
            }
        }
    }
}

async fn small(on: &Running, length: Duration) -> Result<Readings> {
    let mut fleet = warm_fleet(on, SMALL_CONNECTIONS).await?;
    let window = observe(on, &mut fleet, Load::at_once(Until::Elapsed(length)), |_| Call::small(on)).await?;
    let seen = &window.seen;
    let figures = [
        (Metric::SmallRate, Some(seen.calls as f64 / seen.wall.as_secs_f64())),
        (Metric::SmallCpu, window.cpu_micros_per(seen.calls as f64)),
        (Metric::SmallP50, seen.total(0.5).map(to_millis)),
        (Metric::SmallP99, seen.total(0.99).map(to_millis)),
    ];
    Ok(window.into_readings(&figures))
}

async fn few(on: &Running, length: Duration) -> Result<Readings> {
    let mut fleet = warm_fleet(on, FEW_STREAMS).await?;
    // Spread over a lap, so that the streams do not begin in step; later laps keep the distance.
    let load = Load { until: Until::Elapsed(length), spread: FEW_INTERVAL * FEW_DELTAS };
    let call = |_| Call::stream(on, FEW_DELTAS, FEW_INTERVAL);
    let window = observe(on, &mut fleet, load, call).await?;
    let seen = &window.seen;
    let figures = [
        (Metric::FirstByteP50, seen.first_byte(0.5).map(to_millis)),
        (Metric::FirstByteP99, seen.first_byte(0.99).map(to_millis)),
        (Metric::FewDelayP50, seen.delay(0.5).map(to_millis)),
        (Metric::FewDelayP99, seen.delay(0.99).map(to_millis)),
    ];
    Ok(window.into_readings(&figures))
}

async fn many(on: &Running, deltas: u32) -> Result<Readings> {
    if let Some(pid) = on.pid() {
        procfs::reset_peak(pid)?;
    }
    let mut fleet = warm_fleet(on, MANY_STREAMS).await?;
    let first_due = clock::micros() + micros(RAMP);
    let call = |index| {
        let start_at = first_due + micros(MANY_INTERVAL) * index as u64 / MANY_STREAMS as u64;
        Call::stream(on, deltas, MANY_INTERVAL).starting_at(start_at)
    };
    let window = observe(on, &mut fleet, Load::at_once(Until::Calls(1)), call).await?;
    let seen = &window.seen;
    let sent = MANY_STREAMS as u64 * (u64::from(deltas) + FRAMING_EVENTS);
    let flowing = seen.wall.saturating_sub(RAMP).as_secs_f64();
    let peak = on.pid().map(procfs::peak_resident).transpose()?;
    let figures = [
        (Metric::EventsMissing, Some(sent.abs_diff(seen.events) as f64)),
        (Metric::EventRate, Some(seen.events as f64 / flowing)),
        (Metric::EventCpu, window.cpu_micros_per(seen.events as f64)),
        (Metric::ManyDelayP50, seen.delay(0.5).map(to_millis)),
        (Metric::ManyDelayP99, seen.delay(0.99).map(to_millis)),
        (Metric::PeakMemory, peak.map(megabytes)),
    ];
    Ok(window.into_readings(&figures))
}

async fn large(on: &Running, length: Duration, call: &Call, moved: usize, metrics: [Metric; 2]) -> Result<Readings> {
    let mut fleet = warm_fleet(on, LARGE_CONNECTIONS).await?;
    let window = observe(on, &mut fleet, Load::at_once(Until::Elapsed(length)), |_| call.clone()).await?;
    let moved = megabytes(window.seen.calls * moved as u64);
    let [rate, cpu] = metrics;
    let figures = [(rate, Some(moved / window.seen.wall.as_secs_f64())), (cpu, window.cpu_micros_per(moved))];
    Ok(window.into_readings(&figures))
}

/// Connections that have each made a call, so that opening them is not measured.
async fn warm_fleet(on: &Running, connections: usize) -> Result<Fleet> {
    let mut fleet = Fleet::open(on, connections).await?;
    let warmed = fleet.run(Load::at_once(Until::Calls(1)), |_| Call::small(on)).await?;
    match warmed.first_failure {
        None => Ok(fleet),
        Some(failure) => anyhow::bail!("{} of {connections} connections do not get through: {failure}", warmed.failed),
    }
}

async fn observe(on: &Running, fleet: &mut Fleet, load: Load, call: impl Fn(usize) -> Call) -> Result<Window> {
    let cpu = || on.pid().map(procfs::cpu).transpose();
    sleep(BREATH).await;
    let before = cpu()?;
    let seen = fleet.run(load, call).await?;
    if on.pid().is_some() {
        sleep(SETTLE).await;
    }
    let after = cpu().with_context(|| format!("{} died under load", on.target.name()))?;
    Ok(Window { seen, cpu: after.zip(before).map(|(after, before)| after - before) })
}

impl Window {
    fn cpu_micros_per(&self, count: f64) -> Option<f64> {
        Some(self.cpu?.as_secs_f64() * 1e6 / count)
    }

    fn into_readings(self, figures: &[(Metric, Option<f64>)]) -> Readings {
        let figures = figures.iter().filter_map(|(metric, value)| Some((*metric, (*value)?))).collect();
        Readings { figures, failed: self.seen.failed, first_failure: self.seen.first_failure }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).expect("the loads are short")
}

fn to_millis(micros: f64) -> f64 {
    micros / 1e3
}
