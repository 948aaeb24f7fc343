//! `carpool serve`

use std::net::{IpAddr, SocketAddr};

use carpool_relay::{House, server, workers::Workers};
use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Global, output::Output};
use crate::{failure::Failure, logs};

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
    logs::start(&data_dir)?;
    let listener = server::bind(SocketAddr::new(args.bind, args.port)).await?;
    let address = listener.local_addr()?;
    let workers = Workers::start()?;
    let stop = stop_signal(output)?;
    house.announce(address)?;
    announce(address, output);
    server::serve(listener, house, workers, stop).await;
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

/// Cancelled by the first SIGTERM or Ctrl-C. A second one ends the program at once. From here on neither ends it before
/// the running calls have ended.
pub(crate) fn stop_signal(output: &Output) -> Result<CancellationToken, Failure> {
    let mut signals = Signals::new()?;
    let stop = CancellationToken::new();
    let (token, output) = (stop.clone(), *output);
    tokio::spawn(async move {
        signals.next().await;
        output.note("Stopping: running calls may go on for up to 30 s. Ctrl-C again ends them now.");
        token.cancel();
        signals.next().await;
        std::process::exit(130);
    });
    Ok(stop)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
