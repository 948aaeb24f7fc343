//! What is said when the relay cannot run: what happened and what to do about it.

use crate::status::{Trouble, TroubleKind};

/// What is said when the relay cannot run.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Troubles {
    /// What happened, in a few words.
    pub title: fn(&Trouble) -> String,
    /// What to do.
    pub advice: fn(&Trouble) -> String,
    pub details: &'static str,
    pub other_port: &'static str,
    pub port: &'static str,
    pub port_wrong: &'static str,
    pub use_port: &'static str,
    pub open_data_folder: &'static str,
    /// Said under every trouble.
    pub nothing_is_lost: &'static str,
}

pub(super) static ENGLISH: Troubles = Troubles {
    title: |trouble| match (trouble.kind, trouble.port, trouble.holder.as_deref()) {
        (TroubleKind::PortTaken, Some(port), Some(holder)) => format!("Port {port} is taken by {holder}"),
        (TroubleKind::PortTaken, Some(port), None) => format!("Port {port} is taken by another program"),
        (TroubleKind::PortTaken, None, _) => "The port is taken".to_owned(),
        (TroubleKind::AddressUnavailable, ..) => "This address cannot be used".to_owned(),
        (TroubleKind::KeychainLocked, ..) => "The keychain is locked".to_owned(),
        (TroubleKind::KeychainMissing, ..) => "There is no keychain".to_owned(),
        (TroubleKind::MasterKey, ..) => "The master key is not in the keychain".to_owned(),
        (TroubleKind::OtherVault, ..) => "This data folder keeps its secrets elsewhere".to_owned(),
        (TroubleKind::DatabaseTooNew, ..) => "A newer Carpool wrote this data".to_owned(),
        (TroubleKind::Database, ..) => "The database cannot be used".to_owned(),
        (TroubleKind::DiskFull, ..) => "The disk is full".to_owned(),
        (TroubleKind::DataFolder, ..) => "The data folder cannot be used".to_owned(),
        (TroubleKind::AlreadyRunning, ..) => "Carpool already runs on this data".to_owned(),
        (TroubleKind::Crashed, ..) => "The relay stopped by itself".to_owned(),
        (TroubleKind::Other, ..) => "The relay cannot start".to_owned(),
    },
    advice: |trouble| {
        match trouble.kind {
            TroubleKind::PortTaken => "Stop that program, or let Carpool listen on another port. Friends need the new address then.",
            TroubleKind::AddressUnavailable => "Choose another port (above 1023), or who can reach it.",
            TroubleKind::KeychainLocked => "Unlock it: your desktop asks for its password when you try again, or open your password program and unlock it there.",
            TroubleKind::KeychainMissing => "Carpool keeps its secrets in the system's keychain. Start or install one (on Linux gnome-keyring or KWallet), then try again.",
            TroubleKind::MasterKey => "This data was sealed with a key that is not in this keychain. Log in as the user who set Carpool up, or restore the keychain from a backup. Carpool never makes a new key over old data: that would lose your accounts.",
            TroubleKind::OtherVault => "Start Carpool with the vault this folder was made with; the details say which.",
            TroubleKind::DatabaseTooNew => "Install the latest Carpool. This version leaves the data as it is.",
            TroubleKind::Database => "Try again. If it does not help, put back a copy of the data folder; the details say what is wrong.",
            TroubleKind::DiskFull => "Free some space, then try again. Until then no call is let through, so that none goes unrecorded.",
            TroubleKind::DataFolder => "Check that you may read and write it, then try again.",
            TroubleKind::AlreadyRunning => "A relay was started elsewhere, for example with “carpool serve”. Stop that one, then try again.",
            TroubleKind::Crashed => "Start it again. If it happens once more, the log in the data folder says why.",
            TroubleKind::Other => "The details say why.",
        }
        .to_owned()
    },
    details: "Details",
    other_port: "Choose another port",
    port: "Port",
    port_wrong: "A port is a number from 1 to 65535.",
    use_port: "Use this port",
    open_data_folder: "Open the data folder",
    nothing_is_lost: "Your accounts, friends and ledger are untouched.",
};

