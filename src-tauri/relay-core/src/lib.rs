//! Every decision Carpool makes, and nothing else.
//!
//! No runtime, no socket, no clock and no database: the current time and randomness come in as arguments, requests and
//! answers go in and out as values. What touches the world is in `carpool-relay`.
//!
//! A call meets these rooms in this order: [`client_key`] (who is calling), [`dialect`] (what is asked), [`admission`]
//! (whether it is within the limits), [`schedule`] (which account), [`credential`] and [`provider`] (how to ask),
//! [`attempt`] (what the answer means), [`meter`] (what it consumed), [`price`] (what it cost). At the end of a month
//! [`statement`] says who pays whom.

pub mod admission;
pub mod attempt;
pub mod call;
pub mod client_address;
pub mod client_key;
pub mod client_setup;
pub mod clock_jump;
pub mod convert;
pub mod credential;
pub mod csv;
pub mod dialect;
pub mod endpoints;
pub mod forecast;
pub mod headers;
pub mod invite;
pub mod json;
pub mod latency;
pub mod limits;
pub mod meter;
pub mod name;
pub mod network;
pub mod oauth;
pub mod options;
pub mod pace;
pub mod period;
pub mod price;
pub mod provider;
pub mod reach;
pub mod refusal;
pub mod rollup;
pub mod schedule;
pub mod share;
pub mod small_model;
pub mod sse;
pub mod statement;
pub mod tunnel;
pub mod usage;
pub mod window;
