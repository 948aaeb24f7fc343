//! Setting up the programs on the owner's own machine.

/// Setting up the programs on the owner's own machine.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct OwnMachine {
    pub title: &'static str,
    pub lead: &'static str,
    pub whose: &'static str,
    pub whose_hint: &'static str,
    pub nobody: &'static str,
    pub set_up: &'static str,
    pub set_up_named: fn(&str) -> String,
    pub undo: &'static str,
    pub undo_named: fn(&str) -> String,
    pub done: fn(&str) -> String,
    pub undone: fn(&str) -> String,
    pub nothing_to_do: fn(&str) -> String,
    pub backup: fn(&str) -> String,
}

pub(super) static ENGLISH: OwnMachine = OwnMachine {
    title: "Programs on this machine",
    lead: "One press writes the address and a key into a program's settings: only what is Carpool's, after a copy of the \
           file was kept. Undo puts it back.",
    whose: "Counted as",
    whose_hint: "What these programs use counts as this friend's. It may be yourself.",
    nobody: "Add a friend first: it may be yourself.",
    set_up: "Set up",
    set_up_named: |program| format!("Set up {program}"),
    undo: "Undo",
    undo_named: |program| format!("Undo what was set up for {program}"),
    done: |program| format!("{program} is set up"),
    undone: |program| format!("{program} is as it was"),
    nothing_to_do: |program| format!("{program} was set up so already; nothing was changed"),
    backup: |path| format!("What it was is kept in {path}."),
};

pub(super) static CHINESE: OwnMachine = OwnMachine {
    title: "本机的程序",
    lead: "点一下即可把地址和密钥写入程序的设置：只写 Carpool 自己的部分，并先保留文件的副本。“撤销”可以恢复原样。",
    whose: "记在谁名下",
    whose_hint: "这些程序的用量会记在这位朋友名下，也可以是你自己。",
    nobody: "请先添加一位朋友，也可以是你自己。",
    set_up: "配置",
    set_up_named: |program| format!("配置 {program}"),
    undo: "撤销",
    undo_named: |program| format!("撤销对 {program} 的配置"),
    done: |program| format!("{program} 已配置好"),
    undone: |program| format!("{program} 已恢复原样"),
    nothing_to_do: |program| format!("{program} 已经是这样配置的，没有改动"),
    backup: |path| format!("原来的内容保存在 {path}。"),
};
