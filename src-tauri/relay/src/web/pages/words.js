// The language of the page, and the words both pages use. English and Chinese stand side by side.

const LANGUAGES = {
  en: { tag: "en", locale: "en-GB", other: "zh", other_name: "中文", other_tag: "zh-CN" },
  zh: { tag: "zh-CN", locale: "zh-CN", other: "en", other_name: "English", other_tag: "en" },
};
const REMEMBERED = "carpool.language";

let language = remembered() ?? asked();

/** Chooses between a text in both languages. */
export const pick = (texts) => texts[language];
/** The words both pages use. */
export const words = () => WORDS[language];
/** The locale times are written in: English ones with the day first, which cannot be misread. */
export const locale = () => LANGUAGES[language].locale;

/** A button that changes to the other language, and remembers it; `changed` then draws the page anew. */
export function languageButton(changed) {
  const element = document.createElement("button");
  const label = () => {
    const { tag, other_name, other_tag } = LANGUAGES[language];
    document.documentElement.lang = tag;
    element.textContent = other_name;
    element.lang = other_tag;
  };
  element.type = "button";
  element.className = "button quiet-button";
  element.id = "language";
  element.addEventListener("click", () => {
    language = LANGUAGES[language].other;
    remember();
    label();
    changed();
  });
  label();
  return element;
}

function asked() {
  const known = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(LANGUAGES, tag));
  return known ?? "en";
}

// Where the browser forbids storage, the language is asked of it again at the next visit.
function remembered() {
  try {
    const name = localStorage.getItem(REMEMBERED);
    return Object.hasOwn(LANGUAGES, name) ? name : undefined;
  } catch {
    return undefined;
  }
}

function remember() {
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    // As above.
  }
}

/**
 * What to say about an answer that was not what was hoped for: `[in words, what the relay said itself]`. In English the
 * relay's own message is shown where there is one: it says more.
 */
export function trouble({ status, code, message, waitSeconds }) {
  const wait = waitSeconds ? words().wait(waitSeconds) : "";
  if (message && language === "en") return [`${message.charAt(0).toUpperCase()}${message.slice(1)}${wait}`];
  const known = (message && CHINESE_BY_CODE[code]) || BY_STATUS[status]?.[language] || words().strange(status);
  return [`${known}${wait}`, message];
}

// What the relay says no with (`Refusal::code` and the doors of the page).
const CHINESE_BY_CODE = {
  bad_request: "中继无法理解这个请求，请刷新页面。",
  failed: "Carpool 未能完成此操作。请稍后重试，或请分享者查看日志。",
  foreign_origin: "请求来自其他网站的页面。请在 Carpool 自己的页面操作。",
  key_expired: "这个密钥已到期，请向分享者索取新的密钥。",
  key_unknown: "Carpool 不认识这个密钥：它已被更换或吊销。请向分享者索取新的密钥。",
  ledger_down: "Carpool 目前无法写入账本，因此不接受调用。请告知分享者。",
  limit: "已达到某项限制。",
  limits_unreadable: "无法读取这个密钥的限制，因此不接受调用。请让分享者重新设置。",
  no_account: "目前没有账号可以服务这次调用。请稍后重试，或询问分享者。",
  no_model: "这里没有你的密钥可以使用的模型。请询问分享者。",
  paused_by_friend: "这个密钥已被你暂停，可以在你的页面恢复。",
  paused_by_owner: "分享者暂停了你或这个密钥，请让对方恢复。",
  sharing_paused: "分享者暂停了所有人的共享。请稍后重试，或请对方恢复。",
  shutting_down: "Carpool 正在关闭，请一分钟后重试。",
  timed_out: "服务商没有及时应答，请重试。",
  too_many_tests: "刚刚测试过，请稍后再试。",
  too_many_tries: "尝试次数过多。",
};

const BY_STATUS = {
  0: {
    en: "The relay does not answer. The owner's computer may be off or asleep, or its address may have changed. Check your own network, then ask the owner.",
    zh: "中继没有应答。分享者的电脑可能已关机或休眠，或地址已变更。请先检查自己的网络，再询问分享者。",
  },
  401: {
    en: "Carpool does not know this key: it was replaced, revoked, or has ended. Ask the owner for a new one.",
    zh: "Carpool 不认识这个密钥：它已被更换、吊销或已到期。请向分享者索取新的密钥。",
  },
  402: { en: "A money cap is used up.", zh: "费用上限已用完。" },
  403: {
    en: "The owner does not allow this with this key: not this model, this program, this network, or not now.",
    zh: "分享者不允许这个密钥这样使用：模型、程序、网络或时段不在允许范围内。",
  },
  404: { en: "This relay does not know this. It may be an older version.", zh: "这个中继不支持此操作，可能版本较旧。" },
  429: { en: "That was too much at once, or a limit is used up.", zh: "请求过于频繁，或额度已用完。" },
  500: { en: "Something went wrong in the relay. Try again later.", zh: "中继出了问题，请稍后重试。" },
  502: { en: "The relay does not reach the provider. Try again.", zh: "中继无法连接服务商，请重试。" },
  503: {
    en: "No call can be served now. Try again later, or ask the owner.",
    zh: "目前无法提供服务。请稍后重试，或询问分享者。",
  },
  504: { en: "The provider did not answer in time. Try again.", zh: "服务商没有及时应答，请重试。" },
};

