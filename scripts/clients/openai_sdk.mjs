// Scenarios with the real OpenAI TypeScript SDK: Responses, Chat Completions, embeddings, the list of models.

import assert from "node:assert/strict";
import { count, key, load, overloaded, pong, rejection, run, schema, url, wrongKey } from "./sdk_scenario.mjs";
import { expectLimit, limit, refusal } from "./sdk_scenario.mjs";

const { OpenAI } = load("openai");
const model = "gpt-5.5";
const fn = { name: "get_weather", description: "Weather of a city", parameters: schema };
const useTool = "Please use the tool get_weather.";
const weather = "7 °C, rain";
// What a refusal because of a limit is to the SDK, and its type and code, by its status. It has no class for a 402.
const refusals = {
  402: [OpenAI.APIError, "insufficient_quota", "insufficient_quota"],
  403: [OpenAI.PermissionDeniedError, "permission_error", null],
  429: [OpenAI.RateLimitError, "rate_limit_error", "rate_limit_exceeded"],
};

// No retries: one would meet an account that is cooling down, which is another story.
const client = (options) => new OpenAI({ baseURL: `${url}/openai/v1`, maxRetries: 0, ...options });

const user = (content) => ({ role: "user", content });
const chatRequest = (prompt, more = {}) => ({ model, messages: [user(prompt)], ...more });

function countResponse(response) {
  const seen = response.usage;
  count({
    input: seen.input_tokens - seen.input_tokens_details.cached_tokens,
    cache_read: seen.input_tokens_details.cached_tokens,
    output: seen.output_tokens,
    reasoning: seen.output_tokens_details.reasoning_tokens,
  });
  return response;
}

function countChat(seen) {
  count({
    input: seen.prompt_tokens - seen.prompt_tokens_details.cached_tokens,
    cache_read: seen.prompt_tokens_details.cached_tokens,
    output: seen.completion_tokens,
    reasoning: seen.completion_tokens_details.reasoning_tokens,
  });
}

async function streamedResponse(sdk, request) {
  const stream = sdk.responses.stream({ model, ...request });
  const kinds = new Set();
  for await (const event of stream) kinds.add(event.type);
  return [countResponse(await stream.finalResponse()), kinds];
}

async function streamedChat(sdk, request) {
  const chunks = [];
  for await (const chunk of await sdk.chat.completions.create({ ...request, stream: true })) chunks.push(chunk);
  return [chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), chunks];
}

async function limited(first) {
  const [kind, ...words] = refusals[limit.status];
  const sdk = first.withOptions({ maxRetries: limit.retries });
  const calls = [
    () => sdk.responses.create({ model, input: "Say pong." }),
    () => streamedResponse(sdk, { input: "Say pong." }),
    () => sdk.chat.completions.create(chatRequest("Say pong.")),
    () => streamedChat(sdk, chatRequest("Say pong.")),
  ];
  for (const call of calls) {
    const error = await refusal(kind, call());
    assert.deepEqual([error.type, error.code], words);
    expectLimit(error.status, error.error.message);
  }
}

