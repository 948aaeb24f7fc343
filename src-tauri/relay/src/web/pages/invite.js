// The invite page. The secret is in the link's fragment, which browsers do not send; only the button sends it, so a
// program that looks at the link for a preview uses nothing up.

import { ask, tab } from "./api.js";
import { banner, button, card, copyButton, h, say, show } from "./dom.js";
import { day } from "./format.js";
import { INVITE } from "./invite-words.js";
import { setupPanel } from "./setup.js";
import { troubleWords, tryIt } from "./try-it.js";
import { languageButton, pick, words } from "./words.js";

// Tunnels whose address does not outlive them.
const TEMPORARY = [".trycloudflare.com", "bore.pub"];
// What the relay says no with, and what the page then is.
const REFUSALS = {
  invite_unknown: "unknown",
  invite_used: "used",
  invite_expired: "expired",
  invite_revoked: "revoked",
  too_many_tries: "many",
};
const ENOUGH_WAIT_S = 30;

const code = location.pathname.split("/")[2];
const kept = `invite.${code}`;
const main = document.getElementById("main");

// What the page is: `{ name, … }`, with what only that state has.
let state = opening();

document.getElementById("top-actions").append(languageButton(draw));
addEventListener("hashchange", () => {
  if (secret()) become(opening());
});
draw();

function secret() {
  return new URLSearchParams(location.hash.slice(1)).get("k");
}

function opening() {
  const key = remembered();
  if (key && !secret()) return { name: "key", key, isAgain: true };
  return { name: secret() ? "ready" : "no_secret" };
}

function remembered() {
  try {
    return JSON.parse(tab.get(kept));
  } catch {
    return undefined;
  }
}

async function redeem() {
  if (state.name === "asking") return;
  become({ name: "asking" }, { isMoved: false });
  const answer = await ask("POST", `/i/${code}`, { body: { secret: secret(), origin: location.origin } });
  if (answer.ok && answer.data?.key) {
    tab.set(kept, JSON.stringify(answer.data));
    tab.set("key", answer.data.key);
    // The secret is spent: it need not stay in the address bar.
    history.replaceState(null, "", location.pathname);
    become({ name: "key", key: answer.data });
    return;
  }
  const name = REFUSALS[answer.code] ?? (answer.status === 429 ? "many" : "failed");
  become({ name, answer, until: Date.now() + 1000 * (answer.waitSeconds ?? ENOUGH_WAIT_S) });
}

/** Shows another state; whoever hears the page is taken to its title. */
function become(next, { isMoved = true } = {}) {
  state = next;
  draw();
  if (isMoved) main.querySelector("h1")?.focus();
}

function draw() {
  const view = { ready, asking: ready, key: keyShown, many }[state.name] ?? refused;
  document.title = pick(INVITE).page;
  main.className = state.name === "key" ? "wide" : "narrow";
  show(main, ...view());
}

function heading(text, lead) {
  return h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, text), lead && h("p", { class: "lead" }, lead));
}

function ready() {
  const t = pick(INVITE);
  const isAsking = state.name === "asking";
  const get = button(isAsking ? t.getting : t.get, redeem, { look: `primary large${isAsking ? " busy" : ""}`, picture: "key", id: "get" });
  get.setAttribute("aria-disabled", String(isAsking));
  return [
    heading(t.title, t.lead),
    isPhone() && banner("warn", h("p", {}, t.on_a_phone)),
    isPlain() && banner("warn", h("p", {}, t.plain)),
    h("section", { class: "card get" }, get, h("p", { class: "quiet" }, t.works_once)),
    h("section", { class: "card" },
      h("dl", { class: "terms" },
        h("dt", {}, t.sees), h("dd", {}, t.sees_list),
        h("dt", {}, t.never), h("dd", {}, t.never_list))),
  ];
}

function keyShown() {
  const t = pick(INVITE);
  const { friend, key_name, key, expires_at, qr_svg } = state.key;
  const shown = h("code", { id: "key" }, key);
  return [
    heading(t.welcome(friend), t.have_key(key_name)),
    card(t.your_key, { id: "your-key" },
      h("div", { class: "key-line" }, shown,
        copyButton(() => key, { label: t.copy_key, look: "primary", shown: () => shown, id: "copy-key" })),
      banner("warn", h("p", {}, state.isAgain ? t.still_here : t.once)),
      h("p", { class: "quiet" }, t.secret),
      h("p", { class: "quiet" }, expires_at ? t.ends(day(expires_at)) : t.endless)),
    isTemporary() && banner("neutral", h("p", {}, h("strong", {}, t.changes)), h("p", {}, t.changes_words)),
    isPlain() && banner("warn", h("p", {}, t.plain)),
    card(words().setup, { id: "setup" }, h("p", { class: "quiet" }, words().setup_lead), setupPanel(key)),
    h("div", { class: "pair" },
      card(t.test_title, { id: "try" }, tryIt(key)),
      card(t.keep, { id: "keep" },
        h("div", { class: "keep" },
          h("div", { class: "keep-words" },
            h("p", { class: "quiet" }, t.keep_lead),
            h("a", { class: "button", href: "/", id: "open-page" }, t.open),
            qr_svg && h("p", { class: "quiet" }, t.qr_hint)),
          qr_svg && h("img", { class: "qr", src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(qr_svg)}`, alt: t.qr, width: "168", height: "168" })))),
  ];
}

function refused() {
  const t = pick(INVITE);
  const { name, answer } = state;
  const again = name === "failed" && button(words().retry, redeem, { look: "primary", id: "again" });
  return [
    heading(t[name]),
    h("section", { class: "card stack" },
      name === "failed" ? troubleWords(answer) : h("p", {}, t[`${name}_words`]),
      t[`${name}_more`] && h("p", {}, t[`${name}_more`]),
      name === "failed" && answer.status === 0 && h("p", { class: "quiet" }, t.unreachable_more),
      again && h("div", { class: "row" }, again)),
  ];
}

function many() {
  const t = pick(INVITE);
  const { until } = state;
  const text = h("p", {});
  const again = button(words().retry, () => Date.now() >= until && redeem(), { look: "primary", id: "again" });
  const tick = () => {
    if (!again.isConnected && text.textContent) return;
    const seconds = Math.ceil((until - Date.now()) / 1000);
    text.textContent = seconds > 0 ? t.many_words(seconds) : t.many_over;
    again.setAttribute("aria-disabled", String(seconds > 0));
    if (seconds > 0) setTimeout(tick, 1000);
    else say(t.many_over);
  };
  tick();
  return [heading(t.many), h("section", { class: "card stack" }, text, h("div", { class: "row" }, again))];
}

function isPhone() {
  return /android|iphone/i.test(navigator.userAgent);
}

function isTemporary() {
  return TEMPORARY.some((name) => location.hostname === name || location.hostname.endsWith(name));
}

/** Whether what is sent can be read on the way: a page without TLS, from another machine. */
function isPlain() {
  return location.protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}
