// What the scenarios with TypeScript SDKs share. Each script runs one: `NAME_sdk.mjs SCENARIO`, address and key in the
// environment; it prints {"usage": totals} as the SDK saw them, or fails and says why. They mirror the Python ones.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

// The packages live in the cache folder, not beside these files.
export const load = createRequire(`${process.env.TEST_NODE_ROOT}/`);
export const { TEST_URL: url, TEST_KEY: key } = process.env;
// What the pretend model says.
export const { pong, thought, overloaded } = JSON.parse(process.env.TEST_WORDS);
// What the key is limited to, where it is: the status and the text of a refusal, and how often to try again.
export const limit = JSON.parse(process.env.TEST_LIMIT);
export const wrongKey = `cr_${"0".repeat(64)}`;
export const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const usage = {};

export function count(tokens) {
  for (const [name, tally] of Object.entries(tokens)) usage[name] = (usage[name] ?? 0) + (tally ?? 0);
}

export async function rejection(kind, promise) {
  const error = await promise.then(() => assert.fail(`expected ${kind.name}`), (error) => error);
  assert.ok(error instanceof kind, error);
  return error;
}

// The error of a call, which is of this very class.
export async function refusal(kind, promise) {
  const error = await rejection(kind, promise);
  assert.equal(error.constructor, kind);
  return error;
}

export function expectLimit(status, text) {
  assert.equal(status, limit.status);
  assert.match(text, new RegExp(limit.text));
}

// What is answered is asked with every credential; what fails, once.
export async function run(answered, refused, client, credentials) {
  const name = process.argv[2];
  const forms = Object.keys(credentials);
  for (const form of answered[name] ? forms : forms.slice(0, 1)) {
    try {
      await (answered[name] ?? refused[name])(client(credentials[form]));
    } catch (error) {
      console.error(`${error.name}: ${error.message} (with the key as ${form})`);
      process.exit(1);
    }
  }
  console.log(JSON.stringify({ usage }));
}
