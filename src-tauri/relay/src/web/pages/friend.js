// The friend page. The key is the sign-in: it stays in this tab's memory and travels in a header, never in an address.

import { ask, findKey, tab } from "./api.js";
import { banner, button, card, h, say, show } from "./dom.js";
import { day, second } from "./format.js";
import { FRIEND } from "./friend-words.js";
import { pauseButton, resumeButton, rotateButton } from "./key-actions.js";
import { calls, devices, limits, standing, stored, used, windows } from "./sections.js";
import { setupPanel } from "./setup.js";
import { troubleWords, tryIt } from "./try-it.js";
import { languageButton, pick, words } from "./words.js";

const EVERY_MS = 10_000;
const SELDOM_MS = 120_000;
const PATIENCE_MS = 20_000;
// What is made of what the relay tells, in the page's order.
const PARTS = ["standing", "used", "limits", "windows", "calls", "devices", "stored"];

const main = document.getElementById("main");
const narrow = matchMedia("(max-width: 40rem)");

let key;
// What the relay told last, and when.
let me;
let updatedAt;
// The latest answer, if it was none.
let failed;
let failures = 0;
let timer;
let isKeyShown = false;
// The places of the page while signed in, by name, and what was drawn into each.
let places;
let drawn = {};

const language = languageButton(() => (key ? build() : signIn()));
takeKeyFromAddress();
addEventListener("hashchange", takeKeyFromAddress);
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : key && refresh()));
narrow.addEventListener("change", () => key && draw());
if (!key) signedInWith(tab.get("key"));

/** `#key=cr_…` signs in, and does not stay in the address bar. */
function takeKeyFromAddress() {
  const found = new URLSearchParams(location.hash.slice(1)).get("key");
  if (found === null) return;
  history.replaceState(null, "", location.pathname);
  signedInWith(findKey(found), findKey(found) ? undefined : { notice: pick(FRIEND).not_a_key });
}

function signedInWith(found, otherwise) {
  forget();
  if (!found) return signIn(otherwise);
  key = found;
  tab.set("key", key);
  build();
  return refresh();
}

function forget() {
  clearTimeout(timer);
  key = me = updatedAt = failed = places = undefined;
  failures = 0;
  isKeyShown = false;
}

function signOut() {
  forget();
  tab.clear();
  signIn();
  say(pick(FRIEND).signed_out);
  document.getElementById("key-field").focus();
}

/** Asks for a key. */
function signIn({ notice } = {}) {
  const t = pick(FRIEND);
  const wrong = h("div", { role: "alert", id: "sign-in-problem" }, notice && banner("bad", h("p", {}, notice)));
  const field = h("input", {
    class: "input code-input", id: "key-field", type: "password", autocomplete: "off", autocapitalize: "none",
    spellcheck: "false", required: true, "aria-describedby": "key-hint sign-in-problem", placeholder: "cr_…",
  });
  const reveal = button(t.show_key, () => {
    const isHidden = field.type === "password";
    field.type = isHidden ? "text" : "password";
    reveal.textContent = isHidden ? t.hide_key : t.show_key;
  }, { id: "reveal" });
  const enter = h("button", { type: "submit", class: "button primary", id: "sign-in" }, t.sign_in);
  const submit = async (event) => {
    event.preventDefault();
    if (enter.getAttribute("aria-disabled") === "true") return;
    const found = findKey(field.value);
    const answer = found && await tried(enter, found);
    if (answer?.ok) return entered(found, answer.data);
    field.setAttribute("aria-invalid", "true");
    show(wrong, banner("bad", found ? troubleWords(answer) : h("p", {}, t.not_a_key)));
    field.focus();
  };
  document.title = "Carpool";
  main.className = "narrow";
  show(document.getElementById("top-actions"), language);
  show(document.getElementById("foot"));
  show(main,
    h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, t.sign_in_title), h("p", { class: "lead" }, t.sign_in_lead)),
    h("form", { class: "card stack", onsubmit: submit },
      h("div", { class: "field" },
        h("label", { for: "key-field" }, words().key),
        h("div", { class: "field-line" }, field, reveal),
        h("p", { class: "quiet", id: "key-hint" }, t.key_hint)),
      wrong,
      h("div", { class: "row" }, enter)));
}

async function tried(enter, found) {
  const t = pick(FRIEND);
  enter.setAttribute("aria-disabled", "true");
  enter.textContent = t.signing_in;
  const answer = await ask("GET", "/me", { key: found, patienceMs: PATIENCE_MS });
  enter.setAttribute("aria-disabled", "false");
  enter.textContent = t.sign_in;
  return answer;
}

function entered(found, told) {
  forget();
  key = found;
  tab.set("key", key);
  accept(told);
  build();
  main.querySelector("h1").focus();
  schedule();
}

function accept(told) {
  me = told;
  updatedAt = new Date();
  failed = undefined;
  failures = 0;
}

async function refresh() {
  clearTimeout(timer);
  const asked = key;
  const answer = await ask("GET", "/me", { key, patienceMs: PATIENCE_MS });
  if (asked !== key) return;
  if (answer.status === 401) {
    forget();
    tab.remove("key");
    signIn({ notice: troubleWords(answer)[0].textContent });
    return;
  }
  if (answer.ok) accept(answer.data);
  else {
    failed = answer;
    failures += 1;
  }
  draw();
  schedule(answer.waitSeconds);
}

