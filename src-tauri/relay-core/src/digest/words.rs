//! What a digest says, in English and in Chinese.

use super::{AccountPart, Digest, Part};
use crate::{alert::Trouble, price::PicoUsd, statement::Language, webhook::Note};

/// A digest as a note.
#[must_use]
pub fn note(digest: &Digest, language: Language) -> Note {
    let (title, lines) = match language {
        Language::English => english(digest),
        Language::Chinese => chinese(digest),
    };
    let data = serde_json::to_value(digest).expect("plain data serializes");
    Note { kind: "digest.week".to_owned(), title, lines, data }
}

fn english(digest: &Digest) -> (String, Vec<String>) {
    let Digest { first, last, week, before, friends, models, accounts } = digest;
    let calls = |calls: i64| format!("{} {}", grouped(calls), if calls == 1 { "call" } else { "calls" });
    let change = change(week.cost_pico_usd, before.cost_pico_usd).map_or_else(String::new, |percent| {
        let than = match percent {
            0 => "as much as".to_owned(),
            more if more > 0 => format!("{more} % more than"),
            less => format!("{} % less than", -less),
        };
        format!(", {than} the week before ({})", money(before.cost_pico_usd))
    });
    let mut lines = vec![
        format!("{first} to {last}"),
        format!("{}{change}", money(week.cost_pico_usd)),
        format!("{}, {} tokens", calls(week.calls), short(week.tokens)),
    ];
    lines.extend(saved(week.saved_pico_usd).map(|saved| format!("Caching saved {saved}")));
    let part = |part: &Part| format!("{}: {}, {}", part.name, money(part.cost_pico_usd), calls(part.calls));
    lines.extend(list("Friends", friends, part));
    lines.extend(list("Models", models, part));
    lines.extend(list("Accounts with trouble", accounts, |account: &AccountPart| {
        let out = account.out.map(|trouble| match trouble {
            Trouble::NeedsLogin => "needs signing in",
            Trouble::Blocked => "cannot be used",
            Trouble::Limited => "has used up its allowance",
            Trouble::Failing => "keeps failing",
        });
        let failed =
            (account.failed > 0).then(|| format!("{} of {} failed", grouped(account.failed), calls(account.calls)));
        let all: Vec<String> = failed.into_iter().chain(out.map(str::to_owned)).collect();
        format!("{}: {}", account.name, all.join(", "))
    }));
    if week.unpriced_calls > 0 {
        let have = if week.unpriced_calls == 1 { "has" } else { "have" };
        lines.push(format!("{} {have} no price", calls(week.unpriced_calls)));
    }
    (format!("Your week: {}, {}", money(week.cost_pico_usd), calls(week.calls)), lines)
}

fn chinese(digest: &Digest) -> (String, Vec<String>) {
    let Digest { first, last, week, before, friends, models, accounts } = digest;
    let calls = |calls: i64| format!("{} 次调用", grouped(calls));
    let change = change(week.cost_pico_usd, before.cost_pico_usd).map_or_else(String::new, |percent| {
        let before = money(before.cost_pico_usd);
        match percent {
            0 => format!("，与前一周持平（{before}）"),
            more if more > 0 => format!("，比前一周（{before}）多 {more}%"),
            less => format!("，比前一周（{before}）少 {}%", -less),
        }
    });
    let mut lines = vec![
        format!("{first} 至 {last}"),
        format!("{}{change}", money(week.cost_pico_usd)),
        format!("{}，{} 个 token", calls(week.calls), short(week.tokens)),
    ];
    lines.extend(saved(week.saved_pico_usd).map(|saved| format!("缓存节省 {saved}")));
    let part = |part: &Part| format!("{}：{}，{}", part.name, money(part.cost_pico_usd), calls(part.calls));
    lines.extend(list("朋友", friends, part));
    lines.extend(list("模型", models, part));
    lines.extend(list("出过问题的账号", accounts, |account: &AccountPart| {
        let out = account.out.map(|trouble| match trouble {
            Trouble::NeedsLogin => "需要重新登录",
            Trouble::Blocked => "无法使用",
            Trouble::Limited => "额度已用完",
            Trouble::Failing => "持续出错",
        });
        let failed =
            (account.failed > 0).then(|| format!("{}中 {} 次失败", calls(account.calls), grouped(account.failed)));
        let all: Vec<String> = failed.into_iter().chain(out.map(str::to_owned)).collect();
        format!("{}：{}", account.name, all.join("，"))
    }));
    if week.unpriced_calls > 0 {
        lines.push(format!("{}没有价格", calls(week.unpriced_calls)));
    }
    (format!("一周小结：{}，{}", money(week.cost_pico_usd), calls(week.calls)), lines)
}

/// A heading, and a line for each; nothing where there are none.
fn list<T>(heading: &str, all: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let heading = (!all.is_empty()).then(|| heading.to_owned());
    heading.into_iter().chain(all.iter().map(|one| format!("• {}", line(one)))).collect()
}

fn saved(amount: PicoUsd) -> Option<String> {
    (amount.0 > 0).then(|| money(amount))
}

/// By how many percent it changed; `None` where there was nothing before.
fn change(week: PicoUsd, before: PicoUsd) -> Option<i64> {
    let (week, before) = (i128::from(week.0), i128::from(before.0));
    let percent = (before > 0).then(|| (week - before) * 100 / before)?;
    i64::try_from(percent).ok()
}

fn money(amount: PicoUsd) -> String {
    amount.rounded().to_string()
}

/// 1234567 as `1,234,567`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// A large number in few digits: `12.3 M`.
fn short(number: i64) -> String {
    let (unit, name) = match number {
        1_000_000_000.. => (1_000_000_000, "G"),
        1_000_000.. => (1_000_000, "M"),
        10_000.. => (1_000, "k"),
        _ => return grouped(number),
    };
    let tenths = i128::from(number) * 10 / i128::from(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}
