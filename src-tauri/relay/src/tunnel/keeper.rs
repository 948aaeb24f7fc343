//! Keeps the tunnel open: does what the supervisor says, and tells it what happened.

use std::{future::pending, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use carpool_core::tunnel::{
    Command, Launch, NoAnswer, Place, Shut, Trouble, TunnelSettings, is_a_relay,
    supervisor::{Effect, Runs, Supervisor, Wanted},
};
use futures_util::future::BoxFuture;
use url::Url;

use super::{
    Event, Running, Status, Tunnel,
    door::{self, Door},
    lock,
    orphan::{self, Identity},
    record::{self, Recorded},
};
use crate::{House, live::Change, network::Route, reach, upstream};

/// How often it looks what is due. A clock that jumped, e.g. over a sleep of the machine, is noticed within this time.
const STEP: Duration = Duration::from_secs(1);
/// How long an address may take to answer.
const ANSWER: Duration = Duration::from_secs(15);
/// More than this nobody's health needs, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;
/// The folder, in the data folder, for files that programs read.
const FOLDER: &str = "tunnel";

/// Keeps the tunnel open until the relay closes, and ends what runs for it.
pub(crate) async fn keep(house: Arc<House>) {
    let tunnel = house.tunnel();
    orphan::sweep(tunnel.data_dir()).await;
    let mut keeper = Keeper {
        supervisor: Supervisor::new(house.clock.now()),
        house: &house,
        tunnel,
        version: 0,
        address: None,
        settings: None,
        running: None,
        program: None,
        asked: None,
    };
    while !house.closing.is_cancelled() {
        keeper.look().await;
        keeper.tell();
        let is_wanted = keeper.supervisor.way().is_some();
        tokio::select! {
            () = house.closing.cancelled() => {}
            () = tunnel.changed.notified() => {}
            () = house.clock.pace(STEP), if is_wanted => {}
            happened = happens(&mut keeper.running, &mut keeper.asked) => keeper.hear(happened).await,
        }
    }
    keeper.end().await;
    record::remove(tunnel.data_dir());
}

/// What the keeper has in its hands.
struct Keeper<'a> {
    house: &'a Arc<House>,
    tunnel: &'a Tunnel,
    supervisor: Supervisor,
    /// Of the wish that the supervisor knows.
    version: u64,
    /// Where the relay listens, as what runs was told.
    address: Option<SocketAddr>,
    settings: Option<TunnelSettings>,
    running: Option<Box<dyn Running>>,
    program: Option<PathBuf>,
    asked: Option<BoxFuture<'static, Result<(), NoAnswer>>>,
}

enum Happened {
    Event(Event),
    Answer(Result<(), NoAnswer>),
}

/// The next thing that happens to what runs, or the answer to what was asked.
async fn happens(
    running: &mut Option<Box<dyn Running>>,
    asked: &mut Option<BoxFuture<'static, Result<(), NoAnswer>>>,
) -> Happened {
    let event = async {
        match running {
            Some(running) => running.next().await,
            None => pending().await,
        }
    };
    let answer = async {
        match asked {
            Some(asked) => asked.await,
            None => pending().await,
        }
    };
    tokio::select! {
        event = event => Happened::Event(event),
        answer = answer => Happened::Answer(answer),
    }
}

