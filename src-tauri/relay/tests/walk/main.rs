//! The walk ring: calls through the whole relay, from a socket to the ledger, against the pretend provider.

mod broken;
mod caller;
mod changes;
mod failover;
mod keys;
mod leaving;
mod ledger;
mod relay;
mod rows;
mod silence;
mod stopped_time;
mod verbatim;
