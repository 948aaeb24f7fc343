//! The command line of the harness.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::target::Target;
use crate::workload::Workload;

/// Measures Carpool beside nginx and a direct connection, in interleaved rounds.
#[derive(Debug, Parser)]
#[command(name = "bench", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What the harness can do instead of a measurement.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Serve only the upstream, and print its address.
    Upstream(UpstreamArgs),
    /// Make a large ledger and measure what is asked of it: every screen, exports, statements, roll-ups and deleting.
    Ledger(LedgerArgs),
}

/// Options of the ledger's measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct LedgerArgs {
    /// How many calls.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..))]
    pub(crate) rows: u32,
    /// Over how many days.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u16).range(100..=4_000))]
    pub(crate) days: u16,
    /// How often each question is asked; the table shows the slowest answer.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) rounds: u16,
    /// Write the table as JSON to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Fail on every missed limit.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Options of the upstream.
#[derive(Debug, clap::Args)]
pub(crate) struct UpstreamArgs {
    /// Loopback port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// End when standard input does, so that it cannot outlive the process that started it.
    #[arg(long)]
    pub(crate) until_stdin_closes: bool,
}

/// Options of a measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Fewer and shorter rounds: about 40 seconds.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Rounds over all workloads and targets; the table shows medians over them.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) rounds: Option<u16>,
    /// Only these workloads.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub(crate) only: Vec<Workload>,
    /// What to measure.
    #[arg(long, value_delimiter = ',', default_value = "direct,nginx,carpool,limited")]
    pub(crate) targets: Vec<Target>,
    /// Write every reading, the medians and the verdicts to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Fail on every missed goal, not only on lost, failed or wrongly booked calls.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Port of the upstream; needed with --carpool, whose account must point at it.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub(crate) upstream_port: u16,
    /// The relay's program; by default the one built beside this program.
    #[arg(long, value_name = "PATH")]
    pub(crate) carpool_bin: Option<PathBuf>,
    /// How many accounts the relay has, all at the same upstream.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) accounts: u16,
    /// nginx' program.
    #[arg(long, default_value = "nginx", value_name = "PATH")]
    pub(crate) nginx_bin: PathBuf,
    /// Measure a relay that already runs at this loopback address instead of starting one (not reconciled).
    #[arg(long, value_name = "HOST:PORT", requires_all = ["key", "pid"])]
    pub(crate) carpool: Option<SocketAddr>,
    /// Client key for --carpool.
    #[arg(long, requires = "carpool")]
    pub(crate) key: Option<String>,
    /// Process to read CPU and memory of with --carpool.
    #[arg(long, requires = "carpool")]
    pub(crate) pid: Option<u32>,
}

impl RunArgs {
    /// How long and how often to measure.
    pub(crate) fn effort(&self) -> Effort {
        let effort = if self.quick { Effort::QUICK } else { Effort::FULL };
        Effort { rounds: self.rounds.unwrap_or(effort.rounds), ..effort }
    }

    /// The workloads to run, in table order.
    pub(crate) fn workloads(&self) -> Vec<Workload> {
        Workload::ALL.iter().copied().filter(|workload| self.wants(*workload)).collect()
    }

    /// Whether `workload` was asked for; naming none asks for all.
    pub(crate) fn wants(&self, workload: Workload) -> bool {
        self.only.is_empty() || self.only.contains(&workload)
    }
}

/// How long and how often to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: u16,
    /// Length of the small-call load.
    pub(crate) small: Duration,
    /// Length of the load of 50 streams.
    pub(crate) few: Duration,
    /// Deltas on each of 1,000 streams.
    pub(crate) many_deltas: u32,
    /// Length of each 1 MB load.
    pub(crate) bodies: Duration,
    /// Starts of each proxy, from an empty data folder and again.
    pub(crate) starts: u16,
}

impl Effort {
    /// About three minutes for three targets.
    const FULL: Effort = Effort {
        rounds: 5,
        small: Duration::from_millis(2_500),
        few: Duration::from_millis(2_500),
        many_deltas: 100,
        bodies: Duration::from_millis(1_200),
        starts: 7,
    };

    /// About 40 seconds, less on a quiet machine, for three targets.
    const QUICK: Effort = Effort {
        rounds: 2,
        small: Duration::from_millis(600),
        few: Duration::from_millis(600),
        many_deltas: 50,
        bodies: Duration::from_millis(300),
        starts: 3,
    };
}
