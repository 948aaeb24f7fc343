//! The owner's command line as `product.md` describes it: what each command does, prints and ends with.

mod accounts;
mod friends;
mod ledger;
mod limits;
mod network;
mod other;
mod prices;
mod providers;
mod running;
mod statement;
