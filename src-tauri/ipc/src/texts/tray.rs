//! The tray's menu.

/// The tray's menu.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Tray {
    pub starting: &'static str,
    pub up: &'static str,
    pub paused: &'static str,
    pub down: &'static str,
    pub finishing: fn(u32) -> String,
    pub calls_now: fn(usize) -> String,
    /// What today cost, and how many calls.
    pub today: fn(&str, u64) -> String,
    /// Who, and what that cost.
    pub top_friend: fn(&str, &str) -> String,
    pub nobody_yet: &'static str,
    pub copy_address: &'static str,
    pub invite: &'static str,
    pub pause_sharing: &'static str,
    pub resume_sharing: &'static str,
    pub rotate_all: &'static str,
    pub open: &'static str,
    pub quit: &'static str,
}

pub(super) static ENGLISH: Tray = Tray {
    starting: "Carpool is starting",
    up: "Sharing",
    paused: "Sharing is paused",
    down: "Not sharing: open Carpool",
    finishing: |calls| format!("Quitting: {calls} to finish"),
    calls_now: |calls| match calls {
        0 => "No calls now".to_owned(),
        1 => "1 call now".to_owned(),
        _ => format!("{calls} calls now"),
    },
    today: |cost, calls| format!("Today: {cost}, {calls} {}", if calls == 1 { "call" } else { "calls" }),
    top_friend: |name, cost| format!("Most today: {name}, {cost}"),
    nobody_yet: "Nobody has called today",
    copy_address: "Copy address",
    invite: "Invite…",
    pause_sharing: "Pause sharing",
    resume_sharing: "Resume sharing",
    rotate_all: "Replace all keys…",
    open: "Open Carpool",
    quit: "Quit",
};

pub(super) static CHINESE: Tray = Tray {
    starting: "Carpool 正在启动",
    up: "共享中",
    paused: "共享已暂停",
    down: "未在共享：请打开 Carpool",
    finishing: |calls| format!("正在退出：还有 {calls} 个调用"),
    calls_now: |calls| if calls == 0 { "当前没有调用".to_owned() } else { format!("当前 {calls} 个调用") },
    today: |cost, calls| format!("今天：{cost}，{calls} 次调用"),
    top_friend: |name, cost| format!("今日最多：{name}，{cost}"),
    nobody_yet: "今天还没有人调用",
    copy_address: "复制地址",
    invite: "邀请…",
    pause_sharing: "暂停共享",
    resume_sharing: "恢复共享",
    rotate_all: "更换所有密钥…",
    open: "打开 Carpool",
    quit: "退出",
};
