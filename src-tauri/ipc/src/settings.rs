//! What the owner can set.

use serde::{Deserialize, Serialize};

/// Asks for [`Settings`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetSettings {}

/// Everything the settings screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Who can reach the port.
    pub reach: Reach,
    /// The port.
    pub port: u16,
    /// The absolute path of the data folder.
    pub data_dir: String,
    /// Where secrets are: `keychain` or `file`.
    pub vault: String,
    /// The colours.
    pub theme: Theme,
    /// The language; `None`: the system's.
    pub language: Option<Language>,
    /// Whether Carpool starts when the owner logs in.
    pub start_at_login: bool,
    /// Whether the owner is notified of what cannot wait.
    pub notifications: bool,
    /// The program's version.
    pub version: String,
}

/// Who can reach the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Programs on this machine, and what a tunnel brings.
    ThisMachine,
    /// Everyone on the networks this machine is in.
    Network,
}

/// The colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The languages Carpool speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    Chinese,
}

impl Language {
    /// Every language, in the order the owner is shown them.
    pub const ALL: &[Self] = &[Self::English, Self::Chinese];

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its name in itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
        }
    }

    /// The language for a system's language tag such as `zh_CN.UTF-8` or `de-DE`.
    #[must_use]
    pub fn of_system(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }
}

/// Listens elsewhere, without a restart; running calls go on. If that fails, nothing changes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SetAddress {
    /// Who can reach it.
    pub reach: Reach,
    /// The port: 1 to 65535.
    pub port: u16,
}

/// Sets the colours.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SetTheme {
    /// The colours.
    pub theme: Theme,
}

/// Sets the language.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SetLanguage {
    /// The language; `None`: the system's.
    pub language: Option<Language>,
}

/// Sets whether Carpool starts when the owner logs in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SetStartAtLogin {
    /// Whether it does.
    pub on: bool,
}

/// Sets whether the owner is notified of what cannot wait.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SetNotifications {
    /// Whether.
    pub on: bool,
}

/// Shows the data folder in the system's file browser.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OpenDataFolder {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_systems_language_is_told_by_its_tag() {
        for (tag, language) in [
            ("zh_CN.UTF-8", Language::Chinese),
            ("zh-Hans-CN", Language::Chinese),
            ("en-GB", Language::English),
            ("C", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_system(tag), language, "{tag:?}");
        }
    }
}
