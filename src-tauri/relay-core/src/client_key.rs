//! Client keys: what a friend's device shows us, and where in a request it may stand.

use http::{HeaderMap, HeaderName, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How a client key begins.
const MARK: &str = "cr_";
/// Random bytes in a key; written as 64 hex digits.
const RANDOM_BYTES: usize = 32;
/// How much of a key may be shown again: the mark and eight digits tell keys apart and give nothing away.
const PREFIX_CHARS: usize = MARK.len() + 8;

/// The headers a client key may stand in, besides `Authorization: Bearer`. None of them travels upstream.
pub static KEY_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-goog-api-key"),
    HeaderName::from_static("api-key"),
];
/// The query parameter a client key may stand in. It does not travel upstream either.
pub const KEY_PARAMETER: &str = "key";

/// The SHA-256 of a client key: all that is stored of it.
#[derive(Clone, Copy, Debug)]
pub struct KeyDigest(pub [u8; 32]);

impl KeyDigest {
    /// Computes the digest of the text a client presented, whatever it looks like.
    #[must_use]
    pub fn of(presented: &str) -> Self {
        Self(Sha256::digest(presented.as_bytes()).into())
    }

    /// Computes what another relay keeps of a key: the digest of the key and a secret of that relay's.
    #[must_use]
    pub fn salted(presented: &SecretString, salt: &SecretString) -> Self {
        let digest = Sha256::new().chain_update(presented.expose_secret()).chain_update(salt.expose_secret());
        Self(digest.finalize().into())
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// The first eight bytes: enough to find the one key to compare with, and no secret.
    #[must_use]
    pub fn bucket(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(first)
    }
}

/// A freshly made client key, to be shown once.
#[derive(Debug)]
pub struct NewKey {
    /// The whole key, `cr_` and 64 hex digits.
    pub key: SecretString,
    /// What is stored.
    pub digest: KeyDigest,
    /// What may be shown later, e.g. `cr_1f00ba42`.
    pub prefix: String,
}

impl NewKey {
    /// Makes a key from 32 random bytes.
    #[must_use]
    pub fn from_random(random: [u8; RANDOM_BYTES]) -> Self {
        let key = format!("{MARK}{}", hex::encode(random));
        Self { digest: KeyDigest::of(&key), prefix: key[..PREFIX_CHARS].to_owned(), key: key.into() }
    }
}

/// Why a request shows no usable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The request carries none.
    #[error("the request carries no key")]
    Missing,
    /// Two places carry different keys.
    #[error("the request carries two different keys")]
    Disagree,
}

/// Finds the one key a request presents: `x-api-key`, `x-goog-api-key`, `api-key`, `Authorization: Bearer` or `?key=`.
///
/// # Errors
/// [`KeyError::Missing`] without any, [`KeyError::Disagree`] when two of them differ.
pub fn presented(headers: &HeaderMap, query: Option<&str>) -> Result<SecretString, KeyError> {
    let in_headers = KEY_HEADERS.iter().flat_map(|name| headers.get_all(name)).filter_map(|value| value.to_str().ok());
    let in_bearer = headers
        .get_all(header::AUTHORIZATION)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .filter_map(bearer_value);
    let in_query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == KEY_PARAMETER)
        .map(|(_, value)| value.into_owned());

    let mut found: Option<String> = None;
    let candidates = in_headers.chain(in_bearer).map(|value| value.trim().to_owned()).chain(in_query);
    for candidate in candidates.filter(|candidate| !candidate.is_empty()) {
        match &found {
            Some(first) if *first != candidate => return Err(KeyError::Disagree),
            Some(_) => {}
            None => found = Some(candidate),
        }
    }
    found.map(SecretString::from).ok_or(KeyError::Missing)
}

/// The token of a `Bearer` credential; the scheme's name is case-insensitive (RFC 9110, section 11.1).
fn bearer_value(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Takes every [`KEY_PARAMETER`] out of a query string and leaves the rest as it stands, byte for byte.
#[must_use]
pub fn without_key_parameter(query: &str) -> String {
    let keeps = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        url::form_urlencoded::parse(name.as_bytes()).next().is_none_or(|(name, _)| name != KEY_PARAMETER)
    };
    query.split('&').filter(keeps).collect::<Vec<_>>().join("&")
}

/// The digest of a presented key.
#[must_use]
pub fn digest_of(presented: &SecretString) -> KeyDigest {
    KeyDigest::of(presented.expose_secret())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_new_key_has_64_hex_digits_and_is_found_by_its_digest() {
        let new = NewKey::from_random([0xab; 32]);

        assert_eq!(new.key.expose_secret().len(), 3 + 64);
        assert_eq!(new.prefix, "cr_abababab");
        assert!(digest_of(&new.key).matches(&new.digest));
    }

    #[test]
    fn a_key_is_accepted_in_every_place_a_client_may_put_it() {
        let places: [&[(&str, &str)]; 5] = [
            &[("x-api-key", "cr_1")],
            &[("x-goog-api-key", "cr_1")],
            &[("api-key", "cr_1")],
            &[("authorization", "bearer cr_1")],
            &[("x-api-key", "cr_1"), ("authorization", "Bearer cr_1")],
        ];

        for place in places {
            assert_eq!(presented(&headers(place), None).expect("a key").expose_secret(), "cr_1", "{place:?}");
        }
        assert_eq!(presented(&headers(&[]), Some("beta=true&key=cr_1")).expect("a key").expose_secret(), "cr_1");
    }

    #[test]
    fn two_keys_that_disagree_are_refused_wherever_they_stand() {
        let both = headers(&[("x-api-key", "cr_1"), ("authorization", "Bearer cr_2")]);

        assert_eq!(presented(&both, None).err(), Some(KeyError::Disagree));
        assert_eq!(presented(&headers(&[("api-key", "cr_1")]), Some("key=cr_2")).err(), Some(KeyError::Disagree));
        assert_eq!(presented(&headers(&[("authorization", "Basic cr_1")]), None).err(), Some(KeyError::Missing));
    }

    #[test]
    fn the_key_leaves_the_query_and_the_rest_survives() {
        assert_eq!(without_key_parameter("beta=true&key=cr_1&x=%20+"), "beta=true&x=%20+");
        assert_eq!(without_key_parameter("k%65y=cr_1"), "");
        assert_eq!(without_key_parameter("keys=1&monkey=2"), "keys=1&monkey=2");
    }
}
