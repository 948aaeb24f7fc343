//! The proof that nothing of what friends ask and get is on the disk.

/// The proof that nothing of what friends ask and get is on the disk.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Privacy {
    pub title: &'static str,
    pub hint: &'static str,
    pub prove: &'static str,
    pub proving: &'static str,
    pub never: &'static str,
    /// When, in how many ways it was sent, and in how many files it was looked for.
    pub clean: fn(&str, u64, u64) -> String,
    pub found: fn(&str) -> String,
}

pub(super) static ENGLISH: Privacy = Privacy {
    title: "Prove it",
    hint: "Carpool starts a second relay with a pretend provider, sends a secret word through it in every way a call can \
           go, and then looks for that word in everything it has written. Nothing leaves this machine.",
    prove: "Run the proof",
    proving: "Looking…",
    never: "Not run yet",
    clean: |when, ways, files| format!("Sent in {ways} ways, found in none of {files} files, {when}"),
    found: |when| format!("The word was found, {when}. Please report this as a bug."),
};

pub(super) static CHINESE: Privacy = Privacy {
    title: "验证",
    hint: "Carpool 会启动另一个使用虚拟服务商的中继，以调用可能经过的每种方式发送一个暗语，然后在它写入的所有内容中查找。\
           数据不会离开本机。",
    prove: "开始验证",
    proving: "正在查找…",
    never: "尚未验证",
    clean: |when, ways, files| format!("以 {ways} 种方式发送，{files} 个文件中均未找到，{when}"),
    found: |when| format!("找到了暗语，{when}。请将此作为缺陷报告。"),
};
