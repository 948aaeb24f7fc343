//! The master key: it seals each secret for one place, and opens it only there.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox, SecretString};
use zeroize::Zeroizing;

use super::{VaultError, VaultKind};

/// 256 bits, the one key size of XChaCha20-Poly1305.
const MASTER_KEY_BYTES: usize = 32;
/// XChaCha20's nonce: at 192 bits a random one never repeats (draft-irtf-cfrg-xchacha-03, section 2.1).
const NONCE_BYTES: usize = 24;

/// The key that seals everything else; wiped from memory when dropped.
pub(super) struct MasterKey(SecretBox<[u8; MASTER_KEY_BYTES]>);

impl MasterKey {
    pub(super) fn random() -> Self {
        MasterKey(SecretBox::init_with_mut(|key: &mut [u8; MASTER_KEY_BYTES]| fill_with_randomness(key)))
    }

    /// Reads the hex text that the keychain or the key file gave for a vault that must have one.
    pub(super) fn from_text(kind: VaultKind, text: Option<SecretString>) -> Result<Self, VaultError> {
        let text = text.ok_or(VaultError::KeyMissing(kind))?;
        let mut key = SecretBox::<[u8; MASTER_KEY_BYTES]>::default();
        hex::decode_to_slice(text.expose_secret(), key.expose_secret_mut()).map_err(|_| VaultError::KeyWrong(kind))?;
        Ok(MasterKey(key))
    }

    pub(super) fn to_text(&self) -> SecretString {
        let mut text = Zeroizing::new([0; 2 * MASTER_KEY_BYTES]);
        hex::encode_to_slice(self.0.expose_secret(), text.as_mut_slice()).expect("hex doubles the length");
        SecretString::from(std::str::from_utf8(text.as_slice()).expect("hex is ASCII"))
    }

    /// Returns nonce ‖ ciphertext ‖ tag. The nonce is drawn here and not passed in: reusing one would break the seal.
    pub(super) fn seal(&self, row: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = random_bytes::<NONCE_BYTES>();
        let payload = Payload { msg: plain, aad: row.as_bytes() };
        let ciphertext = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).expect("a secret is under 256 GiB");
        [nonce.as_slice(), &ciphertext].concat()
    }

    pub(super) fn unseal(&self, row: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: ciphertext, aad: row.as_bytes() };
        self.cipher().decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }
}

/// Draws random bytes.
pub(super) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_with_randomness(&mut bytes);
    bytes
}

fn fill_with_randomness(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the systems Carpool runs on always have randomness");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_in_its_own_place_and_nowhere_else() {
        let key = MasterKey::random();

        let sealed = key.seal("credentials/7", b"hush");

        assert_ne!(sealed, key.seal("credentials/7", b"hush"));
        assert_eq!(key.unseal("credentials/7", &sealed).unwrap().as_slice(), b"hush");
        assert!(key.unseal("credentials/8", &sealed).is_none());
        assert!(MasterKey::random().unseal("credentials/7", &sealed).is_none());
    }

    #[test]
    fn a_sealed_secret_with_any_bit_flipped_or_cut_short_does_not_open() {
        let key = MasterKey::random();
        let sealed = key.seal("credentials/7", b"hush");

        for bit in 0..8 * sealed.len() {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(key.unseal("credentials/7", &flipped).is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key.unseal("credentials/7", &sealed[..length]).is_none(), "length {length}");
        }
    }
}
