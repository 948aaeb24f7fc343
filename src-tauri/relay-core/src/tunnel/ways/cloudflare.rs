//! Cloudflare's named tunnel: a name of the owner's own domain that stays.

use http::HeaderName;

use super::cloudflared::{self, CLOUDFLARED, CONNECTING_IP};
use crate::tunnel::{Command, Launch, Need, Part, Place, Program, Said, TunnelSettings, Unfit, Way, WayId};

/// Where cloudflared reads the tunnel's token.
const TOKEN: &str = "TUNNEL_TOKEN";

/// See the file's description.
#[derive(Debug)]
pub(super) struct Cloudflare;

impl Way for Cloudflare {
    fn id(&self) -> WayId {
        WayId("cloudflare")
    }

    fn name(&self) -> &'static str {
        "Cloudflare tunnel"
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&CLOUDFLARED)
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[(Part::Secret, Need::Must), (Part::Url, Need::Must)]
    }

    fn caution(&self) -> Option<&'static str> {
        Some("In Cloudflare's dashboard the tunnel's name has to lead to this port. Cloudflare sees what passes.")
    }

    fn launch(&self, settings: &TunnelSettings, place: &Place) -> Result<Launch, Unfit> {
        let secret = settings.secret.clone().ok_or(Unfit::Missing { way: self.id(), part: Part::Secret })?;
        Ok(Launch::Program(Command {
            program: &CLOUDFLARED,
            args: cloudflared::args(place, &["run"]),
            env: vec![(TOKEN, secret)],
            files: vec![cloudflared::settings_file(place)],
        }))
    }

    fn read(&self, line: &str) -> Option<Said> {
        cloudflared::read(line)
    }

    fn says_when_ready(&self) -> bool {
        true
    }

    fn client_address_header(&self, _: &TunnelSettings) -> Option<HeaderName> {
        Some(CONNECTING_IP)
    }
}
