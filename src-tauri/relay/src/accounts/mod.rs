//! The accounts as they are now: which can serve, how many calls each is serving, what each signs in with.

pub mod catalog;
mod credentials;
mod explain;
mod keeper;
pub mod lease;
mod live;
mod question;
mod queue;
mod refresh;
mod report;
mod shares;
pub mod sign_in;
mod turnstile;
mod usage;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use carpool_core::{
    credential::Credential,
    endpoints::Endpoints,
    options::Options,
    provider::{Address, CannotServe, Provider},
    schedule::{AccountId, Candidate, OverShare, Strategy, affinity::Affinity, health::Health},
};
use secrecy::SecretString;
use tokio_util::task::TaskTracker;
use url::Url;

pub use self::{
    credentials::UnusableAccount,
    explain::{Explained, Explanation},
    lease::Lease,
    live::{LiveAccount, Snapshot, Standing, Trouble},
    refresh::RefreshError,
    shares::{Shared, SharedWindow},
    turnstile::Turn,
};
use self::{
    lease::{LeaseQueue, Wanted},
    report::Scribe,
    shares::Sharing,
};
use crate::{
    clock::Clock,
    live::{Change, LiveCalls},
    network::Route,
    store::{
        Store, StoreError,
        accounts::{self, Account},
        client_keys::Bound,
        groups, holds, settings, windows,
    },
    upstream::SharedUpstream,
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

/// What the sealed secret of an account's OAuth client is bound to.
pub(crate) fn client_secret_seal(account: i64) -> String {
    format!("accounts/{account}/client_secret")
}

/// Reads the secret of the OAuth client an account signs in with.
pub(crate) fn client_secret(around: &Surroundings, account: &Account) -> Result<Option<SecretString>, VaultError> {
    let sealed = account.client_secret_sealed.as_ref();
    sealed.map(|sealed| around.vault.unseal(&client_secret_seal(account.id), sealed)).transpose()
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
    /// Who is told when something about an account changed.
    watched: Arc<LiveCalls>,
    /// Held from reading the accounts until they are in use, so that an older reading never replaces a newer one.
    reloading: tokio::sync::Mutex<()>,
    live: RwLock<Vec<Arc<LiveAccount>>>,
    groups: RwLock<HashMap<String, Vec<AccountId>>>,
    sharing: RwLock<Arc<Sharing>>,
    /// By friend, what the share said against the last call that it kept out.
    conflicts: Mutex<BTreeMap<i64, OverShare>>,
    choosing: Mutex<Choosing>,
    queue: LeaseQueue,
    scribe: Scribe,
    /// What was stored of conditions is taken over at the first reading only.
    is_restored: AtomicBool,
}

/// What choosing remembers.
#[derive(Debug, Default)]
struct Choosing {
    strategy: Strategy,
    affinity: Affinity,
    turn: u64,
}

impl Accounts {
    /// Reads the accounts. `watched` is told when something about one changes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn load(
        around: Surroundings,
        tasks: TaskTracker,
        watched: Arc<LiveCalls>,
    ) -> Result<Arc<Self>, StoreError> {
        let accounts = Arc::new(Self {
            around,
            tasks,
            watched,
            reloading: tokio::sync::Mutex::default(),
            live: RwLock::default(),
            groups: RwLock::default(),
            sharing: RwLock::default(),
            conflicts: Mutex::default(),
            choosing: Mutex::default(),
            queue: LeaseQueue::default(),
            scribe: Scribe::default(),
            is_restored: AtomicBool::new(false),
        });
        accounts.reload().await?;
        Ok(accounts)
    }

    /// Reads the accounts again, after one changed.
    ///
    /// # Errors
    /// When the database refuses; the accounts are then as they were.
    pub async fn reload(self: &Arc<Self>) -> Result<(), StoreError> {
        let _reloading = self.reloading.lock().await;
        let pool = self.around.store.pool();
        let stored = accounts::list(pool).await?;
        let mut holds = holds::list(pool).await?;
        let groups = groups::list(pool).await?;
        let strategy = settings::strategy(pool).await?;
        let sharing = Sharing::read(pool).await?;
        let mut live = Vec::with_capacity(stored.len());
        for account in stored {
            let holds = holds.remove(&account.id).unwrap_or_default();
            let revived = self.revive(account).await?;
            revived.take_over(holds);
            live.push(Arc::new(revived));
        }
        if !self.is_restored.swap(true, Ordering::Relaxed) {
            self.restore_windows(&live).await?;
            self.restore_shares(&live).await?;
        }
        *self.live.write().expect("no one panics while holding the accounts") = live;
        let ids = |members: Vec<i64>| members.into_iter().map(AccountId).collect();
        *self.groups.write().expect("no one panics while holding the groups") =
            groups.into_iter().map(|(name, members)| (name, ids(members))).collect();
        *self.sharing.write().expect("no one panics while holding how windows are shared") = Arc::new(sharing);
        self.choosing.lock().expect("no one panics while choosing").strategy = strategy;
        self.serve_queue();
        Ok(())
    }

    async fn restore_windows(&self, live: &[Arc<LiveAccount>]) -> Result<(), StoreError> {
        let mut latest = windows::latest(self.around.store.pool()).await?;
        let now = self.around.clock.now();
        for account in live {
            let mut condition = account.vitals.condition();
            condition.restore(latest.remove(&account.account.id).unwrap_or_default());
            condition.usage_known_at = Some(now);
        }
        Ok(())
    }

    /// How many calls the accounts are serving now.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.all().iter().map(|account| account.vitals.in_flight.load(Ordering::Relaxed)).sum()
    }

    /// What goes on at an account; `None` where there is none of this id.
    #[must_use]
    pub fn snapshot(&self, id: AccountId) -> Option<Snapshot> {
        Some(self.find(id)?.snapshot(self.around.clock.now()))
    }

    /// How many of these accounts, of these providers, serve now, and how many there are; `None` for all of them.
    #[must_use]
    pub(crate) fn count_ready(&self, among: Option<&[AccountId]>, providers: Option<&[String]>) -> (usize, usize) {
        let (mut ready, mut all) = (0, 0);
        for account in self.all() {
            let is_of = |providers: &[String]| providers.iter().any(|id| *id == account.account.provider.id);
            if among.is_none_or(|among| among.contains(&account.id())) && providers.is_none_or(is_of) {
                all += 1;
                ready += usize::from(account.snapshot(self.around.clock.now()).standing == Standing::Ready);
            }
        }
        (ready, all)
    }

    /// The accounts a key is bound to; none where there is no such group any more.
    #[must_use]
    pub fn bound_to(&self, bound: &Bound) -> Vec<AccountId> {
        match bound {
            Bound::Account(id) => vec![AccountId(*id)],
            Bound::Group(name) => {
                let groups = self.groups.read().expect("no one panics while holding the groups");
                groups.get(name).cloned().unwrap_or_default()
            }
        }
    }

    /// What the choice for such a call would see now, with nothing taken: every candidate, and how it is chosen among them.
    #[must_use]
    pub fn look<T>(&self, wanted: &Wanted, look: impl FnOnce(Strategy, &[Candidate<'_>]) -> T) -> T {
        let (all, now) = (self.all(), self.around.clock.now());
        let strategy = self.choosing.lock().expect("no one panics while choosing").strategy;
        let sharing = self.sharing();
        let candidates: Vec<_> = all.iter().map(|account| account.candidate(wanted, &sharing, now)).collect();
        look(strategy, &candidates)
    }

    fn all(&self) -> Vec<Arc<LiveAccount>> {
        self.live.read().expect("no one panics while holding the accounts").clone()
    }

    fn find(&self, id: AccountId) -> Option<Arc<LiveAccount>> {
        let live = self.live.read().expect("no one panics while holding the accounts");
        live.iter().find(|account| account.id() == id).cloned()
    }

    /// Something about an account changed that is shown.
    fn changed(&self) {
        self.watched.changes().note(Change::Accounts);
    }

    /// Reads an account's secrets. A secret that cannot be read blocks its account and no other.
    async fn revive(&self, account: Account) -> Result<LiveAccount, StoreError> {
        let mut unreadable = None;
        let mut readable = |secret: Result<SecretString, VaultError>| match secret {
            Ok(secret) => Some(secret),
            Err(error) => {
                unreadable = Some(error.to_string());
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
            unreadable = Some(trouble.to_string());
        }
        let base_url = base_url(&self.around, account.provider, account.base_url.as_ref(), &account.options).ok();
        let vitals = self.find(AccountId(account.id)).map(|known| Arc::clone(&known.vitals)).unwrap_or_default();
        let name = account.name.as_str().into();
        let at = whose_address(&account, base_url.as_ref());
        Ok(LiveAccount { at, account, name, unreadable, credential, route, base_url, vitals })
    }
}

/// Where an account's calls go: to its own address, else to its provider's.
///
/// # Errors
/// When there is neither, or the provider's lacks something that the account is not set to.
pub(crate) fn base_url(
    around: &Surroundings,
    provider: &'static Provider,
    own: Option<&Url>,
    options: &Options,
) -> Result<Url, CannotServe> {
    match (own, around.endpoints.of(provider.id)) {
        (Some(own), _) => Ok(own.clone()),
        (None, Some(endpoint)) => endpoint.base(options),
        (None, None) => Err(CannotServe::Missing("base URL")),
    }
}

/// Whose address this is: the provider's only where it is the one that Carpool was shipped with.
fn whose_address(account: &Account, base_url: Option<&Url>) -> Address {
    let shipped = Endpoints::built_in().of(account.provider.id).and_then(|known| known.base(&account.options).ok());
    if shipped.as_ref() == base_url { Address::Providers } else { Address::Owners }
}

/// The verdicts on all stored accounts, as a relay would find them now; by account.
///
/// # Errors
/// When the database refuses.
pub async fn standings(around: &Surroundings) -> Result<HashMap<i64, Standing>, StoreError> {
    let mut holds = holds::list(around.store.pool()).await?;
    let now = around.clock.now();
    let standing = |account: Account| {
        let health = Health::with(holds.remove(&account.id).unwrap_or_default());
        (account.id, Standing::of(account.is_paused, &health, now))
    };
    Ok(accounts::list(around.store.pool()).await?.into_iter().map(standing).collect())
}

impl LiveAccount {
    /// Takes the stored holds over where a command changed them since, and at the first reading.
    fn take_over(&self, holds: Vec<carpool_core::schedule::health::Hold>) {
        let version = self.account.holds_version;
        if self.vitals.holds_version.swap(version, Ordering::Relaxed) != version {
            self.vitals.condition().health = Health::with(holds);
        }
    }
}
