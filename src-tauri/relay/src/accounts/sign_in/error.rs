//! Why an account was not added or did not pass its test.

use std::{io, path::PathBuf};

use carpool_core::{
    credential::AccountKind,
    name::BadName,
    oauth::{DeviceError, MissingEndpoint, PasteError},
    provider::{CannotServe, NotASecret, UnsendableSecret, code_assist::project::NoProject},
};

use crate::{
    accounts::{RefreshError, refresh::ExchangeError},
    store::StoreError,
    upstream::WayError,
    vault::VaultError,
};

/// Why an account was not added or did not pass its test.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The pasted text is of no use.
    #[error(transparent)]
    Paste(#[from] PasteError),
    /// The secret cannot be one of the provider's.
    #[error(transparent)]
    Secret(#[from] NotASecret),
    /// The secret cannot be sent.
    #[error(transparent)]
    Unsendable(#[from] UnsendableSecret),
    /// The token endpoint gave no tokens.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The grant cannot be renewed, so it would end within hours.
    #[error("the provider granted no refresh token, so this sign-in would end within hours; nothing was saved")]
    NoRefreshToken,
    /// The provider does not say what the account's calls have to name.
    #[error(transparent)]
    Project(#[from] NoProject),
    /// The owner did not agree on the device's page.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The sign-in was ended already.
    #[error("this sign-in is over: start it again")]
    LoginOver,
    /// The file with a client's login cannot be read.
    #[error("the login in {} cannot be read: sign in with that program first, or name its file with --file", .0.display())]
    NoLoginFile(PathBuf, #[source] io::Error),
    /// The file holds no login.
    #[error("there is no login of {whose} in {}: sign in with that program first, or name its file with --file", .file.display())]
    NotALoginFile {
        /// The file.
        file: PathBuf,
        /// Whose login it should hold.
        whose: &'static str,
    },
    /// The provider has no sign-in.
    #[error("{0} has no sign-in by code: add it with its API key (`carpool account add`)")]
    NoLogin(&'static str),
    /// The providers file lacks a field.
    #[error(transparent)]
    Endpoint(#[from] MissingEndpoint),
    /// The account lacks something it must be set to.
    #[error(transparent)]
    Unset(#[from] CannotServe),
    /// The account has no address.
    #[error("the provider has no api_base: pass --base-url")]
    NoAddress,
    /// The proxy address cannot be used, or there is no way to the provider that may be taken.
    #[error(transparent)]
    Way(#[from] WayError),
    /// Another account has that name.
    #[error("there is an account named '{0}' already: choose another name, or remove that one first")]
    NameTaken(String),
    /// The account has no credential.
    #[error("the account has no credential: sign in again")]
    NoCredential,
    /// The provider did not accept the credential.
    #[error("the provider refused the account (HTTP {status}): {text}")]
    Refused {
        /// The status it answered.
        status: u16,
        /// What it said, shortened.
        text: String,
    },
    /// The provider could not be reached.
    #[error("the provider could not be reached ({0})")]
    Unreachable(String),
    /// The account's lock cannot be taken.
    #[error("the account's lock file in the data folder cannot be used")]
    Lock(#[source] std::io::Error),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] sqlx::Error),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// The accounts cannot be read.
    #[error(transparent)]
    Load(StoreError),
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The sign-in could not be renewed.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// Not every kind of sign-in can be renewed.
    #[error("'{0}' is signed in by {1}, which is not renewed")]
    NotRenewable(String, AccountKind),
}

impl SignInError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Paste(error) => error.code(),
            Self::Secret(_) | Self::Unsendable(_) => "not_a_secret",
            Self::Exchange(ExchangeError::Token(error)) => error.code(),
            Self::Exchange(ExchangeError::Unreachable(_)) => "token_endpoint_unreachable",
            Self::Exchange(ExchangeError::Way(error)) | Self::Way(error) => error.code(),
            Self::NoRefreshToken => "no_refresh_token",
            Self::Project(_) => "no_project",
            Self::Device(error) => error.code(),
            Self::LoginOver => "login_gone",
            Self::NoLoginFile(..) | Self::NotALoginFile { .. } => "no_local_login",
            Self::NoLogin(_) => "no_login",
            Self::Endpoint(_) | Self::NoAddress | Self::Unset(_) => "missing_endpoint",
            Self::NameTaken(_) => "name_taken",
            Self::NoCredential => "no_credential",
            Self::Refused { .. } => "account_refused",
            Self::Unreachable(_) => "provider_unreachable",
            Self::Lock(_) => "data_folder",
            Self::Vault(error) => error.code(),
            Self::Store(_) => "database",
            Self::Random(_) => "no_randomness",
            Self::Load(error) => error.code(),
            Self::Name(_) => "bad_name",
            Self::Refresh(_) => "refresh_failed",
            Self::NotRenewable(..) => "not_renewable",
        }
    }
}
