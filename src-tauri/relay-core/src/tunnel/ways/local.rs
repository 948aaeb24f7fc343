//! The local network: the relay opens its port on the address that this machine has there.

use http::HeaderName;

use crate::tunnel::{Launch, Need, Part, Place, Program, Said, TunnelSettings, Unfit, Way, WayId};

/// See the file's description.
#[derive(Debug)]
pub(super) struct Local;

impl Way for Local {
    fn id(&self) -> WayId {
        WayId("local")
    }

    fn name(&self) -> &'static str {
        "Local network"
    }

    fn program(&self) -> Option<&'static Program> {
        None
    }

    fn parts(&self) -> &'static [(Part, Need)] {
        &[]
    }

    fn caution(&self) -> Option<&'static str> {
        Some(
            "Everyone in this network can try keys on the port, and can read the keys that pass: it is not encrypted. \
             Choose it only for a network whose people you trust.",
        )
    }

    fn launch(&self, _: &TunnelSettings, _: &Place) -> Result<Launch, Unfit> {
        Ok(Launch::Door)
    }

    fn read(&self, _: &str) -> Option<Said> {
        None
    }

    fn is_local(&self) -> bool {
        true
    }

    fn client_address_header(&self, _: &TunnelSettings) -> Option<HeaderName> {
        None
    }
}
