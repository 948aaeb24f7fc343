// The parts of the friend page, each made of what the relay told: used, limits, shares, calls, devices, what is stored.

import { badge, banner, button, card, h, show } from "./dom.js";
import { clock, cost, count, day, duration, money, pastClock, percent, tokens, until, when } from "./format.js";
import { FRIEND } from "./friend-words.js";
import { pick, words } from "./words.js";

// As many as are seen without asking for all.
const FIRST_CALLS = 10;
const CALENDAR = ["cap_day_pico_usd", "cap_week_pico_usd", "cap_month_pico_usd"];
const ENDING_TONES = { complete: "good", upstream_error: "bad", interrupted: "bad", refused: "warn" };

// Whether all calls are asked for, for as long as the page is open.
let isEveryCallShown = false;

/** Whether calls are served at the moment; without an answer nobody knows. */
export function standing({ service }, isAway) {
  const t = pick(FRIEND);
  const [light, tone] = isAway ? ["away", "neutral"] : lightOf(service);
  return h("section", { class: `card standing tone-${tone}`, "data-light": light },
    h("div", {},
      h("h2", {}, h("span", { class: "dot" }), t[`light_${light}`]),
      h("p", { class: "quiet" }, t[`hint_${light}`])),
    !isAway && h("p", { class: "quiet standing-accounts" }, t.accounts(service.accounts_ready, service.accounts)));
}

function lightOf({ sharing, light, accounts_ready }) {
  if (sharing === "paused") return ["paused", "neutral"];
  if (accounts_ready === 0) return ["none", "bad"];
  if (light === "red") return ["bad", "bad"];
  return light === "yellow" ? ["warn", "warn"] : ["good", "good"];
}

/** Tokens and cost of today, 7 and 30 days. */
export function used(me) {
  const t = pick(FRIEND);
  const figure = (name) => {
    const sums = me[name];
    const cached = sums.cache_read_tokens + sums.cache_write_tokens;
    const all = sums.input_tokens + cached + sums.output_tokens;
    const some = sums.unpriced_calls > 0 && sums.unpriced_calls < sums.calls;
    return h("div", { class: "figure" },
      h("dt", { class: "figure-name" }, t[name]),
      h("dd", { class: "figure-value" }, cost(sums)),
      h("dd", { class: "figure-note" }, t.number_of_tokens(tokens(all)), " · ", t.number_of_calls(sums.calls, count(sums.calls))),
      h("dd", { class: "figure-note quiet" }, t.token_parts(tokens(sums.input_tokens), tokens(cached), tokens(sums.output_tokens))),
      some && h("dd", { class: "figure-note quiet" }, t.unpriced_calls(sums.unpriced_calls, count(sums.unpriced_calls))));
  };
  return card(t.used, { id: "used", aside: h("p", { class: "quiet" }, t.all_keys) },
    h("dl", { class: "figures" }, ["today", "last_7_days", "last_30_days"].map(figure)));
}

/** How far the limits are used. */
export function limits(me) {
  const t = pick(FRIEND);
  const of = (whose) => {
    const bars = me.limits.filter((limit) => limit.whose === whose).map(limitBar);
    return bars.length > 0 && [h("h3", {}, t[`limits_${whose}`]), h("ul", { class: "bars" }, bars)];
  };
  const bars = [of("key"), of("friend")];
  return card(t.limits, { id: "limits" }, bars.some(Boolean) ? h("div", { class: "stack" }, bars) : h("p", { class: "quiet" }, t.no_limits));
}

function limitBar({ limit, used: spent, reserved, most, until: ends }) {
  const t = pick(FRIEND);
  const write = limit.startsWith("cap_") ? money : limit === "tpm" ? tokens : count;
  const [parts, held] = [Number(spent) / Number(most), Number(reserved) / Number(most)];
  const later = [
    ends && CALENDAR.includes(limit) && t.resets_at(clock(ends), until(ends)),
    ends && limit === "cap_5h_pico_usd" && t.room_at(clock(ends)),
    // A call under way is itself what a limit of calls at once counts.
    Number(reserved) > 0 && limit !== "concurrency" && t.held(write(reserved)),
  ].filter(Boolean).join(" · ");
  const said = t.used_of(write(limit === "concurrency" ? Number(spent) + Number(reserved) : spent), write(most));
  return h("li", {}, meter({
    name: t.limit[limit] ?? limit, said, later, tone: toneOfUse(parts),
    value: parts, parts: [["used", parts], ["held", Math.min(held, Math.max(0, 1 - parts))]],
  }));
}

