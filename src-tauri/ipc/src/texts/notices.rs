//! What the owner is notified of, wherever they are.

use crate::{accounts::Verdict, limits::LimitKind};

/// What the owner is notified of, wherever they are.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Notices {
    /// Whose cap: a friend's, or a friend's key.
    pub key_of: fn(&str, &str) -> String,
    /// Whose it is, and how much of it is used, in percent.
    pub cap_near: fn(&str, u32) -> String,
    pub cap_reached: fn(&str) -> String,
    pub span: fn(LimitKind) -> &'static str,
    /// How much of how much, in which span.
    pub cap_body: fn(&str, &str, &str) -> String,
    /// A friend.
    pub share_title: fn(&str) -> String,
    /// The account, and the window.
    pub share_body: fn(&str, &str) -> String,
    /// An account, and why.
    pub account_title: fn(&str, Verdict) -> String,
    pub account_body: fn(Verdict) -> &'static str,
}

pub(super) static ENGLISH: Notices = Notices {
    key_of: |friend, key| format!("{friend} ({key})"),
    cap_near: |whose, percent| format!("{whose} has used {percent} % of a cap"),
    cap_reached: |whose| format!("{whose} has reached a cap"),
    span: |kind| match kind {
        LimitKind::Cap5h => "in 5 hours",
        LimitKind::CapDay => "today",
        LimitKind::CapWeek => "this week",
        LimitKind::CapMonth => "this month",
        LimitKind::CapTotal => "altogether",
        LimitKind::Rpm | LimitKind::Tpm | LimitKind::Concurrency => "now",
    },
    cap_body: |used, limit, span| format!("{used} of {limit} {span}."),
    share_title: |friend| format!("{friend} is past their share"),
    share_body: |account, window| {
        format!("A call was refused to keep the others' part of the {window} window of {account}.")
    },
    account_title: |account, verdict| match verdict {
        Verdict::NeedsLogin => format!("{account} needs signing in"),
        Verdict::Blocked => format!("{account} cannot be used"),
        Verdict::Limited => format!("{account} has used up its allowance"),
        Verdict::Working | Verdict::Paused | Verdict::Cooling => format!("{account} is out of service"),
    },
    account_body: |verdict| match verdict {
        Verdict::NeedsLogin => "Sign in again under Accounts.",
        Verdict::Limited => "No other account of its provider can serve now.",
        Verdict::Blocked | Verdict::Working | Verdict::Paused | Verdict::Cooling => "See why under Accounts.",
    },
};

pub(super) static CHINESE: Notices = Notices {
    key_of: |friend, key| format!("{friend}（{key}）"),
    cap_near: |whose, percent| format!("{whose} 已用上限的 {percent}%"),
    cap_reached: |whose| format!("{whose} 已达到上限"),
    span: |kind| match kind {
        LimitKind::Cap5h => "5 小时内",
        LimitKind::CapDay => "今天",
        LimitKind::CapWeek => "本周",
        LimitKind::CapMonth => "本月",
        LimitKind::CapTotal => "总计",
        LimitKind::Rpm | LimitKind::Tpm | LimitKind::Concurrency => "当前",
    },
    cap_body: |used, limit, span| format!("{span}：{used} / {limit}。"),
    share_title: |friend| format!("{friend} 超出了份额"),
    share_body: |account, window| format!("为保留其他人在 {account} 的 {window}窗口中的份额，拒绝了一次调用。"),
    account_title: |account, verdict| match verdict {
        Verdict::NeedsLogin => format!("{account} 需要重新登录"),
        Verdict::Blocked => format!("{account} 无法使用"),
        Verdict::Limited => format!("{account} 的额度已用完"),
        Verdict::Working | Verdict::Paused | Verdict::Cooling => format!("{account} 已停用"),
    },
    account_body: |verdict| match verdict {
        Verdict::NeedsLogin => "请在“账号”中重新登录。",
        Verdict::Limited => "目前同一服务商没有其他账号可以服务。",
        Verdict::Blocked | Verdict::Working | Verdict::Paused | Verdict::Cooling => "原因请见“账号”。",
    },
};
