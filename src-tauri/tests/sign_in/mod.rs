//! Signing an account in by pasted code, against an authorization server on loopback, and what follows from it.

mod paste;
mod refusals;
mod renewal;
mod vendors;
