//! Setting up the programs on the owner's own machine, as friends' programs are set up.

use serde::{Deserialize, Serialize};

/// Asks for every program that can be set up here.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ListPrograms {}

/// A program that can be set up here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnProgram {
    /// Its name for programs, as in [`crate::setup::CLIENTS`].
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether what Carpool changed can be undone: it has changed something.
    pub can_undo: bool,
}

/// Sets a program up to use this relay with a key.
#[derive(Clone, Serialize, Deserialize)]
pub struct SetUpProgram {
    /// The program's id.
    pub program: String,
    /// The key.
    pub key: String,
}

/// Puts a program's settings back as they were.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UndoProgram {
    /// The program's id.
    pub program: String,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupReport {
    /// The program's id.
    pub program: String,
    /// The files that were changed, and how; empty: all was so already.
    pub files: Vec<FileChange>,
    /// What the owner still has to do, in English; empty: nothing.
    pub to_do: Vec<String>,
}

/// A file that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What was set, without secrets.
    pub changes: Vec<String>,
    /// Where what it was is kept.
    pub backup: Option<String>,
}
