//! `carpool share`

use carpool_core::share::{MOST_RESERVED, Mode, Settings};
use carpool_relay::{
    accounts::Surroundings,
    store::{
        friends::{self, Friend},
        settings,
    },
};
use clap::Args;
use serde::Serialize;

use super::{
    named::{database, friend_id},
    output::Output,
};
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct ShareArgs {
    /// off (whoever comes first), gentle (shares count where a window gets scarce) or strict (they count at once)
    #[arg(value_name = "off|gentle|strict")]
    mode: Option<Mode>,
    /// Up to how much of a window nobody is held to a share
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    soft_line: Option<f64>,
    /// How much of a window is kept for your own use
    #[arg(long, value_name = "PERCENT", value_parser = parse_reserve)]
    owner_reserve: Option<f64>,
}

fn parse_percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    number.filter(|number| (0.0..=100.0).contains(number)).ok_or_else(|| "expected 0 to 100".to_owned())
}

fn parse_reserve(text: &str) -> Result<f64, String> {
    let most = MOST_RESERVED * 100.0;
    parse_percent(text)
        .ok()
        .filter(|number| *number <= most)
        .ok_or_else(|| format!("expected 0 to {most}: the rest is what friends share"))
}

/// How windows are shared; numbers are percent.
#[derive(Debug, Serialize)]
struct Shown {
    mode: &'static str,
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
    let wanted = Settings {
        mode: args.mode.unwrap_or(current.mode),
        soft_line: args.soft_line.map_or(current.soft_line, |percent| percent / 100.0),
        owner_reserve: args.owner_reserve.map_or(current.owner_reserve, |percent| percent / 100.0),
    };
    if wanted != current {
        settings::set_share(pool, &wanted).await.map_err(database)?;
    }
    let mode = wanted.mode.as_str();
    let [soft_line, owner_reserve] = [wanted.soft_line, wanted.owner_reserve].map(percent);
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

/// A part of one in percent, to a tenth.
fn percent(part: f64) -> f64 {
    (part * 1000.0).round() / 10.0
}

/// Each friend's weight in percent, to a tenth.
fn parts(friends: &[Friend]) -> Vec<Part> {
    let sum: f64 = friends.iter().map(|friend| friend.share).sum();
    let part = |friend: &Friend| Part {
        id: friend_id(friend.id),
        name: friend.name.clone(),
        share: friend.share,
        percent: percent(friend.share / sum),
    };
    friends.iter().map(part).collect()
}
