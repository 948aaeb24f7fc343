//! The relay in the window's process: opened, listening, moved to another port, stopped, started again.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
};

use carpool_ipc::status::{FirstRun, Mode, Relay, Status, Trouble};
use carpool_relay::{
    House, Start,
    server::{self, BindError},
    store::{SqlError, StoreError, settings},
    vault::VaultKind,
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{
    commands::shown_tunnel,
    first_run,
    login::Logins,
    preferences::{self, Address, Preferences},
    price_book::LookedAt,
    run::{Door, Run, bind_once_free},
    trouble,
};
use crate::failure::Failure;

/// The relay, as the window and the tray see it.
#[derive(Debug)]
pub(super) struct Host {
    own: Start,
    /// Sign-ins that wait for their code.
    pub(super) logins: Logins,
    /// The price book that was looked at last.
    pub(super) book: LookedAt,
    /// Held while the relay is started, moved or stopped.
    changing: tokio::sync::Mutex<()>,
    standing: Mutex<Standing>,
    /// Grows with each change of the standing.
    changes: watch::Sender<u64>,
}

/// How the relay stands.
#[derive(Debug)]
struct Standing {
    mode: Mode,
    relay: Relay,
    run: Option<Run>,
    preferences: Preferences,
    first_run: Option<FirstRun>,
    has_tray: bool,
}

impl Host {
    pub(super) fn new(own: Start, has_tray: bool) -> Self {
        let standing = Standing {
            mode: Mode::Own,
            relay: Relay::Starting,
            run: None,
            preferences: Preferences::from(&HashMap::new()),
            first_run: None,
            has_tray,
        };
        Self {
            own,
            logins: Logins::default(),
            book: LookedAt::default(),
            changing: tokio::sync::Mutex::default(),
            standing: Mutex::new(standing),
            changes: watch::Sender::new(0),
        }
    }

    /// Starts the relay for the first time.
    pub(super) async fn begin(self: Arc<Self>, mode: Mode) {
        let _changing = self.changing.lock().await;
        self.start(mode).await;
    }

    /// Starts the relay again after trouble.
    pub(super) async fn retry(self: &Arc<Self>) {
        let _changing = self.changing.lock().await;
        let mode = self.lock().mode;
        self.end_run().await;
        self.start(mode).await;
    }

    /// Shows the demo instead of the owner's data, or the other way round.
    pub(super) async fn switch(self: &Arc<Self>, mode: Mode) {
        let _changing = self.changing.lock().await;
        if self.lock().mode != mode {
            self.end_run().await;
            self.start(mode).await;
        }
    }

    /// The house, while there is one.
    ///
    /// # Errors
    /// When the relay is not open.
    pub(super) fn house(&self) -> Result<Arc<House>, Failure> {
        let open = self.lock().run.as_ref().map(|run| Arc::clone(&run.house));
        open.ok_or_else(|| Failure::new("relay_down", "the relay is not running"))
    }

    /// Tells when the standing changes.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn preferences(&self) -> Preferences {
        self.lock().preferences.clone()
    }

    /// Where the demo or the owner's data is.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.house().map_or_else(|_| self.own.data_dir.clone(), |house| house.around().data_dir.clone())
    }

    /// Where secrets are kept.
    pub(super) fn vault(&self) -> VaultKind {
        self.house().map_or(self.own.vault, |house| house.around().vault.kind())
    }

    /// Notes whether the desktop shows the tray.
    pub(super) fn set_has_tray(&self, has_tray: bool) {
        if self.lock().has_tray != has_tray {
            self.change(|standing| standing.has_tray = has_tray);
        }
    }

    /// Everything the frame around the screens needs.
    pub(super) fn status(&self) -> Status {
        let standing = self.lock();
        let house = standing.run.as_ref().map(|run| &run.house);
        let mut relay = standing.relay.clone();
        match (&mut relay, house) {
            (Relay::Stopping { calls }, Some(house)) => *calls = house.in_flight(),
            (Relay::Up { trouble, .. }, Some(house)) => {
                let data_dir = &house.around().data_dir;
                *trouble = house.ledger_trouble().map(|error| trouble::of_ledger(&error, data_dir));
            }
            _ => {}
        }
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            mode: standing.mode,
            relay,
            tunnel: house.map(|house| shown_tunnel(house)).unwrap_or_default(),
            sharing_paused: house.is_some_and(|house| house.is_paused()),
            first_run: standing.first_run.clone(),
            theme: standing.preferences.theme,
            language: standing.preferences.language,
            shown: standing.preferences.shown.clone(),
            has_tray: standing.has_tray,
        }
    }

    /// Reads what the owner set and how far the first run is.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn refresh(&self) -> Result<(), Failure> {
        let house = self.house()?;
        let read = read_standing(&house).await;
        let (preferences, first_run) = read.map_err(StoreError::from)?;
        let mut standing = self.lock();
        let first_run = first_run.filter(|_| standing.mode == Mode::Own);
        if (&standing.preferences, &standing.first_run) != (&preferences, &first_run) {
            (standing.preferences, standing.first_run) = (preferences, first_run);
            drop(standing);
            self.change(|_| ());
        }
        Ok(())
    }

    /// Listens elsewhere; running calls go on. If that fails, nothing changes.
    ///
    /// # Errors
    /// When the port cannot be opened, or the database refuses.
    pub(super) async fn set_address(self: &Arc<Self>, address: Address) -> Result<(), Failure> {
        let _changing = self.changing.lock().await;
        let house = self.house()?;
        let old = self.lock().run.as_mut().and_then(|run| run.door.take());
        let old_address = old.as_ref().map(|door| door.address);
        if old_address == Some(address.socket()) {
            self.lock().run.as_mut().expect("the house is open").door = old;
            return Ok(());
        }
        // One port on two addresses of one machine is not to be had: the old door closes first.
        let is_same_port = old_address.is_some_and(|old| old.port() == address.port);
        let bound = match old {
            Some(door) if is_same_port => {
                self.close_door(door);
                bind_once_free(address.socket()).await
            }
            old => {
                let bound = server::bind(address.socket()).await;
                match (&bound, old) {
                    (Ok(_), Some(door)) => self.close_door(door),
                    (Err(_), old) => self.lock().run.as_mut().expect("the house is open").door = old,
                    (Ok(_), None) => {}
                }
                bound
            }
        };
        match bound {
            Ok(listener) => {
                preferences::set_address(&house.around().store, address).await.map_err(StoreError::from)?;
                self.open_door(&house, listener);
                self.refresh().await
            }
            Err(error) => {
                if is_same_port && let Some(old) = old_address {
                    self.open_door(&house, bind_once_free(old).await?);
                }
                Err(not_bound(error, address.port))
            }
        }
    }

    /// Refuses every call for now, or takes them again.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn pause_sharing(&self, paused: bool) -> Result<(), Failure> {
        let house = self.house()?;
        settings::pause_sharing(house.around().store.pool(), paused).await.map_err(StoreError::from)?;
        house.reload().await?;
        self.change(|_| ());
        Ok(())
    }

    /// Stops the relay: running calls may end, unless they are cut. Returns when nothing of it is left.
    pub(super) async fn stop(&self) {
        self.change(|standing| standing.relay = Relay::Stopping { calls: 0 });
        let _changing = self.changing.lock().await;
        self.change(|standing| standing.relay = Relay::Stopping { calls: 0 });
        self.end_run().await;
    }

    /// Cuts the calls that [`Host::stop`] waits for.
    pub(super) fn cut(&self) {
        if let Some(run) = &self.lock().run {
            run.cut.cancel();
        }
    }

    async fn start(self: &Arc<Self>, mode: Mode) {
        self.change(|standing| {
            standing.mode = mode;
            standing.relay = Relay::Starting;
        });
        if let Err(trouble) = self.try_to_start(mode).await {
            tracing::error!(kind = ?trouble.kind, reason = trouble.message, "the relay did not start");
            self.change(|standing| standing.relay = Relay::Down { trouble });
        }
    }

    async fn try_to_start(self: &Arc<Self>, mode: Mode) -> Result<(), Trouble> {
        let run = match mode {
            Mode::Own => Run::open_own(&self.own).await?,
            Mode::Demo => Run::open_demo(&self.own, &self.preferences()).await?,
        };
        let house = Arc::clone(&run.house);
        let data_dir = house.around().data_dir.clone();
        let (preferences, first_run) =
            read_standing(&house).await.map_err(|error| trouble::other(&error, &data_dir))?;
        let address = preferences.address;
        self.change(|standing| {
            standing.preferences = preferences;
            standing.first_run = first_run.filter(|_| mode == Mode::Own);
            standing.run = Some(run);
        });
        let listener = match server::bind(address.socket()).await {
            // The demo is to be seen, wherever it listens.
            Err(_) if mode == Mode::Demo => server::bind(Address { port: 0, ..address }.socket()).await,
            bound => bound,
        };
        let listener = listener.map_err(|error| trouble::of_binding(&error, address.socket(), &data_dir))?;
        self.open_door(&house, listener);
        Ok(())
    }

    /// Listens, and says so.
    fn open_door(self: &Arc<Self>, house: &Arc<House>, listener: TcpListener) {
        let address = listener.local_addr().expect("a socket that listens has an address");
        if let Err(error) = house.announce(address) {
            tracing::warn!(%error, "commands cannot be told where the relay listens");
        }
        let stop = CancellationToken::new();
        let mut standing = self.lock();
        let Some(run) = &mut standing.run else { return };
        let serving = run.serve(listener, &stop);
        let host = Arc::clone(self);
        let done = tauri::async_runtime::spawn(async move {
            if let Err(error) = serving.await {
                host.fell(&error).await;
            }
        });
        if let Some(demo) = &run.demo {
            demo.let_friends_call(house, address, &stop);
        }
        run.door = Some(Door { address, stop, done });
        drop(standing);
        self.change(|standing| standing.relay = up(address));
    }

    /// Takes no more calls at a door; those behind it may end.
    fn close_door(&self, door: Door) {
        door.stop.cancel();
        if let Some(run) = &mut self.lock().run {
            run.closed_doors.push(door);
        }
    }

    /// The relay ended though nobody stopped it.
    async fn fell(&self, error: &tauri::Error) {
        let trouble = trouble::of_crash(error, &self.data_dir());
        tracing::error!(reason = trouble.message, "the relay stopped by itself");
        let run = {
            let mut standing = self.lock();
            standing.relay = Relay::Down { trouble };
            standing.run.take()
        };
        self.change(|_| ());
        if let Some(run) = run {
            run.house.close().await;
        }
    }

    async fn end_run(&self) {
        let doors: Vec<Door> = {
            let mut standing = self.lock();
            let Some(run) = &mut standing.run else { return };
            run.door.take().into_iter().chain(run.closed_doors.drain(..)).collect()
        };
        for door in &doors {
            door.stop.cancel();
        }
        for door in doors {
            // A door that fell has said so itself.
            let _ = door.done.await;
        }
        let run = self.lock().run.take();
        if let Some(run) = run {
            run.house.close().await;
        }
        self.change(|_| ());
    }

    fn change<Changed>(&self, change: impl FnOnce(&mut Standing) -> Changed) -> Changed {
        let changed = change(&mut self.lock());
        self.changes.send_modify(|count| *count += 1);
        changed
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().expect("no one panics while holding the standing")
    }
}

async fn read_standing(house: &House) -> Result<(Preferences, Option<FirstRun>), SqlError> {
    let preferences = preferences::read(&house.around().store).await?;
    let first_run = first_run::stage(house, &preferences).await?;
    Ok((preferences, first_run))
}

/// The relay as it is when it listens.
fn up(address: SocketAddr) -> Relay {
    let port = address.port();
    let lan_ip = if address.ip().is_loopback() { None } else { preferences::network_ip() };
    Relay::Up {
        url: format!("http://127.0.0.1:{port}"),
        lan_url: lan_ip.map(|ip| format!("http://{}", SocketAddr::new(ip, port))),
        trouble: None,
    }
}

fn not_bound(error: BindError, port: u16) -> Failure {
    match error {
        BindError::Taken(_) => {
            let holder = trouble::holder(port).unwrap_or_else(|| "another program".to_owned());
            Failure::new("port_taken", format!("port {port} is taken by {holder}: stop it, or choose another port"))
        }
        BindError::Refused(..) => error.into(),
    }
}
