//! `carpool demo`

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use carpool_core::endpoints::Endpoints;
use carpool_relay::{House, Start, clock::Clock, demo, server, tunnel::Processes, vault::VaultKind, workers::Workers};
use clap::Args;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    Global,
    output::Output,
    serve::{announce, stop_signal},
};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Do not let the pretend friends call by themselves
    #[arg(long)]
    quiet: bool,
    /// Show it in the window
    #[cfg(feature = "desktop")]
    #[arg(long, conflicts_with_all = ["port", "quiet"])]
    pub(super) window: bool,
}

pub(crate) async fn run(args: DemoArgs, global: &Global, output: &Output) -> Result<(), Failure> {
    let own = tempfile::tempdir()?;
    let data_dir = global.data_dir.clone().unwrap_or_else(|| own.path().to_owned());
    let start = Start {
        data_dir,
        vault: VaultKind::File,
        endpoints: Endpoints::built_in().clone(),
        clock: Clock::System,
        launcher: Arc::new(Processes::default()),
    };
    let listener = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))).await?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}");
    let house = House::open(start).await?;
    let stage = demo::set_up(&house).await?;
    house.reload().await?;
    let stop = stop_signal(output)?;
    house.announce(address)?;
    announce(address, output);
    explain(&stage, &url, &house, output);
    if !args.quiet {
        demo::let_friends_call(&house, &stage, &url, &stop);
    }
    server::serve(listener, house, Workers::here(), stop).await;
    Ok(())
}

fn explain(stage: &demo::Stage, url: &str, house: &House, output: &Output) {
    let data_dir = &house.around().data_dir;
    let Some(friend) = stage.friends.first() else { return };
    let key = friend.key.expose_secret();
    if output.is_json() {
        output.json_line(&json!({ "event": "demo", "friend": friend.name, "key": key, "data_dir": data_dir }));
        return;
    }
    let data_dir = data_dir.display();
    output.text(&format!(
        "\nThe provider is a pretend one on this machine; nothing leaves it and nothing costs anything.\n\
         {name} is one of {count} pretend friends. Call as {name}:\n\n  \
         curl {url}/v1/messages -H 'x-api-key: {key}' -H 'content-type: application/json' \\\n    \
         -d '{{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":100,\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'\n\n\
         or let Claude Code do it:\n\n  \
         ANTHROPIC_BASE_URL={url}/api ANTHROPIC_AUTH_TOKEN={key} claude\n\n\
         and watch the ledger:\n\n  \
         carpool --data-dir {data_dir} --vault file usage\n  \
         carpool --data-dir {data_dir} --vault file calls --limit 10\n",
        name = friend.name,
        count = stage.friends.len(),
    ));
}
