//! The window's WebAssembly program: it mounts the app into the page, and nothing else.

#![expect(unreachable_pub, reason = "leptos's #[component] makes every component pub, whatever it is written as")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns what it is given")]

mod app;
mod browser;
mod components;
mod fetch;
mod frame;
mod ipc;
#[cfg(test)]
mod palette;
mod place;
mod screens;
mod sending;
mod state;

fn main() {
    leptos::mount::mount_to_body(app::App);
}
