//! The tunnel: what the owner wants open is kept open, by a program that runs beside the relay or by the relay's own port.
//!
//! What is to be done is decided by [`carpool_core::tunnel::supervisor`]; here it is done. The wish is a setting, so a
//! command in another process changes it, and the running relay follows within a second.

mod door;
mod installed;
mod keeper;
mod launcher;
mod orphan;
mod record;
pub mod wish;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

pub use carpool_core::tunnel::supervisor::State;
use carpool_core::tunnel::{Program, TunnelSettings, WayId, supervisor::Supervisor};
use http::HeaderName;
use jiff::Timestamp;
use tokio::sync::Notify;

pub(crate) use self::keeper::keep;
use self::wish::Wish;
pub use self::{
    door::network_ip,
    launcher::{Event, Launcher, Processes, Running},
    orphan::{ENDING, ask_to_end},
    record::{Recorded, recorded},
    wish::WishError,
};
use crate::{House, accounts::Surroundings, store::SqlError};

/// How the tunnel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The way the owner chose, if a tunnel is wanted.
    pub way: Option<WayId>,
    /// Its state.
    pub state: State,
    /// The address friends use, without a slash at its end.
    pub public_url: Option<String>,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// The program that runs for it.
    pub program: Option<PathBuf>,
}

/// The tunnel of a running relay.
#[derive(Debug)]
pub struct Tunnel {
    around: Surroundings,
    launcher: Arc<dyn Launcher>,
    status: Mutex<Status>,
    wished: Mutex<Wished>,
    /// Where the relay listens.
    address: Mutex<Option<SocketAddr>>,
    /// Something of the above changed, or time has passed.
    changed: Notify,
}

/// What the owner wants, as it was read last.
#[derive(Debug)]
struct Wished {
    /// As it is stored.
    stored: Option<String>,
    wish: Result<Option<Wish>, String>,
    /// Grows with each change.
    version: u64,
}

impl Tunnel {
    pub(crate) fn new(around: Surroundings, launcher: Arc<dyn Launcher>) -> Self {
        let now = around.clock.now();
        let off = Supervisor::new(now);
        let status = Status { way: None, state: off.state().clone(), public_url: None, since: now, program: None };
        Self {
            around,
            launcher,
            status: Mutex::new(status),
            wished: Mutex::new(Wished { stored: None, wish: Ok(None), version: 0 }),
            address: Mutex::new(None),
            changed: Notify::new(),
        }
    }

    /// How it is now.
    #[must_use]
    pub fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// The address friends use now, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> Option<String> {
        lock(&self.status).public_url.clone()
    }

    /// What the owner set, as the running relay read it last, whether it is switched on or not.
    #[must_use]
    pub fn settings(&self) -> Option<TunnelSettings> {
        lock(&self.wished).wish.as_ref().ok()?.as_ref().map(|wish| wish.settings.clone())
    }

    /// The header that names the client's address in calls that come through the tunnel, while one is wanted.
    #[must_use]
    pub fn client_address_header(&self) -> Option<HeaderName> {
        let wished = lock(&self.wished);
        let settings = &wished.wish.as_ref().ok()?.as_ref().filter(|wish| wish.is_on)?.settings;
        settings.way.way().client_address_header(settings)
    }

    /// Opens a tunnel this way from now on, and at every start of the relay.
    ///
    /// # Errors
    /// [`WishError`] when the settings do not do, or the database refuses; then nothing changes.
    pub async fn start(&self, settings: TunnelSettings) -> Result<(), WishError> {
        wish::start(&self.around, settings).await?;
        Ok(self.follow().await?)
    }

    /// Closes the tunnel, and opens none until it is started again. What was set is remembered.
    ///
    /// # Errors
    /// [`WishError`] when the database refuses; then nothing changes.
    pub async fn stop(&self) -> Result<(), WishError> {
        wish::stop(&self.around).await?;
        Ok(self.follow().await?)
    }

    /// Where a program is installed that a way needs.
    #[must_use]
    pub fn find(&self, program: &Program) -> Option<PathBuf> {
        self.launcher.find(program)
    }

    /// Looks at once at what is due; a running relay does so by itself.
    pub fn tend(&self) {
        self.changed.notify_one();
    }

    /// Reads what the owner wants.
    ///
    /// # Errors
    /// When SQLite refuses; then it stays as it was.
    pub(crate) async fn follow(&self) -> Result<(), SqlError> {
        let stored = wish::stored(&self.around).await?;
        let mut wished = lock(&self.wished);
        if wished.stored != stored {
            wished.wish = wish::read(stored.as_deref(), &self.around.vault).map_err(|error| error.to_string());
            wished.stored = stored;
            wished.version += 1;
        }
        drop(wished);
        self.tend();
        Ok(())
    }

    /// Notes where the relay listens.
    pub(crate) fn listens(&self, address: SocketAddr) {
        *lock(&self.address) = Some(address);
        self.tend();
    }

    fn data_dir(&self) -> &Path {
        &self.around.data_dir
    }
}

impl House {
    /// The tunnel by which friends reach this relay.
    #[must_use]
    pub fn tunnel(&self) -> &Tunnel {
        &self.tunnel
    }

    /// The address friends use now, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> Option<String> {
        self.tunnel.public_url()
    }
}

/// Where a program is installed that a way needs, as a relay of this user would find it.
#[must_use]
pub fn find(program: &Program) -> Option<PathBuf> {
    Processes::default().find(program)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no one panics while holding a part of the tunnel")
}
