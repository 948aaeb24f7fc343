//! Prepares the window: the webview's permissions and the platform's resources. Without the feature `desktop` there is
//! no window, and nothing to do.

fn main() {
    #[cfg(feature = "desktop")]
    desktop::prepare();
}

#[cfg(feature = "desktop")]
mod desktop {
    use std::error::Error;
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    use tauri_build::{AppManifest, Attributes};

    /// What the window is made of, seen from the root of the workspace.
    const SOURCES: &[&str] = &["tauri.conf.json", "icons", "ui/dist", "src-tauri/build.rs"];

    pub(crate) fn prepare() {
        for source in SOURCES {
            println!("cargo::rerun-if-changed={source}");
        }

        if !Path::new("ui/dist/index.html").exists() {
            println!(
                "cargo::error=ui/dist is missing: run scripts/run, or `cargo run -p xtask -- ui` before cargo build"
            );
        } else if let Err(error) = generate() {
            println!("cargo::error=cannot prepare the window: {error}");
        }
    }

    /// Lets `tauri_build` write its schemas and permissions below `OUT_DIR` instead of into the checkout.
    fn generate() -> Result<(), Box<dyn Error>> {
        let root = env::current_dir()?;
        let work = PathBuf::from(env::var("OUT_DIR")?).join("tauri");
        fs::create_dir_all(&work)?;
        fs::copy(root.join("Cargo.toml"), work.join("Cargo.toml"))?;
        env::set_current_dir(&work)?;

        let manifest =
            AppManifest::new().commands(carpool_ipc::COMMANDS).permissions_path_pattern("extra-permissions/**/*");
        let attributes = Attributes::new().config_path(root.join("tauri.conf.json")).app_manifest(manifest);
        tauri_build::try_build(attributes).map_err(|error| format!("{error:#}").into())
    }
}
