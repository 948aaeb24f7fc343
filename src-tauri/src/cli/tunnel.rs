//! `carpool tunnel …`

use std::{
    env::consts::OS,
    io::{self, Read},
    path::PathBuf,
};

use carpool_core::tunnel::{Remote, TunnelSettings, WAYS, Way, WayId};
use carpool_relay::{
    accounts::Surroundings,
    running,
    tunnel::{
        self, Recorded,
        wish::{self, Wish},
    },
};
use clap::{Args, Subcommand};
use http::HeaderName;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use url::Url;

use super::{
    output::Output,
    publish::{self, PublishArgs},
};
use crate::failure::Failure;

/// The longest secret that is read; Cloudflare's tokens are the longest.
const MAX_SECRET_BYTES: u64 = 8 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum TunnelCommand {
    /// Open a tunnel, now and at every start of the relay
    ///
    /// It opens while a relay runs and some friend has a key that works, and never before. Its program is not installed for
    /// you: "carpool tunnel ways" says what is missing and how to install it.
    Start(Box<StartArgs>),
    /// Close the tunnel; what was set is remembered
    Stop,
    /// Show how the tunnel is
    Status,
    /// List the ways there are, with what is installed for them
    Ways,
    /// Tell a place of your choice the public address whenever it changes
    Publish(PublishArgs),
}

#[derive(Args, Debug)]
pub(crate) struct StartArgs {
    /// The way friends reach the port [default: as it was last]
    way: Option<WayId>,
    /// The server to come in through (ssh: USER@HOST or USER@HOST:PORT; bore: HOST)
    #[arg(long, value_name = "HOST", requires = "way")]
    to: Option<Remote>,
    /// The port to open there (ssh, bore)
    #[arg(long, value_name = "PORT", requires = "way")]
    remote_port: Option<u16>,
    /// The address friends use, where it is yours to know (cloudflare, ngrok, ssh, bore, own)
    #[arg(long, requires = "way")]
    url: Option<Url>,
    /// The same as --url https://NAME
    #[arg(long, value_name = "NAME", requires = "way", conflicts_with = "url", value_parser = parse_hostname)]
    hostname: Option<Url>,
    /// Read the secret of the way's program from stdin (cloudflare: the tunnel's token; ngrok: the authtoken; bore: the
    /// server's secret); without it, the one given last is used
    #[arg(long, requires = "way")]
    secret_stdin: bool,
    /// The header in which your own proxy names the client's address and overwrites what clients send (own, ssh, bore)
    #[arg(long, value_name = "HEADER", requires = "way")]
    client_address_header: Option<HeaderName>,
}

fn parse_hostname(name: &str) -> Result<Url, String> {
    let url = Url::parse(&format!("https://{name}")).map_err(|error| error.to_string())?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    is_bare.then_some(url).ok_or_else(|| "expected a name such as carpool.example.org".to_owned())
}

pub(crate) async fn run(command: TunnelCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    match command {
        TunnelCommand::Start(args) => start(*args, around, output).await,
        TunnelCommand::Stop => {
            wish::stop(around).await?;
            show(around, output).await
        }
        TunnelCommand::Status => show(around, output).await,
        TunnelCommand::Publish(args) => publish::run(args, around, output).await,
        TunnelCommand::Ways => {
            let rows: Vec<_> = WAYS.iter().map(|way| shown_way(*way)).collect();
            output.list(&rows, &["way", "name", "installed", "install"]);
            Ok(())
        }
    }
}

async fn start(args: StartArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    match args.way {
        Some(way) => {
            let secret = args.secret_stdin.then(read_secret).transpose()?;
            let settings = TunnelSettings {
                to: args.to,
                remote_port: args.remote_port,
                url: args.url.or(args.hostname),
                secret,
                client_address_header: args.client_address_header,
                ..TunnelSettings::new(way)
            };
            wish::start(around, settings).await?;
        }
        None => wish::start_again(around).await?,
    }
    let Some(Wish { settings, .. }) = wish::get(around).await? else { return show(around, output).await };
    let way = settings.way.way();
    if let Some(caution) = way.caution() {
        output.note(caution);
    }
    if let Some(program) = way.program().filter(|program| tunnel::find(program).is_none()) {
        output.note(&format!("{} is not installed: {}", program.name, program.how_to_install(OS)));
    }
    if running(&around.data_dir).is_none() {
        output.note("No relay runs on this data folder: the tunnel opens with it (carpool serve).");
    }
    show(around, output).await
}

fn read_secret() -> Result<SecretString, Failure> {
    let mut text = String::new();
    io::stdin().take(MAX_SECRET_BYTES).read_to_string(&mut text)?;
    let secret = text.trim();
    if secret.is_empty() {
        return Err(Failure::new("no_secret", "there is no secret on stdin"));
    }
    Ok(secret.to_owned().into())
}

/// The tunnel, as it may be shown.
#[derive(Debug, Serialize)]
struct Shown {
    way: Option<WayId>,
    state: String,
    reason: Option<String>,
    until: Option<Timestamp>,
    public_url: Option<String>,
    since: Option<Timestamp>,
    program: Option<PathBuf>,
    installed: Option<bool>,
}

/// A way, as it may be shown.
#[derive(Debug, Serialize)]
struct ShownWay {
    way: WayId,
    name: &'static str,
    program: Option<&'static str>,
    installed: Option<PathBuf>,
    install: Option<String>,
    needs: Vec<&'static str>,
    caution: Option<&'static str>,
}

async fn show(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let wish = wish::get(around).await?.filter(|wish| wish.is_on);
    let recorded = running(&around.data_dir).and_then(|_| tunnel::recorded(&around.data_dir));
    output.object(&shown(wish.map(|wish| wish.settings.way), recorded));
    Ok(())
}

fn shown(way: Option<WayId>, recorded: Option<Recorded>) -> Shown {
    let program = way.and_then(|way| way.way().program());
    let path = program.and_then(tunnel::find);
    let installed = program.map(|_| path.is_some());
    let now = |state: &str, reason: Option<&str>| Shown {
        way,
        state: state.to_owned(),
        reason: reason.map(str::to_owned),
        until: None,
        public_url: None,
        since: None,
        program: path.clone(),
        installed,
    };
    match recorded {
        _ if way.is_none() => now("off", None),
        None => now("waiting", Some("no relay runs on this data folder: carpool serve")),
        // The relay has yet to see what the owner wants.
        Some(recorded) if recorded.way.as_deref() != way.map(WayId::as_str) => now("starting", None),
        Some(recorded) => Shown {
            state: recorded.state,
            reason: recorded.reason,
            until: recorded.until,
            public_url: recorded.public_url,
            since: Some(recorded.since),
            program: recorded.program.or_else(|| path.clone()),
            ..now("", None)
        },
    }
}

fn shown_way(way: &'static dyn Way) -> ShownWay {
    let program = way.program();
    let installed = program.and_then(tunnel::find);
    let is_missing = installed.is_none();
    ShownWay {
        way: way.id(),
        name: way.name(),
        program: program.map(|program| program.name),
        install: program.filter(|_| is_missing).map(|program| program.how_to_install(OS)),
        installed,
        needs: way.parts().iter().filter(|(_, need)| need.is_must()).map(|(part, _)| part.flag()).collect(),
        caution: way.caution(),
    }
}
