//! What crosses between the host and the window: the commands, their replies, the events, and the texts both show.
//!
//! Both sides compile against this crate, so they cannot disagree. It knows neither Tauri nor the relay. No reply holds a
//! secret of the vault; the secrets that are shown, once and on purpose, are [`friends::IssuedKey`] and
//! [`invites::IssuedInvite`].
//!
//! Times are Unix milliseconds (UTC). Money is [`Money`].

pub mod accounts;
pub mod calls;
pub mod command;
pub mod event;
pub mod friends;
pub mod invites;
pub mod limits;
pub mod live;
pub mod money;
pub mod own_machine;
pub mod plan;
pub mod prices;
pub mod privacy;
pub mod providers;
pub mod settings;
pub mod setup;
pub mod shares;
pub mod statement;
pub mod status;
pub mod texts;
pub mod tunnel;
pub mod usage;
pub mod windows;

pub use command::{COMMANDS, Command, Failure};
pub use money::Money;
