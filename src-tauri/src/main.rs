//! The program `carpool`: the window, or with a subcommand the command line.

mod cli;
#[cfg(feature = "desktop")]
mod desktop;
mod failure;
#[cfg(feature = "desktop")]
mod ledger_csv;
mod logs;

/// What a burst of streams took is given back after it; `.cargo/config.toml` says how.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
