//! What a leased account signs in with: as it is, or renewed first.

use std::sync::Arc;

use carpool_core::{
    credential::{Credential, Freshness},
    provider::{ToSend, UnsendableSecret},
    schedule::AccountId,
};

use super::{Accounts, Lease, LiveAccount, RefreshError};
use crate::upstream::WayError;

/// Why a leased account cannot be used after all.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAccount {
    /// Its sign-in could not be renewed.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// Its secret cannot be sent.
    #[error(transparent)]
    Secret(#[from] UnsendableSecret),
    /// There is no way to its provider that may be taken.
    #[error(transparent)]
    Way(#[from] WayError),
    /// It has no address: neither its own nor the provider's.
    #[error("the account has no address: set one with --base-url, or api_base in the providers file")]
    NoAddress,
}

impl Accounts {
    /// Puts what the account signs in with now into a request, after renewing it if it must be. Returns the generation of
    /// the credential that is sent.
    ///
    /// # Errors
    /// [`UnusableAccount`] when it cannot be renewed or sent.
    pub async fn authorize(self: &Arc<Self>, lease: &Lease, request: ToSend<'_>) -> Result<i64, UnusableAccount> {
        let account = self.find(lease.id()).unwrap_or_else(|| Arc::clone(&lease.account));
        let credential = self.current(&account).await?;
        (lease.provider().authorize)(&credential, request)?;
        Ok(credential.generation)
    }

    /// Renews an account's sign-in now, however fresh it looks: the provider just refused its credential of the
    /// generation `refused`.
    ///
    /// # Errors
    /// [`RefreshError`]; an account that has to sign in anew is marked so.
    pub async fn renew(self: &Arc<Self>, lease: &Lease, refused: i64) -> Result<(), RefreshError> {
        let account = self.find(lease.id()).unwrap_or_else(|| Arc::clone(&lease.account));
        // Another call may have renewed it meanwhile.
        if account.generation() > refused {
            return Ok(());
        }
        self.refresh_flight(&account).await
    }

    /// Renews an account's sign-in for the owner, however long it would still last.
    ///
    /// # Errors
    /// [`RefreshError`]; an account that has to sign in anew is marked so.
    pub async fn renew_by_id(self: &Arc<Self>, id: i64) -> Result<(), RefreshError> {
        let account = self.find(AccountId(id));
        let account = account.ok_or_else(|| RefreshError::SignedOut("the account was removed".to_owned()))?;
        self.refresh_flight(&account).await
    }

    /// What the account signs in with now, renewed if it is over.
    pub(super) async fn current(self: &Arc<Self>, account: &Arc<LiveAccount>) -> Result<Credential, RefreshError> {
        let credential =
            account.credential.clone().ok_or_else(|| RefreshError::SignedOut("no credential".to_owned()))?;
        let now = self.around.clock.now();
        match credential.freshness(now) {
            Freshness::Fresh => Ok(credential),
            Freshness::RefreshSoon => {
                // The call goes on with what is still good; the next one finds the renewed token.
                if account.vitals.condition().may_renew(now) {
                    drop(self.refresh_flight(account));
                }
                Ok(credential)
            }
            Freshness::Expired => {
                self.refresh_flight(account).await?;
                let renewed = self.find(account.id()).and_then(|account| account.credential.clone());
                renewed.ok_or_else(|| RefreshError::SignedOut("the account was removed".to_owned()))
            }
        }
    }
}
