//! The screens, one folder each: markup in `mod.rs`, what it shows and decides in `state.rs`, its look in `style.css`.

pub(crate) mod accounts;
pub(crate) mod first_run;
pub(crate) mod friends;
pub(crate) mod home;
pub(crate) mod prices;
pub(crate) mod settings;
pub(crate) mod statement;
pub(crate) mod trouble;
pub(crate) mod usage;
