//! The window's WebAssembly program: it mounts the app into the page, and nothing else.

#![expect(unreachable_pub, reason = "leptos's #[component] makes every component pub, whatever it is written as")]

mod app;
mod ipc;
mod screens;

fn main() {
    leptos::mount::mount_to_body(app::App);
}
