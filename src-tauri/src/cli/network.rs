//! `carpool network …`

use std::io::{self, Read};

use carpool_core::network::{IpPreference, UnknownIpPreference};
use carpool_relay::{
    accounts::Surroundings,
    network::{self, PolicyError, ProxyPolicy},
    store::{
        accounts::{self, Account},
        network::{ip_preference, set_ip_preference},
    },
};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use super::{
    named::{self, account_id, database},
    output::Output,
};
use crate::failure::Failure;

/// The longest address that is read.
const MAX_ADDRESS_BYTES: u64 = 8 * 1024;

#[derive(Args, Debug)]
pub(crate) struct NetworkArgs {
    /// Without it, everything is shown
    #[command(subcommand)]
    command: Option<NetworkCommand>,
}

#[derive(Debug, Subcommand)]
enum NetworkCommand {
    /// Set the proxy of every account that has none of its own
    ///
    /// "none" is how it is until you set it: providers are reached straight, whatever the environment says. "system" goes
    /// as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say, or as macOS and Windows are set, and straight to this
    /// machine. A URL is taken for every address, also for those on this machine. A proxy that is down or cannot be used
    /// is never gone around.
    Proxy {
        /// none, system, or http://, https://, socks5:// or socks5h://host:port, with user:password@ if it wants one
        #[arg(value_name = "none|system|URL", required_unless_present = "stdin", conflicts_with = "stdin")]
        policy: Option<SecretString>,
        /// Read it from stdin, so that a password is not seen in the list of processes
        #[arg(long)]
        stdin: bool,
    },
    /// Set an account's own proxy, which wins over the one for all
    Via {
        /// The account
        account: String,
        /// none, or http://, https://, socks5:// or socks5h://host:port, with user:password@ if it wants one
        #[arg(value_name = "none|URL", required_unless_present = "stdin", conflicts_with = "stdin")]
        proxy: Option<SecretString>,
        /// Read it from stdin, so that a password is not seen in the list of processes
        #[arg(long)]
        stdin: bool,
    },
    /// Set which IP addresses an account's provider is reached by; the other kind is not used then
    ///
    /// A proxy that looks names up itself (http, https, socks5h) chooses for itself.
    Prefer {
        /// The account
        account: String,
        /// any, ipv4 or ipv6
        #[arg(value_name = "any|ipv4|ipv6", value_parser = parse_preference)]
        prefers: IpPreference,
    },
}

fn parse_preference(text: &str) -> Result<IpPreference, UnknownIpPreference> {
    text.parse()
}

pub(crate) async fn run(args: NetworkArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    match args.command {
        None => show(around, output).await,
        Some(NetworkCommand::Proxy { policy, .. }) => {
            let policy = ProxyPolicy::parse(&policy.map_or_else(read_address, Ok)?)?;
            network::set_policy(around, &policy).await?;
            output.object(&shown_policy(around).await?);
            Ok(())
        }
        Some(NetworkCommand::Via { account, proxy, .. }) => {
            let proxy = Some(proxy.map_or_else(read_address, Ok)?).filter(|proxy| proxy.expose_secret() != "none");
            let id = named::account(around, &account).await?.id;
            network::set_own_proxy(around, id, proxy.as_ref()).await?;
            show_account(&account, around, output).await
        }
        Some(NetworkCommand::Prefer { account, prefers }) => {
            let id = named::account(around, &account).await?.id;
            set_ip_preference(around.store.pool(), id, prefers).await.map_err(database)?;
            show_account(&account, around, output).await
        }
    }
}

fn read_address() -> Result<SecretString, Failure> {
    let mut text = String::new();
    io::stdin().take(MAX_ADDRESS_BYTES).read_to_string(&mut text)?;
    Ok(text.trim().to_owned().into())
}

/// The proxy for all accounts, as it may be shown.
#[derive(Debug, Serialize)]
struct ShownPolicy {
    proxy: &'static str,
    address: Option<String>,
    reason: Option<String>,
}

/// How an account's provider is reached, as it may be shown.
#[derive(Debug, Serialize)]
struct ShownAccount {
    id: String,
    name: String,
    proxy: Option<String>,
    ip: &'static str,
}

async fn show(around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let policy = shown_policy(around).await?;
    let mut rows = Vec::new();
    for account in accounts::list(around.store.pool()).await.map_err(database)? {
        rows.push(shown_account(&account, around).await?);
    }
    if output.is_json() {
        let ShownPolicy { proxy, address, reason } = policy;
        output.json_line(&json!({ "proxy": proxy, "address": address, "reason": reason, "accounts": rows }));
        return Ok(());
    }
    output.object(&policy);
    if !rows.is_empty() {
        output.text("");
        output.list(&rows, &["id", "name", "proxy", "ip"]);
    }
    Ok(())
}

async fn show_account(wanted: &str, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    output.object(&shown_account(&named::account(around, wanted).await?, around).await?);
    Ok(())
}

async fn shown_policy(around: &Surroundings) -> Result<ShownPolicy, Failure> {
    let (proxy, address, reason) = match network::policy(around).await {
        Ok(ProxyPolicy::Straight) => ("none", None, None),
        Ok(ProxyPolicy::System) => ("system", None, ProxyPolicy::system_trouble().map(|error| error.to_string())),
        Ok(ProxyPolicy::Manual(address)) => ("manual", Some(network::shown(&address)), None),
        Err(PolicyError::Store(error)) => return Err(database(error)),
        Err(error) => ("unusable", None, Some(error.to_string())),
    };
    Ok(ShownPolicy { proxy, address, reason })
}

async fn shown_account(account: &Account, around: &Surroundings) -> Result<ShownAccount, Failure> {
    let proxy = network::own_proxy(around, account)
        .map(|proxy| proxy.map_or_else(|_| "unreadable".to_owned(), |address| network::shown(&address)));
    let ip = ip_preference(around.store.pool(), account.id).await.map_err(database)?.as_str();
    Ok(ShownAccount { id: account_id(account.id), name: account.name.clone(), proxy, ip })
}
