//! What the looks at the way from this machine to a friend's found, and what to do about it.

use crate::tunnel::{Cause, Hitch};

pub(super) fn cause_in_english(cause: Cause) -> (&'static str, Option<&'static str>) {
    match cause {
        Cause::Fine => ("As it should be", None),
        Cause::EarlierStep => ("Not looked at: an earlier step failed", None),
        Cause::NotListening => ("Carpool does not listen yet", None),
        Cause::PortSilent => ("Carpool does not answer on its own port", Some("Quit Carpool and start it again.")),
        Cause::NoTunnel => ("No way is chosen", None),
        Cause::NoKey => ("It opens when somebody has a key", Some("Invite a friend, or resume a key.")),
        Cause::Starting => ("It is being opened", None),
        Cause::Retrying => ("It was interrupted and is tried again", Some("See above what is in its way.")),
        Cause::ProgramMissing => ("Its program is not installed", Some("Install it, or choose another way.")),
        Cause::Unfit => ("Something it needs is not set", Some("Open this way again, with all it asks for.")),
        Cause::NoAddress => ("It is up and has not told its address", Some("Close this way and open it again.")),
        Cause::BadAddress => ("The address cannot be read", Some("Set it anew, with https://.")),
        Cause::NoName => ("The address is a number: there is no name to look up", None),
        Cause::ProxyAsks => ("The proxy looks names up", None),
        Cause::NameUnknown => (
            "The name is not known",
            Some(
                "A new name needs a minute to spread. If it stays unknown, open the way again or mend the name's record.",
            ),
        ),
        Cause::PlainInside => ("Not encrypted, within a private network", None),
        Cause::Plain => (
            "Not encrypted: whoever is on the way can read keys and calls",
            Some("Choose a way that has https://, such as a Cloudflare tunnel or Tailscale Funnel."),
        ),
        Cause::NoWay => ("No way leads there", Some("Mend the proxy for all accounts.")),
        Cause::NoConnection => {
            ("Nobody takes the connection", Some("Look at the far end, and whether this machine is online."))
        }
        Cause::BadCertificate => (
            "The encrypted connection did not come about",
            Some("Renew the certificate at the far end, or set this machine's clock."),
        ),
        Cause::TooSlow => {
            ("The answer did not come in time", Some("Look at this machine's connection, and open the way again."))
        }
        Cause::Broken => ("The answer broke off", Some("Look at this machine's connection, and open the way again.")),
        Cause::SomebodyElse => (
            "Somebody else answers at this address",
            Some("It leads elsewhere: open the way again, or mend the name's record."),
        ),
        Cause::Buffered => (
            "Answers are held back on the way until they are whole",
            Some("Friends see each answer only at its end. A way that streams is better."),
        ),
        Cause::ClockWrong => ("This machine's clock is wrong", Some("Let the system set it by the network.")),
        Cause::NoOutsideClock => ("Nobody outside told the time", None),
    }
}

