// What a friend does with the pages, in Chromium, against a relay that runs: takes the key, copies the texts, tests it,
// looks at their page, pauses, resumes and replaces the key. Every state is checked for accessibility and pictured.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.PAGES_CACHE, "package.json"));
const puppeteer = require("puppeteer-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [link, folder] = process.argv.slice(2);
const { origin } = new URL(link);
const KEY = /^cr_[0-9a-f]{64}$/;
const LOOKS = {
  phone: { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true, scheme: "light", language: "en-GB" },
  "phone-dark-zh": { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true, scheme: "dark", language: "zh-CN" },
  desktop: { width: 1280, height: 800, scheme: "light", language: "en-GB" },
  "desktop-dark": { width: 1280, height: 800, scheme: "dark", language: "en-GB" },
};
const CLIENTS = ["claude-code", "codex", "gemini-cli", "droid", "vscode"];

// What went wrong beside the steps: violations, errors of the page, requests that leave the relay.
const problems = [];
const browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const key = await redeem();
  await isUsedUp();
  await looks(key);
  await holds(key);
  await replaces(key);
} finally {
  await browser.close();
}
assert.deepEqual(problems, []);
console.log(`The pages do what they should. Pictures: ${folder}`);

/** A tab of somebody new, that tells what goes wrong in it. */
async function visit(url, name = "desktop") {
  const { scheme, language, ...viewport } = LOOKS[name];
  const context = await browser.createBrowserContext();
  await context.overridePermissions(origin, ["clipboard-read", "clipboard-sanitized-write"]);
  const tab = await context.newPage();
  tab.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  tab.on("console", (message) => {
    const isStatus = message.text().startsWith("Failed to load resource: the server responded");
    if (message.type() === "error" && !isStatus) problems.push(`${name}: ${message.text()}`);
  });
  tab.on("request", (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (protocol !== "data:" && to !== origin) problems.push(`${name}: asks ${request.url()}`);
  });
  tab.on("response", (response) => {
    if (!response.url().startsWith("data:") && !response.headers()["content-security-policy"]?.startsWith("default-src 'none'")) {
      problems.push(`${name}: no strict policy on ${response.url()}`);
    }
  });
  await tab.evaluateOnNewDocument((tag) => Object.defineProperty(navigator, "languages", { get: () => [tag] }), language);
  await tab.setViewport(viewport);
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await tab.goto(url);
  return tab;
}

/** Checks a state for accessibility and for what sticks out, and takes its picture. */
async function look(tab, state) {
  await tab.evaluate(AXE);
  const violations = await tab.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`));
  problems.push(...violations.map((violation) => `${state}: ${violation}`));
  if (await tab.evaluate(() => document.documentElement.scrollWidth > innerWidth)) problems.push(`${state}: wider than the screen`);
  await tab.screenshot({ path: join(folder, `${state}.png`), fullPage: true });
}

async function close(tab) {
  await tab.browserContext().close();
}

async function text(tab, selector) {
  const element = await tab.waitForSelector(selector);
  return element.evaluate((node) => node.textContent);
}

async function press(tab, selector) {
  const element = await tab.waitForSelector(selector);
  await element.evaluate((node) => node.click());
}

/** Takes the key. Looking at the page beforehand, as a link preview does, uses nothing up. */
async function redeem() {
  for (const name of Object.keys(LOOKS)) {
    const tab = await visit(link, name);
    await tab.waitForSelector("#get");
    await look(tab, `invite-${name}`);
    await close(tab);
  }

  const tab = await visit(link);
  await press(tab, "#get");
  const key = await text(tab, "#key");
  assert.match(key, KEY);
  assert.equal(await tab.evaluate(() => location.hash), "", "the secret leaves the address bar");
  assert.ok(await tab.$eval(".qr", (image) => image.decode().then(() => image.naturalWidth > 0)), "the QR code is a picture");
  await look(tab, "invite-key");
  await copies(tab, key);
  await tries(tab, "invite-tested");

  await tab.reload();
  assert.equal(await text(tab, "#key"), key, "a reload does not lose the key");
  await look(tab, "invite-again");
  await press(tab, "#open-page");
  await tab.waitForSelector("#used");
  assert.equal(tab.url(), `${origin}/`, "the friend page opens signed in");
  await close(tab);
  return key;
}

/** Every program's line, for both kinds of computer, is what the button copies. */
async function copies(tab, key) {
  await press(tab, "#copy-key");
  await copied(tab, key);
  for (const client of CLIENTS) {
    await press(tab, `#tab-${client}`);
    await press(tab, 'input[value="unix"]');
    await press(tab, "#one-line .copy");
    await copied(tab, `curl -fsSL ${origin}/i/setup.sh | CARPOOL_URL=${origin} CARPOOL_KEY=${key} sh -s -- ${client}`);
    await press(tab, 'input[value="windows"]');
    await press(tab, "#one-line .copy");
    await copied(tab, `$env:CARPOOL_URL='${origin}'; $env:CARPOOL_KEY='${key}'; $env:CARPOOL_CLIENT='${client}'; irm ${origin}/i/setup.ps1 | iex`);
  }
  await press(tab, "#tab-other");
  await look(tab, "invite-other");
}

