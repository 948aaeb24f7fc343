//! A new key, shown once, and how a friend uses it.

/// A new key, shown once, and how a friend uses it.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct IssuedKey {
    /// The friend's name and the key's.
    pub title: fn(&str, &str) -> String,
    pub shown_once: &'static str,
    pub key: &'static str,
    pub copy_key: &'static str,
    pub setup: &'static str,
    pub setup_hint: &'static str,
    pub client: &'static str,
    pub system: &'static str,
    pub copy_setup: &'static str,
    pub this_machine: &'static str,
}

pub(super) static ENGLISH: IssuedKey = IssuedKey {
    title: |friend, key| format!("{friend}'s key “{key}”"),
    shown_once: "This key is shown only once, and stored nowhere. Copy it now and send it to your friend privately.",
    key: "Key",
    copy_key: "Copy key",
    setup: "Set-up",
    setup_hint: "Your friend pastes this into a terminal, or into the file that is named.",
    client: "Program",
    system: "Where",
    copy_setup: "Copy set-up",
    this_machine: "The address in it reaches this machine only. If your friend is elsewhere, choose how they reach you: \
                   “Share” on Home.",
};

pub(super) static CHINESE: IssuedKey = IssuedKey {
    title: |friend, key| format!("{friend} 的密钥“{key}”"),
    shown_once: "这个密钥只显示这一次，不会保存在任何地方。请立即复制，并通过私密的方式发给朋友。",
    key: "密钥",
    copy_key: "复制密钥",
    setup: "配置",
    setup_hint: "朋友把以下内容粘贴到终端，或粘贴到所示的文件中。",
    client: "程序",
    system: "位置",
    copy_setup: "复制配置",
    this_machine: "其中的地址只有本机能访问。如果朋友在别处，请在“主页”点“开放访问”选择他们如何访问。",
};
