//! What the form decides: which ways there are, what it still lacks, and which name it proposes.

use carpool_ipc::{accounts::Kind, providers::Preset};

/// A way's name for programs.
pub(crate) fn slug(way: Kind) -> &'static str {
    match way {
        Kind::ApiKey => "api_key",
        Kind::Oauth => "oauth",
        Kind::SetupToken => "setup_token",
    }
}

/// The first of `claude`, `claude-2`, … that no account has.
pub(crate) fn free_name(provider: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|number| format!("{provider}-{number}"));
    std::iter::once(provider.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// What keeps the form from being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// There is no name.
    Name,
    /// There is no key, token or code.
    Secret,
    /// There is no address, and the provider has none of its own.
    Address,
}

/// The first thing that keeps the form from being sent.
pub(crate) fn lack(name: &str, secret: &str) -> Option<Lack> {
    if name.trim().is_empty() {
        Some(Lack::Name)
    } else if secret.trim().is_empty() {
        Some(Lack::Secret)
    } else {
        None
    }
}

/// The same for a form with a key. An `address` is one that must be given; a server on the owner's own network may want no
/// key.
pub(crate) fn lack_of_key(name: &str, secret: &str, address: Option<&str>) -> Option<Lack> {
    match (lack(name, secret), address) {
        (Some(Lack::Name), _) => Some(Lack::Name),
        (_, Some(address)) if address.trim().is_empty() => Some(Lack::Address),
        (Some(Lack::Secret), Some(address)) if address.trim().starts_with("http://") => None,
        (lack, _) => lack,
    }
}

/// The preset whose address and format are typed; `None` where something else is.
pub(crate) fn preset_of(presets: &[Preset], base_url: &str) -> Option<usize> {
    presets.iter().position(|preset| preset.base_url == base_url.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_is_known_by_its_address() {
        let preset = |id: &str| Preset {
            id: id.to_owned(),
            label: id.to_owned(),
            base_url: format!("https://{id}.example"),
            dialects: vec!["chat".to_owned()],
            key_header: String::new(),
        };
        let presets = [preset("one"), preset("two")];

        assert_eq!(preset_of(&presets, " https://two.example "), Some(1));
        assert_eq!(preset_of(&presets, "https://three.example"), None);
    }

    #[test]
    fn the_proposed_name_is_one_no_account_has() {
        let taken = ["claude".to_owned(), "claude-2".to_owned()];

        assert_eq!(free_name("claude", &[]), "claude");
        assert_eq!(free_name("claude", &taken), "claude-3");
    }

    #[test]
    fn a_form_without_a_name_or_a_secret_is_not_sent() {
        assert_eq!(lack(" ", "sk-1"), Some(Lack::Name));
        assert_eq!(lack("work", ""), Some(Lack::Secret));
        assert_eq!(lack("work", "sk-1"), None);
        assert_eq!(lack_of_key("work", "", None), Some(Lack::Secret));
        assert_eq!(lack_of_key("work", "sk-1", Some(" ")), Some(Lack::Address));
        assert_eq!(lack_of_key("work", "", Some("http://127.0.0.1:11434")), None);
        assert_eq!(lack_of_key("work", "", Some("https://vendor.example")), Some(Lack::Secret));
    }
}
