//! Signing in by OAuth (RFC 6749 with PKCE, RFC 7636), as pure steps: requests are made and answers read here, and nothing is
//! ever sent.

mod device;
mod login;
mod paste;
mod tokens;

pub use self::{
    device::{AskedOwner, DeviceAnswer, DeviceError, DeviceLogin},
    login::{Encoding, Flow, Identity, Login, MissingEndpoint, OauthClient, Profile, TokenRequest},
    paste::{LOGIN_RANDOM_BYTES, PasteError, PendingLogin},
    tokens::{TokenError, Tokens, read_token_answer},
};
