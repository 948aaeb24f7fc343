//! ngrok: an account, and one name that stays.
//!
//! With `--log-format json` every line is an object. Its fields and the codes are those of ngrok 3
//! (<https://ngrok.com/docs/errors>, and the logs in issue 58 of ultrasecurity/Storm-Breaker and others).

use http::HeaderName;
use serde::Deserialize;
use url::Url;

use super::origin;
use crate::tunnel::{Command, Launch, Need, Part, Place, Program, Said, Trouble, TunnelSettings, Unfit, Way, WayId};

/// Where ngrok reads the authtoken; without it, in its own settings.
const AUTHTOKEN: &str = "NGROK_AUTHTOKEN";

static NGROK: Program = Program {
    name: "ngrok",
    install: &[("macos", "brew install ngrok"), ("windows", "winget install --id Ngrok.Ngrok")],
    page: "https://ngrok.com/download",
};

/// What ngrok's codes mean.
const CODES: &[(&[u32], Trouble)] = &[
    // No account, or no authtoken.
    (&[4018], Trouble::NoSecret),
    // An authtoken that is malformed, unknown, revoked or of a closed account.
    (&[100, 101, 102, 105, 106, 107, 109], Trouble::Refused),
    // Too many sessions; the name is online elsewhere.
    (&[108, 334], Trouble::InUse),
    // Too old.
    (&[120, 121], Trouble::Outdated),
    // A name that is not the account's, or not allowed.
    (&[300, 303, 307, 314, 319, 320, 326], Trouble::RemotePort),
];

/// See the file's description.
#[derive(Debug)]
pub(super) struct Ngrok;

/// A line.
#[derive(Deserialize)]
struct Line {
    msg: String,
    lvl: String,
    #[serde(default)]
    url: Option<Url>,
    #[serde(default)]
    err: Option<String>,
}

impl Way for Ngrok {
    fn id(&self) -> WayId {
        WayId("ngrok")
    }

    fn name(&self) -> &'static str {
        "ngrok"
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&NGROK)
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[(Part::Secret, Need::May), (Part::Url, Need::May)]
    }

    fn caution(&self) -> Option<&'static str> {
        Some("ngrok sees what passes, and a free account has a monthly limit of data.")
    }

    fn launch(&self, settings: &TunnelSettings, place: &Place) -> Result<Launch, Unfit> {
        // Its inspector would keep prompts and show them to every program on this machine.
        let mut args: Vec<String> =
            ["http", "--inspect=false", "--log", "stdout", "--log-format", "json"].map(str::to_owned).into();
        if let Some(url) = &settings.url {
            args.extend(["--url".to_owned(), url.as_str().trim_end_matches('/').to_owned()]);
        }
        args.push(origin(place.port));
        let env = settings.secret.iter().map(|secret| (AUTHTOKEN, secret.clone())).collect();
        Ok(Launch::Program(Command { program: &NGROK, args, env, files: Vec::new() }))
    }

    fn read(&self, line: &str) -> Option<Said> {
        let Ok(said) = serde_json::from_str::<Line>(line) else { return by_code(line) };
        match (said.msg.as_str(), said.url) {
            ("started tunnel", Some(url)) => Some(Said::Url(url)),
            _ if said.lvl == "info" => None,
            (msg, _) => {
                let error = said.err.unwrap_or_default();
                let is_lost = msg == "failed to reconnect session" || msg == "session closing";
                by_code(&error).or_else(|| is_offline(&error, is_lost).then_some(Said::Failed(Trouble::Unreachable)))
            }
        }
    }

    /// ngrok says which address it serves at, also of one that was asked for.
    fn fixed_url(&self, settings: &TunnelSettings) -> Option<Url> {
        settings.url.clone()
    }

    fn client_address_header(&self, _: &TunnelSettings) -> Option<HeaderName> {
        // ngrok sets it (<https://ngrok.com/docs/http/#upstream-headers>).
        Some(HeaderName::from_static("x-forwarded-for"))
    }
}

fn by_code(text: &str) -> Option<Said> {
    // What is new in a version is unknown to the ones before.
    if text.contains("unknown flag") {
        return Some(Said::Failed(Trouble::Outdated));
    }
    let (_, rest) = text.split_once("ERR_NGROK_")?;
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let code: u32 = rest[..digits].parse().ok()?;
    let known = CODES.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, trouble)| trouble.clone());
    Some(Said::Failed(
        known.unwrap_or_else(|| Trouble::SwitchOn(format!("https://ngrok.com/docs/errors/err_ngrok_{code}"))),
    ))
}

fn is_offline(error: &str, is_lost: bool) -> bool {
    let signs = ["no such host", "dial tcp", "i/o timeout", "EOF", "connection reset", "network is unreachable"];
    is_lost && signs.into_iter().any(|sign| error.contains(sign))
}
