//! Looks, step by step, whether friends reach this relay.

use std::time::Duration;

use carpool_core::{
    network::IpPreference,
    reach::{self, Answered, Cause, STEPS, Seen, Step, StepId, TunnelSeen, TunnelState, Unreached, Verdict},
};
use http::Uri;
use url::{Host, Url};

use super::{
    Reach,
    asking::{ask, ask_for_pieces},
};
use crate::{House, network::Route, resolve};

/// Looks now, and remembers what was seen.
pub async fn examine(house: &House) -> Reach {
    let seen = house.reaching.tunnel.borrow().clone();
    let mut steps = vec![reach::listener(own_port(house).await), reach::tunnel(&seen)];
    // Also while it is started again and again: the way there may tell why.
    if let TunnelSeen { state: TunnelState::Up | TunnelState::Retrying(_), url: Some(url) } = &seen {
        look_from_outside(house, url, &mut steps).await;
    }
    for id in STEPS.into_iter().skip(steps.len()) {
        steps.push(Step { id, verdict: Verdict::Skipped, cause: Cause::EarlierStep, detail: None });
    }
    let reach = Reach { light: reach::light(&steps), steps, checked_at: Some(house.clock.now()), url: seen.url };
    house.reaching.note(&reach);
    reach
}

/// Asks at the relay's own port; `None` when it does not listen.
async fn own_port(house: &House) -> Option<Result<Answered, Unreached>> {
    let address = house.reaching.own_address()?;
    Some(ask(&house.upstream.local(), &format!("http://{address}"), &house.reaching.canary).await)
}

/// From the name of the public address to an answer of our own through it. What is left out is left out for a reason that
/// stands in the step before.
async fn look_from_outside(house: &House, public: &str, steps: &mut Vec<Step>) {
    let Some((url, uri)) = read(public) else {
        let detail = Some(public.to_owned());
        steps.push(Step { id: StepId::Dns, verdict: Verdict::Fail, cause: Cause::BadAddress, detail });
        return;
    };
    let name = reach::dns(look_up(house, &url, &uri).await.as_ref());
    let is_known = name.verdict != Verdict::Fail;
    steps.push(name);
    if !is_known {
        return;
    }
    let canary = &house.reaching.canary;
    let client = if reach::is_inside(&url) {
        Ok(house.upstream.local())
    } else {
        house.upstream.client(&Route::default(), public)
    };
    let probed = match &client {
        Ok(client) => ask(client, public, canary).await,
        Err(error) => Err(Unreached::Way(error.to_string())),
    };
    steps.extend([reach::tls(&url, &probed), reach::probe(&probed)]);
    if let (Ok(client), Ok(Answered { is_ours: true, .. })) = (&client, &probed) {
        steps.push(reach::stream(&ask_for_pieces(client, public, canary).await));
    } else {
        steps.push(Step { id: StepId::Stream, verdict: Verdict::Skipped, cause: Cause::EarlierStep, detail: None });
    }
    let (date, took) = probed.map_or((None, Duration::ZERO), |answered| (answered.date, answered.took));
    steps.push(reach::clock(date, house.clock.now(), took));
}

fn read(public: &str) -> Option<(Url, Uri)> {
    let url = Url::parse(public).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    Some((url, public.parse().ok()?))
}

/// Looks the name up, if there is one and nobody else does it.
async fn look_up(house: &House, url: &Url, uri: &Uri) -> Option<Seen> {
    let Some(Host::Domain(name)) = url.host() else { return None };
    if !house.upstream.looks_names_up(&Route::default(), uri) {
        return Some(Seen::AtTheProxy);
    }
    let port = url.port_or_known_default().unwrap_or_default();
    Some(match resolve::addresses(name, port, IpPreference::Any).await {
        Ok(found) => Seen::Addresses(found.into_iter().map(|address| address.ip().to_canonical()).collect()),
        Err(error) => Seen::Unknown(error.to_string()),
    })
}
