//! Build steps that need more than cargo. `cargo run -p xtask -- ui` makes `ui/dist`, which the window embeds.

mod licences;
mod ui;

use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;

    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ui"] => ui::build(&root),
        _ => bail!("usage: cargo run -p xtask -- ui"),
    }
}
