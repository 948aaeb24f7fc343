//! The program `carpool`: the window, or with a subcommand the command line.

mod cli;
#[cfg(feature = "desktop")]
mod window;

fn main() -> std::process::ExitCode {
    cli::run()
}
