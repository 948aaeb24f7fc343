//! Starts the tunnel's program through the shell plugin. Only the host does: the webview has no permission to run anything,
//! and what is run is what a way in `carpool-core` says, at the path where it is installed.

use std::{io, path::Path};

use carpool_core::tunnel::Command;
use carpool_relay::tunnel::{ENDING, Event, Launcher, Running, ask_to_end};
use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;
use tauri::{AppHandle, async_runtime::Receiver};
use tauri_plugin_shell::{
    ShellExt,
    process::{CommandChild, CommandEvent},
};
use tokio::time::timeout;

/// Starts programs through the shell plugin.
#[derive(Clone, Debug)]
pub(super) struct Shell(pub(super) AppHandle);

impl Launcher for Shell {
    fn launch(&self, path: &Path, command: &Command) -> io::Result<Box<dyn Running>> {
        let variables = command.env.iter().map(|(name, value)| (name, value.expose_secret()));
        let wanted = self.0.shell().command(path).args(&command.args).envs(variables);
        let spawned = wanted.set_process_group(true).kill_on_drop(true).spawn();
        let (events, child) = spawned.map_err(io::Error::other)?;
        Ok(Box::new(Program { pid: child.pid(), events, child: Some(child) }))
    }
}

/// A program that the plugin started.
struct Program {
    pid: u32,
    events: Receiver<CommandEvent>,
    /// Until it has ended.
    child: Option<CommandChild>,
}

impl Program {
    async fn next(&mut self) -> Event {
        loop {
            match self.events.recv().await {
                Some(CommandEvent::Stdout(line) | CommandEvent::Stderr(line)) => {
                    return Event::Line(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
                }
                Some(CommandEvent::Terminated(_)) | None => return Event::Ended,
                Some(_) => {}
            }
        }
    }

    async fn has_ended(&mut self) {
        while self.next().await != Event::Ended {}
    }
}

impl Running for Program {
    fn pid(&self) -> Option<u32> {
        Some(self.pid)
    }

    fn next(&mut self) -> BoxFuture<'_, Event> {
        Box::pin(Program::next(self))
    }

    fn end(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let Some(child) = self.child.take() else { return };
            ask_to_end(self.pid);
            // One that does not end in time is ended below, with all that it began.
            let _ = timeout(ENDING, self.has_ended()).await;
            if let Err(error) = child.kill() {
                tracing::debug!(%error, pid = self.pid, "the tunnel's program had ended");
            }
        })
    }
}