pub(super) fn cause_in_chinese(cause: Cause) -> (&'static str, Option<&'static str>) {
    match cause {
        Cause::Fine => ("正常", None),
        Cause::EarlierStep => ("未检查：前面的步骤失败了", None),
        Cause::NotListening => ("Carpool 尚未监听", None),
        Cause::PortSilent => ("Carpool 在自己的端口上没有应答", Some("请退出 Carpool 后重新启动。")),
        Cause::NoTunnel => ("尚未选择方式", None),
        Cause::NoKey => ("有人持有密钥时才会开放", Some("请邀请一位朋友，或恢复一个密钥。")),
        Cause::Starting => ("正在开放", None),
        Cause::Retrying => ("已中断，正在重试", Some("请看上方的原因。")),
        Cause::ProgramMissing => ("所需程序未安装", Some("请安装，或选择另一种方式。")),
        Cause::Unfit => ("缺少所需的设置", Some("请填写完整后重新开放。")),
        Cause::NoAddress => ("已开放，但没有给出地址", Some("请关闭后重新开放。")),
        Cause::BadAddress => ("无法识别这个地址", Some("请重新设置，以 https:// 开头。")),
        Cause::NoName => ("地址是数字，无需解析域名", None),
        Cause::ProxyAsks => ("域名由代理解析", None),
        Cause::NameUnknown => {
            ("域名无法解析", Some("新域名需要一分钟左右生效。如果一直无法解析，请重新开放或修正域名记录。"))
        }
        Cause::PlainInside => ("未加密，但在私有网络内", None),
        Cause::Plain => (
            "未加密：途中的任何人都能读到密钥和调用内容",
            Some("请选择带 https:// 的方式，例如 Cloudflare 隧道或 Tailscale Funnel。"),
        ),
        Cause::NoWay => ("无法到达该地址", Some("请修正所有账号共用的代理。")),
        Cause::NoConnection => ("连接无人接受", Some("请检查另一端，以及本机是否联网。")),
        Cause::BadCertificate => ("未能建立加密连接", Some("请在另一端更新证书，或校准本机时钟。")),
        Cause::TooSlow => ("未在限时内应答", Some("请检查本机的网络连接，并重新开放。")),
        Cause::Broken => ("应答中断", Some("请检查本机的网络连接，并重新开放。")),
        Cause::SomebodyElse => ("这个地址由别的程序应答", Some("它指向了别处：请重新开放，或修正域名记录。")),
        Cause::Buffered => {
            ("回答在途中被扣留，直到完整才传出", Some("朋友只能在结束时看到回答。换用能逐段传输的方式更好。"))
        }
        Cause::ClockWrong => ("本机的时钟不准", Some("请让系统通过网络校准时钟。")),
        Cause::NoOutsideClock => ("没有得到外部的时间", None),
    }
}

pub(super) fn hitch_in_english(hitch: Hitch) -> &'static str {
    match hitch {
        Hitch::Ended => "The program ended by itself.",
        Hitch::NotStarted => "The program could not be started.",
        Hitch::Silent => "The program runs but does not say that it is connected.",
        Hitch::TooMany => "Too many tunnels were opened from here lately. It is tried again, more and more seldom.",
        Hitch::Unreachable => "The other end cannot be reached. Is this machine online, and does a firewall block it?",
        Hitch::Refused => "The other end does not accept the token or sign-in. Enter it again.",
        Hitch::NoSecret => "The other end wants a token. Enter one.",
        Hitch::InUse => "The account or the address is in use by another session. End that one.",
        Hitch::Outdated => "The program is too old for the other end. Update it.",
        Hitch::HostKey => {
            "The server's host key is not known or has changed. Connect once with ssh in a terminal and compare it."
        }
        Hitch::RemotePort => "The other end does not give that port: it is taken or not allowed there.",
        Hitch::SwitchOn => "This has to be switched on for your account first.",
        Hitch::NotPermitted => "This user may not do that. Run once: sudo tailscale set --operator=$USER",
        Hitch::SignedOut => "Tailscale does not run or is signed out. Run: tailscale up",
        Hitch::NoAnswer => "The address does not answer as Carpool does.",
        Hitch::NoNetwork => "This machine is in no local network.",
    }
}

pub(super) fn hitch_in_chinese(hitch: Hitch) -> &'static str {
    match hitch {
        Hitch::Ended => "程序自行结束了。",
        Hitch::NotStarted => "程序无法启动。",
        Hitch::Silent => "程序在运行，但没有报告已连接。",
        Hitch::TooMany => "最近从这里开放的隧道太多。会逐渐降低频率重试。",
        Hitch::Unreachable => "无法连接另一端。本机是否联网，是否被防火墙拦截？",
        Hitch::Refused => "另一端不接受令牌或登录。请重新输入。",
        Hitch::NoSecret => "另一端需要令牌。请输入。",
        Hitch::InUse => "账号或地址正被另一个会话使用。请结束那个会话。",
        Hitch::Outdated => "程序版本过旧，另一端不支持。请更新。",
        Hitch::HostKey => "服务器的主机密钥未知或已改变。请先在终端用 ssh 连接一次并核对。",
        Hitch::RemotePort => "另一端不提供该端口：已被占用或不允许使用。",
        Hitch::SwitchOn => "需要先为你的账号启用此功能。",
        Hitch::NotPermitted => "当前用户无权这样做。请运行一次：sudo tailscale set --operator=$USER",
        Hitch::SignedOut => "Tailscale 未运行或已退出登录。请运行：tailscale up",
        Hitch::NoAnswer => "这个地址没有像 Carpool 那样应答。",
        Hitch::NoNetwork => "本机不在任何局域网中。",
    }
}
