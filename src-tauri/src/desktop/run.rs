//! A run of the relay inside the app: its house, its doors, and for the demo what plays along.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use carpool_ipc::status::Trouble;
use carpool_relay::{
    House, OpenError, Start, demo,
    server::{self, BindError},
    vault::VaultKind,
    workers::Workers,
};
use tauri::async_runtime::JoinHandle;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    preferences::{self, Preferences},
    trouble,
};
use crate::logs;

/// How long a socket or a lock that was just given up may take to be free.
const RELEASE: Duration = Duration::from_secs(3);
const RELEASE_STEP: Duration = Duration::from_millis(20);

/// A house that is open, and the doors to it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) house: Arc<House>,
    /// Where calls come in.
    pub(super) door: Option<Door>,
    /// Doors that are closed, behind which calls may still end.
    pub(super) closed_doors: Vec<Door>,
    /// Cuts all calls.
    pub(super) cut: CancellationToken,
    pub(super) demo: Option<Demo>,
    workers: Arc<Workers>,
}

/// A port the relay listens on.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) stop: CancellationToken,
    /// Ends when the calls behind it have.
    pub(super) done: JoinHandle<()>,
}

/// What a demo needs besides its house; it goes with it.
#[derive(Debug)]
pub(super) struct Demo {
    stage: demo::Stage,
    _folder: TempDir,
}

impl Demo {
    /// Lets the pretend friends call until `stop` is cancelled.
    pub(super) fn let_friends_call(&self, house: &Arc<House>, address: SocketAddr, stop: &CancellationToken) {
        demo::let_friends_call(house, &self.stage, &format!("http://127.0.0.1:{}", address.port()), stop);
    }
}

impl Run {
    /// Opens the owner's data.
    pub(super) async fn open_own(start: &Start) -> Result<Self, Trouble> {
        let house = open_once_free(start).await.map_err(|error| trouble::of_opening(&error, &start.data_dir))?;
        if let Err(error) = logs::start_once(&start.data_dir) {
            // The relay can do without, and there is no better place to say so.
            tracing::warn!(reason = error.message, "there is no log file");
        }
        Self::of(house, None)
    }

    /// Opens a demo in a new folder, which looks as the owner likes it.
    pub(super) async fn open_demo(own: &Start, seen: &Preferences) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(|error| trouble::other(&error, &std::env::temp_dir()))?;
        let other = |error: &dyn std::error::Error| trouble::other(error, folder.path());
        let start = Start { data_dir: folder.path().to_owned(), vault: VaultKind::File, ..own.clone() };
        let house = House::open(start).await.map_err(|error| trouble::of_opening(&error, folder.path()))?;
        let stage = demo::set_up(&house).await.map_err(|error| other(&error))?;
        let store = &house.around().store;
        preferences::set_theme(store, seen.theme).await.map_err(|error| other(&error))?;
        preferences::set_language(store, seen.language).await.map_err(|error| other(&error))?;
        house.reload().await.map_err(|error| other(&error))?;
        Self::of(house, Some(Demo { stage, _folder: folder }))
    }

    fn of(house: Arc<House>, demo: Option<Demo>) -> Result<Self, Trouble> {
        let workers = Workers::start().map_err(|error| trouble::other(&error, &house.around().data_dir))?;
        let (workers, cut) = (Arc::new(workers), CancellationToken::new());
        Ok(Self { house, door: None, closed_doors: Vec::new(), cut, demo, workers })
    }

    /// Serves a door in a task of its own, so that whatever goes wrong there is noticed here.
    pub(super) fn serve(&self, listener: TcpListener, stop: &CancellationToken) -> JoinHandle<()> {
        let (house, workers) = (Arc::clone(&self.house), Arc::clone(&self.workers));
        let (stop, cut) = (stop.clone(), self.cut.clone());
        tauri::async_runtime::spawn(async move {
            tokio::select! {
                () = server::listen(listener, &house, &workers, stop, cut) => {}
                () = asked_to_crash() => panic!("the relay was asked to crash, for a test"),
            }
        })
    }
}

/// Opens a house whose lock an earlier run of this process may be about to give back.
async fn open_once_free(start: &Start) -> Result<Arc<House>, OpenError> {
    let deadline = Instant::now() + RELEASE;
    loop {
        let opened = House::open(start.clone()).await;
        let is_ours = matches!(&opened, Err(OpenError::Running(_)))
            && carpool_relay::running(&start.data_dir).is_none_or(|running| running.pid == std::process::id());
        if !is_ours || Instant::now() >= deadline {
            return opened;
        }
        sleep(RELEASE_STEP).await;
    }
}

/// Opens a port that another door of this process is about to give back.
pub(super) async fn bind_once_free(address: SocketAddr) -> Result<TcpListener, BindError> {
    let deadline = Instant::now() + RELEASE;
    loop {
        match server::bind(address).await {
            Err(BindError::Taken(_)) if Instant::now() < deadline => sleep(RELEASE_STEP).await,
            bound => return bound,
        }
    }
}

/// In a debug build `SIGUSR2` makes the relay fall over, so that a test can see the window get over it.
async fn asked_to_crash() {
    #[cfg(all(unix, debug_assertions))]
    if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::user_defined2()) {
        signal.recv().await;
        return;
    }
    std::future::pending::<()>().await;
}
