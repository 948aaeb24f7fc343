//! Lists the packages the program is built of, with their licences: what the settings screen gives credit to.
//!
//! It follows the normal dependencies of the app and its window, as `Cargo.lock` has them, for this machine and for the
//! webview. What only builds or tests the program is not part of it.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;
use std::{env, str};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// The packages the program begins with.
const ROOTS: &[&str] = &["carpool", "carpool-ui"];

/// The list as JSON: `[{"name":…,"version":…,"license":…}]`, by name and version, a package to a line.
pub(crate) fn list(root: &Path, window_target: &str) -> Result<String> {
    let metadata: Metadata = serde_json::from_slice(&metadata(root, window_target)?)?;
    let lines = third_party(&metadata)?
        .into_iter()
        .map(|package| serde_json::to_string(&package))
        .collect::<Result<Vec<_>, _>>()?;

    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

/// A package that somebody else wrote.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Described>,
    resolve: Resolve,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Described {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

/// `kind` is `null` for what the program itself is built of.
#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

fn metadata(root: &Path, window_target: &str) -> Result<Vec<u8>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", &host()?, "--filter-platform", window_target])
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));

    Ok(output.stdout)
}

/// This machine's target, as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().context("cannot start rustc")?;
    let host = str::from_utf8(&output.stdout)?.lines().find_map(|line| line.strip_prefix("host: "));

    Ok(host.context("rustc does not tell its host")?.to_owned())
}

fn third_party(metadata: &Metadata) -> Result<BTreeSet<Package>> {
    let packages: HashMap<&str, &Described> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let nodes: HashMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let own: BTreeSet<&str> = metadata.workspace_members.iter().map(String::as_str).collect();
    let is_root = |id: &&str| packages.get(id).is_some_and(|package| ROOTS.contains(&package.name.as_str()));

    let mut waiting: Vec<&str> = own.iter().copied().filter(is_root).collect();
    let mut reached: BTreeSet<&str> = waiting.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        let node = nodes.get(id).with_context(|| format!("cargo metadata does not resolve {id}"))?;
        let built_of = node.deps.iter().filter(|dependency| dependency.dep_kinds.iter().any(|it| it.kind.is_none()));
        waiting.extend(built_of.map(|dependency| dependency.pkg.as_str()).filter(|id| reached.insert(id)));
    }

    let theirs = reached.iter().filter(|id| !own.contains(*id)).filter_map(|id| packages.get(id));
    Ok(theirs.map(|package| credit(package)).collect())
}

fn credit(package: &Described) -> Package {
    Package {
        name: package.name.clone(),
        version: package.version.clone(),
        license: package.license.clone().or_else(|| package.license_file.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{
        "packages": [
            {"id": "app", "name": "carpool", "version": "1.0.0", "license": "MIT", "license_file": null},
            {"id": "window", "name": "carpool-ui", "version": "1.0.0", "license": "MIT", "license_file": null},
            {"id": "tool", "name": "xtask", "version": "1.0.0", "license": "MIT", "license_file": null},
            {"id": "b", "name": "b", "version": "2.0.0", "license": "MIT OR Apache-2.0", "license_file": null},
            {"id": "a", "name": "a", "version": "0.1.0", "license": null, "license_file": "COPYING"},
            {"id": "t", "name": "only-tests", "version": "0.1.0", "license": "MIT", "license_file": null},
            {"id": "x", "name": "only-the-tool", "version": "0.1.0", "license": "MIT", "license_file": null}
        ],
        "resolve": {"nodes": [
            {"id": "app", "deps": [
                {"pkg": "b", "dep_kinds": [{"kind": "dev"}, {"kind": null}]},
                {"pkg": "t", "dep_kinds": [{"kind": "dev"}]}
            ]},
            {"id": "window", "deps": []},
            {"id": "tool", "deps": [{"pkg": "x", "dep_kinds": [{"kind": null}]}]},
            {"id": "b", "deps": [{"pkg": "a", "dep_kinds": [{"kind": null}]}, {"pkg": "b", "dep_kinds": [{"kind": null}]}]},
            {"id": "a", "deps": []}, {"id": "t", "deps": []}, {"id": "x", "deps": []}
        ]},
        "workspace_members": ["app", "window", "tool"]
    }"#;

    #[test]
    fn credit_goes_to_what_the_program_is_built_of_and_to_nothing_else() {
        let metadata = serde_json::from_str(METADATA).expect("it is what cargo writes");

        let packages = third_party(&metadata).expect("every package is resolved");

        let lines: Vec<String> =
            packages.iter().map(|it| format!("{} {} {:?}", it.name, it.version, it.license)).collect();
        assert_eq!(lines, [r#"a 0.1.0 Some("COPYING")"#, r#"b 2.0.0 Some("MIT OR Apache-2.0")"#]);
    }
}
