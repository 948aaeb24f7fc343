//! `carpool account login` and `carpool account import`

use std::{
    io::{self, BufRead},
    path::PathBuf,
};

use carpool_core::{credential::AccountKind, name, options::Options, provider::Provider};
use carpool_relay::{
    accounts::{
        Surroundings,
        sign_in::{self, import::file_of},
    },
    store::accounts::NewAccount,
    upstream,
};
use clap::Args;
use secrecy::SecretString;
use serde_json::json;

use super::{TERMS, options::OptionArgs, parse_provider, show};
use crate::{cli::output::Output, failure::Failure};

#[derive(Args, Debug)]
pub(crate) struct LoginArgs {
    /// Provider: claude, codex, code-assist or droid
    #[arg(value_parser = parse_provider)]
    provider: &'static Provider,
    /// A name for the account
    #[arg(long)]
    name: String,
    /// Read the secret of your own OAuth client (--client-id) from stdin: its first line, before the code
    #[arg(long, requires = "client_id")]
    client_secret_stdin: bool,
    #[command(flatten)]
    options: OptionArgs,
    /// Proxy for this account and this sign-in: http, https, socks5 or socks5h, with user:password@ if it wants one
    #[arg(long, value_name = "URL")]
    proxy: Option<SecretString>,
}

#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// Provider: claude (Claude Code), codex or code-assist (Gemini CLI)
    #[arg(value_parser = parse_provider)]
    provider: &'static Provider,
    /// A name for the account
    #[arg(long)]
    name: String,
    /// The file with the login, where it is not in its usual place
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read the secret of the OAuth client that the login belongs to from stdin (code-assist)
    #[arg(long)]
    client_secret_stdin: bool,
    #[command(flatten)]
    options: OptionArgs,
    /// Proxy for this account: http, https, socks5 or socks5h, with user:password@ if it wants one
    #[arg(long, value_name = "URL")]
    proxy: Option<SecretString>,
}

pub(super) async fn login(args: LoginArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    name::check(&args.name)?;
    if let Some(proxy) = &args.proxy {
        upstream::check_proxy(proxy)?;
    }
    output.note(TERMS);
    let client_secret = match args.client_secret_stdin {
        true => Some(SecretString::from(read_line().await?)),
        false => None,
    };
    let options = args.options.over(Options::default(), args.provider)?;
    let begun = sign_in::begin(around, args.provider, &options, args.proxy.as_ref()).await?;
    let pasted = match begun.user_code() {
        Some(code) => {
            output.json_line(&json!({ "authorize_url": begun.url().as_str(), "user_code": code }));
            output
                .note(&format!("Open this address, check that it shows the code {code}, and say yes there. Waiting …"));
            String::new()
        }
        None => {
            output.json_line(&json!({ "authorize_url": begun.url().as_str() }));
            output.note("Open this address, sign in, and paste the code (or the address of the page it ends on) here:");
            match begun.callback() {
                None => read_line().await?,
                Some(callback) => tokio::select! {
                    pasted = read_line() => pasted?,
                    arrived = callback.wait() => arrived,
                },
            }
        }
    };
    let account =
        NewAccount { options, client_secret, ..NewAccount::named(args.name, args.provider, AccountKind::Oauth) };
    let name = account.name.clone();
    sign_in::finish_through(around, &begun, &pasted, account, args.proxy.as_ref()).await?;
    output.note(&format!("Signed in. `carpool account test {name}` shows whose account it is."));
    show(&name, around, output).await
}

async fn read_line() -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(read_pasted_line).await;
    Ok(read.map_err(|error| Failure::new("io", error.to_string()))??)
}

/// The next line that is not blank.
fn read_pasted_line() -> io::Result<String> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            return Ok(line);
        }
    }
    Ok(String::new())
}

/// What an owner must know before a login is copied.
const TWO_REFRESHERS: &str = "Note: the login was copied, not moved. Where a vendor gives a new refresh token at each \
                              renewal, two programs with one login sign each other out: let only one of them use it, or \
                              sign in here anew with `carpool account login`.";

pub(super) async fn import(args: ImportArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let Some(login) = args.provider.local_login else {
        let text = format!("{} keeps no login that could be copied", args.provider.label);
        return Err(Failure::new("no_local_login", text));
    };
    let file = args.file.or_else(|| file_of(login));
    let file =
        file.ok_or_else(|| Failure::new("no_local_login", "there is no home folder: name the file with --file"))?;
    output.note(TERMS);
    let client_secret = match args.client_secret_stdin {
        true => Some(SecretString::from(read_line().await?)),
        false => None,
    };
    let options = args.options.over(Options::default(), args.provider)?;
    let account =
        NewAccount { options, client_secret, ..NewAccount::named(args.name, args.provider, AccountKind::Oauth) };
    let name = account.name.clone();
    sign_in::import::import(around, login, &file, account, args.proxy.as_ref()).await?;
    output.note(TWO_REFRESHERS);
    show(&name, around, output).await
}
