//! What is measured, and a running instance of it.

use std::net::SocketAddr;

use crate::child::Held;

/// One way from the load generator to the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Target {
    /// No proxy: what the machine, the load generator and the upstream cost by themselves.
    Direct,
    /// nginx with one worker and no access log: the yardstick.
    Nginx,
    /// The relay, with its defaults.
    Carpool,
    /// The same with every limit set on the key, for small calls alone.
    Limited,
}

impl Target {
    /// In table order.
    pub(crate) const ALL: &[Target] = &[Target::Direct, Target::Nginx, Target::Carpool, Target::Limited];

    /// The column's head, and the value of the header that lets the upstream count apart.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::Direct => "direct",
            Target::Nginx => "nginx",
            Target::Carpool => "carpool",
            Target::Limited => "limited",
        }
    }
}

/// A target that accepts calls; dropping it ends the process behind it, if we started one.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) target: Target,
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    pub(crate) process: Process,
}

/// The process whose CPU and memory count as the target's.
#[derive(Debug)]
pub(crate) enum Process {
    /// The target adds none.
    None,
    /// Started here, ends here.
    Ours(Held),
    /// Already running; left alone.
    Attached(u32),
}

impl Running {
    /// The direct way to the upstream.
    pub(crate) fn direct(upstream: SocketAddr) -> Self {
        Self { target: Target::Direct, address: upstream, key: String::from("cr_direct"), process: Process::None }
    }

    /// The proxy's process id.
    pub(crate) fn pid(&self) -> Option<u32> {
        match &self.process {
            Process::None => None,
            Process::Ours(held) => Some(held.pid()),
            Process::Attached(pid) => Some(*pid),
        }
    }
}
