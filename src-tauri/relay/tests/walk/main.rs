//! The walk ring: calls through the whole relay, from a socket to the ledger, against the pretend provider.

#![expect(clippy::unwrap_used, reason = "a harness is a part of its tests")]

mod authority;
mod bodies;
mod broken;
mod caller;
mod catalogs;
mod changes;
mod chaos;
mod codings;
mod crossing;
mod device_sign_in;
mod doors;
mod endings;
mod envelopes;
mod exceptions;
mod failover;
mod fault_matrix;
mod fixtures;
mod frames;
mod headers;
mod keys;
mod leaving;
mod ledger;
mod network;
mod own_clients;
mod pool;
mod privacy;
mod processes;
mod provider_faults;
mod providers;
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
mod vendor_sign_ins;
mod verbatim;
mod watching;
