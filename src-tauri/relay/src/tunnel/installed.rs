//! Where a program is installed.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// Where programs are that a desktop's own PATH often does not name.
#[cfg(target_os = "macos")]
const OTHER_FOLDERS: &[&str] = &["/opt/homebrew/bin", "/usr/local/bin", "/Applications/Tailscale.app/Contents/MacOS"];
#[cfg(windows)]
const OTHER_FOLDERS: &[&str] = &[
    r"C:\Program Files (x86)\cloudflared",
    r"C:\Program Files\cloudflared",
    r"C:\Program Files\Tailscale",
    r"C:\Windows\System32\OpenSSH",
];
#[cfg(not(any(target_os = "macos", windows)))]
const OTHER_FOLDERS: &[&str] = &["/usr/local/bin", "/usr/bin", "/snap/bin", "/home/linuxbrew/.linuxbrew/bin"];

/// The first program of this name in the folders of a PATH, or of this process's own, and then where it is often found.
pub(super) fn find(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let own = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(path.unwrap_or(&own)).collect();
    let others: Vec<PathBuf> = match path {
        Some(_) => Vec::new(),
        None => {
            let home = env::home_dir().into_iter().flat_map(|home| [home.join(".cargo/bin"), home.join(".local/bin")]);
            OTHER_FOLDERS.iter().map(PathBuf::from).chain(home).collect()
        }
    };
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let mut candidates =
        folders.iter().chain(&others).filter(|folder| folder.is_absolute()).map(|folder| folder.join(&file));
    candidates.find(|candidate| is_program(candidate))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
