//! Which address a friend is given.

use carpool_ipc::status::Relay;

/// An address for a friend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// As `http://192.168.1.5:8787`.
    pub(crate) url: String,
    /// Whether other machines of this one's network reach it.
    pub(crate) is_in_network: bool,
}

/// The address that reaches farthest; while the relay is down, one to be filled in.
pub(crate) fn address(relay: &Relay) -> Address {
    match relay {
        Relay::Up { lan_url: Some(url), .. } => Address { url: url.clone(), is_in_network: true },
        Relay::Up { url, lan_url: None, .. } => Address { url: url.clone(), is_in_network: false },
        Relay::Starting | Relay::Down { .. } | Relay::Stopping { .. } => {
            Address { url: "http://HOST:PORT".to_owned(), is_in_network: false }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_friend_is_given_the_address_that_reaches_farthest() {
        let mut relay = Relay::Up { url: "http://127.0.0.1:1".to_owned(), lan_url: None, trouble: None };
        assert_eq!(address(&relay).url, "http://127.0.0.1:1");

        relay = Relay::Up {
            url: "http://127.0.0.1:1".to_owned(),
            lan_url: Some("http://192.168.1.5:1".to_owned()),
            trouble: None,
        };
        assert_eq!(address(&relay), Address { url: "http://192.168.1.5:1".to_owned(), is_in_network: true });
    }
}
