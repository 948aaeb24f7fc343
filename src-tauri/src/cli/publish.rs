//! `carpool tunnel publish …`: a stable address for friends whose tunnel has a changing one.

use std::{
    io::{self, Read},
    time::Duration,
};

use carpool_relay::{
    accounts::Surroundings,
    reach::{
        names::{self, Address},
        publish::{self, Published},
    },
    running,
};
use clap::Args;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{named::database, output::Output};
use crate::failure::Failure;

/// The longest address that is read.
const MAX_ADDRESS_BYTES: u64 = 8 * 1024;
/// How long a running relay is waited for, and how often it is looked whether it has told the address.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Whenever the public address changes, it is posted to a place that you choose, e.g. a script that moves a DNS record, as
/// {"event":"address","url":…,"at":…,"previous":…}. Without an argument, it is shown how that went, and who still uses an old
/// address.
#[derive(Args, Debug)]
pub(crate) struct PublishArgs {
    /// The place, or "none", or "now" to tell it the address again
    #[arg(value_name = "URL|none|now", conflicts_with = "stdin")]
    place: Option<SecretString>,
    /// Read it from stdin, so that a secret in it is not seen in the list of processes
    #[arg(long)]
    stdin: bool,
}

/// Runs the command.
pub(crate) async fn run(args: PublishArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let place = if args.stdin { Some(read_address()?) } else { args.place };
    match place.as_ref().map(ExposeSecret::expose_secret) {
        None => {}
        Some("none") => publish::set_place(around, None).await?,
        Some("now") => {
            if publish::place(around).await?.is_none() {
                return Err(Failure::new(
                    "no_publish_url",
                    "there is no place to tell it to: carpool tunnel publish URL",
                ));
            }
            publish::tell_again(around).await?;
            wait(around).await?;
        }
        Some(_) => {
            publish::set_place(around, place.as_ref()).await?;
            wait(around).await?;
        }
    }
    output.object(&shown(around).await?);
    Ok(())
}

fn read_address() -> Result<SecretString, Failure> {
    let mut text = String::new();
    io::stdin().take(MAX_ADDRESS_BYTES).read_to_string(&mut text)?;
    Ok(text.trim().to_owned().into())
}

/// Waits until the running relay has tried; one that has no address, or does not run, does so later.
async fn wait(around: &Surroundings) -> Result<(), Failure> {
    let has_address = carpool_relay::reach::record::read(&around.data_dir).is_some_and(|reach| reach.url.is_some());
    if running(&around.data_dir).is_none() || !has_address {
        return Ok(());
    }
    let trying = async {
        while publish::last(&around.store).await?.is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, trying).await.unwrap_or(Ok(())).map_err(database)
}

/// How telling the address goes, as it may be shown.
#[derive(Debug, Serialize)]
struct Shown {
    place: Option<String>,
    address: Option<String>,
    since: Option<Timestamp>,
    previous: Option<String>,
    /// `told`, `trying` or `gave_up`.
    state: Option<&'static str>,
    detail: Option<String>,
    at: Option<Timestamp>,
    again_at: Option<Timestamp>,
    on_old_address: Vec<Old>,
}

/// Who came last by an old address.
#[derive(Debug, Serialize)]
struct Old {
    friend: String,
    key: String,
    client: String,
    reached_by: String,
    last_seen_at: Timestamp,
}

async fn shown(around: &Surroundings) -> Result<Shown, Failure> {
    let place = publish::place(around).await?;
    let address = names::address(&around.store).await.map_err(database)?;
    let last = publish::last(&around.store).await.map_err(database)?;
    let old = names::on_old_address(&around.store, around.clock.now()).await.map_err(database)?;
    let (url, since, previous) = match address {
        None => (None, None, None),
        Some(Address { url, at, earlier }) => (Some(url), Some(at), earlier.into_iter().next()),
    };
    let (state, detail, at, again_at) = match last.filter(|_| place.is_some()) {
        None => (None, None, None, None),
        Some(Published { state, detail, at, again_at, .. }) => (Some(state.as_str()), Some(detail), Some(at), again_at),
    };
    let old = old.into_iter().map(|one| Old {
        friend: one.friend,
        key: one.key,
        client: one.client,
        reached_by: one.reached_by,
        last_seen_at: one.last_seen_at,
    });
    Ok(Shown {
        place: place.as_ref().map(publish::shown),
        address: url,
        since,
        previous,
        state,
        detail,
        at,
        again_at,
        on_old_address: old.collect(),
    })
}
