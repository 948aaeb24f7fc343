//! Which IP addresses a provider may be reached by.

use core::{fmt, net::IpAddr, str::FromStr};

/// Which kind of IP addresses an account's provider is reached by. It is no wish: an address of the other kind is never
/// used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IpPreference {
    /// Whichever the provider has and answers at.
    #[default]
    Any,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

/// A word that is none of `any`, `ipv4` and `ipv6`.
#[derive(Debug, thiserror::Error)]
#[error("expected any, ipv4 or ipv6")]
pub struct UnknownIpPreference;

impl IpPreference {
    /// Its name for programs and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    /// Says whether an address may be used.
    #[must_use]
    pub const fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Ipv4 => address.is_ipv4(),
            Self::Ipv6 => address.is_ipv6(),
        }
    }
}

/// For sentences: `IPv4`.
impl fmt::Display for IpPreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Any => "IP",
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        })
    }
}

impl FromStr for IpPreference {
    type Err = UnknownIpPreference;

    fn from_str(text: &str) -> Result<Self, UnknownIpPreference> {
        let all = [Self::Any, Self::Ipv4, Self::Ipv6];
        all.into_iter().find(|known| known.as_str() == text).ok_or(UnknownIpPreference)
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn a_preference_admits_only_addresses_of_its_kind() {
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        let admitted = |word: &str| word.parse().map(|known: IpPreference| (known.admits(v4), known.admits(v6))).ok();

        assert_eq!(admitted("any"), Some((true, true)));
        assert_eq!(admitted("ipv4"), Some((true, false)));
        assert_eq!(admitted("ipv6"), Some((false, true)));
        assert_eq!(admitted("IPv4"), None);
    }
}
