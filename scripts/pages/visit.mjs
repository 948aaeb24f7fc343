// What a friend does with the pages, in Chromium, against a relay that runs: takes the key, copies the texts, tests it,
// looks at their page, pauses, resumes and replaces the key. Every state is checked for accessibility and pictured.

import assert from "node:assert/strict";
import { close, copied, KEY, LOOKS, openBrowser, press, text } from "./browser.mjs";

const [link, folder] = process.argv.slice(2);
const { origin } = new URL(link);
const CLIENTS = ["claude-code", "codex", "gemini-cli", "droid", "vscode"];

const visitor = await openBrowser(origin, folder);
try {
  const key = await redeem();
  await isUsedUp();
  await looks(key);
  await holds(key);
  await replaces(key);
} finally {
  await visitor.end();
}
assert.deepEqual(visitor.problems, []);
console.log(`The pages do what they should. Pictures: ${folder}`);

/** Takes the key. Looking at the page beforehand, as a link preview does, uses nothing up. */
async function redeem() {
  for (const name of Object.keys(LOOKS)) {
    const tab = await visitor.visit(link, name);
    await tab.waitForSelector("#get");
    await visitor.look(tab, `invite-${name}`);
    await close(tab);
  }

  const tab = await visitor.visit(link);
  await press(tab, "#get");
  const key = await text(tab, "#key");
  assert.match(key, KEY);
  assert.equal(await tab.evaluate(() => location.hash), "", "the secret leaves the address bar");
  assert.ok(await tab.$eval(".qr", (image) => image.decode().then(() => image.naturalWidth > 0)), "the QR code is a picture");
  await visitor.look(tab, "invite-key");
  await copies(tab, key);
  await visitor.tries(tab, "invite-tested");

  await tab.reload();
  assert.equal(await text(tab, "#key"), key, "a reload does not lose the key");
  await visitor.look(tab, "invite-again");
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
  await visitor.look(tab, "invite-other");
}

/** A second friend with the same link is told. */
async function isUsedUp() {
  for (const name of ["desktop", "phone-dark-zh"]) {
    const tab = await visitor.visit(link, name);
    await press(tab, "#get");
    await tab.waitForFunction(() => !document.getElementById("get"));
    assert.equal(await tab.$("#key"), null);
    await visitor.look(tab, `invite-used-${name}`);
    await close(tab);
  }
  const tab = await visitor.visit(link.split("#")[0]);
  await tab.waitForSelector("h1");
  assert.equal(await tab.$("#get"), null, "without the secret there is nothing to press");
  await visitor.look(tab, "invite-without-secret");
  await close(tab);
}

/** The friend page, in every look. */
async function looks(key) {
  for (const name of Object.keys(LOOKS)) {
    const tab = await visitor.visit(`${origin}/#key=${key}`, name);
    await tab.waitForSelector("#stored");
    assert.equal(await tab.evaluate(() => location.hash), "", "the key leaves the address bar");
    for (const part of ["used", "limits", "windows", "calls", "devices", "stored", "setup", "my-key"]) await tab.waitForSelector(`#${part}`);
    assert.ok(!(await tab.evaluate(() => document.body.innerText)).includes(key), "the key is not shown unasked");
    await visitor.look(tab, `friend-${name}`);
    await close(tab);
  }

  const tab = await visitor.visit(origin);
  await tab.waitForSelector("#key-field");
  await visitor.look(tab, "friend-sign-in");
  await tab.type("#key-field", `cr_${"0".repeat(64)}`);
  await tab.keyboard.press("Enter");
  await tab.waitForSelector("#sign-in-problem .banner");
  await visitor.look(tab, "friend-unknown-key");
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
  const tab = await visitor.visit(`${origin}/#key=${key}`);
  await tab.waitForSelector("#used");
  await press(tab, "#hold");
  await tab.waitForSelector("dialog[open]");
  await visitor.look(tab, "friend-pause");
  await press(tab, "#confirm");
  await tab.waitForSelector("#place-notice .tone-warn");
  await visitor.look(tab, "friend-paused");
  assert.equal(await status(key, "/v1/models"), 403);

  await press(tab, "#hold");
  await press(tab, "dialog[open] #confirm");
  await tab.waitForFunction(() => !document.querySelector("#place-notice .banner"));
  assert.equal(await status(key, "/v1/models"), 200);
  await close(tab);
}

/** Replacing ends the old key, and the page goes on with the new one. */
async function replaces(key) {
  const tab = await visitor.visit(`${origin}/#key=${key}`);
  await tab.waitForSelector("#used");
  await press(tab, "#rotate");
  await tab.waitForSelector("dialog[open]");
  await visitor.look(tab, "friend-replace");
  await press(tab, "#confirm");
  const fresh = await text(tab, "#new-key");
  assert.match(fresh, KEY);
  assert.notEqual(fresh, key);
  await visitor.look(tab, "friend-replaced");
  await press(tab, "#copy-new-key");
  await copied(tab, fresh);
  await press(tab, "#done");
  assert.equal(await status(key, "/me"), 401);
  assert.equal(await status(fresh, "/me"), 200);
  await visitor.tries(tab, "friend-tested");
  await close(tab);
}

async function status(key, path) {
  const answer = await fetch(`${origin}${path}`, { headers: { "x-api-key": key } });
  return answer.status;
}
