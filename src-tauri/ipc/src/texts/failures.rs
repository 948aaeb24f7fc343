//! Failed commands, for owners who do not read English. In English the message itself is shown: it says more.

use crate::{Failure, settings::Language};

/// What to say about a failed command.
#[must_use]
pub fn failure(language: Language, failure: &Failure) -> String {
    match language {
        Language::English => sentence(&failure.message),
        Language::Chinese => chinese(&failure.code).map_or_else(|| failure.message.clone(), str::to_owned),
    }
}

/// The host's messages follow the command line's custom of beginning small.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[expect(clippy::too_many_lines, reason = "it is a list")]
fn chinese(code: &str) -> Option<&'static str> {
    Some(match code {
        "account_refused" => "服务商拒绝了这个账号。请检查密钥，或重新登录。",
        "bad_address" => "地址无效：应为 http://… 或 https://…，不带用户名、查询和片段。",
        "bad_amount" => "金额无效：应为 12.50 这样的数字，且大于零。",
        "bad_currency" => "货币无效：应为三个字母，例如 CNY、EUR 或 USD。",
        "bad_header" => "请求头名称只能包含字母、数字和连字符。",
        "bad_month" => "月份无效：应为 2026-11 这样的形式。",
        "bad_name" => "这个名称不能用：不能为空，首尾不能有空格，最多 64 个字符，不能包含斜杠，也不能像编号（如 f1）。",
        "bad_price" => "价格无效：应为 3 或 0.25 这样的数字（美元）。",
        "bad_proxy" => "代理地址无效。",
        "bad_publish_url" => "Webhook 应为 https://… 或 http://… 形式的地址。",
        "bad_range" => "日期无效：开始日期必须不晚于结束日期。",
        "bad_rate" => "汇率无效：应为 1 美元合多少本币，例如 7.10。",
        "bad_server" => "服务器应为 主机、用户@主机 或 用户@主机:端口 的形式。",
        "bad_url" => "地址应以 https:// 或 http:// 开头，且不带路径。",
        "bind_refused" => "无法在这个地址上监听。",
        "book_gone" => "这份价格表已被采用或替换，请重新查看。",
        "calls_deleted" => "这个月的部分调用记录已不再保留，无法重新结算。已存档的账单和用量仍可查看。",
        "cannot_settle" => "无法结算：某项费用没有人分摊、涉及本月未参与的人，或金额过大。请检查填写的内容。",
        "clipboard" => "无法使用剪贴板，请手动选中并复制。",
        "data_folder" => "无法使用数据文件夹。",
        "database" => "数据库拒绝了操作。磁盘可能已满。",
        "endpoint_moved" => "服务商的登录地址已变更。请更新 Carpool。",
        "fee_missing" => "请填写每月基本费。",
        "invalid_grant" => "这个授权码已使用过、已过期，或不是完整的。请重新打开登录页面获取新的授权码。",
        "invite_revoked" => "这个邀请之前已撤销。",
        "invite_used" => "这个邀请已被使用：朋友已有密钥，请改为吊销密钥。",
        "limit_allow_clients" => "程序应为 claude-code、codex、gemini-cli、droid、other，或用户代理的开头。",
        "limit_allow_ips" => "网络应为 10.0.0.0/8 这样的形式，或单个地址。",
        "limit_allow_models" | "limit_deny_models" => "模型名称无效；* 代表任意内容。",
        "limit_allow_providers" => "没有这样的服务商。",
        "limit_expiry" => "有效期无效。",
        "limit_quiet" => "时段应为 23:00-07:00 或 mon-fri 09:00-17:00 这样的形式。",
        "login_gone" => "这次登录已经结束。请重新开始。",
        "model_missing" => "请填写模型名称。",
        "month_not_over" => "本月尚未结束。",
        "name_missing" => "请填写名称。",
        "name_taken" => "这个名称已被使用，请换一个。",
        "no_code" => "没有找到授权码。请粘贴登录页面显示的授权码，或登录结束页面的完整地址。",
        "no_credential" => "这个账号没有凭据，请重新登录。",
        "no_file" => "这不是本机上的文件。",
        "no_price_book" => "这不是 LiteLLM 格式的价格表。",
        "no_refresh_token" => "服务商没有给出刷新令牌，登录会在几小时后失效，因此没有保存。",
        "not_a_secret" => "这不像是该服务商的 API 密钥或设置令牌。",
        "not_a_token_answer" => "服务商的登录服务返回了无法理解的内容，可能是网络中的某个页面。请检查网络后重试。",
        "not_found" => "它已不存在。",
        "not_saved" => "文件未能写入。",
        "port_taken" => "这个端口已被其他程序占用。",
        "price_address" => "无法从这个地址取得价格表。请检查网络和地址。",
        "price_file" => "无法读取这个文件。",
        "privacy_proof" => "无法完成验证，因此既不能证明有，也不能证明没有。",
        "provider_unreachable" | "token_endpoint_unreachable" => "无法连接服务商。请检查网络后重试。",
        "rate_missing" => "请填写汇率：API 账单以美元计。",
        "rate_of_dollar" => "1 美元就是 1 美元：USD 的汇率为 1。",
        "reason_missing" => "请填写调整的原因。",
        "relay_down" => "中继没有运行。",
        "same_person" => "调整应在两个人之间：两边是同一个人。",
        "sign_in_denied" => "服务商拒绝了登录。",
        "state_mismatch" => "这个授权码属于另一次登录。请使用最近一次打开的登录页面给出的授权码。",
        "statement_altered" => "已存档的账单与其哈希不符：数据库被从外部改动。可以查看目前的情况。",
        "token_endpoint_busy" => "服务商的登录服务正忙，请稍后重试。",
        "tunnel_setting_missing" => "这种方式还缺少设置。",
        "tunnel_setting_useless" => "这种方式用不到其中一项设置。",
        "tunnel_unreadable" => "无法读取已保存的方式，请重新选择。",
        "wrong_currency" => {
            "有一项是以另一种货币填写的，没有对应的汇率。请以账单货币或美元重新填写，或改回原来的货币。"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_said_in_chinese_is_said_in_english() {
        let unknown = Failure { code: "strange".to_owned(), message: "the moon is in the way".to_owned() };

        assert_eq!(failure(Language::Chinese, &unknown), "the moon is in the way");
        assert_eq!(failure(Language::English, &unknown), "The moon is in the way");
    }
}
