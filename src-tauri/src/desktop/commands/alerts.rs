//! What the owner is told without asking, and where.

use std::sync::Arc;

use carpool_core::{
    alert::{Event, Percent, Rules, words},
    digest::{Schedule, words as digest_words},
    statement,
    webhook::{AddressNeed, ChatNeed, FORMATS, Format, SecretNeed},
};
use carpool_ipc::{
    Failure,
    alerts::{
        About, AddWebhook, AddedWebhook, AlertRules, Alerts, Digest, DigestTime, Episode, GetAlerts, GetDigest,
        LastLetter, LetterState, RemoveWebhook, SecretNeed as ShownSecretNeed, SetAlerts, TestWebhook, Webhook,
        WebhookFormat,
    },
    settings::Language,
};
use carpool_relay::{
    House,
    alerts::{self, AlertSettings, webhooks},
    store::{episodes, webhooks as stored},
};
use jiff::{Timestamp, civil::Weekday, tz::TimeZone};
use secrecy::ExposeSecret;
use tauri::State;

use super::{
    super::{host::Host, tray::system_language},
    Reply,
    shown::{failed, found, refused},
};
use crate::failure;

type TheHost<'a> = State<'a, Arc<Host>>;

/// How many episodes are shown.
const SHOWN_EPISODES: u32 = 6;

#[tauri::command]
pub(in super::super) async fn alerts(ask: GetAlerts, host: TheHost<'_>) -> Reply<GetAlerts> {
    let GetAlerts {} = ask;
    let house = host.house()?;
    let pool = house.around().store.pool();
    let language = words_in(host.preferences().language);
    let latest = episodes::latest(pool, SHOWN_EPISODES).await.map_err(refused)?;
    let webhooks = webhooks::list(house.around()).await.map_err(refused)?;
    Ok(Alerts {
        rules: shown_rules(&alerts::settings(pool).await.map_err(refused)?),
        episodes: latest.into_iter().map(|(episode, until)| shown_episode(episode, until, language)).collect(),
        webhooks: webhooks.into_iter().map(shown_webhook).collect(),
        formats: FORMATS.iter().map(|format| shown_format(format)).collect(),
    })
}

#[tauri::command]
pub(in super::super) async fn set_alerts(ask: SetAlerts, host: TheHost<'_>) -> Reply<SetAlerts> {
    let settings = read_rules(&ask.rules)?;
    alerts::set_settings(host.house()?.around().store.pool(), &settings).await.map_err(refused)
}

#[tauri::command]
pub(in super::super) async fn digest(ask: GetDigest, host: TheHost<'_>) -> Reply<GetDigest> {
    let GetDigest {} = ask;
    last_week(&*host.house()?, words_in(host.preferences().language)).await
}

#[tauri::command]
pub(in super::super) async fn add_webhook(ask: AddWebhook, host: TheHost<'_>) -> Reply<AddWebhook> {
    let name = ask.name.trim().to_owned();
    let added = webhooks::add(host.house()?.around(), wanted(&name, &ask)?).await.map_err(failed)?;
    Ok(AddedWebhook { name, secret: added.drawn.map(|secret| secret.expose_secret().to_owned()) })
}

#[tauri::command]
pub(in super::super) async fn test_webhook(ask: TestWebhook, host: TheHost<'_>) -> Reply<TestWebhook> {
    test(&*host.house()?, ask.id).await
}

#[tauri::command]
pub(in super::super) async fn remove_webhook(ask: RemoveWebhook, host: TheHost<'_>) -> Reply<RemoveWebhook> {
    webhooks::remove(host.house()?.around(), ask.id).await.map(drop).map_err(refused)
}

/// The language in which the window's owner is told.
pub(in super::super) fn words_in(language: Option<Language>) -> statement::Language {
    match language.unwrap_or_else(system_language) {
        Language::English => statement::Language::English,
        Language::Chinese => statement::Language::Chinese,
    }
}

async fn test(house: &House, id: i64) -> Result<LastLetter, Failure> {
    let around = house.around();
    let all = webhooks::list(around).await.map_err(refused)?;
    let webhook = found(all.into_iter().find(|webhook| webhook.id == id))?;
    let language = alerts::language(around.store.pool()).await.map_err(refused)?;
    let last = alerts::send_now(around, &webhook, &alerts::test_note(language)).await.map_err(failed)?;
    Ok(shown_letter(last))
}

