//! The program `carpool`: the window until the command line is written.

#[cfg(feature = "desktop")]
mod window;

fn main() -> anyhow::Result<()> {
    #[cfg(feature = "desktop")]
    window::run(&std::env::var_os("CARPOOL_DATA_DIR").map(std::path::PathBuf::from).unwrap_or_default())?;
    Ok(())
}
