// Scenarios with the real Anthropic TypeScript SDK.

import assert from "node:assert/strict";
import { key, load, overloaded, pong, rejection, run, schema, thought, url, wrongKey } from "./sdk_scenario.mjs";
import { count as add, expectLimit, limit, refusal } from "./sdk_scenario.mjs";

const { Anthropic } = load("@anthropic-ai/sdk");
const model = "claude-sonnet-5-5";
const tool = { name: "get_weather", description: "Weather of a city", input_schema: schema };

// Every way to hand the key over. Current SDKs send `apiKey` as Bearer, older ones sent x-api-key.
const credentials = {
  apiKey: { apiKey: key },
  authToken: { authToken: key },
  "x-api-key": { defaultHeaders: { "x-api-key": key } },
};
// What a refusal because of a limit is to the SDK, and its type, by its status.
const refusals = {
  402: [Anthropic.PaymentRequiredError, "billing_error"],
  403: [Anthropic.PermissionDeniedError, "permission_error"],
  429: [Anthropic.RateLimitError, "rate_limit_error"],
};
// No retries: one would meet an account that is cooling down, which is another story.
const client = (options) => new Anthropic({ baseURL: `${url}/api`, maxRetries: 0, ...options });

const user = (content) => ({ role: "user", content });
const ask = (messages, more = {}) => ({ model, max_tokens: 4096, messages, ...more });
const sayPong = ask([user("Say pong.")]);

function count(message) {
  const seen = message.usage;
  add({
    input: seen.input_tokens,
    cache_read: seen.cache_read_input_tokens,
    cache_write_5m: seen.cache_creation.ephemeral_5m_input_tokens,
    cache_write_1h: seen.cache_creation.ephemeral_1h_input_tokens,
    output: seen.output_tokens,
  });
  return message;
}

async function streamed(sdk, request, options) {
  const stream = sdk.messages.stream(request, options);
  const kinds = new Set();
  for await (const event of stream) kinds.add(event.delta?.type ?? event.type);
  return [count(await stream.finalMessage()), kinds];
}

async function limited(first) {
  const [kind, word] = refusals[limit.status];
  const sdk = first.withOptions({ maxRetries: limit.retries });
  for (const call of [() => sdk.messages.create(sayPong), () => streamed(sdk, sayPong)]) {
    const error = await refusal(kind, call());
    assert.equal(error.type, word);
    expectLimit(error.status, error.apiMessage);
  }
}

const answered = {
  async text(sdk) {
    const message = count(await sdk.messages.create(sayPong));
    assert.equal(message.content[0].text, pong);
    assert.equal(message.stop_reason, "end_turn");
  },
  async stream(sdk) {
    const [message, kinds] = await streamed(sdk, sayPong);
    assert.equal(message.content[0].text, pong);
    assert.ok(kinds.has("text_delta") && kinds.has("message_stop"), [...kinds].join());
  },
  // The call streamed, its result sent back without streaming.
  async tools(sdk) {
    const request = ask([user("Please use the tool get_weather.")], { tools: [tool] });
    const [message, kinds] = await streamed(sdk, request);
    assert.ok(kinds.has("input_json_delta"), [...kinds].join());
    const call = message.content.find((block) => block.type === "tool_use");
    assert.equal(message.stop_reason, "tool_use");
    assert.deepEqual([call.name, call.input], ["get_weather", { city: "Göteborg" }]);
    const result = user([{ type: "tool_result", tool_use_id: call.id, content: "7 °C, rain" }]);
    const turns = [...request.messages, { role: "assistant", content: message.content }, result];
    const last = count(await sdk.messages.create(ask(turns, { tools: [tool] })));
    assert.equal(last.content[0].text, "The tool said: 7 °C, rain");
  },
  // Streamed, then sent back: the upstream refuses a thinking block whose signature changed on the way.
  async thinking(sdk) {
    const options = { thinking: { type: "enabled", budget_tokens: 1024 } };
    const [message, kinds] = await streamed(sdk, ask([user("Say pong.")], options));
    assert.ok(kinds.has("thinking_delta") && kinds.has("signature_delta"), [...kinds].join());
    assert.equal(message.content[0].thinking, thought);
    const turns = [user("Say pong."), { role: "assistant", content: message.content }, user("And?")];
    const last = count(await sdk.messages.create(ask(turns, options)));
    assert.deepEqual(last.content.map((block) => block.type), ["thinking", "text"]);
  },
  async count_tokens(sdk) {
    const counted = await sdk.messages.countTokens({ model, messages: [user("Say pong.")] });
    assert.equal(counted.input_tokens, 4242);
  },
  async models(sdk) {
    const listed = [];
    for await (const entry of sdk.models.list()) listed.push(entry);
    assert.ok(listed.some((entry) => entry.id === model), JSON.stringify(listed));
    for (const entry of listed) {
      assert.ok(entry.type === "model" && entry.display_name && entry.created_at, JSON.stringify(entry));
    }
  },
  async gzip(sdk) {
    const options = { headers: { "x-test-gzip": "1" } };
    assert.equal(count(await sdk.messages.create(sayPong, options)).content[0].text, pong);
    const [message] = await streamed(sdk, sayPong, options);
    assert.equal(message.content[0].text, pong);
  },
};

const refused = {
  async wrong_key() {
    const sdk = client({ apiKey: wrongKey, maxRetries: 2 });
    await rejection(Anthropic.AuthenticationError, sdk.messages.create(sayPong));
  },
  async cut(sdk) {
    // The SDK lets fetch's own error through; a relay that reports the cut as an event causes an APIError.
    await rejection(Error, streamed(sdk, ask([user("CUTSTREAM")])));
  },
  async stream_error(sdk) {
    const error = await rejection(Anthropic.APIError, streamed(sdk, ask([user("STREAMERROR")])));
    assert.deepEqual([error.error.error.type, error.error.error.message], ["overloaded_error", overloaded]);
  },
  async overloaded(sdk) {
    const error = await rejection(Anthropic.APIError, sdk.messages.create(ask([user("OVERLOADED")])));
    assert.deepEqual([error.status, error.error.error.message], [529, overloaded]);
  },
  // Makes a call, unless there is no room for one any more.
  async use_up(sdk) {
    await sdk.messages.create(sayPong).catch((error) => assert.equal(error.status, limit.status));
  },
  limited,
  // While a stream is under way.
  async crowded(sdk) {
    const stream = sdk.messages.stream(ask([user("HOLDSTREAM")]));
    for await (const event of stream) if (event.type === "message_start") await limited(sdk);
    count(await stream.finalMessage());
  },
};

await run(answered, refused, client, credentials);
