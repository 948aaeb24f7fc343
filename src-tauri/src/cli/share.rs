//! `carpool share`

use carpool_relay::{
    accounts::Surroundings,
    store::{
        friends::{self, Friend},
        settings::{self, SHARE_MODES, ShareSettings},
    },
};
use clap::{Args, builder::PossibleValuesParser};
use serde::Serialize;

use super::{
    named::{database, friend_id},
    output::Output,
};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct ShareArgs {
    /// off (whoever comes first), gentle (shares count where a window gets scarce) or strict (they count at once)
    #[arg(value_parser = PossibleValuesParser::new(SHARE_MODES))]
    mode: Option<String>,
    /// Up to how much of a window nobody is held to a share
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    soft_line: Option<f64>,
    /// How much of a window is kept for your own use
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    owner_reserve: Option<f64>,
}

fn parse_percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    number.filter(|number| (0.0..=100.0).contains(number)).ok_or_else(|| "expected 0 to 100".to_owned())
}

/// How windows are shared; numbers are percent.
#[derive(Debug, Serialize)]
struct Shown {
    mode: String,
    soft_line: f64,
    owner_reserve: f64,
    friends: Vec<Part>,
}

/// A friend's part of what friends may use of a window.
#[derive(Debug, Serialize)]
struct Part {
    id: String,
    name: String,
    share: f64,
    percent: f64,
}

pub(crate) async fn run(args: ShareArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let current = settings::share(pool).await.map_err(database)?;
    let wanted = ShareSettings {
        mode: args.mode.unwrap_or_else(|| current.mode.clone()),
        soft_line: args.soft_line.unwrap_or(current.soft_line),
        owner_reserve: args.owner_reserve.unwrap_or(current.owner_reserve),
    };
    if wanted != current {
        settings::set_share(pool, &wanted).await.map_err(database)?;
    }
    let ShareSettings { mode, soft_line, owner_reserve } = wanted;
    let friends = parts(&friends::list(pool).await.map_err(database)?);
    if output.is_json() {
        output.object(&Shown { mode, soft_line, owner_reserve, friends });
        return Ok(());
    }
    output.text(&format!("{mode}: shares count above {soft_line} % of a window; {owner_reserve} % are kept for you."));
    if !friends.is_empty() {
        output.list(&friends, &["id", "name", "share", "percent"]);
    }
    Ok(())
}

/// Each friend's weight in percent, to a tenth.
fn parts(friends: &[Friend]) -> Vec<Part> {
    let sum: f64 = friends.iter().map(|friend| friend.share).sum();
    let part = |friend: &Friend| Part {
        id: friend_id(friend.id),
        name: friend.name.clone(),
        share: friend.share,
        percent: (friend.share / sum * 1000.0).round() / 10.0,
    };
    friends.iter().map(part).collect()
}
