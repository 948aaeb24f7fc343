//! What screens are made of. Each file is one thing, its look beside it.

pub(crate) mod account_options;
pub(crate) mod add_account;
pub(crate) mod badge;
pub(crate) mod banner;
pub(crate) mod button;
pub(crate) mod card;
pub(crate) mod chart;
pub(crate) mod clock;
pub(crate) mod code;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod empty;
pub(crate) mod field;
pub(crate) mod format;
pub(crate) mod heading;
pub(crate) mod icon;
pub(crate) mod issued_key;
pub(crate) mod loaded;
pub(crate) mod menu;
pub(crate) mod meter;
pub(crate) mod rename;
pub(crate) mod rows;
pub(crate) mod select;
pub(crate) mod subject;
pub(crate) mod table;
pub(crate) mod toast;
