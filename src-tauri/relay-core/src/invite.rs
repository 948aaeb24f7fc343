//! Invites: a link by which a friend gets a key, once. The code in its path finds the invite; the secret stands in the
//! fragment, which browsers send nowhere, and only the page of the invite hands it in.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Random bytes in a secret: nobody guesses it, however often they try.
const SECRET_BYTES: usize = 32;
/// Letters and digits of a code, five bits each: it is no secret, and no two invites have the same.
const CODE_CHARS: usize = 10;
/// What codes are made of: nothing that looks like something else.
const CODE_LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Random bytes that a new invite takes.
pub const RANDOM_BYTES: usize = SECRET_BYTES + CODE_CHARS;
/// How long an invite is good for unless the owner says otherwise: over a weekend.
pub const DEFAULT_LIFE: SignedDuration = SignedDuration::from_hours(72);
/// The longest it may be good for. Whoever is away for longer is better sent a new one.
pub const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What finds an invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Reads what stands in a link's path; `None` where it cannot be a code.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_code = text.len() == CODE_CHARS && text.bytes().all(|letter| CODE_LETTERS.contains(&letter));
        is_code.then(|| Self(text.to_owned()))
    }

    /// As it stands in the link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The SHA-256 of an invite's secret: all that is stored of it.
#[derive(Clone, Copy, Debug)]
pub struct SecretDigest(pub [u8; 32]);

impl SecretDigest {
    /// What the secret of an invite that is not there is compared with: nothing that anybody knows hashes to it.
    pub const NONE: Self = Self([0; 32]);

    /// Computes the digest of what was handed in, whatever it looks like.
    #[must_use]
    pub fn of(secret: &SecretString) -> Self {
        Self(Sha256::digest(secret.expose_secret().as_bytes()).into())
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A freshly made code with its secret, which is shown once.
#[derive(Debug)]
pub struct NewCode {
    /// What finds the invite.
    pub code: Code,
    /// What opens it.
    pub secret: SecretString,
    /// What is stored of that.
    pub digest: SecretDigest,
}

impl NewCode {
    /// Makes them from random bytes.
    #[must_use]
    pub fn from_random(random: [u8; RANDOM_BYTES]) -> Self {
        let (secret, code) = random.split_at(SECRET_BYTES);
        let letters = code.iter().map(|byte| char::from(CODE_LETTERS[usize::from(byte % 32)]));
        let secret = SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(secret));
        Self { code: Code(letters.collect()), digest: SecretDigest::of(&secret), secret }
    }
}

/// The link that is sent to the friend. `base` is where the friend reaches the relay, e.g. `https://host`.
#[must_use]
pub fn link(base: &str, code: &Code, secret: &SecretString) -> SecretString {
    format!("{}/i/{}#k={}", base.trim_end_matches('/'), code.as_str(), secret.expose_secret()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_invite_has_a_code_that_is_read_back_and_a_secret_that_its_digest_knows() {
        let random = std::array::from_fn(|at| (at * 7 % 256) as u8);

        let new = NewCode::from_random(random);

        assert_eq!(Code::read(new.code.as_str()), Some(new.code.clone()));
        assert_eq!(new.secret.expose_secret().len(), 43);
        assert!(new.digest.matches(&SecretDigest::of(&new.secret)));
        assert!(!new.digest.matches(&SecretDigest::of(&"x".into())) && !new.digest.matches(&SecretDigest::NONE));
    }

    #[test]
    fn a_link_has_the_secret_in_its_fragment_alone() {
        let new = NewCode::from_random([1; RANDOM_BYTES]);

        let link = link("https://host/", &new.code, &new.secret);

        let (sent, kept) = link.expose_secret().split_once('#').expect("a fragment");
        assert_eq!(sent, format!("https://host/i/{}", new.code.as_str()));
        assert_eq!(kept, format!("k={}", new.secret.expose_secret()));
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for text in ["", "abcdefghi", "abcdefghijk", "ABCDEFGHIJ", "abcdefghi0", "setup.sh", "..%2fabcde", "äbcdefgh"]
        {
            assert_eq!(Code::read(text), None, "{text}");
        }
        assert!(Code::read("abcdefghij").is_some());
    }
}
