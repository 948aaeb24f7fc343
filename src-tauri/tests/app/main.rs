//! The app ring: the real window in the real webview, driven as an owner drives it, while friends call.
//!
//! Every test has a display, a bus, a keyring, a home and a provider of its own, and starts the program anew; it reaches
//! nothing but loopback. It needs the packages that `scripts/setup.sh` lists and, for the check of accessibility, what
//! `scripts/test app` fetches. When a test fails, what the window showed is in the build folder, as `tmp/<test>.png`.
//!
//! With `CARPOOL_APP_BIN` another program than the one that was just built is driven, for example a packaged one.
#![cfg(target_os = "linux")]

mod desktop;
mod display;
mod files;
mod keyring;
mod launch;
mod notifications;
mod screen;
mod seed;
#[expect(dead_code, reason = "the walk ring uses the rest")]
#[path = "../../relay/tests/walk/ssh_server.rs"]
mod ssh_server;
#[expect(dead_code, reason = "the host ring uses the rest")]
#[path = "../support/mod.rs"]
mod support;
mod tray;

mod access;
mod closing;
mod demo;
mod invites;
mod limits;
mod money;
mod pool;
mod providers;
mod restart;
mod screenshots;
mod settings;
mod share_check;
mod sharing;
mod smoke;
mod trouble;
mod tunnels;
mod usage;
