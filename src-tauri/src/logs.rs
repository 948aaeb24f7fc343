//! Where the relay's log goes: a daily file in the data folder, and stderr for what needs the owner.

#[cfg(feature = "desktop")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs, path::Path};

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{Layer, filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::failure::Failure;

/// Daily files that are kept.
const KEPT_FILES: usize = 7;

/// How much is logged: off, error, warn, info (the default), debug or trace.
const LEVEL_VARIABLE: &str = "CARPOOL_LOG";

/// Starts logging. Lines go straight to the file: handing them to a thread of its own costs more than writing them.
pub(crate) fn start(data_dir: &Path) -> Result<(), Failure> {
    let folder = data_dir.join("logs");
    // Before it makes the folder, the appender complains on stderr that there is none to clean up.
    fs::create_dir_all(&folder).map_err(|error| unwritable(&error))?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("carpool")
        .filename_suffix("log")
        .max_log_files(KEPT_FILES)
        .build(folder)
        .map_err(|error| unwritable(&error))?;
    tracing_subscriber::registry()
        .with(fmt::layer().with_ansi(false).with_writer(files).with_filter(level()?))
        .with(fmt::layer().with_writer(std::io::stderr).with_filter(LevelFilter::WARN))
        .init();
    Ok(())
}

/// Starts logging unless it was started: a program has one log, in the folder it opened first.
#[cfg(feature = "desktop")]
pub(crate) fn start_once(data_dir: &Path) -> Result<(), Failure> {
    static IS_STARTED: AtomicBool = AtomicBool::new(false);
    if IS_STARTED.swap(true, Ordering::Relaxed) { Ok(()) } else { start(data_dir) }
}

fn level() -> Result<LevelFilter, Failure> {
    let Ok(wanted) = env::var(LEVEL_VARIABLE) else { return Ok(LevelFilter::INFO) };
    wanted.parse().map_err(|_| {
        let message = format!("{LEVEL_VARIABLE}={wanted} is no level: expected off, error, warn, info, debug or trace");
        Failure::new("log_level", message)
    })
}

fn unwritable(error: &dyn std::error::Error) -> Failure {
    Failure::new("logs", format!("the log files cannot be written: {error}"))
}
