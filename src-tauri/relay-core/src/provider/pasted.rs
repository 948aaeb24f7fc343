//! What every pasted secret must be, whoever the provider is.

use secrecy::{ExposeSecret, SecretString};

use super::NotASecret;

/// How the keys begin that Carpool itself makes for friends.
const OUR_OWN: &str = "cr_";

/// The secret as one word, which no key of Carpool's own is; `expected` says what should have been pasted.
///
/// # Errors
/// [`NotASecret`] where it is empty, several words, or one of our own.
pub(super) fn one_word<'a>(secret: &'a SecretString, expected: &'static str) -> Result<&'a str, NotASecret> {
    let secret = secret.expose_secret();
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        return Err(NotASecret(expected));
    }
    if secret.starts_with(OUR_OWN) {
        return Err(NotASecret(
            "this is a key of Carpool's own, made for a friend; an account needs the provider's key",
        ));
    }
    Ok(secret)
}
