//! What both of Tailscale's ways share: the program, its command line and what its lines mean.
//!
//! The lines are those of `cmd/tailscale/cli/serve_v2.go` (Tailscale 1.52 to 1.90) and of issues 9653, 12733 and 16668 of
//! github.com/tailscale/tailscale.

use http::HeaderName;

use super::{address_in, origin};
use crate::tunnel::{Command, Launch, Place, Program, Said, Trouble};

/// tailscaled sets it on every request that it passes on, and overwrites what a client sent (`ipn/ipnlocal/serve.go`).
pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The program.
pub(super) static TAILSCALE: Program = Program {
    name: "tailscale",
    install: &[("macos", "brew install --cask tailscale"), ("windows", "winget install --id Tailscale.Tailscale")],
    page: "https://tailscale.com/download",
};

/// In the foreground, so that what it opens closes when it ends.
pub(super) fn launch(subcommand: &str, place: &Place) -> Launch {
    Launch::Program(Command {
        program: &TAILSCALE,
        args: vec![subcommand.to_owned(), origin(place.port)],
        env: Vec::new(),
        files: Vec::new(),
    })
}

/// What a line says.
pub(super) fn read(line: &str) -> Option<Said> {
    let has = |text: &str| line.contains(text);
    if has("login.tailscale.com") || has("/f/serve") || has("/f/funnel") {
        // The address where Serve or Funnel is switched on.
        return address_in(line, "https://").map(|page| Said::Failed(Trouble::SwitchOn(page.to_string())));
    }
    // The address stands at the start of its line.
    if line.starts_with("https://") {
        return address_in(line, "https://").map(Said::Url);
    }
    let trouble = if has("Access denied") || has("serve config denied") {
        Trouble::NotPermitted
    } else if has("failed to connect to local tailscaled")
        || has("Failed to connect to Tailscale")
        || has("Logged out.")
        || has("NeedsLogin")
        || has("Tailscale is stopped")
    {
        Trouble::SignedOut
    } else if has("already exists") || has("is already serving") || has("already serving TCP") {
        Trouble::InUse
    } else {
        return None;
    };
    Some(Said::Failed(trouble))
}
