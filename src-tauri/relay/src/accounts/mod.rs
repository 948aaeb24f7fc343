//! The accounts as they are now: which can serve, how many calls each is serving, what each signs in with.

mod refresh;
pub mod sign_in;

use std::sync::{
    Arc, Mutex, MutexGuard, RwLock,
    atomic::{AtomicU32, Ordering},
};

use carpool_core::{
    credential::{Credential, Freshness},
    endpoints::Endpoints,
    provider::{Provider, UnsendableSecret},
    schedule::{self, AccountId, AccountState, Candidate, Demand, NoAccount},
    window::Window,
};
use http::HeaderMap;
use secrecy::SecretString;
use tokio_util::task::TaskTracker;
use url::Url;

use self::refresh::Flight;
pub use self::refresh::RefreshError;
use crate::{
    clock::Clock,
    network::Route,
    store::{
        Store, StoreError,
        accounts::{self, Account},
    },
    upstream::{SharedUpstream, WayError},
    vault::{Vault, VaultError},
};

/// Where an account's refresh token lies in the vault.
#[must_use]
pub fn refresh_item(account: i64) -> String {
    format!("account/{account}/refresh")
}

/// What an account's sealed credential is bound to.
pub(crate) fn credential_seal(account: i64) -> String {
    format!("credentials/{account}")
}

/// What an account's sealed proxy address is bound to.
pub(crate) fn proxy_seal(account: i64) -> String {
    format!("accounts/{account}/proxy")
}

/// What everything about accounts needs of the world.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The database.
    pub store: Store,
    /// The vault.
    pub vault: Vault,
    /// The connections.
    pub upstream: SharedUpstream,
    /// The providers' addresses.
    pub endpoints: Arc<Endpoints>,
    /// The time.
    pub clock: Clock,
    /// The data folder, for the locks that keep two processes from renewing one sign-in.
    pub data_dir: std::path::PathBuf,
}

/// All accounts.
#[derive(Debug)]
pub struct Accounts {
    around: Surroundings,
    tasks: TaskTracker,
    /// Held from reading the accounts until they are in use, so that an older reading never replaces a newer one.
    reloading: tokio::sync::Mutex<()>,
    live: RwLock<Vec<Arc<LiveAccount>>>,
}

/// An account and what it signs in with, as read at the last change; its vitals outlive the reading.
#[derive(Debug)]
pub struct LiveAccount {
    account: Account,
    name: Arc<str>,
    state: AccountState,
    credential: Option<Credential>,
    route: Route,
    base_url: Option<Url>,
    vitals: Arc<Vitals>,
}

/// What goes on at an account.
#[derive(Debug, Default)]
struct Vitals {
    in_flight: AtomicU32,
    refresh: Mutex<Option<Flight>>,
    windows: Mutex<Vec<Window>>,
}

/// The right to send one call to an account; given back when dropped.
#[derive(Debug)]
pub struct Lease {
    account: Arc<LiveAccount>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.account.vitals.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lease {
    /// The account's id.
    #[must_use]
    pub fn id(&self) -> AccountId {
        AccountId(self.account.account.id)
    }

    /// The account's name.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        Arc::clone(&self.account.name)
    }

