//! Moving over from another relay.

/// Moving over from another relay.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Imports {
    pub title: &'static str,
    pub lead: &'static str,
    pub open: &'static str,
    pub encryption_key: &'static str,
    pub encryption_key_hint: &'static str,
    pub keys: &'static str,
    pub keys_hint: &'static str,
    pub choose: &'static str,
    pub friend: &'static str,
    pub key: &'static str,
    pub becomes: &'static str,
    pub history: &'static str,
    pub left_out: &'static str,
    pub known: &'static str,
    pub works: &'static str,
    pub waits: &'static str,
    /// Days and months.
    pub spans: fn(usize, usize) -> String,
    pub nothing: &'static str,
    pub take: &'static str,
    /// How many keys.
    pub taken: fn(usize) -> String,
}

pub(super) static ENGLISH: Imports = Imports {
    title: "Move over",
    lead: "Friends, keys, limits and history from claude-relay-service. You see first what would become of them. Accounts are \
           not taken over: sign in to them anew.",
    open: "Move over…",
    encryption_key: "ENCRYPTION_KEY of the other relay",
    encryption_key_hint: "In its .env file. With it all keys go on working. Kept sealed.",
    keys: "Or single keys",
    keys_hint: "For each key you have: its name there, a tab, and the key, a line each. The others need a new key from you.",
    choose: "Choose the export…",
    friend: "Friend",
    key: "Key",
    becomes: "Key then",
    history: "History",
    left_out: "Not taken over",
    known: "there already",
    works: "works",
    waits: "needs a new key",
    spans: |days, months| format!("{days} d, {months} mo"),
    nothing: "This file holds no keys.",
    take: "Take over",
    taken: |keys| if keys == 1 { "1 key was taken over".to_owned() } else { format!("{keys} keys were taken over") },
};

pub(super) static CHINESE: Imports = Imports {
    title: "迁移",
    lead: "从 claude-relay-service 迁移朋友、密钥、限制和历史用量。会先显示结果再执行。账号不迁移，请重新登录。",
    open: "迁移…",
    encryption_key: "对方的 ENCRYPTION_KEY",
    encryption_key_hint: "在对方的 .env 文件中。填写后所有密钥继续有效。加密保存。",
    keys: "或单个密钥",
    keys_hint: "对你手上的每个密钥，每行填写：对方的名称、制表符、密钥。其余的需由你换发新密钥。",
    choose: "选择导出文件…",
    friend: "朋友",
    key: "密钥",
    becomes: "之后",
    history: "历史",
    left_out: "未迁移",
    known: "已存在",
    works: "继续有效",
    waits: "需换发密钥",
    spans: |days, months| format!("{days} 天，{months} 个月"),
    nothing: "文件中没有密钥。",
    take: "执行迁移",
    taken: |keys| format!("已迁移 {keys} 个密钥"),
};
