//! Build steps that need more than cargo. `cargo run -p xtask -- ui` makes `ui/dist`, which the window embeds.

mod licences;
mod ui;

use std::{env, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::ui::Profile;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // Of this run, not of the build: checkouts that share a target folder share this program too.
    let package = env::var_os("CARGO_MANIFEST_DIR").context("start it with: cargo run -p xtask -- ui")?;
    let root = PathBuf::from(package).join("../..").canonicalize()?;

    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ui"] => ui::build(&root, Profile::Release),
        ["ui", "--quick"] => ui::build(&root, Profile::Quick),
        _ => bail!("usage: cargo run -p xtask -- ui [--quick]"),
    }
}
