//! What both of Cloudflare's ways share: the program and what its lines mean.
//!
//! The lines are those of cloudflared 2021 to 2025: `cmd/cloudflared/tunnel/quick_tunnel.go`, `connection/observer.go`,
//! and issues 426, 555, 972 and 1299 of github.com/cloudflare/cloudflared.

use std::path::PathBuf;

use http::HeaderName;

use super::origin;
use crate::tunnel::{Place, Program, Said, Trouble};

/// Cloudflare sets it on every request, and overwrites what a client sent (developers.cloudflare.com, "Cloudflare HTTP
/// headers").
pub(super) const CONNECTING_IP: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// The program.
pub(super) static CLOUDFLARED: Program = Program {
    name: "cloudflared",
    install: &[("macos", "brew install cloudflared"), ("windows", "winget install --id Cloudflare.cloudflared")],
    page: "https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/downloads/",
};

/// The file that stands for the user's own settings, which may lead elsewhere, and with which no quick tunnel comes about.
pub(super) fn settings_file(place: &Place) -> (PathBuf, String) {
    (place.folder.join("cloudflared.yml"), "no-autoupdate: true\n".to_owned())
}

/// The arguments of `cloudflared tunnel`. It would update itself if it were not told not to.
pub(super) fn args(place: &Place, subcommand: &[&str]) -> Vec<String> {
    let (file, _) = settings_file(place);
    let mut args = vec!["tunnel".to_owned(), "--no-autoupdate".to_owned(), "--config".to_owned()];
    args.push(file.display().to_string());
    args.extend(subcommand.iter().map(|&word| word.to_owned()));
    args.extend(["--url".to_owned(), origin(place.port)]);
    args
}

/// What a line says that both kinds of tunnel print.
pub(super) fn read(line: &str) -> Option<Said> {
    let has = |text: &str| line.contains(text);
    if has("Registered tunnel connection") || (has(" INF Connection ") && has(" registered")) {
        return Some(Said::Ready);
    }
    if has("429 Too Many Requests") || has("error code: 1015") {
        return Some(Said::Failed(Trouble::TooMany));
    }
    let is_refused = ["Unauthorized", "Provided Tunnel token is not valid", "Invalid tunnel secret"];
    if is_refused.into_iter().any(has) {
        return Some(Said::Failed(Trouble::Refused));
    }
    let is_offline = [
        "failed to request quick Tunnel",
        "failed to unmarshal quick Tunnel",
        "failed to parse quick Tunnel ID",
        "Couldn't resolve SRV record",
        "no such host",
        "Serve tunnel error",
        "Unable to establish connection with Cloudflare edge",
        "no more connections active and exiting",
    ];
    is_offline.into_iter().any(has).then_some(Said::Failed(Trouble::Unreachable))
}
