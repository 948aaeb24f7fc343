//! Everything in Carpool that touches the world.
//!
//! # Life of a request
//! [`server`] accepts it and hands it to the walk (`walk.rs`): [`authenticate`] finds out whose it is, [`receive`] reads
//! it, [`accounts`] lends it an account and a credential, [`upstream`] sends it (`attempt.rs`), and [`tap`] streams the
//! answer on while a meter reads beside it. [`open_call`] carries it to the [`ledger`], which writes it down once, and
//! [`retention`] sees to it that the ledger stays small. What is decided on the way is decided in `carpool-core`.
//!
//! # Invariants
//! The only way back is from a failed attempt to choosing an account, before the first byte went downstream. The tap
//! never alters or delays content; only the last frame waits for the ledger. Secrets go only through [`vault`]. What is
//! spawned is spawned on the house's tracker, and what must be given back is given back in `Drop`.

pub mod accounts;
pub mod answer;
mod attempt;
pub mod authenticate;
pub mod client_setup;
pub mod clock;
pub mod decode;
pub mod demo;
mod devices;
mod dial;
mod finish_anyway;
pub mod gate;
mod house;
mod incoming;
pub mod invites;
mod journal;
pub mod ledger;
pub mod live;
mod me;
mod models;
pub mod network;
pub mod open_call;
mod pass_on;
mod past;
pub mod people;
pub mod pieces;
pub mod plan;
pub mod pretend;
pub mod prices;
pub mod privacy_proof;
pub mod reach;
mod receipt;
pub mod receive;
mod resolve;
pub mod retention;
pub mod server;
pub mod statements;
pub mod store;
pub mod subscriptions;
mod system_proxy;
pub mod tap;
pub mod tunnel;
pub mod upstream;
pub mod vault;
mod walk;
mod way;
mod web;
pub mod workers;

pub use house::{House, OpenError, RunningRelay, Start, health, open, running};