impl Keeper<'_> {
    /// Does what is due: the owner's wish, whether it may be open, and time.
    async fn look(&mut self) {
        let now = self.house.clock.now();
        let address = *lock(&self.tunnel.address);
        let (version, wish) = {
            let wished = lock(&self.tunnel.wished);
            (wished.version, wished.wish.clone())
        };
        if (version, address) != (self.version, self.address) {
            (self.version, self.address) = (version, address);
            self.house.trust_address_header(self.tunnel.client_address_header());
            self.settings = wish.as_ref().ok().cloned().flatten().filter(|wish| wish.is_on).map(|wish| wish.settings);
            let wanted = self.settings.as_ref().map(|settings| {
                let way = settings.way.way();
                Wanted { way, runs: runs(settings) }
            });
            let fixed_url = self.settings.as_ref().and_then(|settings| settings.way.way().fixed_url(settings));
            let effects = self.supervisor.want(wanted, fixed_url, now);
            self.act(effects).await;
            if let Err(why) = wish {
                self.supervisor.on_unreadable(why, now);
            }
        }
        let shut = match address {
            None => Some(Shut::NotListening),
            Some(_) if self.house.admits_anyone() => None,
            Some(_) => Some(Shut::NoKey),
        };
        let effects = self.supervisor.may_open(shut, now);
        self.act(effects).await;
        let effects = self.supervisor.on_time(now);
        self.act(effects).await;
    }

    async fn hear(&mut self, happened: Happened) {
        let now = self.house.clock.now();
        let effects = match happened {
            Happened::Event(Event::Line(line)) => self.supervisor.on_line(&line, now),
            Happened::Event(Event::Ended) => {
                self.end().await;
                self.supervisor.on_exit(&self.how_to_see(), now);
                Vec::new()
            }
            Happened::Answer(answer) => {
                self.asked = None;
                self.supervisor.on_answer(answer, now)
            }
        };
        self.act(effects).await;
    }

    async fn act(&mut self, effects: Vec<Effect>) {
        let mut left = std::collections::VecDeque::from(effects);
        while let Some(effect) = left.pop_front() {
            match effect {
                Effect::Stop => self.end().await,
                Effect::Launch => left.extend(self.launch().await),
                Effect::Check(url) => self.asked = Some(Box::pin(ask(Arc::clone(self.house), url, self.is_local()))),
            }
        }
    }

    async fn launch(&mut self) -> Vec<Effect> {
        let now = self.house.clock.now();
        let (Some(settings), Some(address)) = (self.settings.clone(), self.address) else { return Vec::new() };
        let place = Place { port: address.port(), folder: self.tunnel.data_dir().join(FOLDER) };
        match settings.way.way().launch(&settings, &place) {
            Err(why) => {
                self.supervisor.on_unfit(&why, now);
                Vec::new()
            }
            Ok(Launch::Nothing) => self.supervisor.on_launched(now),
            Ok(Launch::Door) => self.open_door(address).await,
            Ok(Launch::Program(command)) => self.launch_program(&command),
        }
    }

    async fn open_door(&mut self, address: SocketAddr) -> Vec<Effect> {
        let now = self.house.clock.now();
        let Some(ip) = door::network_ip() else {
            self.supervisor.on_not_launched(Trouble::NoNetwork, now);
            return Vec::new();
        };
        match Door::open(self.house, address, ip).await {
            Ok(door) => {
                self.running = Some(Box::new(door));
                let mut effects = self.supervisor.on_launched(now);
                let url = Url::parse(&format!("http://{}", SocketAddr::new(ip, address.port())));
                effects.extend(self.supervisor.on_url(url.expect("an address and a port are a URL"), now));
                effects
            }
            Err(error) => {
                self.supervisor.on_not_launched(Trouble::NotStarted(error.to_string()), now);
                Vec::new()
            }
        }
    }

    fn launch_program(&mut self, command: &Command) -> Vec<Effect> {
        let now = self.house.clock.now();
        let Some(path) = self.tunnel.launcher.find(command.program) else {
            self.supervisor.on_missing(command.program.name, now);
            return Vec::new();
        };
        let started = write_files(command).and_then(|()| self.tunnel.launcher.launch(&path, command));
        match started {
            Ok(running) => {
                tracing::info!(program = %path.display(), pid = running.pid(), "the tunnel's program runs");
                (self.running, self.program) = (Some(running), Some(path));
                // Before anything else, so that it is found if this relay is killed.
                self.write_down();
                self.supervisor.on_launched(now)
            }
            Err(error) => {
                self.supervisor.on_not_launched(Trouble::NotStarted(error.to_string()), now);
                Vec::new()
            }
        }
    }

    /// Ends what runs.
    async fn end(&mut self) {
        self.asked = None;
        if let Some(mut running) = self.running.take() {
            running.end().await;
        }
        self.program = None;
    }

    /// Tells who looks how it is, if that changed.
    fn tell(&self) {
        let status = self.status();
        let mut told = lock(&self.tunnel.status);
        if *told == status {
            return;
        }
        tracing::info!(way = ?status.way, state = status.state.as_str(), url = status.public_url, "the tunnel changed");
        *told = status.clone();
        drop(told);
        self.house.tunnel_is(reach::seen(&status));
        self.write_down();
        self.house.live.changes().note(Change::Config);
    }

    fn write_down(&self) {
        // Looked up anew each time: a wrapper becomes the program that it wraps.
        let process = self.running.as_ref().and_then(|running| running.pid()).and_then(Identity::of);
        let recorded = Recorded::of(&self.status(), process);
        if let Err(error) = record::write(self.tunnel.data_dir(), &recorded) {
            tracing::warn!(%error, "how the tunnel is could not be written down");
        }
    }

    fn status(&self) -> Status {
        Status {
            way: self.supervisor.way(),
            state: self.supervisor.state().clone(),
            public_url: self.supervisor.public_url().map(|url| url.as_str().trim_end_matches('/').to_owned()),
            since: self.supervisor.since(),
            program: self.program.clone(),
        }
    }

    fn is_local(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.way.way().is_local())
    }

    /// The command line, for the owner to see what a program says. There is no secret in it.
    fn how_to_see(&self) -> String {
        let place = Place {
            port: self.address.map_or(0, |address| address.port()),
            folder: self.tunnel.data_dir().join(FOLDER),
        };
        let launch = self.settings.as_ref().and_then(|settings| settings.way.way().launch(settings, &place).ok());
        match launch {
            Some(Launch::Program(command)) => format!("{} {}", command.program.name, command.args.join(" ")),
            Some(Launch::Door | Launch::Nothing) | None => String::new(),
        }
    }
}

fn runs(settings: &TunnelSettings) -> Runs {
    let way = settings.way.way();
    if way.program().is_some() || way.is_local() { Runs::Something } else { Runs::Nothing }
}

fn write_files(command: &Command) -> std::io::Result<()> {
    for (path, text) in &command.files {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Asks an address for its health, as the owner's network reaches it.
async fn ask(house: Arc<House>, url: Url, is_local: bool) -> Result<(), NoAnswer> {
    let to = url.join("health").map_err(|error| error.to_string())?;
    let upstream = &house.around().upstream;
    let client = if is_local {
        upstream.local()
    } else {
        upstream.client(&Route::default(), to.as_str()).map_err(|error| error.to_string())?
    };
    let mut answer = client.get(to).timeout(ANSWER).send().await.map_err(upstream::cause)?;
    let (status, mut body) = (answer.status().as_u16(), Vec::new());
    while let Some(piece) = answer.chunk().await.map_err(upstream::cause)? {
        body.extend_from_slice(&piece);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    is_a_relay(status, &body)
}
