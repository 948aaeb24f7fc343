//! `carpool alerts` and `carpool digest`: what the owner is told without asking.

use carpool_core::{
    alert::{Episode, Event, Percent, Rules, unusual, words as alert_words},
    digest::{NotATime, Schedule, words as digest_words},
    price::PicoUsd,
    webhook::Note,
};
use carpool_relay::{
    accounts::Surroundings,
    alerts::{self, AlertSettings},
    store::{episodes, webhooks::About},
};
use clap::Args;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use serde_json::json;

use super::{
    named::database,
    output::Output,
    webhook::{Sent, send_to_all},
};
use crate::failure::Failure;

/// How many episodes are shown.
const SHOWN_EPISODES: u32 = 20;
/// The words of a switch.
const ON: &str = "on";
const OFF: &str = "off";

/// An alert is told when it begins and when it is over: on the desktop, and by webhooks (see `carpool webhook`). A relay that
/// runs looks once a minute. Without an argument, it is shown what you are told of and what was told lately.
#[derive(Args, Debug)]
pub(crate) struct AlertsArgs {
    /// Tell when all calls of an hour cost more than this together, or "none"
    #[arg(long, value_name = "USD|none", value_parser = parse_spend)]
    spend_per_hour: Option<Spend>,
    /// Tell when an account cannot serve
    #[arg(long, value_name = "on|off", value_parser = parse_switch)]
    accounts: Option<bool>,
    /// Tell when a key is used far more than ever before, as a stolen one is: "on" (more than 200 % of its busiest day in
    /// four weeks, or 300 % of its busiest hour), another percentage of its busiest day, or "off"
    #[arg(long, value_name = "on|off|PERCENT", value_parser = parse_unusual)]
    unusual_use: Option<Unusual>,
    /// When the digest of a week is told: a day and an hour such as "monday 09:00", or "off"
    #[arg(long, value_name = "DAY HOUR|off", value_parser = parse_schedule)]
    digest: Option<When>,
}

#[derive(Clone, Copy, Debug)]
struct Spend(Option<PicoUsd>);

#[derive(Clone, Copy, Debug)]
struct Unusual(Option<Percent>);

#[derive(Clone, Copy, Debug)]
struct When(Option<Schedule>);

fn parse_spend(text: &str) -> Result<Spend, String> {
    if matches!(text, "none" | OFF) {
        return Ok(Spend(None));
    }
    let amount: PicoUsd = text.parse().map_err(|error: carpool_core::price::NotMoney| error.to_string())?;
    if amount == PicoUsd(0) { Err("expected more than 0, or none".to_owned()) } else { Ok(Spend(Some(amount))) }
}

fn parse_switch(text: &str) -> Result<bool, String> {
    match text {
        ON => Ok(true),
        OFF => Ok(false),
        _ => Err("expected on or off".to_owned()),
    }
}

fn parse_unusual(text: &str) -> Result<Unusual, String> {
    let (least, most) = (unusual::FACTORS.start().0, unusual::FACTORS.end().0);
    match text {
        ON => Ok(Unusual(Some(unusual::DEFAULT_FACTOR))),
        OFF => Ok(Unusual(None)),
        _ => {
            let percent = text.strip_suffix('%').unwrap_or(text).parse().ok().map(Percent);
            let percent = percent.filter(|percent| unusual::FACTORS.contains(percent));
            percent
                .map(|percent| Unusual(Some(percent)))
                .ok_or_else(|| format!("expected on, off, or {least} to {most} percent"))
        }
    }
}

fn parse_schedule(text: &str) -> Result<When, String> {
    if matches!(text, "none" | OFF) {
        return Ok(When(None));
    }
    text.parse().map(|schedule| When(Some(schedule))).map_err(|error: NotATime| error.to_string())
}

/// What the owner is told of, and what was told.
#[derive(Debug, Serialize)]
struct Shown {
    spend_per_hour_pico_usd: Option<PicoUsd>,
    accounts: bool,
    unusual_use_percent: Option<Percent>,
    digest: Option<Schedule>,
    episodes: Vec<ShownEpisode>,
}

