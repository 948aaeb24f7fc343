//! The owner's command line: the same program, without a window.
//!
//! JSON goes to stdout, messages to stderr; exit codes are 0 done, 1 failed, 2 wrong usage. Commands work on the data
//! folder, whether a relay runs on it or not.

mod account;
mod alerts;
mod calls;
mod demo;
mod doctor;
mod expiry;
mod explain;
mod friend;
mod import;
mod invite;
mod key;
mod limits;
mod named;
mod network;
mod output;
mod prices;
mod publish;
mod serve;
mod setup;
mod share;
mod statement;
mod tunnel;
mod usage;
mod webhook;

use std::{fs, path::PathBuf, process::ExitCode, sync::Arc};

use carpool_core::endpoints::Endpoints;
use carpool_relay::{Start, accounts::Surroundings, clock::Clock, tunnel::Processes, vault::VaultKind};
use clap::{Args, CommandFactory, Parser, Subcommand};

use self::output::Output;
#[cfg(feature = "desktop")]
use crate::desktop::{self, Mode, Opening};
use crate::failure::Failure;

/// A private relay that shares your AI accounts with a few friends.
#[derive(Debug, Parser)]
#[command(name = "carpool", version, about, max_term_width = 120, subcommand_required = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    /// Start the window's program without showing the window: it is in the tray
    #[cfg(feature = "desktop")]
    #[arg(long)]
    background: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Data folder [default: carpool in your user data folder]
    #[arg(long, global = true, value_name = "DIR", env = "CARPOOL_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where secrets are kept: the system's keychain, or a 0600 key file for machines without one
    #[arg(long, global = true, value_name = "keychain|file", env = "CARPOOL_VAULT", default_value = "keychain")]
    vault: VaultKind,
    /// TOML file that overrides provider addresses (api_base, token_url, …)
    #[arg(long, global = true, value_name = "FILE", env = "CARPOOL_PROVIDERS")]
    providers: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the relay without a window
    Serve(serve::ServeArgs),
    /// Accounts at providers
    #[command(subcommand)]
    Account(Box<account::AccountCommand>),
    /// People who use the relay
    #[command(subcommand)]
    Friend(Box<friend::FriendCommand>),
    /// Client keys, one for each of a friend's devices
    #[command(subcommand)]
    Key(Box<key::KeyCommand>),
    /// Links by which friends get a key
    #[command(subcommand)]
    Invite(Box<invite::InviteCommand>),
    /// Show, or set, how friends share the windows of subscriptions
    Share(share::ShareArgs),
    /// How providers are reached: the proxy for all accounts, each account's own, and IPv4 or IPv6
    Network(network::NetworkArgs),
    /// The tunnel by which friends reach the relay
    #[command(subcommand)]
    Tunnel(tunnel::TunnelCommand),
    /// Sums of calls, tokens and cost
    Usage(usage::UsageArgs),
    /// Ledger rows, the newest first (no prompts, no answers: they are not stored)
    Calls(Box<calls::CallsArgs>),
    /// A month settled: who owes whom, what each used, and what was paid
    Statement(Box<statement::StatementArgs>),
    /// What models cost, by which book, and what calls cost by it
    #[command(subcommand)]
    Prices(Box<prices::PricesCommand>),
    /// Show, or set, what you are told of without asking
    Alerts(alerts::AlertsArgs),
    /// A week in a few lines: shown, or sent
    Digest(alerts::DigestArgs),
    /// Places that alerts and digests are sent to
    #[command(subcommand)]
    Webhook(Box<webhook::WebhookCommand>),
    /// Move over from another relay
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Set clients on this machine up for the relay
    ///
    /// Only Carpool's own settings are put into a client's files; what they were before is kept beside them. A second time
    /// changes nothing.
    Setup(setup::SetupArgs),
    /// Show which account would serve a call, and why not each of the others; nothing is sent
    Explain(explain::ExplainArgs),
    /// Check the data folder, the vault, the accounts, the running relay, and how friends reach it
    Doctor(doctor::DoctorArgs),
    /// Try it with no account: everything on, with a built-in pretend provider
    Demo(demo::DemoArgs),
    /// Print a completion script for your shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Runs the program; without a subcommand, and for the demo if it is asked for, it opens the window.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.global.json);
    if let Some(code) = open_window(&cli, &output) {
        return code;
    }
    let command = cli.command.expect("without a command the window was asked for");
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.failed(&Failure::new("runtime", error.to_string())),
    };
    let code = match runtime.block_on(execute(command, &cli.global, &output)) {
        Ok(code) => code,
        Err(failure) => output.failed(&failure),
    };
    // A sign-in may have ended without the line that was waited for at the terminal: nobody waits for that any more.
    runtime.shutdown_background();
    code
}