    /// The account's provider.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.account.account.provider
    }

    /// Where the account's calls go.
    #[must_use]
    pub fn base_url(&self) -> Option<&Url> {
        self.account.base_url.as_ref()
    }

    /// Notes what an answer says of the account's windows.
    pub fn saw(&self, headers: &HeaderMap) {
        let windows = (self.provider().windows)(headers);
        if !windows.is_empty() {
            *self.account.vitals.windows() = windows;
        }
    }

    /// How the account's provider is reached.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.account.route
    }
}

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
    /// Reads the accounts.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn load(around: Surroundings, tasks: TaskTracker) -> Result<Arc<Self>, StoreError> {
        let accounts =
            Arc::new(Self { around, tasks, reloading: tokio::sync::Mutex::default(), live: RwLock::default() });
        accounts.reload().await?;
        Ok(accounts)
    }

    /// Reads the accounts again, after one changed.
    ///
    /// # Errors
    /// When the database refuses; the accounts are then as they were.
    pub async fn reload(&self) -> Result<(), StoreError> {
        let _reloading = self.reloading.lock().await;
        let stored = accounts::list(self.around.store.pool()).await?;
        let mut live = Vec::with_capacity(stored.len());
        for account in stored {
            live.push(Arc::new(self.revive(account).await?));
        }
        *self.live.write().expect("no one panics while holding the accounts") = live;
        Ok(())
    }

    /// Chooses an account for a call and takes a place at it.
    ///
    /// # Errors
    /// [`NoAccount`] with each account's reason.
    pub fn lease(&self, demand: Demand, tried: &[AccountId]) -> Result<Lease, NoAccount> {
        // Choosing and counting are one step, so that two calls cannot take one last place.
        let live = self.live.write().expect("no one panics while holding the accounts");
        let candidates: Vec<_> = live.iter().map(|account| account.candidate()).collect();
        let chosen = schedule::choose(&candidates, demand, tried)?;
        let account = live.iter().find(|account| account.account.id == chosen.0).expect("the choice is one of these");
        account.vitals.in_flight.fetch_add(1, Ordering::Relaxed);
        Ok(Lease { account: Arc::clone(account) })
    }

    /// How many calls the accounts are serving now.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        let live = self.live.read().expect("no one panics while holding the accounts");
        live.iter().map(|account| account.vitals.in_flight.load(Ordering::Relaxed)).sum()
    }

    /// What an account's provider last said of its windows; empty until it has said anything.
    #[must_use]
    pub fn windows_of(&self, id: AccountId) -> Vec<Window> {
        self.find(id).map_or_else(Vec::new, |account| account.vitals.windows().clone())
    }

    /// How many calls an account is serving now.
    #[must_use]
    pub fn in_flight_at(&self, id: AccountId) -> u32 {
        self.find(id).map_or(0, |account| account.vitals.in_flight.load(Ordering::Relaxed))
    }

    /// Puts what the account signs in with now into a call's headers, after renewing it if it must be. Returns the
    /// generation of the credential that is sent.
    ///
    /// # Errors
    /// [`UnusableAccount`] when it cannot be renewed or sent.
    pub async fn authorize(self: &Arc<Self>, lease: &Lease, headers: &mut HeaderMap) -> Result<i64, UnusableAccount> {
        let credential = self.current(lease).await?;
        (lease.provider().authorize)(&credential, headers)?;
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

    /// Marks an account whose credential the provider does not accept.
    pub async fn sign_out(&self, lease: &Lease, reason: &str) {
        self.mark_signed_out(lease.id().0, reason).await;
    }

    async fn mark_signed_out(&self, account: i64, reason: &str) {
        tracing::warn!(account, reason, "the account needs login");
        let marked = async {
            accounts::set_needs_login(self.around.store.pool(), account, reason).await?;
            self.reload().await
        };
        if let Err(error) = marked.await {
            tracing::error!(account, %error, "that an account needs login could not be noted");
        }
    }

    async fn current(self: &Arc<Self>, lease: &Lease) -> Result<Credential, RefreshError> {
        let account = self.find(lease.id()).unwrap_or_else(|| Arc::clone(&lease.account));
        let credential =
            account.credential.clone().ok_or_else(|| RefreshError::SignedOut("no credential".to_owned()))?;
        match credential.freshness(self.around.clock.now()) {
            Freshness::Fresh => Ok(credential),
            Freshness::RefreshSoon => {
                // The call goes on with what is still good; the next one finds the renewed token.
                drop(self.refresh_flight(&account));
                Ok(credential)
            }
            Freshness::Expired => {
                self.refresh_flight(&account).await?;
                let renewed = self.find(lease.id()).and_then(|account| account.credential.clone());
                renewed.ok_or_else(|| RefreshError::SignedOut("the account was removed".to_owned()))
            }
        }
    }

    fn find(&self, id: AccountId) -> Option<Arc<LiveAccount>> {
        let live = self.live.read().expect("no one panics while holding the accounts");
        live.iter().find(|account| account.account.id == id.0).cloned()
    }

    /// Reads an account's secrets. A secret that cannot be read blocks its account and no other.
    async fn revive(&self, account: Account) -> Result<LiveAccount, StoreError> {
        let mut state = account.state.clone();
        let mut readable = |secret: Result<SecretString, VaultError>| match secret {
            Ok(secret) => Some(secret),
            Err(error) => {
                state = AccountState::Blocked(error.to_string());
                None
            }
        };
        let sealed = accounts::credential(self.around.store.pool(), account.id).await?;
        let credential = sealed.and_then(|stored| {
            let secret = readable(self.around.vault.unseal(&credential_seal(account.id), &stored.sealed))?;
            Some(Credential {
                kind: account.kind,
                secret,
                expires_at: stored.expires_at,
                generation: stored.generation,
            })
        });
        let route = Route::of(&self.around, &account).await?;
        if let Some(trouble) = route.trouble() {
            state = AccountState::Blocked(trouble.to_string());
        }
        let shipped = self.around.endpoints.of(account.provider.id).and_then(|endpoint| endpoint.api_base.clone());
        let vitals = self.find(AccountId(account.id)).map(|known| Arc::clone(&known.vitals)).unwrap_or_default();
        let base_url = account.base_url.clone().or(shipped);
        let name = account.name.as_str().into();
        Ok(LiveAccount { account, name, state, credential, route, base_url, vitals })
    }
}

impl Vitals {
    fn windows(&self) -> MutexGuard<'_, Vec<Window>> {
        self.windows.lock().expect("no one panics while holding the windows")
    }
}

impl LiveAccount {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            id: AccountId(self.account.id),
            name: &self.account.name,
            provider: self.account.provider,
            kind: self.account.kind,
            state: &self.state,
            priority: self.account.priority,
            in_flight: self.vitals.in_flight.load(Ordering::Relaxed),
            max_concurrency: self.account.max_concurrency,
        }
    }

    fn generation(&self) -> i64 {
        self.credential.as_ref().map_or(0, |credential| credential.generation)
    }
}
