//! Whether friends reach this relay through the tunnel: looked at from here to the far end and back, on demand and, while a
//! tunnel is wanted, again and again.

mod asking;
mod door;
mod examine;
pub mod names;
pub mod publish;
pub mod record;
mod watch;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, RwLock},
};

use carpool_core::{
    client_address,
    reach::{Canary, Light, Step, TunnelSeen, TunnelState},
    tunnel::Shut,
};
use http::{HeaderName, Request};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch as channel};

pub(crate) use self::door::{PATH, probe};
pub use self::examine::examine;
use crate::{
    House,
    tunnel::{State, Status},
};

/// How friends reach the relay, as of the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// In one word.
    pub light: Light,
    /// What was looked at, in order.
    pub steps: Vec<Step>,
    /// When.
    pub checked_at: Option<Timestamp>,
    /// The public address at that time.
    pub url: Option<String>,
}

/// What the house knows of how it is reached.
#[derive(Debug)]
pub(crate) struct Reaching {
    /// Drawn anew by each run, and nowhere but here.
    canary: Canary,
    /// The header by which the tunnel in use tells where calls come from.
    trusted: RwLock<Option<HeaderName>>,
    /// Where the relay listens on this machine.
    listens_at: Mutex<Option<SocketAddr>>,
    /// How the tunnel stands; whoever waits is told when it changes.
    tunnel: channel::Sender<TunnelSeen>,
    latest: Mutex<Reach>,
    /// The names of the public address, now and before.
    names: RwLock<Vec<Arc<str>>>,
    /// Somebody wants a look now.
    look: Notify,
    /// The owner changed something: it may be where the address is to be told.
    settings: Notify,
    /// The wish for a look that was seen last, see [`record::ask`].
    last_asked: Mutex<Option<String>>,
}

impl Reaching {
    /// Nothing is known yet.
    ///
    /// # Errors
    /// When the machine gives no random numbers.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut random = [0; 64];
        getrandom::fill(&mut random)?;
        Ok(Self {
            canary: Canary::new(&random),
            trusted: RwLock::default(),
            listens_at: Mutex::default(),
            tunnel: channel::Sender::new(TunnelSeen::default()),
            latest: Mutex::default(),
            names: RwLock::default(),
            look: Notify::new(),
            settings: Notify::new(),
            last_asked: Mutex::default(),
        })
    }

    /// Notes where the relay listens.
    pub(crate) fn listens_at(&self, address: SocketAddr) {
        *self.listens_at.lock().expect("no one panics while noting an address") = Some(address);
        self.look.notify_one();
    }

    /// Where this machine reaches the relay.
    fn own_address(&self) -> Option<SocketAddr> {
        let mut address = (*self.listens_at.lock().expect("no one panics while noting an address"))?;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            IpAddr::V4(_) | IpAddr::V6(_) => {}
        }
        Some(address)
    }

    fn note(&self, reach: &Reach) {
        self.latest.lock().expect("no one panics while noting a look").clone_from(reach);
    }

    /// Passes on that settings may have changed; `asked` is the latest wish for a look.
    pub(crate) fn settings_changed(&self, asked: Option<String>) {
        let mut last = self.last_asked.lock().expect("no one panics while noting a wish");
        if *last != asked {
            *last = asked;
            self.look.notify_one();
        }
        self.settings.notify_one();
    }
}

/// How the tunnel stands, as far as it matters here.
pub(crate) fn seen(status: &Status) -> TunnelSeen {
    let state = match &status.state {
        State::Off => TunnelState::Off,
        State::Waiting { why: Shut::NoKey } => TunnelState::NoKey,
        State::Waiting { why: Shut::NotListening } | State::Starting => TunnelState::Starting,
        State::Up => TunnelState::Up,
        State::Retrying { why, .. } => TunnelState::Retrying(why.to_string()),
        State::Missing { program } => TunnelState::Missing((*program).to_owned()),
        State::Unfit { why } => TunnelState::Unfit(why.clone()),
    };
    TunnelSeen { state, url: status.public_url.clone() }
}

impl House {
    /// Believes, from now on, this header of what comes from this machine, and no other: the one in which the tunnel in use
    /// tells where calls come from. `None` where there is no tunnel, or it does not tell.
    pub fn trust_address_header(&self, header: Option<HeaderName>) {
        *self.reaching.trusted.write().expect("no one panics while reading an address") = header;
    }

    /// Notes how the tunnel stands.
    pub fn tunnel_is(&self, seen: TunnelSeen) {
        self.reaching.tunnel.send_if_modified(|known| {
            let is_new = *known != seen;
            *known = seen;
            is_new
        });
    }

    /// How friends reach this relay, as of the last look.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.reaching.latest.lock().expect("no one panics while noting a look").clone()
    }

    /// Where a request comes from. What the tunnel wrote into it is taken away.
    pub(crate) fn arrives<B>(&self, peer: IpAddr, request: &mut Request<B>) -> IpAddr {
        if !peer.is_loopback() {
            return peer;
        }
        let trusted = self.reaching.trusted.read().expect("no one panics while reading an address");
        let Some(trusted) = trusted.as_ref() else { return peer };
        let from = client_address::client_address(peer, request.headers(), Some(trusted));
        client_address::remove_forwarding(request.headers_mut(), Some(trusted));
        from
    }
}
