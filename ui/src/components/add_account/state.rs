//! What the form decides: which ways there are, what it still lacks, and which name it proposes.

use carpool_ipc::accounts::{Kind, Provider};

/// The ways of a provider, the sanctioned one first.
pub(crate) fn ways(provider: &Provider) -> Vec<Kind> {
    if provider.has_login { vec![Kind::ApiKey, Kind::Oauth, Kind::SetupToken] } else { vec![Kind::ApiKey] }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(has_login: bool) -> Provider {
        Provider {
            id: "claude".to_owned(),
            label: "Claude".to_owned(),
            has_login,
            own_client: "Claude Code".to_owned(),
        }
    }

    #[test]
    fn only_providers_with_a_sign_in_have_subscriptions() {
        assert_eq!(ways(&provider(false)), [Kind::ApiKey]);
        assert_eq!(ways(&provider(true)).len(), 3);
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
    }
}
