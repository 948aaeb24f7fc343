//! `carpool import …`: moving over from another relay.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use carpool_core::import::{Export, claude_relay};
use carpool_relay::{
    accounts::Surroundings,
    import::{self, Doing, ImportError, KeyReport},
};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::output::Output;
use crate::failure::Failure;

/// The largest export that is read: a year of a hundred keys is a tenth of it.
const MAX_EXPORT_BYTES: u64 = 256 * 1024 * 1024;
/// The most that is read of keys.
const MAX_KEYS_BYTES: u64 = 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Friends, keys, limits and history from an export of claude-relay-service
    ///
    /// Export there with: node scripts/data-transfer-enhanced.js export --types=apikeys,stats
    ///
    /// That relay keeps only what its keys hash to, together with its ENCRYPTION_KEY (in its .env). With that one, which is
    /// stored sealed, all keys go on working. Without it those do that you give, as NAME<TAB>KEY, a line each (friends have
    /// their keys in their clients' settings). The others are taken over without: give their friends new ones with
    /// `carpool key rotate`. History is shown in usage, and counts against no cap and in no statement; what is
    /// known of a month alone stands in its middle. Accounts are not taken over: sign in to them anew. A second time changes
    /// nothing, and takes over what is new in a later export.
    ClaudeRelayService(Box<ClaudeRelayArgs>),
}

#[derive(Args, Debug)]
pub(crate) struct ClaudeRelayArgs {
    /// The export, a JSON file
    file: PathBuf,
    /// Read the other relay's ENCRYPTION_KEY from stdin: then all its keys go on working
    #[arg(long, conflicts_with = "keys_stdin")]
    encryption_key_stdin: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Read keys from this file: the name or id of a key there, a tab, and the key, a line each
    #[arg(long, value_name = "FILE", conflicts_with = "keys_stdin")]
    keys: Option<PathBuf>,
    /// Read them from stdin
    #[arg(long)]
    keys_stdin: bool,
}

pub(crate) async fn run(command: ImportCommand, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let ImportCommand::ClaudeRelayService(args) = command;
    let mut export = read_export(&args.file)?;
    if let Some(keys) = read_keys(&args)? {
        claude_relay::give_secrets(&mut export, keys.expose_secret()).map_err(ImportError::from)?;
    }
    let doing = if args.dry_run { Doing::Shown } else { Doing::Done };
    let salt = args.encryption_key_stdin.then(read_salt).transpose()?;
    let report = import::import(around, &export, salt.as_ref(), doing).await?;
    if output.is_json() {
        output.object(&json!({ "done": !args.dry_run, "keys": report.keys, "left_out": report.left_out }));
        return Ok(());
    }
    output.list(&report.keys, &["source", "friend", "key", "outcome", "works", "days", "months"]);
    for (key, left_out) in report.keys.iter().flat_map(|key| key.left_out.iter().map(move |words| (key, words))) {
        output.text(&format!("not taken over of {}: {left_out}", key.source));
    }
    for left_out in &report.left_out {
        output.text(&format!("not taken over: {left_out}"));
    }
    let without = report.keys.iter().filter(|key: &&KeyReport| !key.works).count();
    if without > 0 {
        output.note(&format!("{without} keys do not work: give them, or the ENCRYPTION_KEY, or rotate or resume them"));
    }
    if args.dry_run {
        output.note("nothing was changed: without --dry-run it is done");
    }
    Ok(())
}

fn read_export(path: &Path) -> Result<Export, Failure> {
    let text = read_at_most(path, MAX_EXPORT_BYTES)?;
    Ok(claude_relay::read(&text).map_err(ImportError::from)?)
}

fn read_salt() -> Result<SecretString, Failure> {
    let mut text = String::new();
    io::stdin().take(MAX_KEYS_BYTES).read_to_string(&mut text)?;
    match text.trim() {
        "" => Err(Failure::new("no_input", "stdin has no line with the ENCRYPTION_KEY")),
        salt => Ok(salt.to_owned().into()),
    }
}

fn read_keys(args: &ClaudeRelayArgs) -> Result<Option<SecretString>, Failure> {
    let bytes = match &args.keys {
        Some(path) => read_at_most(path, MAX_KEYS_BYTES)?,
        None if args.keys_stdin => {
            let mut bytes = Vec::new();
            io::stdin().take(MAX_KEYS_BYTES).read_to_end(&mut bytes)?;
            bytes
        }
        None => return Ok(None),
    };
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("bad_export", "the keys are no UTF-8 text"))?;
    Ok(Some(text.into()))
}

fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| {
        Failure::new("bad_export", crate::failure::chain(&format!("{} cannot be read", path.display()), &error))
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        let message = format!("{} is larger than {} MB: is it an export?", path.display(), most / 1024 / 1024);
        return Err(Failure::new("bad_export", message));
    }
    Ok(bytes)
}
