//! Settings.

use crate::settings::{Reach, Theme};

/// Settings.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Settings {
    pub address: &'static str,
    pub address_lead: &'static str,
    pub reach: &'static str,
    pub reach_name: fn(Reach) -> &'static str,
    pub reach_hint: fn(Reach) -> &'static str,
    pub network_warning: &'static str,
    pub port: &'static str,
    pub port_hint: &'static str,
    pub port_bad: &'static str,
    pub apply: &'static str,
    pub applied: fn(u16) -> String,
    pub data: &'static str,
    pub data_dir: &'static str,
    pub data_dir_hint: &'static str,
    pub open_folder: &'static str,
    pub copy_path: &'static str,
    pub vault: &'static str,
    pub vault_name: fn(&str) -> &'static str,
    pub vault_hint: fn(&str) -> &'static str,
    pub look: &'static str,
    pub theme: &'static str,
    pub theme_name: fn(Theme) -> &'static str,
    pub language: &'static str,
    pub system_language: &'static str,
    pub start_at_login: &'static str,
    pub start_at_login_hint: &'static str,
    pub notifications: &'static str,
    pub notifications_hint: &'static str,
    pub about: &'static str,
    pub version: fn(&str) -> String,
    pub license: &'static str,
    pub license_hint: &'static str,
    pub privacy: &'static str,
    pub privacy_hint: &'static str,
    pub third_party: &'static str,
    pub third_party_hint: &'static str,
    pub third_party_show: &'static str,
    pub third_party_search: &'static str,
    pub third_party_found: fn(usize, usize) -> String,
    pub third_party_none: &'static str,
    pub no_license: &'static str,
    pub package: &'static str,
    pub license_column: &'static str,
    pub quit_title: &'static str,
    pub quit_hint: &'static str,
    pub quit: &'static str,
}

