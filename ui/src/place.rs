//! The places a person can be in, and how they are named in the address.

use carpool_ipc::texts::Words;

use crate::components::icon::Icon;

/// A place in the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// What goes on now.
    #[default]
    Home,
    /// Accounts at providers.
    Accounts,
    /// Friends and their keys.
    Friends,
    /// What was used.
    Usage,
    /// What can be set.
    Settings,
}

impl Place {
    /// Every place, in the order of the navigation.
    pub(crate) const ALL: &[Self] = &[Self::Home, Self::Accounts, Self::Friends, Self::Usage, Self::Settings];

    /// Its name in the address, and in tests.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Accounts => "accounts",
            Self::Friends => "friends",
            Self::Usage => "usage",
            Self::Settings => "settings",
        }
    }

    /// Where a link to it goes.
    pub(crate) fn href(self) -> String {
        format!("#/{}", self.slug())
    }

    /// Where a link to a part of it goes.
    pub(crate) fn part_href(self, part: &str) -> String {
        format!("#/{}/{part}", self.slug())
    }

    /// The part of its place that an address names; empty where it names none.
    pub(crate) fn part_of_hash(hash: &str) -> String {
        hash.trim_start_matches(['#', '/']).split_once('/').map(|(_, part)| part.to_owned()).unwrap_or_default()
    }

    /// The place an address names, or a part of it; Home where it names none.
    pub(crate) fn of_hash(hash: &str) -> Self {
        let slug = hash.trim_start_matches(['#', '/']).split('/').next().unwrap_or_default();
        Self::ALL.iter().copied().find(|place| place.slug() == slug).unwrap_or_default()
    }

    /// Its name for people.
    pub(crate) fn name(self, words: &Words) -> &'static str {
        match self {
            Self::Home => words.home,
            Self::Accounts => words.accounts,
            Self::Friends => words.friends,
            Self::Usage => words.usage,
            Self::Settings => words.settings,
        }
    }

    /// Its picture.
    pub(crate) fn icon(self) -> Icon {
        match self {
            Self::Home => Icon::Home,
            Self::Accounts => Icon::Accounts,
            Self::Friends => Icon::Friends,
            Self::Usage => Icon::Usage,
            Self::Settings => Icon::Settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_again_by_its_address() {
        for &place in Place::ALL {
            assert_eq!(Place::of_hash(&place.href()), place);
        }
    }

    #[test]
    fn a_part_of_a_place_is_found_again_by_its_address() {
        let hash = Place::Usage.part_href("statement");

        assert_eq!((Place::of_hash(&hash), Place::part_of_hash(&hash).as_str()), (Place::Usage, "statement"));
        assert_eq!(Place::part_of_hash(&Place::Usage.href()), "");
    }

    #[test]
    fn an_address_that_names_no_place_is_home() {
        for hash in ["", "#", "#/", "#/nowhere", "#/nowhere/prices"] {
            assert_eq!(Place::of_hash(hash), Place::Home, "{hash:?}");
        }
    }
}
