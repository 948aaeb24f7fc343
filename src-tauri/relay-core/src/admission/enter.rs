//! What can be told of a call before its body is read: who sends it, from where, and at what time of the day.

use core::net::IpAddr;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Subject,
    denied::{self, Denied, Why},
};
use crate::{call::Client, limits};

/// What is known of a call before its body is read.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Its `User-Agent`; empty where it has none.
    pub user_agent: &'a str,
    /// Where it comes from.
    pub address: IpAddr,
}

/// Says whether a call may come in at all.
///
/// # Errors
/// [`Denied`] where its client or its address is not allowed, or in quiet hours.
pub fn may_enter(
    subjects: &[Subject<'_>],
    arrival: &Arrival<'_>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(), Denied> {
    let checks = subjects.iter().flat_map(|subject| {
        [refuse_client(subject, arrival), refuse_address(subject, arrival), refuse_hour(subject, now, zone)]
    });
    denied::first(checks.flatten().collect())
}

fn refuse_client(subject: &Subject<'_>, arrival: &Arrival<'_>) -> Option<Denied> {
    let allowed = &subject.limits.allow_clients;
    if allowed.is_empty() || allowed.iter().any(|client| client.fits(arrival.user_agent)) {
        return None;
    }
    let label =
        |name: &str| Client::from_word(name).map_or_else(|| name.to_owned(), |client| client.label().to_owned());
    let allowed = allowed.iter().map(|client| label(client.as_str())).collect();
    Some(Denied::new(subject, Why::Client { allowed, is: Client::from_user_agent(arrival.user_agent) }, None))
}

fn refuse_address(subject: &Subject<'_>, arrival: &Arrival<'_>) -> Option<Denied> {
    let allowed = &subject.limits.allow_ips;
    // A socket for both families tells IPv4 addresses as IPv6 ones.
    let address = arrival.address.to_canonical();
    let is_allowed = allowed.is_empty() || allowed.iter().any(|network| network.contains(&address));
    (!is_allowed).then(|| Denied::new(subject, Why::Address(address), None))
}

fn refuse_hour(subject: &Subject<'_>, now: Timestamp, zone: &TimeZone) -> Option<Denied> {
    let until = limits::quiet_until(&subject.limits.quiet, now, zone)?;
    Some(Denied::new(subject, Why::Quiet, Some(until)))
}