async fn execute(command: Command, global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve::run(args, global, output).await?,
        Command::Account(command) => account::run(*command, &global.open().await?, output).await?,
        Command::Friend(command) => friend::run(*command, &global.open().await?, output).await?,
        Command::Key(command) => key::run(*command, &global.open().await?, output).await?,
        Command::Invite(command) => invite::run(*command, &global.open().await?, output).await?,
        Command::Share(args) => share::run(args, &global.open().await?, output).await?,
        Command::Network(args) => network::run(args, &global.open().await?, output).await?,
        Command::Tunnel(command) => tunnel::run(command, &global.open().await?, output).await?,
        Command::Usage(args) => usage::run(args, &global.open().await?, output).await?,
        Command::Calls(args) => calls::run(&args, &global.open().await?, output).await?,
        Command::Alerts(args) => alerts::run(args, &global.open().await?, output).await?,
        Command::Digest(args) => alerts::digest(args, &global.open().await?, output).await?,
        Command::Webhook(command) => webhook::run(*command, &global.open().await?, output).await?,
        Command::Import(command) => import::run(command, &global.open().await?, output).await?,
        Command::Setup(args) => setup::run(args, global, output).await?,
        Command::Statement(args) => statement::run(*args, &global.open().await?, output).await?,
        Command::Prices(command) => prices::run(*command, global, output).await?,
        Command::Explain(args) => explain::run(args, &global.open().await?, output).await?,
        Command::Doctor(args) => return doctor::run(args, global, output).await,
        Command::Demo(args) => demo::run(args, global, output).await?,
        Command::Completions { shell } => {
            // Into memory first: it panics when a reader that has read enough closes the pipe.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "carpool", &mut script);
            output.text(String::from_utf8_lossy(&script).trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the window, if it is asked for, and tells how the program ends.
#[cfg(feature = "desktop")]
fn open_window(cli: &Cli, output: &Output) -> Option<ExitCode> {
    let mode = match &cli.command {
        None => Mode::Own,
        Some(Command::Demo(args)) if args.window => Mode::Demo,
        Some(_) => return None,
    };
    let opened = cli.global.start().and_then(|start| {
        let opening = Opening { start, mode, is_in_background: cli.background };
        desktop::run(opening).map_err(|error| Failure::new("window", format!("{error:#}")))
    });
    Some(match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.failed(&failure),
    })
}

#[cfg(not(feature = "desktop"))]
fn open_window(cli: &Cli, output: &Output) -> Option<ExitCode> {
    if cli.command.is_some() {
        return None;
    }
    output.note(&Cli::command().render_help().to_string());
    output.note("This build has no window. Start the relay with: carpool serve");
    Some(ExitCode::from(2))
}

impl Global {
    /// The data folder that was asked for, or the user's own.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, Failure> {
        let own = || dirs::data_dir().map(|folder| folder.join("carpool"));
        let no_folder = || Failure::new("data_folder", "this user has no data folder: pass --data-dir DIR");
        self.data_dir.clone().or_else(own).ok_or_else(no_folder)
    }

    /// How the data folder is to be opened.
    pub(crate) fn start(&self) -> Result<Start, Failure> {
        let endpoints = match &self.providers {
            None => Endpoints::built_in().clone(),
            Some(file) => {
                let in_file = |error: &dyn std::error::Error| {
                    Failure::new(
                        "providers_file",
                        crate::failure::chain(&format!("the providers file {}", file.display()), error),
                    )
                };
                let text = fs::read_to_string(file).map_err(|error| in_file(&error))?;
                Endpoints::with_overrides(&text).map_err(|error| in_file(&error))?
            }
        };
        let launcher = Arc::new(Processes::default());
        Ok(Start { data_dir: self.data_dir()?, vault: self.vault, endpoints, clock: Clock::System, launcher })
    }

    /// Opens the data folder for a command.
    pub(crate) async fn open(&self) -> Result<Surroundings, Failure> {
        Ok(carpool_relay::open(self.start()?).await?)
    }
}
