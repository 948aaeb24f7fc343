//! Accounts.

use crate::accounts::{Account, Kind, Tested, Verdict};

/// Accounts.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Accounts {
    /// What an account is, under the title.
    pub lead: &'static str,
    pub add: &'static str,
    pub add_title: &'static str,
    pub empty_title: &'static str,
    pub empty: &'static str,
    /// What the verdict means and what to do about it.
    pub reason: fn(&Account) -> String,
    /// What the host knows of the cause, after the reason.
    pub cause: fn(&str) -> String,
    pub kind: fn(Kind) -> &'static str,
    pub in_flight: fn(u32) -> String,
    pub idle: &'static str,
    pub base_url: fn(&str) -> String,
    pub base_url_by_proxy: fn(&str) -> String,
    /// A proxy, and the provider's own address.
    pub proxy: &'static str,
    pub now: &'static str,
    pub tokens: &'static str,
    pub test: &'static str,
    pub testing: &'static str,
    pub tested: fn(&Tested) -> String,
    pub untested: fn(&str) -> String,
    pub sign_in_again: &'static str,
    pub clear: &'static str,
    pub actions: fn(&str) -> String,
    pub paused: fn(&str) -> String,
    pub resumed: fn(&str) -> String,
    pub cleared: fn(&str) -> String,
    pub removed: fn(&str) -> String,
    pub rename_title: fn(&str) -> String,
    pub remove_title: fn(&str) -> String,
    /// What is lost and what stays, by how it signs in and how many calls it serves now.
    pub remove_body: fn(Kind, u32) -> String,
    pub login_title: fn(&str) -> String,
    pub login_same: fn(Option<&str>) -> String,
    pub login_done: fn(&str) -> String,
}

pub(super) static ENGLISH: Accounts = Accounts {
    lead: "Your friends' calls are forwarded to these, in this order: the first one that can serve does.",
    add: "Add account",
    add_title: "Add an account",
    empty_title: "No account yet",
    empty: "An account is one sign-in or one API key at a provider such as Anthropic. Carpool forwards your friends' calls \
            to it and keeps its secret in this machine's vault. Add one to begin.",
    reason: |account| {
        let provider = &account.provider_label;
        match (account.verdict, account.kind) {
            (Verdict::Working, _) => "It takes calls.".to_owned(),
            (Verdict::Paused, _) => "You paused it. It takes no calls until you resume it.".to_owned(),
            (Verdict::NeedsLogin, Kind::Oauth) => {
                format!("{provider} no longer accepts this sign-in. Sign in again and it goes on under the same name.")
            }
            (Verdict::NeedsLogin, Kind::ApiKey) => format!(
                "{provider} no longer accepts this API key. Clear the state to try it once more, or remove the account \
                 and add it with a new key."
            ),
            (Verdict::NeedsLogin, Kind::SetupToken) => format!(
                "{provider} no longer accepts this setup token. Clear the state to try it once more, or remove the \
                 account and add it with a new token."
            ),
            (Verdict::Limited, _) => format!(
                "Its allowance at {provider} is used up. Calls go to the other accounts; it comes back by itself."
            ),
            (Verdict::Cooling, _) => format!(
                "{provider}, or the way there, failed a moment ago. It is left alone for a short while and comes back by \
                 itself."
            ),
            (Verdict::Blocked, _) => {
                "It takes no calls until what is named below is mended. It is tested again every hour; test it yourself \
                 once it is mended, or remove it and add it again."
                    .to_owned()
            }
        }
    },
    cause: |cause| format!("Cause: {cause}"),
    kind: |kind| match kind {
        Kind::ApiKey => "API key",
        Kind::Oauth => "Subscription",
        Kind::SetupToken => "Setup token",
    },
    in_flight: |calls| if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") },
    idle: "No calls",
    base_url: |url| format!("Calls go to {url}"),
    base_url_by_proxy: |url| format!("Calls go to {url}, through a proxy"),
    proxy: "Calls go through a proxy",
    now: "Now",
    tokens: "tokens",
    test: "Test",
    testing: "Testing…",
    tested: |tested| match (&tested.email, &tested.plan) {
        (Some(email), Some(plan)) => format!("It works: signed in as {email}, {plan}."),
        (Some(email), None) => format!("It works: signed in as {email}."),
        (None, Some(plan)) => format!("It works: {plan}."),
        (None, None) => "It works: the provider accepts it.".to_owned(),
    },
    untested: |why| format!("It could not be tested now: {why}"),
    sign_in_again: "Sign in again",
    clear: "Clear the state",
    actions: |name| format!("More actions for {name}"),
    paused: |name| format!("{name} is paused"),
    resumed: |name| format!("{name} takes calls again"),
    cleared: |name| format!("{name} is cleared"),
    removed: |name| format!("{name} is removed"),
    rename_title: |name| format!("Rename {name}"),
    remove_title: |name| format!("Remove {name}?"),
    remove_body: |kind, in_flight| {
        let secret = match kind {
            Kind::ApiKey => "API key",
            Kind::Oauth => "sign-in",
            Kind::SetupToken => "setup token",
        };
        let broken = if in_flight == 0 { "" } else { " Calls it is serving now may break off." };
        format!(
            "Its {secret} is deleted from the vault; to use it again, you add it anew.{broken} Its calls stay in the \
             ledger under this name, and nothing changes at the provider."
        )
    },
    login_title: |name| format!("Sign in to {name} again"),
    login_same: |email| {
        email.map_or_else(
            || "Sign in as the same person as before. Name, order and history stay.".to_owned(),
            |email| format!("Sign in as {email}. Name, order and history stay."),
        )
    },
    login_done: |name| format!("{name} is signed in again"),
};

