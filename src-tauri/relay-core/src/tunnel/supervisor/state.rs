//! What is kept open, how it is, and what is to be done about it.

use jiff::Timestamp;
use url::Url;

use crate::tunnel::{Shut, Trouble, Way};

/// What is to be kept open.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The way.
    pub way: &'static dyn Way,
    /// Whether something runs for it that can be started again.
    pub runs: Runs,
}

/// Whether something runs for a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// A program, or the relay's own port.
    Something,
    /// Nothing that is Carpool's.
    Nothing,
}

/// What is to be done now, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End what runs.
    Stop,
    /// Start it.
    Launch,
    /// Ask this address for its health.
    Check(Url),
}

/// How a tunnel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The owner wants none.
    Off,
    /// The owner wants one, and it opens as soon as it may.
    Waiting {
        /// Why not yet.
        why: Shut,
    },
    /// It is being opened.
    Starting,
    /// It is open, and its address answers.
    Up,
    /// Something is in the way, and it is tried again.
    Retrying {
        /// What.
        why: Trouble,
        /// When.
        at: Timestamp,
    },
    /// Its program is not installed.
    Missing {
        /// The program.
        program: &'static str,
    },
    /// The owner's settings do not do.
    Unfit {
        /// Why, in words.
        why: String,
    },
}

impl State {
    /// The word for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Waiting { .. } => "waiting",
            Self::Starting => "starting",
            Self::Up => "up",
            Self::Retrying { .. } => "retrying",
            Self::Missing { .. } => "missing",
            Self::Unfit { .. } => "unfit",
        }
    }
}
