//! What crosses between the host and the window: the names of the commands, and the shapes of their replies.
//!
//! Both sides compile against this crate, so they cannot disagree. It knows neither Tauri nor the relay, and no type
//! here may hold a secret: whatever is in it ends in a webview.

use serde::{Deserialize, Serialize};

/// The command that replies with [`About`].
pub const ABOUT: &str = "about";

/// Every command the window may call. The build script grants exactly these to the webview.
pub const COMMANDS: &[&str] = &[ABOUT];

/// Which Carpool this is and where it keeps its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The program's version, as `0.1.0`.
    pub version: String,
    /// The absolute path of the data folder.
    pub data_dir: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_reads_back_as_it_was_written() {
        let about = About { version: "0.1.0".to_owned(), data_dir: "/home/owner/.local/share/carpool".to_owned() };

        let json = serde_json::to_string(&about).expect("two strings serialize");

        assert_eq!(json, r#"{"version":"0.1.0","data_dir":"/home/owner/.local/share/carpool"}"#);
        assert_eq!(serde_json::from_str::<About>(&json).expect("its own JSON parses"), about);
    }
}
