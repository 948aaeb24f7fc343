//! Moving over from another relay.

/// Moving over from another relay.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Imports {
    pub title: &'static str,
    pub lead: &'static str,
    pub open: &'static str,
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
    keys: "Keys that go on working",
    keys_hint: "The other relay keeps only hashes of its keys. For each key you have: its name there, a tab, and the key, a \
                line each. The others get a new key from you later.",
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
    taken: |keys| format!("{keys} keys were taken over"),
};

pub(super) static CHINESE: Imports = Imports {
    title: "迁移",
    lead: "从 claude-relay-service 迁移朋友、密钥、限制和历史用量。会先显示结果再执行。账号不迁移，请重新登录。",
    open: "迁移…",
    keys: "继续有效的密钥",
    keys_hint: "对方只保存密钥的哈希。对你手上的每个密钥，每行填写：对方的名称、制表符、密钥。其余的稍后由你换发新密钥。",
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
