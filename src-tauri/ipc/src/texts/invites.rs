//! Invites.

use crate::invites::Scope;

/// Invites.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Invites {
    pub invite: &'static str,
    pub title: fn(&str) -> String,
    pub lead: &'static str,
    pub shown_once: &'static str,
    pub link: &'static str,
    pub copy: &'static str,
    pub picture: &'static str,
    pub picture_hint: &'static str,
    pub expires: fn(&str) -> String,
    pub scope_warning: fn(Scope) -> Option<&'static str>,
    pub choose_way: &'static str,
    pub waiting: fn(&str) -> String,
    pub used: fn(&str) -> String,
    pub first_call: fn(&str) -> String,
    pub another: &'static str,
    pub list: fn(&str) -> String,
    pub made: fn(&str) -> String,
    pub open: &'static str,
    /// Of a friend who has not opened the newest link.
    pub invited: &'static str,
    pub is_used: &'static str,
    pub expired: &'static str,
    pub revoked: &'static str,
    pub first_call_seen: &'static str,
    pub no_call_yet: &'static str,
    pub key: fn(&str) -> String,
    pub revoke: &'static str,
    pub was_revoked: &'static str,
    pub add_and_invite: &'static str,
    pub add_with_key: &'static str,
    pub whom: &'static str,
    pub whom_title: &'static str,
    pub nobody: &'static str,
}

pub(super) static ENGLISH: Invites = Invites {
    invite: "Invite",
    title: |friend| format!("Invite {friend}"),
    lead: "Your friend opens this link, gets a key of their own, and is shown how to set up each program.",
    shown_once: "This link is shown only once, and works once. Whoever opens it first gets the key: send it privately.",
    link: "Link",
    copy: "Copy link",
    picture: "The link as a QR code",
    picture_hint: "For a phone's camera.",
    expires: |when| format!("Works until {when}."),
    scope_warning: |scope| match scope {
        Scope::ThisMachine => {
            Some("This link opens on this machine only. For a friend elsewhere, first choose how they reach you.")
        }
        Scope::Network => {
            Some("This link opens in your local network only. For a friend elsewhere, choose another way.")
        }
        Scope::Tunnel => None,
    },
    choose_way: "Choose a way",
    waiting: |friend| format!("Waiting until {friend} opens the link. It shows here by itself."),
    used: |friend| format!("{friend} has the key. Waiting for the first call."),
    first_call: |friend| format!("First call from {friend} seen"),
    another: "New link",
    list: |friend| format!("{friend}'s invites"),
    made: |when| format!("Made {when}"),
    open: "Open",
    invited: "Invited",
    is_used: "Used",
    expired: "Expired",
    revoked: "Revoked",
    first_call_seen: "First call seen",
    no_call_yet: "No call yet",
    key: |key| format!("Key {key}"),
    revoke: "Revoke",
    was_revoked: "The link no longer works",
    add_and_invite: "Add and invite",
    add_with_key: "Add with a key",
    whom: "Friend",
    whom_title: "Whom do you invite?",
    nobody: "There is nobody to invite yet. Add a friend first.",
};

pub(super) static CHINESE: Invites = Invites {
    invite: "邀请",
    title: |friend| format!("邀请 {friend}"),
    lead: "朋友打开这个链接，就能得到自己的密钥，并看到各个程序的配置方法。",
    shown_once: "这个链接只显示这一次，也只能使用一次。最先打开的人会得到密钥，请通过私密的方式发送。",
    link: "链接",
    copy: "复制链接",
    picture: "链接的二维码",
    picture_hint: "用手机相机扫描。",
    expires: |when| format!("有效期至 {when}。"),
    scope_warning: |scope| match scope {
        Scope::ThisMachine => Some("这个链接只能在本机打开。如果朋友在别处，请先选择他们如何访问。"),
        Scope::Network => Some("这个链接只能在你的局域网中打开。如果朋友在别处，请选择另一种方式。"),
        Scope::Tunnel => None,
    },
    choose_way: "选择方式",
    waiting: |friend| format!("正在等待 {friend} 打开链接，届时会自动显示。"),
    used: |friend| format!("{friend} 已得到密钥。正在等待首次调用。"),
    first_call: |friend| format!("已收到 {friend} 的首次调用"),
    another: "新建链接",
    list: |friend| format!("{friend} 的邀请"),
    made: |when| format!("创建于 {when}"),
    open: "待使用",
    invited: "已邀请",
    is_used: "已使用",
    expired: "已过期",
    revoked: "已撤销",
    first_call_seen: "已收到首次调用",
    no_call_yet: "尚无调用",
    key: |key| format!("密钥 {key}"),
    revoke: "撤销",
    was_revoked: "链接已失效",
    add_and_invite: "添加并邀请",
    add_with_key: "添加并生成密钥",
    whom: "朋友",
    whom_title: "邀请谁？",
    nobody: "还没有可以邀请的人。请先添加朋友。",
};