const answered = {
  async response(sdk) {
    const answer = countResponse(await sdk.responses.create({ model, input: "Say pong." }));
    assert.deepEqual([answer.output_text, answer.status], [pong, "completed"]);
  },
  async response_stream(sdk) {
    const [answer, kinds] = await streamedResponse(sdk, { input: "Say pong." });
    assert.equal(answer.output_text, pong);
    for (const kind of ["response.created", "response.output_text.delta", "response.completed"]) {
      assert.ok(kinds.has(kind), [...kinds].join());
    }
  },
  // The call streamed, its result sent back without streaming.
  async response_tools(sdk) {
    const tools = [{ type: "function", strict: false, ...fn }];
    const [answer, kinds] = await streamedResponse(sdk, { input: [user(useTool)], tools });
    assert.ok(kinds.has("response.function_call_arguments.delta"), [...kinds].join());
    const call = answer.output.find((item) => item.type === "function_call");
    assert.deepEqual([call.name, JSON.parse(call.arguments)], ["get_weather", { city: "Göteborg" }]);
    const result = { type: "function_call_output", call_id: call.call_id, output: weather };
    const said = answer.output.map(({ parsed_arguments, ...item }) => item);
    const last = countResponse(await sdk.responses.create({ model, input: [user(useTool), ...said, result], tools }));
    assert.equal(last.output_text, `The tool said: ${weather}`);
  },
  async chat(sdk) {
    const answer = await sdk.chat.completions.create(chatRequest("Say pong."));
    countChat(answer.usage);
    assert.deepEqual([answer.choices[0].message.content, answer.choices[0].finish_reason], [pong, "stop"]);
  },
  async chat_stream(sdk) {
    const request = chatRequest("Say pong.", { stream_options: { include_usage: true } });
    const [text, chunks] = await streamedChat(sdk, request);
    countChat(chunks.at(-1).usage);
    assert.deepEqual([text, chunks.at(-1).choices], [pong, []]);
  },
  // Who does not ask for usage sees none, though the relay has to learn it.
  async chat_unasked(sdk) {
    const [text, chunks] = await streamedChat(sdk, chatRequest("Say pong."));
    assert.equal(text, pong);
    assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage), JSON.stringify(chunks));
  },
  async chat_tools(sdk) {
    const tools = [{ type: "function", function: fn }];
    const request = chatRequest(useTool, { tools, stream_options: { include_usage: true } });
    const answer = await sdk.chat.completions.stream(request).finalChatCompletion();
    countChat(answer.usage);
    const [call] = answer.choices[0].message.tool_calls;
    assert.deepEqual([call.function.name, JSON.parse(call.function.arguments)], ["get_weather", { city: "Göteborg" }]);
    const said = { role: "assistant", tool_calls: [call] };
    const result = { role: "tool", tool_call_id: call.id, content: weather };
    const last = await sdk.chat.completions.create({ model, messages: [user(useTool), said, result], tools });
    countChat(last.usage);
    assert.equal(last.choices[0].message.content, `The tool said: ${weather}`);
  },
  async embeddings(sdk) {
    const answer = await sdk.embeddings.create({ model: "text-embedding-3-small", input: ["one", "zwei"] });
    count({ input: answer.usage.prompt_tokens });
    assert.deepEqual(answer.data.map((each) => [...each.embedding]), Array(2).fill([0.5, -0.25, 0.125]));
  },
  async models(sdk) {
    const listed = [];
    for await (const entry of sdk.models.list()) listed.push(entry.id);
    assert.ok(listed.includes(model), listed.join());
  },
};

const refused = {
  async wrong_key() {
    const sdk = client({ apiKey: wrongKey, maxRetries: 2 });
    await rejection(OpenAI.AuthenticationError, sdk.responses.create({ model, input: "Say pong." }));
    await rejection(OpenAI.AuthenticationError, sdk.chat.completions.create(chatRequest("Say pong.")));
  },
  async cut(sdk) {
    // The SDK lets fetch's own error through; a relay that reports the cut as an event causes an APIError.
    await rejection(Error, streamedResponse(sdk, { input: "CUTSTREAM" }));
  },
  async stream_error(sdk) {
    let last;
    for await (const event of await sdk.responses.create({ model, input: "STREAMERROR", stream: true })) last = event;
    assert.deepEqual([last.type, last.response.error.message], ["response.failed", overloaded]);
  },
  async chat_cut(sdk) {
    await rejection(Error, streamedChat(sdk, chatRequest("CUTSTREAM")));
  },
  async overloaded(sdk) {
    const error = await rejection(OpenAI.APIError, sdk.responses.create({ model, input: "OVERLOADED" }));
    assert.deepEqual([error.status, error.error.message], [503, overloaded]);
  },
  // Makes a call, unless there is no room for one any more.
  async use_up(sdk) {
    const call = sdk.responses.create({ model, input: "Say pong." });
    await call.catch((error) => assert.equal(error.status, limit.status));
  },
  limited,
  // While a stream is under way.
  async crowded(sdk) {
    const stream = sdk.responses.stream({ model, input: "HOLDSTREAM" });
    for await (const event of stream) if (event.type === "response.created") await limited(sdk);
    countResponse(await stream.finalResponse());
  },
};

await run(answered, refused, client, { apiKey: { apiKey: key } });
