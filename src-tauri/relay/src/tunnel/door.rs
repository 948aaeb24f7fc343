//! The relay's own port, opened on the address that this machine has in its local network.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Event, Running};
use crate::{
    House,
    clock::Clock,
    server::{self, BindError},
    workers::Workers,
};

/// How often it is looked whether the machine is still at this address.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A port that is open in the local network.
pub(super) struct Door {
    ip: IpAddr,
    clock: Clock,
    /// Cancelled when the port is to be closed; nothing where the relay's own port is open there anyway.
    close: Option<CancellationToken>,
}

impl Door {
    /// Opens the relay's port at an address of this machine, unless it is open there already.
    pub(super) async fn open(house: &Arc<House>, own: SocketAddr, ip: IpAddr) -> Result<Self, BindError> {
        let clock = house.clock.clone();
        if own.ip().is_unspecified() || own.ip() == ip {
            return Ok(Self { ip, clock, close: None });
        }
        let listener = server::bind(SocketAddr::new(ip, own.port())).await?;
        let close = CancellationToken::new();
        let (stop, cut, behind) = (close.clone(), house.closing.clone(), Arc::clone(house));
        let listening = async move { server::listen(listener, &behind, &Workers::here(), stop, cut).await };
        house.tasks.spawn(listening);
        Ok(Self { ip, clock, close: Some(close) })
    }
}

impl Running for Door {
    fn pid(&self) -> Option<u32> {
        None
    }

    fn next(&mut self) -> BoxFuture<'_, Event> {
        Box::pin(async move {
            while network_ip() == Some(self.ip) {
                self.clock.pace(LOOK_EVERY).await;
            }
            Event::Ended
        })
    }

    fn end(&mut self) -> BoxFuture<'_, ()> {
        if let Some(close) = &self.close {
            close.cancel();
        }
        Box::pin(std::future::ready(()))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(close) = &self.close {
            close.cancel();
        }
    }
}

/// The address that others in the local network reach this machine at. Nothing is sent to find it out.
#[must_use]
pub fn network_ip() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // A documentation address (RFC 5737): any that is not in a local network does.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}