pub(super) static CHINESE: Troubles = Troubles {
    title: |trouble| match (trouble.kind, trouble.port, trouble.holder.as_deref()) {
        (TroubleKind::PortTaken, Some(port), Some(holder)) => format!("端口 {port} 被 {holder} 占用"),
        (TroubleKind::PortTaken, Some(port), None) => format!("端口 {port} 被其他程序占用"),
        (TroubleKind::PortTaken, None, _) => "端口被占用".to_owned(),
        (TroubleKind::AddressUnavailable, ..) => "无法使用这个地址".to_owned(),
        (TroubleKind::KeychainLocked, ..) => "钥匙串已锁定".to_owned(),
        (TroubleKind::KeychainMissing, ..) => "没有可用的钥匙串".to_owned(),
        (TroubleKind::MasterKey, ..) => "钥匙串中没有主密钥".to_owned(),
        (TroubleKind::OtherVault, ..) => "这个数据文件夹的机密保存在别处".to_owned(),
        (TroubleKind::DatabaseTooNew, ..) => "数据由更新版本的 Carpool 写入".to_owned(),
        (TroubleKind::Database, ..) => "无法使用数据库".to_owned(),
        (TroubleKind::DiskFull, ..) => "磁盘已满".to_owned(),
        (TroubleKind::DataFolder, ..) => "无法使用数据文件夹".to_owned(),
        (TroubleKind::AlreadyRunning, ..) => "已有 Carpool 在使用这些数据".to_owned(),
        (TroubleKind::Crashed, ..) => "中继意外停止".to_owned(),
        (TroubleKind::Other, ..) => "中继无法启动".to_owned(),
    },
    advice: |trouble| {
        match trouble.kind {
            TroubleKind::PortTaken => "请停止该程序，或让 Carpool 使用其他端口；之后朋友们需要新的地址。",
            TroubleKind::AddressUnavailable => "请选择其他端口（大于 1023），或更改谁可以访问。",
            TroubleKind::KeychainLocked => "请解锁：重试时桌面会询问密码，也可以在密码程序中解锁。",
            TroubleKind::KeychainMissing => "Carpool 把机密保存在系统钥匙串中。请启动或安装一个（Linux 上为 gnome-keyring 或 KWallet），然后重试。",
            TroubleKind::MasterKey => "这些数据所用的密钥不在当前钥匙串中。请以最初设置 Carpool 的用户登录，或从备份恢复钥匙串。Carpool 从不为旧数据生成新密钥，否则账号会丢失。",
            TroubleKind::OtherVault => "请用创建该文件夹时的保管方式启动 Carpool；详情中有说明。",
            TroubleKind::DatabaseTooNew => "请安装最新版 Carpool。当前版本不会改动数据。",
            TroubleKind::Database => "请重试。若仍无效，请恢复数据文件夹的备份；详情中有原因。",
            TroubleKind::DiskFull => "请腾出空间后重试。在此之前不会放行任何调用，以免漏记。",
            TroubleKind::DataFolder => "请检查读写权限后重试。",
            TroubleKind::AlreadyRunning => "别处已启动中继，例如 “carpool serve”。请先停止它，然后重试。",
            TroubleKind::Crashed => "请重新启动。若再次发生，数据文件夹中的日志会说明原因。",
            TroubleKind::Other => "详情中有原因。",
        }
        .to_owned()
    },
    details: "详情",
    other_port: "选择其他端口",
    port: "端口",
    port_wrong: "端口是 1 到 65535 之间的数字。",
    use_port: "使用这个端口",
    open_data_folder: "打开数据文件夹",
    nothing_is_lost: "你的账号、朋友和账本都完好无损。",
};
