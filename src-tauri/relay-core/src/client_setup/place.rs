//! Where clients keep their settings, on each system.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// A folder of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// One in the home folder.
    Home(&'static str),
    /// One that a variable names, or else one in the home folder.
    Named {
        /// The variable.
        variable: &'static str,
        /// The folder in the one that it names; empty for that one itself.
        inside: &'static str,
        /// The one in the home folder.
        otherwise: &'static str,
    },
    /// One in the folder where the system keeps programs' settings.
    Programs(&'static str),
}

impl Folder {
    /// The folder's path, for the system's name as Rust calls it and the variables that are set.
    #[must_use]
    pub fn path(&self, home: &Path, system: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> PathBuf {
        let named = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match *self {
            Self::Home(folder) => home.join(folder),
            Self::Named { variable, inside, otherwise } => {
                named(variable).map_or_else(|| home.join(otherwise), |folder| folder.join(inside))
            }
            Self::Programs(folder) => match system {
                "macos" => home.join("Library/Application Support"),
                "windows" => named("APPDATA").unwrap_or_else(|| home.join("AppData/Roaming")),
                _ => named("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")),
            }
            .join(folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_where_the_system_and_the_variables_say() {
        let home = Path::new("/home/mia");
        let path = |folder: Folder, system, set: &[(&str, &str)]| {
            let find = |name: &str| set.iter().find(|(is, _)| *is == name).map(|(_, value)| OsString::from(value));
            folder.path(home, system, &find)
        };
        let gemini = Folder::Named { variable: "GEMINI_CLI_HOME", inside: ".gemini", otherwise: ".gemini" };
        let code = Folder::Programs("Code/User");

        assert_eq!(path(Folder::Home(".factory"), "linux", &[]), home.join(".factory"));
        assert_eq!(path(gemini, "linux", &[]), home.join(".gemini"));
        assert_eq!(path(gemini, "linux", &[("GEMINI_CLI_HOME", "")]), home.join(".gemini"));
        assert_eq!(path(gemini, "linux", &[("GEMINI_CLI_HOME", "/data")]), Path::new("/data/.gemini"));
        assert_eq!(path(code, "linux", &[]), home.join(".config/Code/User"));
        assert_eq!(path(code, "linux", &[("XDG_CONFIG_HOME", "/data")]), Path::new("/data/Code/User"));
        assert_eq!(path(code, "macos", &[]), home.join("Library/Application Support/Code/User"));
        assert_eq!(path(code, "windows", &[("APPDATA", "/roaming")]), Path::new("/roaming/Code/User"));
    }
}
