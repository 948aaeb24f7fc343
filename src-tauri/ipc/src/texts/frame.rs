//! The frame around the places.

/// The frame around the places.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Frame {
    pub skip_to_content: &'static str,
    pub up: &'static str,
    pub paused: &'static str,
    pub starting: &'static str,
    pub down: &'static str,
    /// Leads from another place to where the port is set right.
    pub mend: &'static str,
    pub unreachable: &'static str,
}

pub(super) static ENGLISH: Frame = Frame {
    skip_to_content: "Skip to content",
    up: "Sharing",
    paused: "Paused",
    starting: "Starting…",
    down: "Not sharing",
    mend: "Fix this",
    unreachable: "The window cannot reach Carpool",
};

pub(super) static CHINESE: Frame = Frame {
    skip_to_content: "跳到内容",
    up: "共享中",
    paused: "已暂停",
    starting: "正在启动…",
    down: "未在共享",
    mend: "去处理",
    unreachable: "窗口无法连接 Carpool",
};
