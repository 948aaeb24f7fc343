//! The house: what all calls share, opened once for each run of the relay.

use std::{
    fs::{self, File, TryLockError},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use carpool_core::{
    admission::{self, Holder, LimitUse},
    endpoints::Endpoints,
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accounts::{Accounts, Surroundings},
    authenticate::Keys,
    clock::Clock,
    devices::Devices,
    gate::Gate,
    invites::Invited,
    ledger::{Ledger, LedgerTrouble},
    live::{Change, LiveCalls},
    me::Counts,
    network, past,
    prices::{self, Prices},
    reach::Reaching,
    receive::Limits,
    retention,
    store::{Store, StoreError, client_keys, config, settings},
    tunnel::{self, Launcher, Tunnel},
    upstream::{self, SetupError, SharedUpstream, Upstream},
    vault::{Vault, VaultError, VaultKind},
    web::Paces,
};

/// How often a running relay looks whether a command changed something.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// How long a relay may take to tell its health.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);
/// How long what still goes on may take to end, and the last rows to be written.
const LAST_ROWS: Duration = Duration::from_secs(10);
/// Held while a relay runs on a data folder.
const LOCK_FILE: &str = "relay.lock";
/// Tells commands about the relay that runs.
const RUNNING_FILE: &str = "relay.json";

/// What all calls share.
#[derive(Debug)]
pub struct House {
    pub(crate) clock: Clock,
    pub(crate) keys: Keys,
    pub(crate) gate: Arc<Gate>,
    pub(crate) devices: Devices,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) ledger: Ledger,
    pub(crate) live: Arc<LiveCalls>,
    /// Whether the owner lets nobody in for now.
    pub(crate) is_paused: AtomicBool,
    pub(crate) upstream: SharedUpstream,
    pub(crate) prices: Prices,
    pub(crate) paces: Paces,
    pub(crate) counts: Counts,
    pub(crate) invited: Invited,
    reloading: tokio::sync::Mutex<()>,
    pub(crate) limits: Limits,
    pub(crate) reaching: Reaching,
    pub(crate) tunnel: Tunnel,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when nothing may be waited for any more.
    pub(crate) closing: CancellationToken,
    around: Surroundings,
    /// Held as long as the house stands.
    _lock: File,
}

/// How a data folder is opened.
#[derive(Clone, Debug)]
pub struct Start {
    /// The data folder.
    pub data_dir: PathBuf,
    /// Where its secrets are.
    pub vault: VaultKind,
    /// The providers' addresses.
    pub endpoints: Endpoints,
    /// The time.
    pub clock: Clock,
    /// What starts the tunnel's program.
    pub launcher: Arc<dyn Launcher>,
}

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Connections cannot be made on this machine.
    #[error("connections cannot be set up on this machine")]
    Upstream(#[from] SetupError),
    /// Another relay runs on it.
    #[error("a relay is running on {0} already: use that one, or pass another --data-dir")]
    Running(PathBuf),
    /// Its lock cannot be taken.
    #[error("the lock file in {0} cannot be used")]
    Lock(PathBuf, #[source] io::Error),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(getrandom::Error),
}

impl OpenError {
    /// The error's name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Upstream(_) => "network_setup",
            Self::Running(_) => "already_running",
            Self::Lock(..) => "data_folder",
            Self::Random(_) => "no_randomness",
        }
    }
}

/// Opens a data folder for commands; a relay may be running on it.
///
/// # Errors
/// [`OpenError`] when its database or vault cannot be used.
pub async fn open(start: Start) -> Result<Surroundings, OpenError> {
    let store = Store::open(&start.data_dir).await?;
    let vault = Vault::open(start.vault, &start.data_dir, store.pool(), start.clock.now()).await?;
    let upstream = Upstream::new()?;
    network::follow_policy(store.pool(), &vault, &upstream).await.map_err(StoreError::from)?;
    Ok(Surroundings {
        store,
        vault,
        upstream: Arc::new(upstream),
        endpoints: Arc::new(start.endpoints),
        clock: start.clock,
        data_dir: start.data_dir,
    })
}

