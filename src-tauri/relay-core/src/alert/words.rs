//! What an alert says, in English and in Chinese.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use super::{Episode, Event, Subject, Trouble, What, unusual::Span};
use crate::{price::PicoUsd, statement::Language, webhook::Note};

/// What is told of an event, with times in the owner's zone.
#[must_use]
pub fn note(event: &Event, language: Language, zone: &TimeZone) -> Note {
    let episode = event.episode();
    let (title, mut lines) = match language {
        Language::English => english(&episode.what),
        Language::Chinese => chinese(&episode.what),
    };
    let title = match (event, language) {
        (Event::Began(_), _) => title,
        (Event::Over(..), Language::English) => format!("Over: {title}"),
        (Event::Over(..), Language::Chinese) => format!("已结束：{title}"),
    };
    let since = clock(episode.since, zone);
    if let Event::Over(_, until) = event {
        let until = clock(*until, zone);
        lines = vec![match language {
            Language::English => format!("It lasted from {since} to {until}."),
            Language::Chinese => format!("持续时间：{since} 至 {until}。"),
        }];
    }
    Note { kind: kind(episode).to_owned(), title, lines, data: data(event) }
}

fn kind(episode: &Episode) -> &'static str {
    match episode.subject {
        Subject::Spend => "alert.spend",
        Subject::Account(_) => "alert.account",
        Subject::Key(_) => "alert.key",
    }
}

fn data(event: &Event) -> serde_json::Value {
    let episode = event.episode();
    let (state, until) = match event {
        Event::Began(_) => ("began", None),
        Event::Over(_, until) => ("over", Some(until)),
    };
    let about = match &episode.what {
        What::Spend { spent, limit, most } => {
            let most = most.as_ref().map(|(friend, spent)| json!({ "friend": friend, "spent_pico_usd": spent }));
            json!({ "spent_pico_usd": spent, "limit_pico_usd": limit, "most": most })
        }
        What::Account { name, trouble, reason } => json!({ "account": name, "trouble": trouble, "reason": reason }),
        What::Key { friend, key, span, used, busiest } => json!({
            "friend": friend, "key": key, "span": span,
            "calls": used.calls, "cost_pico_usd": used.cost,
            "busiest_calls": busiest.calls, "busiest_cost_pico_usd": busiest.cost,
        }),
    };
    json!({ "state": state, "since": episode.since, "until": until, "about": about })
}

fn english(what: &What) -> (String, Vec<String>) {
    match what {
        What::Spend { spent, limit, most } => {
            let first = format!("{} within an hour; the limit is {}.", money(*spent), money(*limit));
            let most = most.as_ref().map(|(friend, spent)| format!("Most of it by {friend}: {}.", money(*spent)));
            ("Spending is high".to_owned(), std::iter::once(first).chain(most).collect())
        }
        What::Account { name, trouble, reason } => {
            let title = match trouble {
                Trouble::NeedsLogin => format!("{name} needs signing in"),
                Trouble::Blocked => format!("{name} cannot be used"),
                Trouble::Limited => format!("{name} has used up its allowance"),
                Trouble::Failing => format!("{name} keeps failing"),
            };
            (title, vec![reason.clone()])
        }
        What::Key { friend, key, span, used, busiest } => {
            let span = match span {
                Span::Hour => ["within an hour", "hour"],
                Span::Day => ["within a day", "day"],
            };
            let line = |used: String, busiest: String| {
                format!("{used} {}; its busiest {} in four weeks: {busiest}.", span[0], span[1])
            };
            let amount =
                |calls: i64, cost| format!("{calls} {}, {}", if calls == 1 { "call" } else { "calls" }, money(cost));
            let advice = "If this is not its friend, pause or rotate the key.".to_owned();
            let title = format!("Unusual use of {friend}’s key {key}");
            (title, vec![line(amount(used.calls, used.cost), amount(busiest.calls, busiest.cost)), advice])
        }
    }
}

fn chinese(what: &What) -> (String, Vec<String>) {
    match what {
        What::Spend { spent, limit, most } => {
            let first = format!("一小时内 {}，上限为 {}。", money(*spent), money(*limit));
            let most = most.as_ref().map(|(friend, spent)| format!("其中最多的是 {friend}：{}。", money(*spent)));
            ("花费偏高".to_owned(), std::iter::once(first).chain(most).collect())
        }
        What::Account { name, trouble, reason } => {
            let title = match trouble {
                Trouble::NeedsLogin => format!("{name} 需要重新登录"),
                Trouble::Blocked => format!("{name} 无法使用"),
                Trouble::Limited => format!("{name} 的额度已用完"),
                Trouble::Failing => format!("{name} 持续出错"),
            };
            (title, vec![reason.clone()])
        }
        What::Key { friend, key, span, used, busiest } => {
            let span = match span {
                Span::Hour => ["一小时内", "一小时"],
                Span::Day => ["一天内", "一天"],
            };
            let used = format!("{}{} 次调用，{}；", span[0], used.calls, money(used.cost));
            let busiest = format!("此前四周最忙的{}：{} 次调用，{}。", span[1], busiest.calls, money(busiest.cost));
            let advice = "如果不是本人在用，请暂停或更换该密钥。".to_owned();
            (format!("{friend} 的密钥 {key} 使用异常"), vec![format!("{used}{busiest}"), advice])
        }
    }
}

/// A time of day, with its day: an episode may last into the next one.
fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn money(amount: PicoUsd) -> String {
    amount.rounded().to_string()
}
