//! What an attempt at one account means for the call. An answer is judged by its head, before its first byte goes on:
//! only until then may another account be tried.

/// The most accounts one call is tried at.
pub const MAX_ATTEMPTS: u32 = 3;

/// What a provider's answer says, as read by the provider's own file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the answer (or the caller's own mistake): pass it on as it is.
    PassOn,
    /// The account's trouble, not the caller's: another account may do better; without one, pass it on as it is.
    TryAnother,
    /// The provider does not accept the credential.
    SignedOut,
}
