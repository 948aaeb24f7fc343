//! Where the relay's log goes: a daily file in the data folder, and stderr for what needs the owner.

use std::{fs, path::Path};

use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, Layer, filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::failure::Failure;

/// Daily files that are kept.
const KEPT_FILES: usize = 7;

/// Starts logging; the guard writes what is left when it is dropped.
pub(crate) fn start(data_dir: &Path) -> Result<WorkerGuard, Failure> {
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
    let (writer, guard) = tracing_appender::non_blocking(files);
    let wanted = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).with_env_var("CARPOOL_LOG");
    tracing_subscriber::registry()
        .with(fmt::layer().with_ansi(false).with_writer(writer).with_filter(wanted.from_env_lossy()))
        .with(fmt::layer().with_writer(std::io::stderr).with_filter(LevelFilter::WARN))
        .init();
    Ok(guard)
}

fn unwritable(error: &dyn std::error::Error) -> Failure {
    Failure::new("logs", format!("the log files cannot be written: {error}"))
}
