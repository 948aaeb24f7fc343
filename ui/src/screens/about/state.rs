//! What the about screen says: the commands that drive the relay, and the host's answer.

use carpool_ipc::About;

/// One command the owner types, and what it is for.
pub(crate) struct Step {
    pub(crate) purpose: &'static str,
    pub(crate) command: &'static str,
}

/// From nothing to a friend's first call, in the order to run them.
pub(crate) const STEPS: &[Step] = &[
    Step { purpose: "Start the relay", command: "carpool serve" },
    Step { purpose: "Add an account by API key", command: "carpool account add claude --name work --secret-stdin" },
    Step { purpose: "Or sign in to one", command: "carpool account login claude --name mine" },
    Step { purpose: "Add a friend", command: "carpool friend add Alex" },
    Step {
        purpose: "Make the friend's key; it is shown once",
        command: "carpool key create --friend Alex --name laptop",
    },
    Step { purpose: "See who used what", command: "carpool usage --by friend" },
];

/// A vendor's own terms, to read before sharing an account there.
pub(crate) struct Terms {
    pub(crate) vendor: &'static str,
    pub(crate) url: &'static str,
}

/// One for each vendor whose accounts Carpool can use. `tauri.conf.json` lets the window open these and no other.
pub(crate) const TERMS: &[Terms] =
    &[Terms { vendor: "Anthropic", url: "https://www.anthropic.com/legal/consumer-terms" }];

/// The line under the name: the version, or why it is not known.
pub(crate) fn version_line(about: Option<&Result<About, String>>) -> String {
    match about {
        None => "Asking the host…".to_owned(),
        Some(Ok(about)) => format!("Version {}", about.version),
        Some(Err(error)) => format!("The host did not answer: {error}"),
    }
}

/// The data folder's path, once it is known.
pub(crate) fn data_dir(about: Option<&Result<About, String>>) -> Option<String> {
    Some(about?.as_ref().ok()?.data_dir.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = include_str!("../../../../tauri.conf.json");

    fn answered() -> Result<About, String> {
        Ok(About { version: "1.2.3".to_owned(), data_dir: "/data".to_owned() })
    }

    #[test]
    fn the_version_and_the_folder_are_the_hosts() {
        assert_eq!(version_line(Some(&answered())), "Version 1.2.3");
        assert_eq!(data_dir(Some(&answered())), Some("/data".to_owned()));
    }

    #[test]
    fn a_host_that_fails_is_quoted_and_no_folder_is_made_up() {
        let failed = Err("no such command".to_owned());

        assert_eq!(version_line(Some(&failed)), "The host did not answer: no such command");
        assert_eq!(data_dir(Some(&failed)), None);
        assert_eq!(data_dir(None), None);
    }

    #[test]
    fn every_vendor_link_is_one_the_window_may_open() {
        for terms in TERMS {
            let as_pattern = terms.url.replace('.', r"\\.");

            assert!(CONFIG.contains(&as_pattern), "add {} to plugins.shell.open in tauri.conf.json", terms.url);
        }
    }
}
