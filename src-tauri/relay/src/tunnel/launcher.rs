//! Starts programs, reads what they print, and ends them with all that they began.

use std::{
    ffi::OsString,
    fmt, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use carpool_core::tunnel::{Command, Program};
use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, ChildStderr, ChildStdout},
    time::{sleep, timeout},
};

use super::{
    installed,
    orphan::{self, ENDING},
};
use crate::clock::Stopwatch;

/// The most that is read of a line, in bytes: a program's last words count, not its floods.
const LONGEST_LINE: usize = 16 * 1024;
/// How long something is read from a program that has ended: what it began may keep its output open.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Starts programs.
pub trait Launcher: fmt::Debug + Send + Sync {
    /// Where a program is installed.
    fn find(&self, program: &Program) -> Option<PathBuf> {
        installed::find(program.name, None)
    }

    /// Starts a program that is installed at `path`. Its input is closed, its output is read.
    ///
    /// # Errors
    /// When the system does not start it.
    fn launch(&self, path: &Path, command: &Command) -> io::Result<Box<dyn Running>>;
}

/// Something that runs for the tunnel.
pub trait Running: Send {
    /// Its process, if it has one of its own.
    fn pid(&self) -> Option<u32>;

    /// What happens next; to be asked until it has ended. May be dropped and asked anew without loss.
    fn next(&mut self) -> BoxFuture<'_, Event>;

    /// Ends it, and all that it began.
    fn end(&mut self) -> BoxFuture<'_, ()>;
}

/// What happens to something that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It printed a line.
    Line(String),
    /// It has ended.
    Ended,
}

/// Starts programs as processes of this one.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    /// Where they are looked for, if not in this process's PATH. They are started with it, too.
    pub path: Option<OsString>,
}

impl Launcher for Processes {
    fn find(&self, program: &Program) -> Option<PathBuf> {
        installed::find(program.name, self.path.as_deref())
    }

    fn launch(&self, path: &Path, command: &Command) -> io::Result<Box<dyn Running>> {
        let mut wanted = tokio::process::Command::new(path);
        wanted
            .args(&command.args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        wanted.envs(command.env.iter().map(|(name, value)| (name, value.expose_secret())));
        if let Some(path) = &self.path {
            wanted.env("PATH", path);
        }
        // A group of its own: it can be ended with all that it began, and Ctrl-C in the relay's terminal does not reach it.
        #[cfg(unix)]
        wanted.process_group(0);
        let mut child = wanted.spawn()?;
        let stdout = Lines::new(child.stdout.take().expect("it is piped"));
        let stderr = Lines::new(child.stderr.take().expect("it is piped"));
        let pid = child.id();
        Ok(Box::new(Process { child, pid, stdout, stderr, ended: None }))
    }
}

/// A process of this one.
struct Process {
    child: Child,
    pid: Option<u32>,
    stdout: Lines<ChildStdout>,
    stderr: Lines<ChildStderr>,
    /// Since it has ended.
    ended: Option<Stopwatch>,
}

impl Running for Process {
    fn pid(&self) -> Option<u32> {
        self.pid
    }

    fn next(&mut self) -> BoxFuture<'_, Event> {
        Box::pin(async move {
            while !(self.ended.is_some() && self.stdout.is_over && self.stderr.is_over) {
                let left = self.ended.map_or(LAST_WORDS, |ended| LAST_WORDS.saturating_sub(ended.elapsed()));
                let line = tokio::select! {
                    biased;
                    line = self.stdout.next(), if !self.stdout.is_over => line,
                    line = self.stderr.next(), if !self.stderr.is_over => line,
                    _ = self.child.wait(), if self.ended.is_none() => {
                        self.ended = Some(Stopwatch::start());
                        None
                    }
                    () = sleep(left), if self.ended.is_some() => break,
                };
                if let Some(line) = line {
                    return Event::Line(line);
                }
            }
            Event::Ended
        })
    }

    fn end(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let Some(pid) = self.pid.take() else { return };
            orphan::ask_to_end(pid);
            if self.ended.is_none() {
                // One that does not end in time is ended below.
                let _ = timeout(ENDING, self.child.wait()).await;
            }
            orphan::end(pid);
            let _ = self.child.wait().await;
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(pid) = self.pid.take() {
            orphan::end(pid);
        }
    }
}

/// The lines of a program's output.
struct Lines<Output> {
    output: BufReader<Output>,
    line: Vec<u8>,
    is_over: bool,
}

impl<Output: AsyncRead + Unpin> Lines<Output> {
    fn new(output: Output) -> Self {
        Self { output: BufReader::new(output), line: Vec::new(), is_over: false }
    }

    /// The next line; `None` at the end. May be dropped and asked anew without loss.
    async fn next(&mut self) -> Option<String> {
        loop {
            let chunk = self.output.fill_buf().await.unwrap_or_default();
            if chunk.is_empty() {
                self.is_over = true;
                return (!self.line.is_empty()).then(|| self.take());
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            let read = end.unwrap_or(chunk.len());
            self.line.extend_from_slice(&chunk[..read.min(room)]);
            self.output.consume(read + usize::from(end.is_some()));
            if end.is_some() {
                return Some(self.take());
            }
        }
    }

    fn take(&mut self) -> String {
        let line = std::mem::take(&mut self.line);
        String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()
    }
}
