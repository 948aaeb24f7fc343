//! A way that the owner sees to: a reverse proxy, a VPN, a port that the router forwards. Carpool only looks whether the
//! address leads here.

use http::HeaderName;

use crate::tunnel::{Launch, Need, Part, Place, Program, Said, TunnelSettings, Unfit, Way, WayId};

/// See the file's description.
#[derive(Debug)]
pub(super) struct Own;

impl Way for Own {
    fn id(&self) -> WayId {
        WayId("own")
    }

    fn name(&self) -> &'static str {
        "I have my own"
    }

    fn program(&self) -> Option<&'static Program> {
        None
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[(Part::Url, Need::Must), (Part::ClientAddressHeader, Need::May)]
    }

    fn caution(&self) -> Option<&'static str> {
        Some(
            "Your proxy has to overwrite the header that names the client's address, or anybody can choose theirs. \
             Without TLS everyone on the way can read the keys.",
        )
    }

    fn launch(&self, settings: &TunnelSettings, _: &Place) -> Result<Launch, Unfit> {
        settings.url.as_ref().map(|_| Launch::Nothing).ok_or(Unfit::Missing { way: self.id(), part: Part::Url })
    }

    fn read(&self, _: &str) -> Option<Said> {
        None
    }

    fn client_address_header(&self, settings: &TunnelSettings) -> Option<HeaderName> {
        settings.client_address_header.clone()
    }
}