pub(super) static ENGLISH: Settings = Settings {
    address: "Address",
    address_lead: "Where your friends' programs find Carpool.",
    reach: "Who can reach it",
    reach_name: |reach| match reach {
        Reach::ThisMachine => "This machine",
        Reach::Network => "My networks",
    },
    reach_hint: |reach| match reach {
        Reach::ThisMachine => "Only programs on this machine, and what a tunnel brings here.",
        Reach::Network => "Every device in the networks this machine is in.",
    },
    network_warning: "Every device in your networks can then knock at this port, and calls travel there unencrypted. \
                      Without a key nobody gets in. Choose this at home, not in a café.",
    port: "Port",
    port_hint: "From 1 to 65535; 8787 unless you have a reason. Friends need the new address after a change.",
    port_bad: "A port is a whole number from 1 to 65535.",
    apply: "Apply",
    applied: |port| format!("Carpool now listens on port {port}"),
    data: "Data",
    data_dir: "Data folder",
    data_dir_hint: "Accounts, friends and the ledger. Keep a copy of the whole folder as a backup.",
    open_folder: "Open",
    copy_path: "Copy the path",
    vault: "Secrets",
    vault_name: |vault| match vault {
        "keychain" => "In the system's keychain",
        "file" => "In a key file",
        _ => "Elsewhere",
    },
    vault_hint: |vault| match vault {
        "keychain" => {
            "Sign-ins are items of the keychain. API keys are sealed in the database under a master key that \
                       is in the keychain, so a copied data folder alone opens nothing."
        }
        "file" => {
            "The master key is a file in the data folder that only your user may read. Whoever copies the whole \
                   folder has your secrets: use the keychain where there is one."
        }
        _ => "This version of Carpool does not know where.",
    },
    look: "Look and language",
    theme: "Colours",
    theme_name: |theme| match theme {
        Theme::System => "As the system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    },
    language: "Language",
    system_language: "As the system",
    start_at_login: "Start when I log in",
    start_at_login_hint: "Carpool then runs in the tray and takes calls without being opened.",
    notifications: "Notify me",
    notifications_hint: "When a friend nears or reaches a cap or is refused because of the share, and when an account drops out.",
    about: "About",
    version: |version| format!("Carpool {version}"),
    license: "MIT licence",
    license_hint: "Free to use, change and pass on. It comes without any warranty.",
    privacy: "Privacy",
    privacy_hint: "No prompt and no answer is ever stored or logged. The ledger has no place for one: it keeps who, when, \
                   which model, how many tokens, at what cost. Carpool sends nothing about you to anybody, but to \
                   webhooks that you add.",
    third_party: "Third-party software",
    third_party_hint: "Carpool is built of these packages. Thank you to everyone who wrote them.",
    third_party_show: "Show the licences",
    third_party_search: "Find a package or licence",
    third_party_found: |shown, all| {
        if shown == all { format!("{all} packages") } else { format!("{shown} of {all} packages") }
    },
    third_party_none: "No package or licence is called that.",
    no_license: "not stated",
    package: "Package",
    license_column: "Licence",
    quit_title: "Quit Carpool",
    quit_hint: "Calls under way may end first. Friends cannot call until you open it again.",
    quit: "Quit Carpool",
};

pub(super) static CHINESE: Settings = Settings {
    address: "地址",
    address_lead: "朋友的程序在这里找到 Carpool。",
    reach: "谁可以访问",
    reach_name: |reach| match reach {
        Reach::ThisMachine => "仅本机",
        Reach::Network => "我的网络",
    },
    reach_hint: |reach| match reach {
        Reach::ThisMachine => "只有本机的程序，以及经隧道到达的调用。",
        Reach::Network => "本机所在网络中的每台设备。",
    },
    network_warning: "这样网络中的每台设备都能访问这个端口，调用内容以明文传输。没有密钥的人无法使用。\
                      请只在家里等可信网络中选择，不要在咖啡馆使用。",
    port: "端口",
    port_hint: "1 到 65535；没有特殊需要就用 8787。更改后朋友们需要新的地址。",
    port_bad: "端口应为 1 到 65535 的整数。",
    apply: "应用",
    applied: |port| format!("Carpool 现在监听端口 {port}"),
    data: "数据",
    data_dir: "数据文件夹",
    data_dir_hint: "账号、朋友和账本。备份时请复制整个文件夹。",
    open_folder: "打开",
    copy_path: "复制路径",
    vault: "机密",
    vault_name: |vault| match vault {
        "keychain" => "保存在系统钥匙串中",
        "file" => "保存在密钥文件中",
        _ => "保存在别处",
    },
    vault_hint: |vault| match vault {
        "keychain" => {
            "登录信息是钥匙串中的条目；API 密钥用主密钥加密后存入数据库，主密钥在钥匙串中。\
                       因此单独复制数据文件夹无法解开任何内容。"
        }
        "file" => {
            "主密钥是数据文件夹中只有你的用户可读的文件。复制整个文件夹的人就能得到你的机密；\
                   有钥匙串时请使用钥匙串。"
        }
        _ => "当前版本的 Carpool 不知道保存在哪里。",
    },
    look: "外观与语言",
    theme: "配色",
    theme_name: |theme| match theme {
        Theme::System => "跟随系统",
        Theme::Light => "浅色",
        Theme::Dark => "深色",
    },
    language: "语言",
    system_language: "跟随系统",
    start_at_login: "登录时启动",
    start_at_login_hint: "Carpool 会在托盘中运行，无需打开窗口即可接收调用。",
    notifications: "通知我",
    notifications_hint: "朋友接近或达到上限、因份额被拒绝，或账号停用时。",
    about: "关于",
    version: |version| format!("Carpool {version}"),
    license: "MIT 许可证",
    license_hint: "可自由使用、修改和分发；不提供任何担保。",
    privacy: "隐私",
    privacy_hint: "从不保存或记录任何提示词或回答。账本中没有存放它们的位置，只记录谁、何时、哪个模型、多少令牌、\
                   多少费用。除你添加的 Webhook 外，Carpool 不会向任何人发送\
                   关于你的信息。",
    third_party: "第三方软件",
    third_party_hint: "Carpool 由这些软件包构成。感谢它们的每一位作者。",
    third_party_show: "查看许可证",
    third_party_search: "查找软件包或许可证",
    third_party_found: |shown, all| {
        if shown == all { format!("{all} 个软件包") } else { format!("{shown} / {all} 个软件包") }
    },
    third_party_none: "没有这个名称的软件包或许可证。",
    no_license: "未注明",
    package: "软件包",
    license_column: "许可证",
    quit_title: "退出 Carpool",
    quit_hint: "进行中的调用会先结束。再次打开之前，朋友们无法调用。",
    quit: "退出 Carpool",
};
