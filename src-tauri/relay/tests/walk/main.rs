//! The walk ring: calls through the whole relay, from a socket to the ledger, against the pretend provider.

#![expect(clippy::unwrap_used, reason = "a harness is a part of its tests")]

mod bodies;
mod broken;
mod caller;
mod changes;
mod chaos;
mod codings;
mod failover;
mod fault_matrix;
mod headers;
mod keys;
mod leaving;
mod ledger;
mod network;
mod pool;
mod privacy;
mod processes;
mod proxies;
mod real_proxies;
mod refresh;
mod relay;
mod returning;
mod rows;
mod sign_in;
mod silence;
mod stopped_time;
mod stopping;
mod subscription;
mod transparency;
mod verbatim;
mod watching;
