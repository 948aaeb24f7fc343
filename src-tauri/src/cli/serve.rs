//! `carpool serve`

use std::net::{IpAddr, SocketAddr};

use carpool_relay::{House, server};
use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Global, failure::Failure, logs, output::Output};

#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// Address to listen on; 0.0.0.0 lets your local network in
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8787)]
    port: u16,
}

pub(crate) async fn run(args: ServeArgs, global: &Global, output: &Output) -> Result<(), Failure> {
    let start = global.start()?;
    let data_dir = start.data_dir.clone();
    let house = House::open(start).await?;
    let _logs = logs::start(&data_dir)?;
    let listener = server::bind(SocketAddr::new(args.bind, args.port)).await?;
    let address = listener.local_addr()?;
    house.announce(address)?;
    announce(address, output);
    server::serve(listener, house, stop_signal(output)).await;
    Ok(())
}

/// Says where the relay listens.
pub(crate) fn announce(address: SocketAddr, output: &Output) {
    let url = format!("http://{address}");
    if output.is_json() {
        output.json_line(&json!({ "event": "listening", "url": url }));
    } else {
        output.text(&format!("Carpool listens on {url}. Stop it with Ctrl-C."));
    }
    if !address.ip().is_loopback() {
        output.note("Everyone who reaches this address can try keys on it; without a key nobody is served.");
    }
}

/// Cancelled by the first SIGTERM or Ctrl-C. A second one ends the program at once.
pub(crate) fn stop_signal(output: &Output) -> CancellationToken {
    let stop = CancellationToken::new();
    let (token, output) = (stop.clone(), *output);
    tokio::spawn(async move {
        next_signal().await;
        output.note("Stopping: running calls may go on for up to 30 s. Ctrl-C again ends them now.");
        token.cancel();
        next_signal().await;
        std::process::exit(130);
    });
    stop
}

#[cfg(unix)]
async fn next_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn next_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