/** Asks again in a while; less and less often while that fails, and not while nobody looks. */
function schedule(waitSeconds = 0) {
  clearTimeout(timer);
  if (document.hidden) return;
  const backedOff = Math.min(EVERY_MS * 2 ** failures, SELDOM_MS);
  timer = setTimeout(refresh, Math.max(backedOff, waitSeconds * 1000));
}

/** Builds the page of who is signed in: its places, and what does not change by itself. */
function build() {
  const t = pick(FRIEND);
  const place = (id) => h("div", { class: "place", id: `place-${id}` });
  drawn = {};
  places = Object.fromEntries(
    ["title", "notice", ...PARTS, "setup", "key"].map((id) => [id, place(id)]));
  main.className = "wide";
  show(document.getElementById("top-actions"), language, button(t.sign_out, signOut, { look: "quiet-button", id: "sign-out" }));
  show(main, places.title, places.notice, places.standing, places.used,
    h("div", { class: "pair" }, places.limits, places.windows),
    places.calls,
    h("div", { class: "pair" }, places.devices, places.stored),
    places.setup, places.key);
  draw();
}

/** Draws what has changed. */
function draw() {
  if (!places) return;
  put("title", [me?.friend, me?.key, me?.key_prefix, me?.key_expires_at, updatedAt?.getTime(), failed?.status], title);
  put("notice", [failed, me?.key_paused], notice);
  if (!me) return awaited();
  // Times that are told as "in 5 min" change without the relay.
  const minute = Math.floor(Date.now() / 60_000);
  put("standing", [me.service, failed?.status], () => standing(me, failed?.status === 0));
  put("used", [me.today, me.last_7_days, me.last_30_days], () => used(me));
  put("limits", [me.limits, minute], () => limits(me));
  put("windows", [me.windows, minute], () => windows(me));
  put("calls", [me.calls, narrow.matches], () => calls(me, narrow.matches));
  put("devices", [me.devices, minute], () => devices(me));
  put("stored", [me.stored, me.privacy_proof, minute], () => stored(me));
  put("setup", [], setup);
  put("key", [me.key_prefix, me.key_paused], keyCard);
  put("foot", [me.version], () => h("p", { class: "quiet" }, pick(FRIEND).version(me.version)));
}

/** Draws a place, unless what it is made of is as it was. */
function put(name, of, make) {
  const state = JSON.stringify(of);
  if (drawn[name] === state) return;
  drawn[name] = state;
  show(places[name] ?? document.getElementById(name), make());
}

/** Before the first answer: room for what comes, or none if it does not come. */
function awaited() {
  for (const name of PARTS) {
    show(places[name], !failed && h("div", { class: `card empty-card empty-${name}`, "aria-hidden": "true" }));
  }
}

function title() {
  const t = pick(FRIEND);
  document.title = me ? `${me.friend} · Carpool` : "Carpool";
  if (!me) return [h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, t.sign_in_title), h("p", { class: "lead" }, failed ? "" : words().loading))];
  const ends = me.key_expires_at && ` · ${t.key_ends(day(me.key_expires_at))}`;
  return h("div", { class: "heading with-aside" },
    h("div", {}, h("h1", { tabindex: "-1" }, me.friend), h("p", { class: "lead" }, t.my_key(me.key), ends)),
    h("p", { class: "quiet updated" }, t.updated(second(updatedAt))));
}

/** What is wrong at the moment, if anything is. */
function notice() {
  const t = pick(FRIEND);
  if (!failed) return me?.key_paused && banner("warn", h("p", {}, t.paused));
  const again = button(words().retry, refresh, { id: "again" });
  const asItWas = me && h("p", {}, t.stale(second(updatedAt)));
  say(troubleWords(failed)[0].textContent);
  return banner(failed.status === 403 ? "warn" : "bad", troubleWords(failed), asItWas,
    h("div", { class: "row" }, again));
}

function setup() {
  const t = pick(FRIEND);
  const place = h("div", { class: "place" });
  const fill = () => show(place, setupPanel(key, isKeyShown ? key : `${key.slice(0, 11)}…`));
  const tick = h("input", { type: "checkbox", checked: isKeyShown, id: "show-my-key", onchange: () => {
    isKeyShown = tick.checked;
    fill();
  } });
  fill();
  return card(words().setup, { id: "setup" },
    h("p", { class: "quiet" }, words().setup_lead), place,
    h("label", { class: "tick" }, tick, h("span", {}, t.show_my_key)));
}

function keyCard() {
  const t = pick(FRIEND);
  const replaced = (fresh) => {
    // Nothing this tab remembers of the old key is of use.
    tab.clear();
    key = fresh;
    tab.set("key", key);
    build();
    refresh();
  };
  return card(t.key_title, { id: "my-key" },
    h("p", { class: "quiet" }, t.key_lead(me.key_prefix)),
    h("div", { class: "row" },
      me.key_paused ? resumeButton(key, refresh) : pauseButton(key, refresh), rotateButton(key, replaced)),
    tryIt(key));
}
