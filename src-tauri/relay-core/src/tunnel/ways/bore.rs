//! bore: a plain TCP port of a server, the public one or the owner's own.
//!
//! The lines are those of bore 0.4 to 0.6 (`src/client.rs`, `src/auth.rs`, `src/server.rs` of github.com/ekzhang/bore).

use http::HeaderName;
use secrecy::SecretString;
use url::Url;

use crate::tunnel::{Command, Launch, Need, Part, Place, Program, Said, Trouble, TunnelSettings, Unfit, Way, WayId};

/// Where bore reads the server's secret.
const SECRET: &str = "BORE_SECRET";

static BORE: Program = Program {
    name: "bore",
    install: &[
        ("macos", "brew install bore-cli"),
        ("linux", "cargo install bore-cli"),
        ("windows", "cargo install bore-cli"),
    ],
    page: "https://github.com/ekzhang/bore",
};

/// See the file's description.
#[derive(Debug)]
pub(super) struct Bore;

impl Way for Bore {
    fn id(&self) -> WayId {
        WayId("bore")
    }

    fn name(&self) -> &'static str {
        "bore"
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&BORE)
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[
            (Part::To, Need::Must),
            (Part::RemotePort, Need::May),
            (Part::Secret, Need::May),
            (Part::Url, Need::May),
            (Part::ClientAddressHeader, Need::May),
        ]
    }

    fn caution(&self) -> Option<&'static str> {
        Some(
            "bore does not encrypt: everyone on the way can read the keys. Put a proxy with TLS before the server and name \
             its address, or use it only inside a VPN. Without a remote port the port is another one after every restart.",
        )
    }

    fn launch(&self, settings: &TunnelSettings, place: &Place) -> Result<Launch, Unfit> {
        let mut args: Vec<String> = vec!["local".to_owned(), place.port.to_string()];
        args.extend(["--local-host".to_owned(), "127.0.0.1".to_owned()]);
        args.extend(["--to".to_owned(), settings.to(self)?.host.clone()]);
        if let Some(port) = settings.remote_port {
            args.extend(["--port".to_owned(), port.to_string()]);
        }
        // What it says of itself is a log: it is wanted, whatever the environment says.
        let mut env = vec![("RUST_LOG", SecretString::from("info")), ("NO_COLOR", SecretString::from("1"))];
        env.extend(settings.secret.iter().map(|secret| (SECRET, secret.clone())));
        Ok(Launch::Program(Command { program: &BORE, args, env, files: Vec::new() }))
    }

    fn read(&self, line: &str) -> Option<Said> {
        if let Some((_, address)) = line.split_once("listening at ") {
            return Url::parse(&format!("http://{}", address.trim())).ok().map(Said::Url);
        }
        let has = |text: &str| line.contains(text);
        let trouble = if has("requires authentication") || has("requires secret") {
            Trouble::NoSecret
        } else if has("invalid secret") || has("no secret was required") {
            Trouble::Refused
        } else if has("server error") {
            Trouble::RemotePort
        } else if has("could not connect to") || has("unexpected EOF") {
            Trouble::Unreachable
        } else {
            return None;
        };
        Some(Said::Failed(trouble))
    }

    fn client_address_header(&self, settings: &TunnelSettings) -> Option<HeaderName> {
        settings.client_address_header.clone()
    }
}
