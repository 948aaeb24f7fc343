// Numbers, money and times as people read them: the same forms as in the app.

import { locale, words } from "./words.js";

const PICO = 1_000_000_000_000n;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Pico-dollars, an integer of any size: `$1,234.50`, four digits below a dime, `<$0.0001` for a trace. */
export function money(pico) {
  const amount = BigInt(pico);
  const sign = amount < 0n ? "-" : "";
  const size = amount < 0n ? -amount : amount;
  const digits = size === 0n || size >= PICO / 10n ? 2 : 4;
  const one = 10n ** BigInt(digits);
  const unit = PICO / one;
  const rounded = (size + unit / 2n) / unit;
  if (size > 0n && rounded === 0n) return `<${sign}$0.0001`;
  return `${sign}$${count(rounded / one)}.${String(rounded % one).padStart(digits, "0")}`;
}

/** What calls cost: where none of them has a price, the word for that, and never nothing. */
export function cost({ calls, unpriced_calls, cost_pico_usd }) {
  return calls > 0 && calls === unpriced_calls ? words().unpriced : money(cost_pico_usd);
}

/** A count in full: `12,345`. */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A count of tokens, short and never rounded up: `812`, `12.3k`, `1.2M`, `3.4B`. */
export function tokens(number) {
  const whole = BigInt(number);
  for (const [unit, letter] of [[1_000_000_000n, "B"], [1_000_000n, "M"], [1000n, "k"]]) {
    if (whole < unit) continue;
    const tenths = (whole * 10n) / unit;
    return tenths >= 1000n ? `${count(tenths / 10n)}${letter}` : `${tenths / 10n}.${tenths % 10n}${letter}`;
  }
  return String(whole);
}

/** A share of a whole, 0 to 100. Nothing but a whole is 100. */
export function percent(share) {
  if (share >= 1) return 100;
  return share > 0 ? Math.min(Math.round(share * 100), 99) : 0;
}

/** How long a call took: `340 ms`, `7.4 s`, `2 min 5 s`. */
export function duration(ms) {
  if (ms < 1000) return `${Math.max(ms, 0)} ms`;
  if (ms < MINUTE) return `${Math.floor(ms / 100) / 10} s`.replace(/^(\d+) s/, "$1.0 s");
  return `${Math.floor(ms / MINUTE)} min ${Math.floor((ms % MINUTE) / 1000)} s`;
}

/** How long ago it was, or the day. */
export function when(at) {
  const past = Date.now() - Date.parse(at);
  const times = words();
  if (past < MINUTE) return times.just_now;
  if (past < HOUR) return times.minutes_ago(Math.floor(past / MINUTE));
  if (past < DAY) return times.hours_ago(Math.floor(past / HOUR));
  if (past < 7 * DAY) return times.days_ago(Math.floor(past / DAY));
  return day(at);
}

/** How long until then: `in 2 h 40 min`. */
export function until(at) {
  // Rounded up, so that it never says "in 0 min".
  const minutes = Math.max(1, Math.ceil((Date.parse(at) - Date.now()) / MINUTE));
  const times = words();
  if (minutes < 60) return times.in_minutes(minutes);
  if (minutes < 1440) return times.in_hours(Math.floor(minutes / 60), minutes % 60);
  return times.in_days(Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24);
}

/** The time of day of something to come, with the weekday or the day where it is not soon. */
export function clock(at) {
  const ahead = Date.parse(at) - Date.now();
  if (ahead < 20 * HOUR) return written(at, CLOCK);
  return written(at, ahead <= 7 * DAY ? { weekday: "short", ...CLOCK } : { month: "short", day: "numeric", ...CLOCK });
}

/** The time of day of something that was, with the day where it was not today or last night. */
export function pastClock(at) {
  const isNear = Date.now() - Date.parse(at) < 20 * HOUR;
  return written(at, isNear ? CLOCK : { month: "short", day: "numeric", ...CLOCK });
}

/** The time of day with its seconds. */
export function second(at) {
  return written(at, { ...CLOCK, second: "2-digit" });
}

/** The day with its year. */
export function day(at) {
  return written(at, { year: "numeric", month: "long", day: "numeric" });
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

function written(at, form) {
  return new Date(at).toLocaleString(locale(), form);
}
