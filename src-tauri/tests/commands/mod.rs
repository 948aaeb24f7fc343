//! The owner's command line as `product.md` describes it: what each command does, prints and ends with.

mod accounts;
mod alerts;
mod friends;
mod imports;
mod invites;
mod ledger;
mod limits;
mod network;
mod other;
mod prices;
mod providers;
mod reach;
mod running;
mod setup;
mod statement;
mod tunnel;
