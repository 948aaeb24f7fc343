//! `carpool setup …`

use std::{
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use carpool_core::{
    client_key::KeyDigest,
    client_setup::{Access, CLIENTS, Client},
};
use carpool_relay::{
    accounts::Surroundings,
    client_setup::{self, Done, FileReport, Home, Report},
    clock::Clock,
    people,
    store::client_keys,
};
use clap::{Args, builder::PossibleValuesParser};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::{
    Global,
    named::{self, database},
    output::Output,
};
use crate::failure::Failure;

/// The longest key that is read, with white space around it.
const MAX_KEY_BYTES: u64 = 1024;

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("how").args(["key_stdin", "new_key", "undo"]).required(true))]
pub(crate) struct SetupArgs {
    /// The clients
    #[arg(required = true, value_name = "CLIENT", value_parser = PossibleValuesParser::new(CLIENTS.iter().map(|client| client.id)))]
    clients: Vec<String>,
    /// Read the key they are to use from stdin; one that was made before is stored nowhere and has to be given
    #[arg(long)]
    key_stdin: bool,
    /// Make a key of this name for them
    #[arg(long, value_name = "NAME", requires = "friend")]
    new_key: Option<String>,
    /// The friend the new key is for: you, if it is your own machine
    #[arg(long, requires = "new_key")]
    friend: Option<String>,
    /// The relay's address [default: that of the relay which runs on this data folder]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Take the latest change back: the files are again what they were before
    #[arg(long, conflicts_with_all = ["address", "dry_run"])]
    undo: bool,
    /// Tell what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(args: SetupArgs, global: &Global, output: &Output) -> Result<(), Failure> {
    let folder = dirs::home_dir().ok_or_else(|| Failure::new("home_folder", "this user has no home folder"))?;
    let home = Home::of_user(folder);
    let clients: Vec<_> = CLIENTS.iter().filter(|client| args.clients.iter().any(|id| id == client.id)).collect();
    if args.undo {
        return each(&clients, output, |client| Ok(client_setup::undo(&home, client, Clock::System.now())?));
    }
    let around = global.open().await?;
    let address = args.address.clone().map_or_else(|| running_address(&around), Ok)?;
    let given = if args.key_stdin { Some(known_key(&around).await?) } else { None };
    // A new key is made only when all the files can take it.
    let stand_in = given.as_ref().map_or_else(|| Access::without_key(&address), |key| Access::new(&address, key))?;
    let preview = |client: &Client| Ok(client_setup::preview(&home, client, &stand_in)?);
    if args.dry_run {
        return each(&clients, output, preview);
    }
    for client in &clients {
        preview(client)?;
    }
    let key = match given {
        Some(key) => key,
        None => new_key(&around, &args).await?,
    };
    let access = Access::new(&address, &key)?;
    each(&clients, output, |client| Ok(client_setup::apply(&home, client, &access, around.clock.now())?))
}

/// Does something for each client and shows what became of its files.
fn each(
    clients: &[&Client],
    output: &Output,
    mut act: impl FnMut(&Client) -> Result<Report, Failure>,
) -> Result<(), Failure> {
    let reports = clients.iter().map(|client| act(client)).collect::<Result<Vec<_>, _>>()?;
    if output.is_json() {
        output.json_line(&reports);
        return Ok(());
    }
    for report in &reports {
        output.text(report.client);
        for file in &report.files {
            show(file, output);
        }
        if report.files.iter().any(|file| matches!(file.done, Done::Made | Done::Changed)) {
            output.note(&format!("To take it back: carpool setup {} --undo", report.client));
        }
    }
    Ok(())
}

fn show(file: &FileReport, output: &Output) {
    let done = match file.done {
        Done::Nothing => "as it should be",
        Done::Made => "new",
        Done::Changed => "changed",
        Done::Restored => "restored",
        Done::Removed => "removed",
    };
    output.text(&format!("  {}: {done}", file.path.display()));
    for change in &file.changes {
        output.text(&format!("    {change}"));
    }
    if let Some(backup) = &file.backup {
        output.text(&format!("    what it was is kept in {}", backup.display()));
    }
    for warning in &file.warnings {
        output.note(&format!("{}: {warning}", file.path.display()));
    }
}

/// Where clients on this machine reach the relay.
fn running_address(around: &Surroundings) -> Result<String, Failure> {
    let Some(running) = carpool_relay::running(&around.data_dir) else {
        let message = "the relay is not running: start it (carpool serve), or say --address URL";
        return Err(Failure::new("not_running", message));
    };
    let mut url =
        Url::parse(&running.url).map_err(|_| Failure::new("not_running", "the relay's address is unknown"))?;
    // One that listens everywhere is reached here by the loopback.
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) if ip.is_unspecified() => Some(IpAddr::from(Ipv4Addr::LOCALHOST)),
        Some(Host::Ipv6(ip)) if ip.is_unspecified() => Some(IpAddr::from(Ipv6Addr::LOCALHOST)),
        _ => None,
    };
    if let Some(loopback) = loopback {
        url.set_ip_host(loopback).expect("it has a host");
    }
    Ok(url.to_string())
}

async fn known_key(around: &Surroundings) -> Result<SecretString, Failure> {
    let mut text = String::new();
    io::stdin().take(MAX_KEY_BYTES).read_to_string(&mut text)?;
    let key = SecretString::from(text.trim());
    let digest = KeyDigest::of(key.expose_secret());
    let keys = client_keys::list(around.store.pool()).await.map_err(database)?;
    if keys.iter().any(|known| known.digest.matches(&digest)) {
        return Ok(key);
    }
    Err(Failure::new("unknown_key", "that is none of this relay's keys: make one with --new-key NAME --friend FRIEND"))
}

async fn new_key(around: &Surroundings, args: &SetupArgs) -> Result<SecretString, Failure> {
    let friend = named::friend(around, args.friend.as_deref().unwrap_or_default()).await?;
    Ok(people::issue_key(around, friend.id, args.new_key.as_deref()).await?.key)
}