async fn last_week(house: &House, language: statement::Language) -> Result<Digest, Failure> {
    let (around, zone) = (house.around(), TimeZone::system());
    let schedule = alerts::settings(around.store.pool()).await.map_err(refused)?.digest.unwrap_or_default();
    let (_, end) = schedule.last_due(around.clock.now(), &zone);
    let digest = alerts::digest(around, end, &zone).await.map_err(failed)?;
    let note = digest_words::note(&digest, language);
    Ok(Digest { title: note.title, lines: note.lines })
}

fn wanted(name: &str, ask: &AddWebhook) -> Result<webhooks::Wanted, Failure> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let format: &'static Format = ask.format.parse().map_err(|error| failed(webhooks::WebhookError::Place(error)))?;
    Ok(webhooks::Wanted {
        name: name.to_owned(),
        format,
        address: given(&ask.url).map(Into::into),
        secret: given(&ask.secret).map(Into::into),
        chat: given(&ask.chat),
        about: match ask.about {
            About::All => stored::About::All,
            About::Alerts => stored::About::Alerts,
            About::Digest => stored::About::Digest,
        },
    })
}

fn read_rules(rules: &AlertRules) -> Result<AlertSettings, Failure> {
    let spend = rules.spend_per_hour.trim();
    let spend_per_hour = if spend.is_empty() {
        None
    } else {
        let amount = spend.parse();
        Some(amount.map_err(|error: carpool_core::price::NotMoney| {
            failed(failure::Failure::new("bad_amount", error.to_string()))
        })?)
    };
    let digest = rules.digest.map(|DigestTime { day, hour }| {
        let day = Weekday::from_monday_one_offset(day).ok();
        let schedule = day.and_then(|day| Schedule::new(day, hour));
        schedule.ok_or_else(|| failed(failure::Failure::new("bad_time", "there is no such time of the week")))
    });
    Ok(AlertSettings {
        rules: Rules { spend_per_hour, accounts: rules.accounts, unusual_use: rules.unusual_use.map(Percent) },
        digest: digest.transpose()?,
    })
}

fn shown_rules(settings: &AlertSettings) -> AlertRules {
    let Rules { spend_per_hour, accounts, unusual_use } = settings.rules;
    let digest =
        settings.digest.map(|schedule| DigestTime { day: schedule.day.to_monday_one_offset(), hour: schedule.hour() });
    let spend = spend_per_hour.map(|limit| limit.to_string().trim_start_matches('$').to_owned());
    AlertRules {
        spend_per_hour: spend.unwrap_or_default(),
        accounts,
        unusual_use: unusual_use.map(|Percent(percent)| percent),
        digest,
    }
}

fn shown_episode(
    episode: carpool_core::alert::Episode,
    until: Option<Timestamp>,
    language: statement::Language,
) -> Episode {
    let since_ms = episode.since.as_millisecond();
    let title = words::note(&Event::Began(episode), language, &TimeZone::system()).title;
    Episode { title, since_ms, until_ms: until.map(|until| until.as_millisecond()) }
}

fn shown_webhook(webhook: webhooks::Webhook) -> Webhook {
    let format = FORMATS.iter().find(|format| format.id == webhook.format);
    Webhook {
        id: webhook.id,
        name: webhook.name,
        format: format.map_or(webhook.format, |format| format.name.to_owned()),
        about: match webhook.about {
            stored::About::All => About::All,
            stored::About::Alerts => About::Alerts,
            stored::About::Digest => About::Digest,
        },
        place: webhook.place.map_or_else(|error| error.to_string(), |place| place.shown()),
        last: webhook.last.map(shown_letter),
    }
}

fn shown_letter(last: stored::LastLetter) -> LastLetter {
    let state = match last.state {
        stored::LetterState::Sent => LetterState::Sent,
        stored::LetterState::Trying => LetterState::Trying,
        stored::LetterState::GaveUp => LetterState::GaveUp,
    };
    LastLetter { state, detail: last.detail, at_ms: last.at.as_millisecond() }
}

fn shown_format(format: &Format) -> WebhookFormat {
    WebhookFormat {
        id: format.id.to_owned(),
        name: format.name.to_owned(),
        needs_url: format.address == AddressNeed::Owners,
        secret: match format.secret {
            SecretNeed::None => ShownSecretNeed::None,
            SecretNeed::Optional => ShownSecretNeed::Signing,
            SecretNeed::Drawn => ShownSecretNeed::Drawn,
            SecretNeed::Owners => ShownSecretNeed::Token,
        },
        needs_chat: format.chat == ChatNeed::Needed,
    }
}
