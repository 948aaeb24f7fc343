//! Tailscale Funnel: an address on the internet that stays, for friends without Tailscale.

use http::HeaderName;

use super::tailscale::{self, FORWARDED_FOR, TAILSCALE};
use crate::tunnel::{Launch, Need, Part, Place, Program, Said, TunnelSettings, Unfit, Way, WayId};

/// See the file's description.
#[derive(Debug)]
pub(super) struct TailscaleFunnel;

impl Way for TailscaleFunnel {
    fn id(&self) -> WayId {
        WayId("tailscale-funnel")
    }

    fn name(&self) -> &'static str {
        "Tailscale Funnel"
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&TAILSCALE)
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[]
    }

    fn caution(&self) -> Option<&'static str> {
        Some("The address is public, and its name is in the public lists of certificates.")
    }

    fn launch(&self, _: &TunnelSettings, place: &Place) -> Result<Launch, Unfit> {
        Ok(tailscale::launch("funnel", place))
    }

    fn read(&self, line: &str) -> Option<Said> {
        tailscale::read(line)
    }

    fn client_address_header(&self, _: &TunnelSettings) -> Option<HeaderName> {
        Some(FORWARDED_FOR)
    }
}
