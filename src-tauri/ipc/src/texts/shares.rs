//! How the friends share the windows of subscriptions, and who used how much of one.

use crate::shares::ShareMode;

/// How the friends share the windows of subscriptions, and who used how much of one.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Shares {
    pub title: &'static str,
    pub lead: &'static str,
    pub change: &'static str,
    /// Of a friend; for those who cannot see the slider.
    pub share_of: fn(&str) -> String,
    pub percent: fn(u32) -> String,
    pub total: &'static str,
    pub equal: &'static str,
    pub mode: &'static str,
    pub mode_name: fn(ShareMode) -> &'static str,
    pub mode_hint: fn(ShareMode) -> &'static str,
    pub soft_line: &'static str,
    pub soft_line_hint: &'static str,
    pub reserve: &'static str,
    pub reserve_hint: &'static str,
    pub bad_percent: fn(u32) -> String,
    /// The soft line, in percent.
    pub summary: fn(ShareMode, u32) -> String,
    /// In percent.
    pub reserved: fn(u32) -> String,

    /// Whose parts of which window.
    pub split: fn(&str) -> String,
    pub outside: &'static str,
    /// A friend, the part used and the part that is theirs, in percent.
    pub part: fn(&str, u32, u32) -> String,
    pub entitled: &'static str,
    /// The clock time, and the earliest and the latest it may be; without one, perhaps not at all.
    pub ends: fn(&str, &str, Option<&str>) -> String,
    /// How long, written already.
    pub before_reset: fn(&str) -> String,
    /// A friend, and the part in percent.
    pub driver: fn(&str, u32) -> String,
    /// When it ends, how long before it begins anew, and who drives it.
    pub forecast: fn(&str, &str, Option<&str>) -> String,
    pub minutes: fn(i64) -> String,
    pub hours: fn(i64, i64) -> String,
}

pub(super) static ENGLISH: Shares = Shares {
    title: "Shares",
    lead: "Each window of a subscription is divided like this. Who is past their share may use what nobody else claims.",
    change: "Change shares",
    share_of: |friend| format!("Share of {friend}"),
    percent: |percent| format!("{percent} %"),
    total: "Together",
    equal: "Make equal",
    mode: "Fair share",
    mode_name: |mode| match mode {
        ShareMode::Off => "Off",
        ShareMode::Gentle => "Gentle",
        ShareMode::Strict => "Strict",
    },
    mode_hint: |mode| match mode {
        ShareMode::Off => "Whoever comes first is served, even if one friend uses up the whole window.",
        ShareMode::Gentle => {
            "When a window gets scarce, what is left of their shares is kept for those who called lately."
        }
        ShareMode::Strict => {
            "When a window gets scarce, the whole share of everybody who called in it or in the one before is kept for them."
        }
    },
    soft_line: "Share from, %",
    soft_line_hint: "Below this use of a window nobody is slowed.",
    reserve: "Keep for me, %",
    reserve_hint: "This much of a window stays for you, outside Carpool.",
    bad_percent: |most| format!("A whole number from 0 to {most}."),
    summary: |mode, line| match mode {
        ShareMode::Off => "Fair share is off: whoever comes first is served.".to_owned(),
        ShareMode::Gentle => format!("Fair share is gentle, from {line} % of a window on."),
        ShareMode::Strict => format!("Fair share is strict, from {line} % of a window on."),
    },
    reserved: |percent| format!("{percent} % is kept for you."),

    split: |window| format!("{window}: who used it"),
    outside: "outside Carpool",
    part: |friend, used, entitled| format!("{friend}: {used} % used, {entitled} % is theirs"),
    entitled: "The ticks mark each friend's share.",
    ends: |clock, earliest, latest| match latest {
        Some(latest) => format!("ends about {clock} ({earliest}–{latest})"),
        None => format!("may end about {clock} ({earliest} at the earliest)"),
    },
    before_reset: |span| format!("{span} before reset"),
    driver: |friend, percent| format!("{friend} is {percent} % of the last hour"),
    forecast: |ends, early, driver| match driver {
        Some(driver) => format!("{ends}, {early}; {driver}"),
        None => format!("{ends}, {early}"),
    },
    minutes: |minutes| format!("{minutes} min"),
    hours: |hours, minutes| if minutes == 0 { format!("{hours} h") } else { format!("{hours} h {minutes} min") },
};

pub(super) static CHINESE: Shares = Shares {
    title: "份额",
    lead: "订阅账号的每个窗口都按此分配。超出份额的人可以使用无人需要的部分。",
    change: "调整份额",
    share_of: |friend| format!("{friend} 的份额"),
    percent: |percent| format!("{percent}%"),
    total: "合计",
    equal: "平均分配",
    mode: "公平份额",
    mode_name: |mode| match mode {
        ShareMode::Off => "关闭",
        ShareMode::Gentle => "温和",
        ShareMode::Strict => "严格",
    },
    mode_hint: |mode| match mode {
        ShareMode::Off => "先到先得，即使一位朋友用完整个窗口。",
        ShareMode::Gentle => "窗口紧张时，为最近调用过的朋友保留其份额的剩余部分。",
        ShareMode::Strict => "窗口紧张时，为本窗口或上一窗口调用过的每位朋友完整保留其份额。",
    },
    soft_line: "起始线（%）",
    soft_line_hint: "窗口用量低于此线时，谁都不受限。",
    reserve: "为我保留（%）",
    reserve_hint: "窗口的这一部分留给你在 Carpool 之外使用。",
    bad_percent: |most| format!("应为 0 到 {most} 的整数。"),
    summary: |mode, line| match mode {
        ShareMode::Off => "公平份额已关闭：先到先得。".to_owned(),
        ShareMode::Gentle => format!("公平份额：温和，从窗口用量 {line}% 起。"),
        ShareMode::Strict => format!("公平份额：严格，从窗口用量 {line}% 起。"),
    },
    reserved: |percent| format!("为你保留 {percent}%。"),

    split: |window| format!("{window}：谁用了多少"),
    outside: "Carpool 之外",
    part: |friend, used, entitled| format!("{friend}：已用 {used}%，份额 {entitled}%"),
    entitled: "刻度表示每位朋友的份额。",
    ends: |clock, earliest, latest| match latest {
        Some(latest) => format!("约 {clock} 用完（{earliest}–{latest}）"),
        None => format!("可能约 {clock} 用完（最早 {earliest}）"),
    },
    before_reset: |span| format!("比重置早 {span}"),
    driver: |friend, percent| format!("最近一小时 {friend} 占 {percent}%"),
    forecast: |ends, early, driver| match driver {
        Some(driver) => format!("{ends}，{early}；{driver}"),
        None => format!("{ends}，{early}"),
    },
    minutes: |minutes| format!("{minutes} 分钟"),
    hours: |hours, minutes| {
        if minutes == 0 { format!("{hours} 小时") } else { format!("{hours} 小时 {minutes} 分钟") }
    },
};