/** The windows of the subscriptions, and this friend's share. */
export function windows(me) {
  const t = pick(FRIEND);
  if (me.windows.length === 0) return card(t.windows, { id: "windows" }, h("p", { class: "quiet" }, t.no_windows));
  const key = (look, name) => h("li", {}, h("span", { class: `swatch ${look}` }), name);
  return card(t.windows, { id: "windows" },
    h("p", { class: "quiet" }, t.windows_lead),
    h("ul", { class: "bars" }, me.windows.map(windowBar)),
    h("ul", { class: "legend" }, key("used", t.mine), key("others", t.others), key("share", t.my_share)));
}

function windowBar({ hours, family, used: all, used_by_me, my_share, resets_at }) {
  const t = pick(FRIEND);
  const name = family ? t.window_of(t.window(hours), family) : t.window(hours);
  const later = [t.window_share(percent(my_share)), resets_at && t.resets_at(clock(resets_at), until(resets_at))];
  return h("li", {}, meter({
    name, said: t.window_used(percent(all), percent(used_by_me)), later: later.filter(Boolean).join(" · "), tone: "good",
    value: all, parts: [["used", used_by_me], ["others", Math.max(0, all - used_by_me)]], tick: my_share,
  }));
}

/** A bar of parts, each `[look, share of the whole]`, with its words. */
function meter({ name, said, later, tone, value, parts, tick }) {
  const length = (element, property, share) => {
    element.style.setProperty(property, `${Math.min(Math.max(share, 0), 1) * 100}%`);
    return element;
  };
  const bar = h("div", {
    class: "meter-bar", role: "meter", "aria-label": name, "aria-valuemin": "0", "aria-valuemax": "100",
    "aria-valuenow": String(percent(value)), "aria-valuetext": said,
  }, parts.map(([look, share]) => length(h("span", { class: `part ${look}` }), "width", share)));
  return h("div", { class: `meter tone-${tone}` },
    h("p", { class: "meter-words" }, h("span", {}, name), h("span", { class: "quiet" }, said)),
    h("div", { class: "meter-place" }, bar, tick !== undefined && length(h("span", { class: "tick-mark" }), "left", tick)),
    later && h("p", { class: "quiet meter-later" }, later));
}

function toneOfUse(share) {
  if (share >= 0.9) return "bad";
  return share >= 0.75 ? "warn" : "good";
}

/** The latest calls: a table, or where there is no room for one, a list. */
export function calls(me, isNarrow) {
  const t = pick(FRIEND);
  const body = h("div", {});
  const draw = () => {
    const seen = isEveryCallShown ? me.calls : me.calls.slice(0, FIRST_CALLS);
    const rest = me.calls.length > seen.length && button(t.all_calls(me.calls.length), all, { id: "all-calls" });
    show(body, isNarrow ? callList(seen, me.key) : callTable(seen, me.key), rest && h("div", { class: "row calls-more" }, rest));
  };
  const all = () => {
    isEveryCallShown = true;
    draw();
    document.getElementById("calls-title").focus();
  };
  if (me.calls.length === 0) show(body, h("p", { class: "quiet" }, t.no_calls));
  else draw();
  const calls = card(t.calls_title, { id: "calls" }, h("p", { class: "quiet calls-note" }, t.calls_private), body);
  calls.querySelector("h2").tabIndex = -1;
  return calls;
}

