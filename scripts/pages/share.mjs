// A friend's first minutes, for `scripts/share-check`: takes the key from an invite in Chromium, pastes the page's line into
// a shell in a home where nothing is yet, lets the real Claude Code call, tests the key, and finds the calls on their page.
//
//   node share.mjs LINK FOLDER HOME
//
// Pictures and what the programs printed go into the folder. After each step its name is printed, and the next one begins
// when a line comes: the owner looks meanwhile.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { close, copied, KEY, openBrowser, press, text } from "./browser.mjs";

const [link, folder, home] = process.argv.slice(2);
const { origin } = new URL(link);
const PATIENCE_MS = 180_000;
// A home of its own, and of this machine's settings only where programs are. Claude Code asks nobody but the relay.
const ENVIRONMENT = {
  HOME: home,
  PATH: process.env.PATH,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
};

const said = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const visitor = await openBrowser(origin, folder);
try {
  const tab = await visitor.visit(link);
  const key = await redeem(tab);
  await step("redeemed");
  await setUp(tab, key);
  await call(key);
  await step("called");
  await visitor.tries(tab, "11-friend-tested");
  await findsTheCalls(tab);
  await step("found");
} finally {
  await visitor.end();
}
assert.deepEqual(visitor.problems, []);
// The owner's end of it stays open.
process.stdin.destroy();

/** Tells the owner what is done, and waits until they have looked. */
async function step(name) {
  console.log(name);
  const { done } = await said.next();
  assert.ok(!done, "the owner has gone");
}

async function redeem(tab) {
  await tab.waitForSelector("#get");
  await visitor.look(tab, "04-friend-invite");
  await press(tab, "#get");
  const key = await text(tab, "#key");
  assert.match(key, KEY);
  await visitor.look(tab, "05-friend-key");
  return key;
}

/** Pastes the page's line into a shell, twice: the second time there is nothing to do. */
async function setUp(tab, key) {
  await press(tab, "#tab-claude-code");
  await press(tab, 'input[value="unix"]');
  const line = await text(tab, "#one-line code");
  await press(tab, "#one-line .copy");
  await copied(tab, line);
  const first = await pasted(line);
  assert.match(first, /settings\.json/, first);
  const second = await pasted(line);
  note("07-set-up.txt", key, `$ ${line}\n${first}\n$ ${line}\n${second}`);
  assert.match(second, /nothing to change/, second);
}

async function pasted(line) {
  const { stdout, stderr } = await run("sh", ["-c", line]);
  return stdout + stderr;
}

/** What a friend does next: asks Claude Code something. Where to ask and with which key it knows from its settings alone. */
async function call(key) {
  const words = ["-p", "Say hello to the owner of this car.", "--output-format", "json"];
  const { stdout } = await run(process.env.CLAUDE_CODE, words);
  const verdict = JSON.parse(stdout);
  note("09-claude-code.txt", key, `$ claude ${words.join(" ")}\n${JSON.stringify(verdict, null, 2)}\n`);
  assert.equal(verdict.is_error, false, verdict.result);
  assert.ok(verdict.result.length > 0 && verdict.usage.output_tokens > 0, stdout);
}

/** Runs a program at the friend's home, with nothing more to read. */
function run(program, words) {
  const running = promisify(execFile)(program, words, { env: ENVIRONMENT, cwd: home, timeout: PATIENCE_MS });
  running.child.stdin.end();
  return running;
}

/** The friend page opens signed in, and tells of the calls of Claude Code. */
async function findsTheCalls(tab) {
  await press(tab, "#open-page");
  await tab.waitForSelector("#calls tbody tr");
  assert.equal(tab.url(), `${origin}/`);
  assert.match(await text(tab, "#devices"), /Claude Code/);
  await visitor.look(tab, "12-friend-page");
  await close(tab);
}

/** Keeps what was printed, without the key. */
function note(name, key, printed) {
  writeFileSync(join(folder, name), printed.replaceAll(key, `${key.slice(0, 11)}…`));
}
