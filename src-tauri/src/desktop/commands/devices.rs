//! Where keys were used, and whether one is perhaps used by two people.

use carpool_ipc::friends::Device;
use carpool_relay::store::devices;
use jiff::{SignedDuration, Timestamp};

/// How close to each other calls from two addresses are that one person hardly makes.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(10);
/// How long that is worth telling.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn shown_device(device: &devices::Device) -> Device {
    Device {
        client: device.client.clone(),
        address: device.address.clone(),
        first_seen_ms: device.first_seen_at.as_millisecond(),
        last_seen_ms: device.last_seen_at.as_millisecond(),
        calls: u64::try_from(device.calls).unwrap_or_default(),
    }
}

/// Says whether a key was lately used from two addresses within ten minutes. A device that moves to another network looks
/// the same, so it is a hint and no more.
pub(super) fn is_shared(devices: &[&devices::Device], now: Timestamp) -> bool {
    let lately: Vec<_> = devices.iter().filter(|device| now.duration_since(device.last_seen_at) <= LATELY).collect();
    lately.iter().enumerate().any(|(at, one)| {
        lately[at + 1..].iter().any(|other| {
            other.address != one.address && one.last_seen_at.duration_since(other.last_seen_at).abs() <= AT_ONCE
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(address: &str, last_seen_minutes: i64) -> devices::Device {
        devices::Device {
            key_id: 1,
            client: "claude-code".to_owned(),
            address: address.to_owned(),
            first_seen_at: Timestamp::UNIX_EPOCH,
            last_seen_at: minute(last_seen_minutes),
            calls: 1,
            reached_by: None,
        }
    }

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).expect("a time")
    }

    fn is_shared_of(devices: &[devices::Device], now: i64) -> bool {
        is_shared(&devices.iter().collect::<Vec<_>>(), minute(now))
    }

    #[test]
    fn two_addresses_at_nearly_the_same_time_are_a_hint() {
        assert!(is_shared_of(&[device("203.0.113.7", 1000), device("198.51.100.2", 1010)], 1020));
        assert!(!is_shared_of(&[device("203.0.113.7", 1000), device("198.51.100.2", 1011)], 1020));
        assert!(!is_shared_of(&[device("203.0.113.7", 1000), device("203.0.113.7", 1001)], 1020), "two programs");
        assert!(!is_shared_of(&[device("203.0.113.7", 1000)], 1020));
    }

    #[test]
    fn what_was_days_ago_is_no_hint_any_more() {
        let devices = [device("203.0.113.7", 1000), device("198.51.100.2", 1001)];

        assert!(is_shared_of(&devices, 1001 + 24 * 60 - 1));
        assert!(!is_shared_of(&devices, 1002 + 24 * 60));
    }
}
