//! The limits of claude-relay-service in Carpool's terms.

use std::num::NonZeroU32;

use super::{Expiry, fields::Fields};
use crate::{
    limits::{ClientName, Limits},
    options::Pattern,
    price::PicoUsd,
};

/// Minutes in the span of Carpool's shortest money cap.
const FIVE_HOURS: i64 = 300;
/// Which of Carpool's providers its services are.
const PROVIDERS: [(&str, &[&str]); 4] = [
    ("claude", &["claude", "bedrock"]),
    ("gemini", &["gemini", "code-assist"]),
    ("openai", &["openai", "codex", "azure"]),
    ("droid", &["droid"]),
];
/// What its clients are called here. Others keep their name: as the beginning of a user agent, it lets nobody in by mistake.
const CLIENTS: [(&str, &str); 4] =
    [("claude_code", "claude-code"), ("gemini_cli", "gemini-cli"), ("codex_cli", "codex"), ("droid_cli", "droid")];
/// What is set there and has no like here: the field, and what to call it.
const WITHOUT_LIKE: [(&str, &str); 11] = [
    ("tokenLimit", "token limit"),
    ("weeklyOpusCostLimit", "weekly cost limit for Opus"),
    ("dailyOpusCostLimit", "daily cost limit for Opus"),
    ("claudeAccountId", "bound to a Claude account"),
    ("claudeConsoleAccountId", "bound to a Claude Console account"),
    ("geminiAccountId", "bound to a Gemini account"),
    ("openaiAccountId", "bound to an OpenAI account"),
    ("azureOpenaiAccountId", "bound to an Azure OpenAI account"),
    ("bedrockAccountId", "bound to a Bedrock account"),
    ("droidAccountId", "bound to a Droid account"),
    ("vertexAccountId", "bound to a Vertex account"),
];

/// What a key may do, and what of it has no like here.
pub(super) fn limits(key: &Fields<'_>) -> Result<(Limits, Vec<String>), String> {
    let mut left_out = Vec::new();
    let money = |name: &str| -> Result<Option<PicoUsd>, String> {
        let Some(text) = key.number(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("{name} is '{text}', which is no amount"))
    };
    let mut limits = Limits {
        concurrency: key.count("concurrencyLimit")?.map(small).transpose()?,
        cap_day: money("dailyCostLimit")?,
        cap_total: money("totalCostLimit")?,
        ..Limits::default()
    };
    if limits.cap_total.is_some() {
        left_out.push("what was spent of the total cost limit: the cap counts from now on".to_owned());
    }
    rate(key, money("rateLimitCost")?, &mut limits, &mut left_out)?;
    if key.is_on("enableModelRestriction") {
        let models = key.words("restrictedModels")?.into_iter();
        limits.deny_models =
            models.map(Pattern::try_from).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    }
    if key.is_on("enableClientRestriction") {
        let clients = key.words("allowedClients")?.into_iter().map(|client| {
            let known = CLIENTS.iter().find(|(theirs, _)| *theirs == client).map(|(_, ours)| (*ours).to_owned());
            ClientName::try_from(known.unwrap_or(client))
        });
        limits.allow_clients = clients.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    }
    for service in key.words("permissions")?.iter().filter(|service| *service != "all") {
        let known = PROVIDERS.iter().find(|(theirs, _)| theirs == service);
        match known {
            Some((_, ours)) => limits.allow_providers.extend(ours.iter().map(|provider| (*provider).to_owned())),
            // Whatever it is, it may not open all providers.
            None => limits.allow_providers.push(service.clone()),
        }
    }
    let set = |name: &str| key.text(name).is_some_and(|text| text != "0");
    left_out.extend(WITHOUT_LIKE.iter().filter(|(field, _)| set(field)).map(|(_, words)| (*words).to_owned()));
    if key.text("serviceRates").is_some_and(|rates| rates != "{}") {
        left_out.push("service rates".to_owned());
    }
    if key.is_on("enableOpenAIResponsesPayloadRules") {
        left_out.push("rules that rewrite requests".to_owned());
    }
    Ok((limits, left_out))
}

/// Its rates are for a window of any length: those that are for a minute, or five hours, have a like here.
fn rate(
    key: &Fields<'_>,
    cost: Option<PicoUsd>,
    limits: &mut Limits,
    left_out: &mut Vec<String>,
) -> Result<(), String> {
    let Some(minutes) = key.count("rateLimitWindow")? else { return Ok(()) };
    if let Some(requests) = key.count("rateLimitRequests")? {
        if minutes == 1 {
            limits.rpm = Some(small(requests)?);
        } else {
            left_out.push(format!("{requests} requests in {minutes} minutes"));
        }
    }
    if let Some(cost) = cost {
        if minutes == FIVE_HOURS {
            limits.cap_5h = Some(cost);
        } else {
            left_out.push(format!("{cost} in {minutes} minutes"));
        }
    }
    Ok(())
}

/// When a key stops working, and what of that has no like here.
pub(super) fn expiry(key: &Fields<'_>) -> Result<(Expiry, Option<String>), String> {
    if let Some(at) = key.time("expiresAt")? {
        return Ok((Expiry::At(at), None));
    }
    let is_waiting = key.text("expirationMode") == Some("activation") && !key.is_on("isActivated");
    let Some(count) = key.count("activationDays")?.filter(|_| is_waiting) else { return Ok((Expiry::Never, None)) };
    if key.text("activationUnit") == Some("hours") {
        let days = small((count + 23) / 24)?;
        return Ok((Expiry::AfterFirstUse(days), Some(format!("{count} hours after its first use: now {days} days"))));
    }
    Ok((Expiry::AfterFirstUse(small(count)?), None))
}

fn small(number: i64) -> Result<NonZeroU32, String> {
    u32::try_from(number).ok().and_then(NonZeroU32::new).ok_or_else(|| format!("{number} is too much for a limit"))
}