pub(super) static CHINESE: Accounts = Accounts {
    lead: "朋友的调用按以下顺序转发到这些账号：由第一个可用的账号服务。",
    add: "添加账号",
    add_title: "添加账号",
    empty_title: "还没有账号",
    empty: "账号是你在服务商（例如 Anthropic）的一次登录或一个 API 密钥。Carpool 把朋友的调用转发给它，\
            并把它的机密保存在本机的保管库中。添加一个即可开始。",
    reason: |account| {
        let provider = &account.provider_label;
        match (account.verdict, account.kind) {
            (Verdict::Working, _) => "可以接收调用。".to_owned(),
            (Verdict::Paused, _) => "你暂停了它。恢复之前不会接收调用。".to_owned(),
            (Verdict::NeedsLogin, Kind::Oauth) => {
                format!("{provider} 不再接受这次登录。重新登录后，它会以原来的名称继续使用。")
            }
            (Verdict::NeedsLogin, Kind::ApiKey) => {
                format!("{provider} 不再接受这个 API 密钥。可以清除状态再试一次，或移除账号后用新密钥添加。")
            }
            (Verdict::NeedsLogin, Kind::SetupToken) => {
                format!("{provider} 不再接受这个设置令牌。可以清除状态再试一次，或移除账号后用新令牌添加。")
            }
            (Verdict::Limited, _) => format!("它在 {provider} 的额度已用完。调用会转到其他账号；它会自动恢复。"),
            (Verdict::Cooling, _) => format!("{provider} 或其网络刚刚出错。会暂时不用它，随后自动恢复。"),
            (Verdict::Blocked, _) => {
                "下面的问题解决之前不接收调用。每小时会自动再测一次；解决后可手动测试，或移除后重新添加。".to_owned()
            }
        }
    },
    cause: |cause| format!("原因：{cause}"),
    kind: |kind| match kind {
        Kind::ApiKey => "API 密钥",
        Kind::Oauth => "订阅",
        Kind::SetupToken => "设置令牌",
    },
    in_flight: |calls| format!("{calls} 个调用"),
    idle: "没有调用",
    base_url: |url| format!("调用发往 {url}"),
    base_url_by_proxy: |url| format!("调用经由代理发往 {url}"),
    proxy: "调用经由代理",
    now: "当前",
    tokens: "令牌",
    test: "测试",
    testing: "正在测试…",
    tested: |tested| match (&tested.email, &tested.plan) {
        (Some(email), Some(plan)) => format!("可以使用：已登录为 {email}，{plan}。"),
        (Some(email), None) => format!("可以使用：已登录为 {email}。"),
        (None, Some(plan)) => format!("可以使用：{plan}。"),
        (None, None) => "可以使用：服务商接受它。".to_owned(),
    },
    untested: |why| format!("暂时无法测试：{why}"),
    sign_in_again: "重新登录",
    clear: "清除状态",
    actions: |name| format!("{name} 的更多操作"),
    paused: |name| format!("{name} 已暂停"),
    resumed: |name| format!("{name} 已恢复接收调用"),
    cleared: |name| format!("已清除 {name} 的状态"),
    removed: |name| format!("已移除 {name}"),
    rename_title: |name| format!("重命名 {name}"),
    remove_title: |name| format!("移除 {name}？"),
    remove_body: |kind, in_flight| {
        let secret = match kind {
            Kind::ApiKey => "API 密钥",
            Kind::Oauth => "登录信息",
            Kind::SetupToken => "设置令牌",
        };
        let broken = if in_flight == 0 { "" } else { "正在进行的调用可能会中断。" };
        format!(
            "它的{secret}将从保管库中删除，再次使用需要重新添加。{broken}它的调用记录会以这个名称留在账本中；\
             服务商那边不会有任何变化。"
        )
    },
    login_title: |name| format!("重新登录 {name}"),
    login_same: |email| {
        email.map_or_else(
            || "请以原来的身份登录。名称、顺序和历史都会保留。".to_owned(),
            |email| format!("请以 {email} 登录。名称、顺序和历史都会保留。"),
        )
    },
    login_done: |name| format!("{name} 已重新登录"),
};
