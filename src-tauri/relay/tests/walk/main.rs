//! The walk ring: calls through the whole relay, from a socket to the ledger, against the pretend provider.

#![allow(unreachable_pub)]
mod caller;
mod ledger;
mod relay;
mod rows;
