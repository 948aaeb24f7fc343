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
    /// When, and in how many places.
    pub clean: fn(&str, usize) -> String,
    pub found: fn(&str) -> String,
    pub places: &'static str,
}

pub(super) static ENGLISH: Privacy = Privacy {
    title: "Prove it",
    hint: "Carpool makes a call with a secret word in it, and looks for that word in everything it has written. The call \
           goes to a pretend provider inside Carpool: nothing leaves this machine.",
    prove: "Run the proof",
    proving: "Looking…",
    never: "Not run yet",
    clean: |when, places| format!("Nothing was found in {places} places, {when}"),
    found: |when| format!("The word was found, {when}. Please report this as a bug."),
    places: "Where it was looked",
};

pub(super) static CHINESE: Privacy = Privacy {
    title: "验证",
    hint: "Carpool 会发出一次带有暗语的调用，然后在它写入的所有内容中查找这个暗语。调用发往 Carpool 内部的虚拟服务商，\
           不会离开本机。",
    prove: "开始验证",
    proving: "正在查找…",
    never: "尚未验证",
    clean: |when, places| format!("在 {places} 处均未找到，{when}"),
    found: |when| format!("找到了暗语，{when}。请将此作为缺陷报告。"),
    places: "查找的位置",
};
