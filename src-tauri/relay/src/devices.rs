//! Where keys are used from: the program and the address of each device that showed one, noted at once and written down
//! soon after.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use sqlx::SqlitePool;

use crate::store::{
    SqlError,
    devices::{self, Seen},
};

/// Devices that are noted until they are written: who sends ever other user agents must not fill the memory.
const UNWRITTEN: usize = 1000;

/// Devices that were seen and are not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Devices(Mutex<HashMap<Device, Lately>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Device {
    key_id: i64,
    client: &'static str,
    address: IpAddr,
}

#[derive(Clone, Debug)]
struct Lately {
    at: Timestamp,
    calls: u32,
    reached_by: Option<Arc<str>>,
}

impl Devices {
    /// Notes that a key was shown, and by which of the relay's names it came, if by one.
    pub(crate) fn saw(
        &self,
        key_id: i64,
        user_agent: &str,
        address: IpAddr,
        reached_by: Option<Arc<str>>,
        now: Timestamp,
    ) {
        let device = Device { key_id, client: devices::client(user_agent), address };
        let mut seen = self.0.lock().expect("no one panics while noting a device");
        if seen.len() >= UNWRITTEN && !seen.contains_key(&device) {
            return;
        }
        let lately = seen.entry(device).or_insert(Lately { at: now, calls: 0, reached_by: None });
        lately.at = lately.at.max(now);
        lately.calls = lately.calls.saturating_add(1);
        lately.reached_by = reached_by.or(lately.reached_by.take());
    }

    /// Writes down what was seen since this was done last.
    pub(crate) async fn write(&self, pool: &SqlitePool) -> Result<(), SqlError> {
        let seen = std::mem::take(&mut *self.0.lock().expect("no one panics while noting a device"));
        if seen.is_empty() {
            return Ok(());
        }
        let seen = seen.into_iter().map(|(device, Lately { at, calls, reached_by })| {
            let Device { key_id, client, address } = device;
            Seen { key_id, client, address, at, calls, reached_by }
        });
        let seen: Vec<_> = seen.collect();
        devices::note(&mut *pool.acquire().await?, &seen).await
    }
}
