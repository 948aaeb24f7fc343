// Chromium, and a friend's hands on it. What goes wrong beside the steps is noted, to be told at the end.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.PAGES_CACHE, "package.json"));
const puppeteer = require("puppeteer-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const KEY = /^cr_[0-9a-f]{64}$/;
export const LOOKS = {
  phone: { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true, scheme: "light", language: "en-GB" },
  "phone-dark-zh": { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true, scheme: "dark", language: "zh-CN" },
  desktop: { width: 1280, height: 800, scheme: "light", language: "en-GB" },
  "desktop-dark": { width: 1280, height: 800, scheme: "dark", language: "en-GB" },
};

/** Opens a browser for the pages at an origin; pictures go into a folder. */
export async function openBrowser(origin, folder) {
  const browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"], pipe: true });
  return new Visitor(browser, origin, folder);
}

class Visitor {
  // Violations, errors of the page, requests that leave the relay.
  problems = [];

  constructor(browser, origin, folder) {
    Object.assign(this, { browser, origin, folder });
  }

  /** A tab of somebody new, that tells what goes wrong in it. */
  async visit(url, name = "desktop") {
    const { scheme, language, ...viewport } = LOOKS[name];
    const context = await this.browser.createBrowserContext();
    await context.overridePermissions(this.origin, ["clipboard-read", "clipboard-sanitized-write"]);
    const tab = await context.newPage();
    this.#watch(tab, name);
    await tab.evaluateOnNewDocument((tag) => Object.defineProperty(navigator, "languages", { get: () => [tag] }), language);
    await tab.setViewport(viewport);
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await tab.goto(url);
    return tab;
  }

  #watch(tab, name) {
    const note = (problem) => this.problems.push(`${name}: ${problem}`);
    tab.on("pageerror", (error) => note(error.message));
    tab.on("console", (message) => {
      const isStatus = message.text().startsWith("Failed to load resource: the server responded");
      if (message.type() === "error" && !isStatus) note(message.text());
    });
    tab.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "data:" && origin !== this.origin) note(`asks ${request.url()}`);
    });
    tab.on("response", (response) => {
      if (!response.url().startsWith("data:") && !response.headers()["content-security-policy"]?.startsWith("default-src 'none'")) {
        note(`no strict policy on ${response.url()}`);
      }
    });
  }

  /** Checks a state for accessibility, for what sticks out and for what no text should say, and takes its picture. */
  async look(tab, state) {
    await tab.evaluate(AXE);
    const violations = await tab.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`));
    this.problems.push(...violations.map((violation) => `${state}: ${violation}`));
    if (await tab.evaluate(() => document.documentElement.scrollWidth > innerWidth)) this.problems.push(`${state}: wider than the screen`);
    const [hole] = /\b(?:null|undefined|NaN)\b|\[object/.exec(await tab.evaluate(() => document.body.innerText)) ?? [];
    if (hole) this.problems.push(`${state}: says ${hole}`);
    await tab.screenshot({ path: join(this.folder, `${state}.png`), fullPage: true });
  }

  /** Makes the test call. One key may make one each few seconds, so it waits as long as it is told to. */
  async tries(tab, state) {
    await press(tab, "#test");
    await tab.waitForSelector("#test-outcome .banner", { timeout: 90_000 });
    const outcome = await tab.$eval("#test-outcome .banner", (banner) => [banner.className, banner.textContent]);
    const [, seconds] = /Wait (\d+) s\./.exec(outcome[1]) ?? [];
    if (seconds) {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      return this.tries(tab, state);
    }
    await this.look(tab, state);
    assert.match(outcome[0], /tone-good/, outcome[1]);
  }

  /** Ends the browser. */
  async end() {
    await this.browser.close();
  }
}

export async function close(tab) {
  await tab.browserContext().close();
}

export async function text(tab, selector) {
  const element = await tab.waitForSelector(selector);
  return element.evaluate((node) => node.textContent);
}

export async function press(tab, selector) {
  const element = await tab.waitForSelector(selector);
  await element.evaluate((node) => node.click());
}

/** Waits until a text has been copied. */
export async function copied(tab, expected) {
  const isThere = () => tab.evaluate(() => navigator.clipboard.readText()).then((found) => found === expected);
  for (let tries = 0; tries < 50 && !(await isThere()); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), expected);
}
