//! How the friends share the windows of subscriptions.

use std::sync::Arc;

use carpool_core::share::{self, MOST_RESERVED};
use carpool_ipc::{
    Failure,
    shares::{FairShare, GetFairShare, SetFairShare, SetShares, ShareMode},
};
use carpool_relay::{
    House,
    store::{friends, settings},
};
use tauri::State;

use super::{
    super::host::Host,
    Reply,
    shown::{failed, refused, taken_up},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

#[tauri::command]
pub(in super::super) async fn set_shares(ask: SetShares, host: TheHost<'_>) -> Reply<SetShares> {
    weigh(&*host.house()?, &ask).await
}

#[tauri::command]
pub(in super::super) async fn fair_share(ask: GetFairShare, host: TheHost<'_>) -> Reply<GetFairShare> {
    let GetFairShare {} = ask;
    settings::share(host.house()?.around().store.pool()).await.map(|known| shown(&known)).map_err(refused)
}

#[tauri::command]
pub(in super::super) async fn set_fair_share(ask: SetFairShare, host: TheHost<'_>) -> Reply<SetFairShare> {
    let (house, wanted) = (host.house()?, read(ask.fair_share)?);
    settings::set_share(house.around().store.pool(), &wanted).await.map_err(refused)?;
    taken_up(&house).await
}

async fn weigh(house: &House, ask: &SetShares) -> Result<(), Failure> {
    // A weight that is none would take every other friend's part away, or nobody's.
    if ask.shares.iter().any(|one| !one.share.is_finite() || one.share < 0.0) {
        return Err(failed(failure::Failure::new("bad_share", "a share is a number from 0 on")));
    }
    for one in &ask.shares {
        friends::set_share(house.around().store.pool(), one.friend_id, one.share).await.map_err(refused)?;
    }
    taken_up(house).await
}

fn shown(known: &share::Settings) -> FairShare {
    let mode = match known.mode {
        share::Mode::Off => ShareMode::Off,
        share::Mode::Gentle => ShareMode::Gentle,
        share::Mode::Strict => ShareMode::Strict,
    };
    FairShare { mode, soft_line: known.soft_line, owner_reserve: known.owner_reserve }
}

fn read(wanted: FairShare) -> Result<share::Settings, Failure> {
    let FairShare { mode, soft_line, owner_reserve } = wanted;
    if !(0.0..=1.0).contains(&soft_line) || !(0.0..=MOST_RESERVED).contains(&owner_reserve) {
        let most = MOST_RESERVED * 100.0;
        let expected = format!("expected a line from 0 to 100 % and a reserve from 0 to {most:.0} %");
        return Err(failed(failure::Failure::new("bad_share", expected)));
    }
    let mode = match mode {
        ShareMode::Off => share::Mode::Off,
        ShareMode::Gentle => share::Mode::Gentle,
        ShareMode::Strict => share::Mode::Strict,
    };
    Ok(share::Settings { mode, soft_line, owner_reserve })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_come_back_as_they_were_set() {
        for (soft_line, owner_reserve) in [(0.6, 0.0), (0.29, 0.07), (1.0, 0.9)] {
            for mode in ShareMode::ALL {
                let wanted = FairShare { mode, soft_line, owner_reserve };

                assert_eq!(shown(&read(wanted).expect("it is one")), wanted);
            }
        }
    }

    #[test]
    fn a_reserve_leaves_something_to_share() {
        let wanted = |soft_line, owner_reserve| FairShare { mode: ShareMode::Gentle, soft_line, owner_reserve };

        assert!(read(wanted(0.6, 0.91)).is_err());
        assert!(read(wanted(1.01, 0.0)).is_err());
        assert!(read(wanted(f64::NAN, 0.0)).is_err());
    }
}