impl House {
    /// Opens a data folder for a relay; only one may run on it at a time.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be used or is in use.
    pub async fn open(start: Start) -> Result<Arc<Self>, OpenError> {
        let launcher = Arc::clone(&start.launcher);
        let around = open(start).await?;
        let lock = lock(&around.data_dir)?;
        let tasks = TaskTracker::new();
        let live = Arc::new(LiveCalls::default());
        let house = Arc::new(Self {
            clock: around.clock.clone(),
            keys: Keys::default(),
            gate: Arc::new(Gate::new(around.clock.clone(), TimeZone::system())),
            devices: Devices::default(),
            accounts: Accounts::load(around.clone(), tasks.clone(), Arc::clone(&live)).await?,
            ledger: Ledger::start(&around.store, &around.data_dir, Arc::clone(&live)).await?,
            live,
            is_paused: AtomicBool::new(false),
            upstream: Arc::clone(&around.upstream),
            prices: Prices::load(&around.store, around.clock.now()).await?,
            paces: Paces::default(),
            counts: Counts::default(),
            invited: Invited::default(),
            reloading: tokio::sync::Mutex::default(),
            limits: Limits::default(),
            reaching: Reaching::new().map_err(OpenError::Random)?,
            tunnel: Tunnel::new(around.clone(), launcher),
            tasks,
            closing: CancellationToken::new(),
            around,
            _lock: lock,
        });
        house.restore_spent().await?;
        house.reload().await?;
        house.tasks.spawn(Arc::clone(&house).look_for_changes());
        house.tasks.spawn(tunnel::keep(Arc::clone(&house)));
        house.tasks.spawn(Arc::clone(&house.accounts).keep(house.closing.clone()));
        house.tasks.spawn(Arc::clone(&house).watch_reach());
        house.tasks.spawn(Arc::clone(&house).publish_address());
        house.tasks.spawn(retention::keep(Arc::clone(&house)));
        house.tasks.spawn(prices::keep_looking(house.around.clone(), house.closing.clone()));
        Ok(house)
    }

    /// What commands on the same data folder share with this relay.
    #[must_use]
    pub fn around(&self) -> &Surroundings {
        &self.around
    }