async function copied(tab, expected) {
  const isThere = () => tab.evaluate(() => navigator.clipboard.readText()).then((found) => found === expected);
  for (let tries = 0; tries < 50 && !(await isThere()); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), expected);
}

/** Makes the test call. One key may make one each few seconds, so it waits as long as it is told to. */
async function tries(tab, state) {
  await press(tab, "#test");
  await tab.waitForSelector("#test-outcome .banner", { timeout: 90_000 });
  const outcome = await tab.$eval("#test-outcome .banner", (banner) => [banner.className, banner.textContent]);
  const [, seconds] = /Wait (\d+) s\./.exec(outcome[1]) ?? [];
  if (seconds) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return tries(tab, state);
  }
  await look(tab, state);
  assert.match(outcome[0], /tone-good/, outcome[1]);
}

/** A second friend with the same link is told. */
async function isUsedUp() {
  for (const name of ["desktop", "phone-dark-zh"]) {
    const tab = await visit(link, name);
    await press(tab, "#get");
    await tab.waitForFunction(() => !document.getElementById("get"));
    assert.equal(await tab.$("#key"), null);
    await look(tab, `invite-used-${name}`);
    await close(tab);
  }
  const tab = await visit(link.split("#")[0]);
  await tab.waitForSelector("h1");
  assert.equal(await tab.$("#get"), null, "without the secret there is nothing to press");
  await look(tab, "invite-without-secret");
  await close(tab);
}

/** The friend page, in every look. */
async function looks(key) {
  for (const name of Object.keys(LOOKS)) {
    const tab = await visit(`${origin}/#key=${key}`, name);
    await tab.waitForSelector("#stored");
    assert.equal(await tab.evaluate(() => location.hash), "", "the key leaves the address bar");
    for (const part of ["used", "limits", "windows", "calls", "devices", "stored", "setup", "my-key"]) await tab.waitForSelector(`#${part}`);
    assert.ok(!(await tab.evaluate(() => document.body.innerText)).includes(key), "the key is not shown unasked");
    await look(tab, `friend-${name}`);
    await close(tab);
  }

  const tab = await visit(origin);
  await tab.waitForSelector("#key-field");
  await look(tab, "friend-sign-in");
  await tab.type("#key-field", `cr_${"0".repeat(64)}`);
  await tab.keyboard.press("Enter");
  await tab.waitForSelector("#sign-in-problem .banner");
  await look(tab, "friend-unknown-key");
  await tab.$eval("#key-field", (field) => { field.value = ""; });
  await tab.type("#key-field", key);
  await tab.keyboard.press("Enter");
  await tab.waitForSelector("#used");
  await press(tab, "#sign-out");
  await tab.waitForSelector("#key-field");
  assert.equal(await tab.evaluate(() => JSON.stringify({ ...sessionStorage })), "{}", "signing out forgets");
  await close(tab);
}

/** Pausing refuses calls and resuming lets them in again. */
async function holds(key) {
  const tab = await visit(`${origin}/#key=${key}`);
  await tab.waitForSelector("#used");
  await press(tab, "#hold");
  await tab.waitForSelector("dialog[open]");
  await look(tab, "friend-pause");
  await press(tab, "#confirm");
  await tab.waitForSelector("#place-notice .tone-warn");
  await look(tab, "friend-paused");
  assert.equal(await status(key, "/v1/models"), 403);

  await press(tab, "#hold");
  await press(tab, "dialog[open] #confirm");
  await tab.waitForFunction(() => !document.querySelector("#place-notice .banner"));
  assert.equal(await status(key, "/v1/models"), 200);
  await close(tab);
}

/** Replacing ends the old key, and the page goes on with the new one. */
async function replaces(key) {
  const tab = await visit(`${origin}/#key=${key}`);
  await tab.waitForSelector("#used");
  await press(tab, "#rotate");
  await tab.waitForSelector("dialog[open]");
  await look(tab, "friend-replace");
  await press(tab, "#confirm");
  const fresh = await text(tab, "#new-key");
  assert.match(fresh, KEY);
  assert.notEqual(fresh, key);
  await look(tab, "friend-replaced");
  await press(tab, "#copy-new-key");
  await copied(tab, fresh);
  await press(tab, "#done");
  assert.equal(await status(key, "/me"), 401);
  assert.equal(await status(fresh, "/me"), 200);
  await tries(tab, "friend-tested");
  await close(tab);
}

async function status(key, path) {
  const answer = await fetch(`${origin}${path}`, { headers: { "x-api-key": key } });
  return answer.status;
}
