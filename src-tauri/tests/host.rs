//! The host ring: the real program, driven as owners, scripts and friends drive it, against the pretend provider.
//!
//! Every test has a data folder, a home and a provider of its own, and reaches nothing but loopback. One program holds
//! them all, so that they are linked once and share the two cores of a small machine; `cargo test --test host sign_in`
//! runs one file of them.

mod access;
mod commands;
mod crash;
mod folder;
mod keychain;
mod shutdown;
mod sign_in;
#[expect(dead_code, reason = "the app ring uses the rest")]
mod support;