    /// Tells commands, and the tunnel, where this relay listens.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn announce(&self, address: SocketAddr) -> io::Result<()> {
        self.reaching.listens_at(address);
        self.tunnel.listens(address);
        let running = RunningRelay { pid: std::process::id(), url: format!("http://{address}") };
        fs::write(self.around.data_dir.join(RUNNING_FILE), serde_json::to_vec(&running)?)
    }

    /// Ends everything that is still going on, and returns when the last row is written or cannot be.
    pub async fn close(&self) {
        self.closing.cancel();
        self.tasks.close();
        if timeout(LAST_ROWS, self.tasks.wait()).await.is_err() {
            tracing::warn!("some calls could not be seen to their end");
        }
        if timeout(LAST_ROWS, self.ledger.flush()).await.is_err() {
            tracing::error!("the last rows could not be written in time");
        }
        if let Err(error) = self.note_devices().await {
            tracing::warn!(%error, "where keys were used from could not be noted");
        }
        if let Err(error) = config::checkpoint(self.around.store.pool()).await {
            tracing::warn!(%error, "the write-ahead log could not be folded into the database");
        }
        // What is left of it only misleads commands while no relay runs.
        let _ = fs::remove_file(self.around.data_dir.join(RUNNING_FILE));
    }

    /// The calls that go on now, and what changed lately.
    #[must_use]
    pub fn live(&self) -> &LiveCalls {
        &self.live
    }

    /// How far limits are used: of each key that works, and of each friend who has one.
    #[must_use]
    pub fn limits_in_use(&self) -> Vec<(Holder, Vec<LimitUse>)> {
        let mut all = Vec::new();
        for key in self.keys.all() {
            let [own, friends] = self.gate.in_use(&key);
            all.push((Holder::Key(key.id), own));
            let friend = Holder::Friend(key.friend_id);
            if !all.iter().any(|(holder, _)| *holder == friend) {
                all.push((friend, friends));
            }
        }
        all
    }

    /// How many calls wait for a place of their key or friend.
    #[must_use]
    pub fn waiting_at_the_gate(&self) -> usize {
        self.gate.waiting()
    }

    /// Writes down where keys were used from; a running relay does so by itself.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_devices(&self) -> Result<(), StoreError> {
        Ok(self.devices.write(self.around.store.pool()).await?)
    }

    /// The accounts as they are now.
    #[must_use]
    pub fn accounts(&self) -> &Arc<Accounts> {
        &self.accounts
    }

    /// Says whether the owner paused sharing, so that every call is refused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Why the ledger cannot be written at the moment, if so; no call is let through then.
    #[must_use]
    pub fn ledger_trouble(&self) -> Option<LedgerTrouble> {
        self.ledger.trouble()
    }

    /// How many calls the accounts are serving now.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.accounts.in_flight()
    }

    /// Waits until every row handed in so far is written.
    pub async fn flush(&self) {
        self.ledger.flush().await;
    }

    /// Picks up at once what commands changed, the latest last; a running relay does so by itself within a second.
    ///
    /// # Errors
    /// When the database refuses; then nothing changes.
    pub async fn reload(&self) -> Result<(), StoreError> {
        let _turn = self.reloading.lock().await;
        let pool = self.around.store.pool();
        network::follow_policy(pool, &self.around.vault, &self.upstream).await?;
        self.is_paused.store(settings::sharing_paused(pool).await?, Ordering::Relaxed);
        self.keys.replace(client_keys::list(pool).await?);
        self.invited.read(pool).await?;
        self.accounts.reload().await?;
        self.tunnel.follow().await?;
        self.reaching.settings_changed(settings::get(pool, settings::REACH_ASKED).await?);
        self.prices.reload(&self.around.store, self.clock.now()).await?;
        self.live.changes().note(Change::Config);
        Ok(())
    }

    /// Takes over what keys and friends spent before this run.
    async fn restore_spent(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let starts = admission::span_starts(now, self.gate.zone());
        self.gate.restore(past::spent_before(self.around.store.pool(), &starts).await?, now);
        Ok(())
    }

    /// Picks up, within a second, what commands changed.
    async fn look_for_changes(self: Arc<Self>) {
        let mut seen = None;
        while self.closing.run_until_cancelled(sleep(LOOK_EVERY)).await.is_some() {
            let looked = async {
                let version = config::version(self.around.store.pool()).await?;
                if seen != Some(version) {
                    self.reload().await?;
                    seen = Some(version);
                }
                self.note_devices().await?;
                Ok::<_, StoreError>(())
            };
            if let Err(error) = looked.await {
                tracing::warn!(%error, "the owner's changes could not be read");
            }
        }
    }
}

fn lock(data_dir: &Path) -> Result<File, OpenError> {
    let unusable = |error| OpenError::Lock(data_dir.to_owned(), error);
    let file =
        File::options().create(true).truncate(false).write(true).open(data_dir.join(LOCK_FILE)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Running(data_dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// A relay that runs on a data folder.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RunningRelay {
    /// Its process.
    pub pid: u32,
    /// Where it listens.
    pub url: String,
}

/// The relay that runs on a data folder, if one does.
#[must_use]
pub fn running(data_dir: &Path) -> Option<RunningRelay> {
    match lock(data_dir) {
        Err(OpenError::Running(_)) => serde_json::from_slice(&fs::read(data_dir.join(RUNNING_FILE)).ok()?).ok(),
        _ => None,
    }
}

/// Asks a running relay for its health.
///
/// # Errors
/// Why it does not answer, in words.
pub async fn health(around: &Surroundings, relay: &RunningRelay) -> Result<(), String> {
    let asked = around.upstream.local().get(format!("{}/health", relay.url)).timeout(HEALTH_TIMEOUT).send().await;
    match asked {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("HTTP {}", answer.status().as_u16())),
        Err(error) => Err(upstream::cause(error)),
    }
}
