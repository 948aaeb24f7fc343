//! How friends reach this machine: the ways, the tunnel, and whether it works.

use std::sync::Arc;

use carpool_core::{
    reach,
    tunnel::{self, Need, Part, TunnelSettings, WAYS, WayId},
};
use carpool_ipc::{
    Failure,
    tunnel::{
        CheckReach, Field, FieldOffer, GetReachability, OldAddress, Program, Publish, Published, Reachability,
        SetPublish, StartTunnel, Step, StopTunnel, Way, WayOffer,
    },
};
use carpool_relay::{
    House,
    reach::{
        examine,
        names::on_old_address,
        publish::{self, Telling},
    },
};
use secrecy::SecretString;
use tauri::State;

use super::{
    super::host::Host,
    Reply,
    reach_words::{cause, kind, verdict},
    shown::{failed, refused},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn reachability(ask: GetReachability, host: TheHost<'_>) -> Reply<GetReachability> {
    let GetReachability {} = ask;
    known(&*host.house()?).await
}

#[tauri::command]
pub(in super::super) async fn start_tunnel(ask: StartTunnel, host: TheHost<'_>) -> Reply<StartTunnel> {
    host.house()?.tunnel().start(settings(ask)?).await.map_err(failed)
}

#[tauri::command]
pub(in super::super) async fn stop_tunnel(ask: StopTunnel, host: TheHost<'_>) -> Reply<StopTunnel> {
    let StopTunnel {} = ask;
    host.house()?.tunnel().stop().await.map_err(failed)
}

#[tauri::command]
pub(in super::super) async fn check_reach(ask: CheckReach, host: TheHost<'_>) -> Reply<CheckReach> {
    let CheckReach {} = ask;
    examine(&*host.house()?).await;
    Ok(())
}

#[tauri::command]
pub(in super::super) async fn set_publish(ask: SetPublish, host: TheHost<'_>) -> Reply<SetPublish> {
    let place = Some(SecretString::from(ask.url.trim())).filter(|_| !ask.url.trim().is_empty());
    let house = host.house()?;
    publish::set_place(house.around(), place.as_ref()).await.map_err(failed)?;
    house.reload().await.map_err(failed)
}

async fn known(house: &House) -> Result<Reachability, Failure> {
    let (reach, set) = (house.reach(), house.tunnel().settings());
    let store = &house.around().store;
    let old = on_old_address(store, house.around().clock.now()).await.map_err(refused)?;
    Ok(Reachability {
        ways: WAYS.iter().filter_map(|way| offer(house, *way, set.as_ref())).collect(),
        steps: reach.steps.iter().map(step).collect(),
        checked_ms: reach.checked_at.map(|at| at.as_millisecond()),
        old_addresses: old
            .into_iter()
            .map(|old| OldAddress {
                friend: old.friend,
                address: old.reached_by,
                last_seen_ms: old.last_seen_at.as_millisecond(),
            })
            .collect(),
        publish: published(house).await?,
    })
}

async fn published(house: &House) -> Result<Publish, Failure> {
    let place = publish::place(house.around()).await.map_err(failed)?;
    let last = publish::last(&house.around().store).await.map_err(refused)?;
    Ok(Publish {
        last: last.filter(|_| place.is_some()).map(|last| Published {
            is_told: last.state == Telling::Told,
            detail: last.detail,
            at_ms: last.at.as_millisecond(),
        }),
        place: place.as_ref().map(publish::shown),
    })
}

fn offer(house: &House, way: &'static dyn tunnel::Way, set: Option<&TunnelSettings>) -> Option<WayOffer> {
    let set = set.filter(|set| set.way == way.id());
    let field = |(part, need): &(Part, Need)| FieldOffer {
        field: shown_part(*part),
        is_needed: *need == Need::Must,
        value: set.map(|set| value(set, *part)).unwrap_or_default(),
    };
    let program = way.program().map(|program| Program {
        name: program.name.to_owned(),
        is_installed: house.tunnel().find(program).is_some(),
        install: program.how_to_install(std::env::consts::OS),
    });
    Some(WayOffer {
        way: shown_way(way.id())?,
        program,
        fields: way.parts().iter().map(field).collect(),
        has_token: set.is_some_and(|set| set.secret.is_some()),
    })
}

/// The window's name for a way.
pub(in super::super) fn shown_way(id: WayId) -> Option<Way> {
    Way::ALL.iter().copied().find(|way| way.id() == id.as_str())
}

fn shown_part(part: Part) -> Field {
    match part {
        Part::To => Field::Server,
        Part::RemotePort => Field::RemotePort,
        Part::Url => Field::Url,
        Part::Secret => Field::Token,
        Part::ClientAddressHeader => Field::Header,
    }
}

/// What is set, as it is typed. A secret is not among it.
fn value(set: &TunnelSettings, part: Part) -> String {
    let value = match part {
        Part::To => set.to.as_ref().map(ToString::to_string),
        Part::RemotePort => set.remote_port.map(|port| port.to_string()),
        Part::Url => set.url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
        Part::Secret => None,
        Part::ClientAddressHeader => set.client_address_header.as_ref().map(ToString::to_string),
    };
    value.unwrap_or_default()
}

/// What the owner typed, read.
fn settings(ask: StartTunnel) -> Result<TunnelSettings, Failure> {
    let way = ask.way.id().parse().map_err(|error: tunnel::UnknownWay| bad("bad_way", error.to_string()))?;
    let mut settings = TunnelSettings::new(way);
    for (field, typed) in ask.values {
        let typed = typed.trim();
        match field {
            Field::Server => {
                settings.to =
                    Some(typed.parse().map_err(|error: tunnel::RemoteError| bad("bad_server", error.to_string()))?);
            }
            Field::RemotePort => {
                let port = typed.parse().ok().filter(|port: &u16| *port > 0);
                settings.remote_port = Some(port.ok_or_else(|| bad("bad_port", "a port is a number from 1 to 65535"))?);
            }
            Field::Url => settings.url = Some(typed.parse().map_err(|_| failed(tunnel::Unfit::Url))?),
            Field::Token => settings.secret = Some(typed.into()),
            Field::Header => {
                let name =
                    typed.parse().map_err(|_| bad("bad_header", "a header's name is letters, digits and hyphens"));
                settings.client_address_header = Some(name?);
            }
        }
    }
    Ok(settings)
}

fn bad(code: &'static str, message: impl Into<String>) -> Failure {
    failure::Failure::new(code, message).into()
}

fn step(step: &reach::Step) -> Step {
    Step { kind: kind(step.id), verdict: verdict(step.verdict), cause: cause(step.cause), detail: step.detail.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_knows_every_way_in_the_same_order() {
        let shown: Vec<_> = WAYS.iter().map(|way| shown_way(way.id()).map(Way::id)).collect();

        assert_eq!(shown, Way::ALL.iter().map(|way| Some(way.id())).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_typed_is_read_and_what_is_none_is_refused() {
        let ask = |values: &[(Field, &str)]| {
            let values = values.iter().map(|(field, typed)| (*field, (*typed).to_owned())).collect();
            settings(StartTunnel { way: Way::Ssh, values })
        };

        let read = ask(&[(Field::Server, " me@example.com:2222 "), (Field::RemotePort, "8787")]).expect("it is right");
        assert_eq!(value(&read, Part::To), "me@example.com:2222");
        assert_eq!(read.remote_port, Some(8787));
        for (field, typed, code) in [
            (Field::Server, "-oProxyCommand=x", "bad_server"),
            (Field::RemotePort, "0", "bad_port"),
            (Field::Url, "nowhere", "bad_url"),
            (Field::Header, "x forwarded", "bad_header"),
        ] {
            assert_eq!(ask(&[(field, typed)]).expect_err("it is wrong").code, code, "{typed}");
        }
    }

    #[test]
    fn a_secret_does_not_come_back() {
        let mut set = TunnelSettings::new("ngrok".parse().expect("a way"));
        set.secret = Some("canary-token".into());

        assert_eq!(value(&set, Part::Secret), "");
    }
}