const WORDS = {
  en: {
    calls: "Calls",
    cancel: "Cancel",
    close: "Close",
    copied: "Copied",
    copy: "Copy",
    copy_by_hand: "Copy by hand",
    copy_what: (what) => `Copy: ${what}`,
    cost: "Cost",
    key: "Key",
    loading: "Loading…",
    retry: "Try again",
    tokens: "Tokens",
    unpriced: "unpriced",
    relay_says: "The relay says:",
    strange: (status) => `The relay gave an answer this page does not understand (${status}).`,
    wait: (seconds) => ` Wait ${seconds} s.`,
    just_now: "just now",
    minutes_ago: (n) => `${n} min ago`,
    hours_ago: (n) => `${n} h ago`,
    days_ago: (n) => (n === 1 ? "1 day ago" : `${n} days ago`),
    in_minutes: (n) => `in ${n} min`,
    in_hours: (hours, minutes) => (minutes ? `in ${hours} h ${minutes} min` : `in ${hours} h`),
    in_days: (days, hours) => (hours ? `in ${days} d ${hours} h` : `in ${days} d`),

    setup: "Set up your program",
    setup_lead: "Choose the program you use. One line sets it up.",
    client: "Program",
    other_client: "Other",
    which_other: "Which program",
    system: "Computer",
    unix: "macOS · Linux",
    windows: "Windows",
    one_line: "The line",
    paste_unix: "Paste this into a terminal:",
    paste_windows: "Paste this into PowerShell:",
    script_does: (client) =>
      `It fetches a short script from this relay, which writes only Carpool's own lines into the settings of ${client}, keeps a copy of what was there, and says what it changed and how to undo it. Run twice, it changes nothing.`,
    read_script: "Read the script",
    by_hand: "Set it up by hand",
    by_hand_hint: "Paste this into a terminal, or into the file that is named.",
    other_hint: "Put this into the program's settings or your code.",
    undo: "Undo it",
    undo_hint: "This puts the settings back as they were before.",
    undo_line: "The line that undoes it",
    history: "The line contains your key. A terminal remembers what was typed into it.",

    test: "Test it",
    test_hint: "Makes a real call of one token with your key. It counts like any other.",
    testing: "Testing…",
    test_good: (model) => (model ? `It works: ${model} answered.` : "It works: the call was answered."),
    test_vendor:
      "Your key is right, but this page cannot make a test call: the owner's account serves only its vendor's own program. Set up that program (for example Claude Code) and try it there.",
    test_bad: "The call was not answered.",
  },
  zh: {
    calls: "调用",
    cancel: "取消",
    close: "关闭",
    copied: "已复制",
    copy: "复制",
    copy_by_hand: "请手动复制",
    copy_what: (what) => `复制：${what}`,
    cost: "费用",
    key: "密钥",
    loading: "加载中…",
    retry: "重试",
    tokens: "令牌数",
    unpriced: "未定价",
    relay_says: "中继的原话：",
    strange: (status) => `中继的应答无法理解（${status}）。`,
    wait: (seconds) => `请等待 ${seconds} 秒。`,
    just_now: "刚刚",
    minutes_ago: (n) => `${n} 分钟前`,
    hours_ago: (n) => `${n} 小时前`,
    days_ago: (n) => `${n} 天前`,
    in_minutes: (n) => `${n} 分钟后`,
    in_hours: (hours, minutes) => (minutes ? `${hours} 小时 ${minutes} 分钟后` : `${hours} 小时后`),
    in_days: (days, hours) => (hours ? `${days} 天 ${hours} 小时后` : `${days} 天后`),

    setup: "配置你的程序",
    setup_lead: "选择你使用的程序，一行命令即可完成配置。",
    client: "程序",
    other_client: "其他",
    which_other: "哪个程序",
    system: "电脑",
    unix: "macOS · Linux",
    windows: "Windows",
    one_line: "命令",
    paste_unix: "粘贴到终端：",
    paste_windows: "粘贴到 PowerShell：",
    script_does: (client) =>
      `它从这个中继获取一段简短的脚本，只把 Carpool 自己的内容写入 ${client} 的设置，先备份原有内容，并说明改了什么、如何撤销。重复运行不会再有改动。`,
    read_script: "查看脚本",
    by_hand: "手动配置",
    by_hand_hint: "粘贴到终端，或粘贴到所示的文件中。",
    other_hint: "填入程序的设置，或写进你的代码。",
    undo: "撤销",
    undo_hint: "这会把设置恢复成之前的样子。",
    undo_line: "撤销的命令",
    history: "这行命令包含你的密钥，终端会记住输入过的内容。",

    test: "测试",
    test_hint: "用你的密钥真实调用一次，只有一个令牌，照常计入用量。",
    testing: "正在测试…",
    test_good: (model) => (model ? `一切正常：${model} 已回答。` : "一切正常：调用得到了回答。"),
    test_vendor:
      "密钥没有问题，但无法从这个页面测试：分享者的账号只服务该服务商自己的程序。请配置好该程序（例如 Claude Code），在其中试用。",
    test_bad: "调用没有得到回答。",
  },
};
