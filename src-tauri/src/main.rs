//! The program `carpool`: the window, or with a subcommand the command line.

mod cli;
mod csv;
#[cfg(feature = "desktop")]
mod desktop;
mod failure;
mod logs;

fn main() -> std::process::ExitCode {
    cli::run()
}
