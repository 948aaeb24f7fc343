//! Cloudflare's quick tunnel: no account, and another name with every start.

use http::HeaderName;

use super::{
    address_in,
    cloudflared::{self, CLOUDFLARED, CONNECTING_IP},
};
use crate::tunnel::{Command, Launch, Need, Part, Place, Program, Said, TunnelSettings, Unfit, Way, WayId};

/// What the names of quick tunnels end with. The terms that are printed before have addresses, too.
const ZONE: &str = ".trycloudflare.com";
/// The address that hands tunnels out, which errors name.
const API: &str = "api.trycloudflare.com";

/// See the file's description.
#[derive(Debug)]
pub(super) struct CloudflareQuick;

impl Way for CloudflareQuick {
    fn id(&self) -> WayId {
        WayId("cloudflare-quick")
    }

    fn name(&self) -> &'static str {
        "Cloudflare quick tunnel"
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&CLOUDFLARED)
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[]
    }

    fn caution(&self) -> Option<&'static str> {
        Some(
            "The address is another one after every restart, so friends have to be told. Cloudflare promises nothing for it \
             and sees what passes.",
        )
    }

    fn launch(&self, _: &TunnelSettings, place: &Place) -> Result<Launch, Unfit> {
        Ok(Launch::Program(Command {
            program: &CLOUDFLARED,
            args: cloudflared::args(place, &[]),
            env: Vec::new(),
            files: vec![cloudflared::settings_file(place)],
        }))
    }

    fn read(&self, line: &str) -> Option<Said> {
        let url = address_in(line, "https://")
            .filter(|url| url.host_str().is_some_and(|host| host.ends_with(ZONE) && host != API));
        url.map_or_else(|| cloudflared::read(line), |url| Some(Said::Url(url)))
    }

    fn says_when_ready(&self) -> bool {
        true
    }

    fn client_address_header(&self, _: &TunnelSettings) -> Option<HeaderName> {
        Some(CONNECTING_IP)
    }

    /// Cloudflare's documentation of quick tunnels: no Server-Sent Events for `GET`.
    fn buffers_streams(&self) -> bool {
        true
    }
}