function callTable(seen, ownKey) {
  const t = pick(FRIEND);
  const number = { scope: "col", class: "number" };
  return h("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": t.calls_title },
    h("table", { class: "table" },
      h("thead", {}, h("tr", {},
        h("th", { scope: "col" }, t.time), h("th", { scope: "col" }, t.model), h("th", { scope: "col" }, t.status),
        h("th", number, words().tokens), h("th", number, words().cost), h("th", number, t.duration))),
      h("tbody", {}, seen.map((call) => h("tr", {},
        h("td", { class: "time" }, pastClock(call.at)),
        h("td", {}, call.model ?? t.no_model, call.key !== ownKey && h("span", { class: "minor" }, t.device_key(call.key))),
        h("td", {}, ending(call), failure(call)),
        h("td", { class: "number" }, allTokens(call), h("span", { class: "minor" }, parts(call))),
        h("td", { class: "number" }, callCost(call)),
        h("td", { class: "number" }, took(call)))))));
}

function callList(seen, ownKey) {
  const t = pick(FRIEND);
  return h("ul", { class: "lines" }, seen.map((call) => h("li", { class: "line" },
    h("p", { class: "line-head" }, h("strong", {}, call.model ?? t.no_model), h("span", {}, callCost(call))),
    h("p", { class: "line-head" },
      h("span", { class: "quiet" }, t.number_of_tokens(allTokens(call)), " · ", took(call), call.key !== ownKey && ` · ${t.device_key(call.key)}`),
      h("span", { class: "quiet" }, pastClock(call.at))),
    call.status !== "complete" && h("p", {}, ending(call), failure(call)))));
}

function ending({ status }) {
  const t = pick(FRIEND);
  return badge(ENDING_TONES[status] ?? "neutral", t.ending[status] ?? t.unknown);
}

function failure({ status, http_status }) {
  return status !== "complete" && http_status >= 400 && h("span", { class: "minor" }, `HTTP ${http_status}`);
}

function allTokens({ input_tokens, cache_read_tokens, cache_write_tokens, output_tokens }) {
  return tokens(input_tokens + cache_read_tokens + cache_write_tokens + output_tokens);
}

function parts({ input_tokens, cache_read_tokens, cache_write_tokens, output_tokens }) {
  return pick(FRIEND).token_parts(tokens(input_tokens), tokens(cache_read_tokens + cache_write_tokens), tokens(output_tokens));
}

function callCost({ cost_pico_usd }) {
  return cost_pico_usd === null ? words().unpriced : money(cost_pico_usd);
}

function took({ duration_ms }) {
  return duration_ms === null ? "–" : duration(duration_ms);
}

/** Where the keys were used. */
export function devices(me) {
  const t = pick(FRIEND);
  const line = (device) => h("li", { class: "line" },
    h("p", { class: "line-head" }, h("strong", {}, device.client), h("code", {}, device.address)),
    h("p", { class: "quiet" }, t.device_key(device.key), " · ",
      t.device_seen(t.number_of_calls(device.calls, count(device.calls)), when(device.last_seen_at))));
  return card(t.devices, { id: "devices" },
    h("p", { class: "quiet" }, me.devices.length > 0 ? t.devices_lead : t.no_devices),
    me.devices.length > 0 && h("ul", { class: "lines" }, me.devices.map(line)));
}

/** What Carpool keeps about this friend, and whether that was put to the proof. */
export function stored({ stored: kept, privacy_proof }) {
  const t = pick(FRIEND);
  const column = (name) => [h("code", {}, name), " "];
  return card(t.stored, { id: "stored" },
    h("ul", { class: "points" },
      h("li", {}, kept.ledger_rows > 0 ? t.stored_rows(kept.ledger_rows, count(kept.ledger_rows), day(kept.oldest_at)) : t.stored_none),
      h("li", {}, t.stored_kept(kept.retention_days)),
      kept.devices > 0 && h("li", {}, t.stored_devices(kept.devices)),
      h("li", {}, t.stored_never)),
    h("details", { id: "columns" }, h("summary", {}, t.stored_columns), h("p", { class: "columns", lang: "en" }, kept.columns.map(column))),
    proof(privacy_proof));
}

function proof(last) {
  const t = pick(FRIEND);
  if (!last) return banner("neutral", h("p", {}, t.proof_none));
  if (!last.ok) return banner("bad", h("p", {}, t.proof_bad(when(last.at))));
  const places = Array.isArray(last.places) ? last.places.length : last.places;
  return banner("good", h("p", {}, t.proof_good(when(last.at), places)));
}
