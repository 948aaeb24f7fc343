//! Builds the window: compiles the UI to WebAssembly, binds it to JavaScript, and lays it into `ui/dist` with its page.
//!
//! The binding is done by the library of the version in `Cargo.lock`, so it always fits the compiled code.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::licences;

const TARGET: &str = "wasm32-unknown-unknown";
/// Leptos then forgets the types of views: a tenth less to load, and it compiles faster.
const FLAGS: (&str, &str) = ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--cfg=erase_components");

/// How much work goes into making the window small.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    /// All of it: what is shipped.
    Release,
    /// Little: it takes a third of the time to compile, and twice the bytes.
    Quick,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Quick => "wasm-quick",
        }
    }
}

/// Makes `ui/dist` of the workspace at `root`; an unchanged result is left alone, so that the host is not built again.
pub(crate) fn build(root: &Path, profile: Profile) -> Result<()> {
    let ui = root.join("ui");
    let dist = ui.join("dist");
    let wasm = compile(root, profile.name())?;
    let fresh = wasm.with_file_name("ui-dist");

    remove(&fresh)?;
    Bindgen::new()
        .input_path(wasm)
        .out_name("ui")
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .generate(&fresh)?;
    for page in [ui.join("index.html"), ui.join("boot.js"), root.join("icons/icon.svg")] {
        copy_into(&page, &fresh)?;
    }
    fs::write(fresh.join("style.css"), styles(&ui)?)?;
    fs::write(fresh.join("licences.json"), licences::list(root, TARGET)?)?;

    if contents(&fresh)? != contents(&dist)? {
        remove(&dist)?;
        for file in files(&fresh)? {
            copy_into(&file, dist.join(file.strip_prefix(&fresh)?).parent().context("a file has a folder")?)?;
        }
    }
    Ok(())
}

/// Compiles the UI crate and returns the path of its WebAssembly.
fn compile(root: &Path, profile: &str) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .env(FLAGS.0, FLAGS.1)
        .args(["build", "--package", "carpool-ui", "--target", TARGET, "--profile", profile])
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "the UI does not compile; if the target is missing: rustup target add {TARGET}");

    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(root.join(target).join(TARGET).join(profile).join("carpool-ui.wasm"))
}

/// One style sheet: the tokens, what plain HTML looks like, then each screen's and component's own, by name.
fn styles(ui: &Path) -> Result<String> {
    let mut sheets = vec![ui.join("style/tokens.css"), ui.join("style/base.css")];
    sheets.extend(files(&ui.join("src"))?.into_iter().filter(|file| file.extension().is_some_and(|it| it == "css")));

    sheets
        .iter()
        .map(|sheet| fs::read_to_string(sheet).with_context(|| format!("cannot read {}", sheet.display())))
        .collect()
}

/// What every file below a folder holds, by its path in there; nothing when there is no such folder.
fn contents(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    files(folder)?.into_iter().map(|file| Ok((file.strip_prefix(folder)?.to_owned(), fs::read(&file)?))).collect()
}

/// Every file below a folder, in a stable order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();

    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

fn copy_into(file: &Path, folder: &Path) -> Result<()> {
    let name = file.file_name().context("a file has a name")?;
    fs::create_dir_all(folder)?;
    fs::copy(file, folder.join(name)).with_context(|| format!("cannot copy {}", file.display()))?;
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}
