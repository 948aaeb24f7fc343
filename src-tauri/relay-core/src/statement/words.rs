//! What a statement says, in English and in Chinese.

use crate::period::Month;

/// The language of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// 简体中文.
    Chinese,
}

/// The words of one language. A `{}` is where a name, a number or an amount stands.
pub(super) struct Words {
    pub(super) tag: &'static str,
    pub(super) statement: &'static str,
    pub(super) draft: &'static str,
    pub(super) for_person: &'static str,
    pub(super) for_group: &'static str,
    pub(super) who_pays_whom: &'static str,
    pub(super) to_settle: &'static str,
    pub(super) pays: &'static str,
    pub(super) you_pay: &'static str,
    pub(super) you_get: &'static str,
    pub(super) nothing_to_pay: &'static str,
    pub(super) people: &'static str,
    pub(super) person: &'static str,
    pub(super) owner: &'static str,
    pub(super) share: &'static str,
    pub(super) paid: &'static str,
    pub(super) balance: &'static str,
    pub(super) costs: &'static str,
    pub(super) cost: &'static str,
    pub(super) paid_by: &'static str,
    pub(super) calls: &'static str,
    pub(super) list_price: &'static str,
    pub(super) amount: &'static str,
    pub(super) lines: &'static str,
    pub(super) about: &'static str,
    pub(super) basis: &'static str,
    pub(super) total: &'static str,
    pub(super) base_fee: &'static str,
    pub(super) equal: &'static str,
    pub(super) by_use: &'static str,
    pub(super) fee: &'static str,
    pub(super) at_cost: &'static str,
    pub(super) owed_to: &'static str,
    pub(super) owed_by: &'static str,
    pub(super) notes: &'static str,
    pub(super) nobody_used: &'static str,
    pub(super) used_by_other: &'static str,
    pub(super) not_entered: &'static str,
    pub(super) unpriced: &'static str,
    pub(super) mode_equal: &'static str,
    pub(super) mode_use: &'static str,
    pub(super) mode_fee: &'static str,
    pub(super) made: &'static str,
    pub(super) rate: &'static str,
    pub(super) hash: &'static str,
    pub(super) ledger: &'static str,
}

const ENGLISH: Words = Words {
    tag: "en",
    statement: "Statement for {}",
    draft: "{} (a draft: it may still change)",
    for_person: "for {}",
    for_group: "for everyone",
    who_pays_whom: "Who pays whom",
    to_settle: "To settle",
    pays: "{} pays {}",
    you_pay: "You pay {}",
    you_get: "You get from {}",
    nothing_to_pay: "Nothing to pay.",
    people: "How everyone stands",
    person: "Person",
    owner: "the owner",
    share: "Share",
    paid: "Paid already",
    balance: "Balance",
    costs: "What was paid",
    cost: "For",
    paid_by: "Paid by",
    calls: "Calls",
    list_price: "Worth at list price",
    amount: "Amount",
    lines: "Each person’s share",
    about: "For",
    basis: "How it came about",
    total: "Total",
    base_fee: "Base fee",
    equal: "one of {} equal parts",
    by_use: "{} of the use ({} of {} at list price)",
    fee: "the monthly fee",
    at_cost: "passed through at cost ({})",
    owed_to: "owed to {}",
    owed_by: "owed by {}",
    notes: "Good to know",
    nobody_used: "Nobody used {} this month, so it is shared equally.",
    used_by_other: "{} used {} without having a part in it ({} at list price).",
    not_entered: "{} was used ({} at list price), but what it costs was not entered: it is not in this statement.",
    unpriced: "{} calls have no price. They count as no use.",
    mode_equal: "Subscriptions are shared equally.",
    mode_use: "Subscriptions are shared by use, at list price.",
    mode_fee: "Everyone pays a base fee of {}; the rest is shared by use, at list price.",
    made: "Made on {}. Days are those of {}.",
    rate: "1 USD = {}. ",
    hash: "SHA-256 of this statement",
    ledger: "Made from {} rows of the ledger, SHA-256",
};

const CHINESE: Words = Words {
    tag: "zh-Hans",
    statement: "{}账单",
    draft: "{}（草稿，可能还会变化）",
    for_person: "{}",
    for_group: "全体成员",
    who_pays_whom: "谁付给谁",
    to_settle: "结算",
    pays: "{} 付给 {}",
    you_pay: "你付给 {}",
    you_get: "你收到 {} 的付款",
    nothing_to_pay: "无需付款。",
    people: "各人结算",
    person: "成员",
    owner: "群主",
    share: "应摊",
    paid: "已付",
    balance: "差额",
    costs: "本月支出",
    cost: "项目",
    paid_by: "付款人",
    calls: "调用次数",
    list_price: "按标价的价值",
    amount: "金额",
    lines: "各人分摊",
    about: "项目",
    basis: "计算方式",
    total: "合计",
    base_fee: "基本费",
    equal: "{} 人均摊",
    by_use: "占用量的 {}（按标价 {} / {}）",
    fee: "每月基本费",
    at_cost: "按实际费用转付（{}）",
    owed_to: "欠 {}",
    owed_by: "{} 所欠",
    notes: "说明",
    nobody_used: "本月无人使用 {}，因此均摊。",
    used_by_other: "{} 未参与分摊却使用了 {}（按标价 {}）。",
    not_entered: "{} 有使用（按标价 {}），但未填写费用，因此不在本账单中。",
    unpriced: "有 {} 次调用没有价格，不计入用量。",
    mode_equal: "订阅费用均摊。",
    mode_use: "订阅费用按用量（标价）分摊。",
    mode_fee: "每人付基本费 {}，其余按用量（标价）分摊。",
    made: "生成于 {}。日期按 {} 时区。",
    rate: "1 USD = {}。",
    hash: "本账单的 SHA-256",
    ledger: "依据 {} 条调用记录，SHA-256",
};

impl Language {
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }

    /// The name of a month.
    pub(super) fn month(self, month: Month) -> String {
        match self {
            Self::English => month.first_day().strftime("%B %Y").to_string(),
            Self::Chinese => format!("{}年{}月", month.year(), month.number()),
        }
    }
}

/// Puts values where a sentence has `{}`, in order.
pub(super) fn fill(sentence: &str, values: &[&str]) -> String {
    let mut parts = sentence.split("{}");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.zip(values).fold(first, |text, (part, value)| text + value + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_filled_in_order_and_values_are_not_read_again() {
        assert_eq!(fill("{} pays {}.", &["{}", "Sam"]), "{} pays Sam.");
        assert_eq!(fill("plain", &[]), "plain");
    }

    #[test]
    fn both_languages_leave_the_same_places_open() {
        let places = |words: &Words| {
            [words.by_use, words.pays, words.nobody_used, words.used_by_other, words.not_entered, words.unpriced]
                .map(|sentence| sentence.matches("{}").count())
        };

        assert_eq!(places(&ENGLISH), places(&CHINESE));
    }
}
