//! A port of the owner's own server, by plain SSH: `ssh -R`.
//!
//! The lines are OpenSSH's (`ssh.c`, `clientloop.c`, `sshconnect.c`), with `-v`, because without it a success is silent.

use http::HeaderName;

use crate::tunnel::{Command, Launch, Need, Part, Place, Program, Said, Trouble, TunnelSettings, Unfit, Way, WayId};

/// What keeps ssh from asking anybody, and from hanging on a connection that is gone.
const OPTIONS: &[&str] = &[
    "BatchMode=yes",
    "ExitOnForwardFailure=yes",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
    "ConnectTimeout=20",
    // Its own master connection would live on without it.
    "ControlMaster=no",
    "ControlPath=none",
];

static SSH: Program = Program {
    name: "ssh",
    install: &[("linux", "sudo apt install openssh-client")],
    page: "https://www.openssh.com/portable.html",
};

/// See the file's description.
#[derive(Debug)]
pub(super) struct Ssh;

impl Way for Ssh {
    fn id(&self) -> WayId {
        WayId("ssh")
    }

    fn name(&self) -> &'static str {
        "SSH to your own server"
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&SSH)
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[
            (Part::To, Need::Must),
            (Part::RemotePort, Need::Must),
            (Part::Url, Need::Must),
            (Part::ClientAddressHeader, Need::May),
        ]
    }

    fn caution(&self) -> Option<&'static str> {
        Some(
            "ssh signs in with your own key or agent and is never asked for a password. The port opens on the server's \
             loopback, for a proxy with TLS there, unless its GatewayPorts says otherwise.",
        )
    }

    fn launch(&self, settings: &TunnelSettings, place: &Place) -> Result<Launch, Unfit> {
        let (to, remote_port) = (settings.to(self)?, settings.remote_port(self)?);
        let mut args: Vec<String> = ["-v", "-N", "-T"].map(str::to_owned).into();
        for option in OPTIONS {
            args.extend(["-o".to_owned(), (*option).to_owned()]);
        }
        if let Some(port) = to.port {
            args.extend(["-p".to_owned(), port.to_string()]);
        }
        if let Some(user) = &to.user {
            args.extend(["-l".to_owned(), user.clone()]);
        }
        args.extend(["-R".to_owned(), format!("{remote_port}:127.0.0.1:{}", place.port)]);
        args.extend(["--".to_owned(), to.host.clone()]);
        Ok(Launch::Program(Command { program: &SSH, args, env: Vec::new(), files: Vec::new() }))
    }

    fn read(&self, line: &str) -> Option<Said> {
        let has = |text: &str| line.contains(text);
        if has("remote forward success for") {
            return Some(Said::Ready);
        }
        let trouble = if has("Host key verification failed") || has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            Trouble::HostKey
        } else if has("remote port forwarding failed") || has("remote forward failure for") {
            Trouble::RemotePort
        } else if has("Permission denied (") || has("Too many authentication failures") {
            Trouble::Refused
        } else if is_offline(line) {
            Trouble::Unreachable
        } else {
            return None;
        };
        Some(Said::Failed(trouble))
    }

    fn says_when_ready(&self) -> bool {
        true
    }

    fn client_address_header(&self, settings: &TunnelSettings) -> Option<HeaderName> {
        settings.client_address_header.clone()
    }
}

fn is_offline(line: &str) -> bool {
    let signs = [
        "Could not resolve hostname",
        "Connection refused",
        "Connection timed out",
        "Operation timed out",
        "No route to host",
        "Network is unreachable",
        "Connection closed by",
        "Connection reset by",
        "kex_exchange_identification",
        "Timeout, server ",
        "Broken pipe",
    ];
    signs.into_iter().any(|sign| line.contains(sign))
}
