// What can be checked of the pages without a browser: their texts, against each other and against the app's.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGES = join(ROOT, "src-tauri/relay/src/web/pages");
const LARGEST = 60_000;

// Node takes a .js file for a module where a package.json says so.
const copy = mkdtempSync(join(tmpdir(), "carpool-pages-"));
after(() => rmSync(copy, { recursive: true }));
cpSync(PAGES, copy, { recursive: true });
writeFileSync(join(copy, "package.json"), '{"type":"module"}');
asIfIn("en");

function asIfIn(language) {
  Object.defineProperty(globalThis, "navigator", { value: { languages: [language], platform: "Linux" }, configurable: true });
}

function page(name, again = "") {
  return import(`${pathToFileURL(join(copy, name)).href}${again}`);
}

function read(path) {
  return readFileSync(join(ROOT, path), "utf8");
}

test("money is written as the app writes it", async () => {
  const { money, cost } = await page("format.js");

  for (const [pico, expected] of [
    [0, "$0.00"],
    [1, "<$0.0001"],
    [50_000_000, "$0.0001"],
    [1_234_000_000, "$0.0012"],
    [99_960_000_000, "$0.1000"],
    [100_000_000_000, "$0.10"],
    [12_345_000_000_000, "$12.35"],
    [1_234_567_000_000_000, "$1,234.57"],
    [-1_500_000_000_000, "-$1.50"],
    ["9223372036854775807", "$9,223,372.04"],
  ]) {
    assert.equal(money(pico), expected);
  }
  assert.equal(cost({ calls: 2, unpriced_calls: 2, cost_pico_usd: 0 }), "unpriced");
  assert.equal(cost({ calls: 2, unpriced_calls: 1, cost_pico_usd: 0 }), "$0.00");
});

test("counts and lengths of time are written as the app writes them", async () => {
  const { count, tokens, percent, duration } = await page("format.js");

  for (const [number, expected] of [
    [0, "0"],
    [999, "999"],
    [1000, "1.0k"],
    [12_399, "12.3k"],
    [99_999, "99.9k"],
    [123_456, "123k"],
    [999_999, "999k"],
    [1_200_000, "1.2M"],
    [3_400_000_000, "3.4B"],
    ["18446744073709551615", "18,446,744,073B"],
  ]) {
    assert.equal(tokens(number), expected);
  }
  for (const [share, expected] of [[0, 0], [0.623, 62], [0.999, 99], [1, 100], [1.4, 100], [-0.1, 0], [NaN, 0]]) {
    assert.equal(percent(share), expected);
  }
  for (const [ms, expected] of [[340, "340 ms"], [7449, "7.4 s"], [9000, "9.0 s"], [59_999, "59.9 s"], [125_000, "2 min 5 s"]]) {
    assert.equal(duration(ms), expected);
  }
  assert.equal(count(1_234_567), "1,234,567");
});

test("an amount that JavaScript would round arrives unchanged", async () => {
  const { ask } = await page("api.js");
  const body = '{"cost_pico_usd":9223372036854775807,"used":0.5,"calls":[{"model":"\\"used\\":12345678901234567,"}],"most": 12345678901234567 }';
  globalThis.fetch = async () => new Response(body);

  const { data } = await ask("GET", "/me");

  assert.equal(data.cost_pico_usd, "9223372036854775807");
  assert.equal(data.most, "12345678901234567");
  assert.equal(data.used, 0.5);
  assert.equal(data.calls[0].model, '"used":12345678901234567,');
});

test("a page that a tunnel shows in the relay's place is not taken for its answer", async () => {
  const { ask } = await page("api.js");
  globalThis.fetch = async () => new Response("<html>Bad gateway</html>", { status: 502 });

  assert.deepEqual(await ask("GET", "/me"), { ok: false, status: 0 });
});

test("friends are shown the app's own set-up texts", async () => {
  const { CLIENTS } = await page("clients.js");
  const source = read("src-tauri/ipc/src/setup.rs").split("#[cfg(test)]")[0];
  const templates = [...source.matchAll(/template:\s*(r#"[^]*?"#|"(?:[^"\\]|\\[^])*")/g)].map(([, literal]) => unquoted(literal));

  assert.deepEqual(CLIENTS.flatMap(({ ways }) => ways.map(({ template }) => template)), templates);
  assert.deepEqual(CLIENTS.map(({ id }) => id), [...source.matchAll(/\bid: "([^"]+)"/g)].map(([, id]) => id));
});

// What a Rust literal says.
function unquoted(literal) {
  if (literal.startsWith("r#")) return literal.slice(3, -2);
  return literal.slice(1, -1).replace(/\\\n\s*/g, "").replaceAll("\\n", "\n").replaceAll('\\"', '"');
}

test("every text is there in both languages", async () => {
  const { INVITE } = await page("invite-words.js");
  const { FRIEND } = await page("friend-words.js");
  const english = (await page("words.js")).words();
  asIfIn("zh");
  const chinese = (await page("words.js", "?zh")).words();
  asIfIn("en");

  for (const { en, zh } of [INVITE, FRIEND, { en: english, zh: chinese }]) {
    assert.deepEqual(shape(zh), shape(en));
  }
  assert.notEqual(english.copy, chinese.copy);
});

function shape(texts) {
  const kind = (text) => (typeof text === "object" ? shape(text) : `${typeof text}/${text.length && typeof text === "function" ? text.length : ""}`);
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, kind(text)]));
}

test("the colours and sizes are the app's", () => {
  const [ours, apps] = ["src-tauri/relay/src/web/pages/tokens.css", "ui/style/tokens.css"].map(read);
  const values = (css) => [...css.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.replace(/\s+/g, " ")]);
  const light = Object.fromEntries(values(apps.split(':root[data-theme="light"]')[0]));
  const dark = Object.fromEntries(values(apps.split("@media (prefers-color-scheme: dark)")[1]));
  const [ourLight, ourDark] = ours.split("@media (prefers-color-scheme: dark)");

  for (const [name, value] of values(ourLight)) assert.equal(value, light[name], name);
  for (const [name, value] of values(ourDark)) assert.equal(value, dark[name], `${name}, dark`);
});

test("a page names every module it needs beforehand, and nothing from elsewhere", () => {
  for (const name of ["friend", "invite"]) {
    const html = readFileSync(join(PAGES, `${name}.html`), "utf8");
    const named = [...html.matchAll(/href="\/page\/([\w-]+\.js)"/g)].map(([, file]) => file);

    assert.deepEqual(new Set([...named, `${name}.js`]), imported(`${name}.js`));
    assert.doesNotMatch(html, /<style|style=|<script(?![^>]*src="\/page\/)|\son\w+=|(?:src|href)="(?!\/|data:)/);
  }
});

function imported(file, seen = new Set()) {
  seen.add(file);
  const source = readFileSync(join(PAGES, file), "utf8");
  for (const [, next] of source.matchAll(/from "\.\/([\w-]+\.js)"/g)) {
    if (!seen.has(next)) imported(next, seen);
  }
  return seen;
}

test("the pages are small", () => {
  const files = readdirSync(PAGES).filter((name) => /\.(html|css|js)$/.test(name));
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGES, name))).length, 0);

  assert.ok(size < LARGEST, `${size} bytes compressed`);
});