/// Something that is, or was, not as it should be.
#[derive(Debug, Serialize)]
struct ShownEpisode {
    since: Timestamp,
    /// `null`: it is not over.
    until: Option<Timestamp>,
    what: String,
    about: Episode,
}

pub(crate) async fn run(args: AlertsArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let current = alerts::settings(pool).await.map_err(database)?;
    let Rules { spend_per_hour, accounts, unusual_use } = current.rules;
    let wanted = AlertSettings {
        rules: Rules {
            spend_per_hour: args.spend_per_hour.map_or(spend_per_hour, |Spend(limit)| limit),
            accounts: args.accounts.unwrap_or(accounts),
            unusual_use: args.unusual_use.map_or(unusual_use, |Unusual(factor)| factor),
        },
        digest: args.digest.map_or(current.digest, |When(schedule)| schedule),
    };
    if wanted != current {
        alerts::set_settings(pool, &wanted).await.map_err(database)?;
    }
    let latest = episodes::latest(pool, SHOWN_EPISODES).await.map_err(database)?;
    let language = alerts::language(pool).await.map_err(database)?;
    let shown = |(episode, until): (Episode, Option<Timestamp>)| {
        let note = alert_words::note(&Event::Began(episode.clone()), language, &TimeZone::system());
        ShownEpisode { since: episode.since, until, what: note.title, about: episode }
    };
    let shown = Shown {
        spend_per_hour_pico_usd: wanted.rules.spend_per_hour,
        accounts: wanted.rules.accounts,
        unusual_use_percent: wanted.rules.unusual_use,
        digest: wanted.digest,
        episodes: latest.into_iter().map(shown).collect(),
    };
    if output.is_json() {
        output.object(&shown);
        return Ok(());
    }
    let on = |switch: bool| if switch { ON } else { OFF };
    output.object(&json!({
        "spend_per_hour": wanted.rules.spend_per_hour.map(|limit| limit.to_string()),
        "accounts": on(wanted.rules.accounts),
        "unusual_use": wanted.rules.unusual_use.map_or_else(|| OFF.to_owned(), |Percent(percent)| format!("{percent} %")),
        "digest": wanted.digest.map_or_else(|| OFF.to_owned(), |schedule| schedule.to_string()),
    }));
    if !shown.episodes.is_empty() {
        output.text("");
        output.list(&shown.episodes, &["since", "until", "what"]);
    }
    Ok(())
}

/// The seven days before a day, in a few lines.
#[derive(Args, Debug)]
pub(crate) struct DigestArgs {
    /// The day after the week, as 2026-11-30 [default: the day the digest was due last, or today where it is off]
    #[arg(long, value_name = "DAY")]
    before: Option<Date>,
    /// Send it to every webhook that is told of digests, now; when it is due it is sent all the same
    #[arg(long)]
    send: bool,
}

pub(crate) async fn digest(args: DigestArgs, around: &Surroundings, output: &Output) -> Result<(), Failure> {
    let pool = around.store.pool();
    let (zone, now) = (TimeZone::system(), around.clock.now());
    let schedule = alerts::settings(pool).await.map_err(database)?.digest;
    let due = schedule.map_or_else(|| now.to_zoned(zone.clone()).date(), |schedule| schedule.last_due(now, &zone).1);
    let digest = alerts::digest(around, args.before.unwrap_or(due), &zone).await?;
    let note = digest_words::note(&digest, alerts::language(pool).await.map_err(database)?);
    let sent = if args.send { send_to_all(around, About::Digest, &note).await? } else { Vec::new() };
    show(&note, &sent, output);
    if let Some(failed) = sent.iter().find(|one| !one.is_sent()) {
        let message = format!("the digest was not sent to {}: {}", failed.webhook, failed.detail);
        return Err(Failure::new("webhook_failed", message));
    }
    Ok(())
}

fn show(note: &Note, sent: &[Sent], output: &Output) {
    if output.is_json() {
        output.object(&json!({ "digest": note.data, "text": note.text(), "sent": sent }));
        return;
    }
    output.text(&note.text());
    if !sent.is_empty() {
        output.text("");
        output.list(sent, &["webhook", "state", "detail"]);
    }
}
