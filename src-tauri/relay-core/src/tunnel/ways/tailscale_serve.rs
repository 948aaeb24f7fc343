//! Tailscale Serve: an address for the owner's own tailnet, which friends have to join.

use http::HeaderName;

use super::tailscale::{self, FORWARDED_FOR, TAILSCALE};
use crate::tunnel::{Launch, Need, Part, Place, Program, Said, TunnelSettings, Unfit, Way, WayId};

/// See the file's description.
#[derive(Debug)]
pub(super) struct TailscaleServe;

impl Way for TailscaleServe {
    fn id(&self) -> WayId {
        WayId("tailscale-serve")
    }

    fn name(&self) -> &'static str {
        "Tailscale Serve"
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&TAILSCALE)
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[]
    }

    fn caution(&self) -> Option<&'static str> {
        Some("Friends need Tailscale, and a place in your tailnet or a share of this machine.")
    }

    fn launch(&self, _: &TunnelSettings, place: &Place) -> Result<Launch, Unfit> {
        Ok(tailscale::launch("serve", place))
    }

    fn read(&self, line: &str) -> Option<Said> {
        tailscale::read(line)
    }

    fn client_address_header(&self, _: &TunnelSettings) -> Option<HeaderName> {
        Some(FORWARDED_FOR)
    }
}
