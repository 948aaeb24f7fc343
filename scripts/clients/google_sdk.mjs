// Scenarios with the real Google Gen AI TypeScript SDK.

import assert from "node:assert/strict";
import { count, key, load, overloaded, pong, rejection, run, schema, thought, url, wrongKey } from "./sdk_scenario.mjs";
import { expectLimit, limit, refusal } from "./sdk_scenario.mjs";

const { ApiError, GoogleGenAI } = load("@google/genai");
const model = "gemini-3.8-flash";
const declaration = { name: "get_weather", description: "Weather of a city", parametersJsonSchema: schema };
// The status word of a refusal because of a limit, by its status. Google has none of its own for a 402.
const refusals = { 402: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED" };

const client = (options) => new GoogleGenAI({ httpOptions: { baseUrl: `${url}/gemini` }, ...options });

const user = (part) => ({ role: "user", parts: [part] });
const ask = (contents, config = {}) => ({ model, contents, config });

function counted(answer) {
  const seen = answer.usageMetadata;
  count({
    input: seen.promptTokenCount - seen.cachedContentTokenCount,
    cache_read: seen.cachedContentTokenCount,
    output: seen.candidatesTokenCount + seen.thoughtsTokenCount,
    reasoning: seen.thoughtsTokenCount,
  });
  return answer;
}

async function streamed(sdk, request) {
  const chunks = [];
  for await (const chunk of await sdk.models.generateContentStream(request)) chunks.push(chunk);
  counted(chunks.at(-1));
  return chunks.flatMap((chunk) => chunk.candidates[0].content.parts);
}

const textOf = (parts) => parts.filter((part) => !part.thought).map((part) => part.text ?? "").join("");

async function limited(sdk) {
  for (const call of [() => sdk.models.generateContent(ask("Say pong.")), () => streamed(sdk, ask("Say pong."))]) {
    const error = await refusal(ApiError, call());
    const told = JSON.parse(error.message).error;
    assert.deepEqual([told.code, told.status], [limit.status, refusals[limit.status]]);
    expectLimit(error.status, told.message);
  }
}

const answered = {
  async text(sdk) {
    const answer = counted(await sdk.models.generateContent(ask("Say pong.")));
    const { content, finishReason } = answer.candidates[0];
    assert.deepEqual([textOf(content.parts), finishReason], [pong, "STOP"]);
    assert.deepEqual(content.parts.filter((part) => part.thought).map((part) => part.text), [thought]);
  },
  async stream(sdk) {
    assert.equal(textOf(await streamed(sdk, ask("Say pong."))), pong);
  },
  // The call streamed, its result sent back without streaming.
  async tools(sdk) {
    const config = { tools: [{ functionDeclarations: [declaration] }] };
    const question = user({ text: "Please use the tool get_weather." });
    const said = await streamed(sdk, ask([question], config));
    const call = said.find((part) => part.functionCall).functionCall;
    assert.deepEqual([call.name, call.args], ["get_weather", { city: "Göteborg" }]);
    const result = { functionResponse: { id: call.id, name: call.name, response: { result: "7 °C, rain" } } };
    const turns = [question, { role: "model", parts: said }, user(result)];
    const last = counted(await sdk.models.generateContent(ask(turns, config)));
    assert.equal(textOf(last.candidates[0].content.parts), "The tool said: 7 °C, rain");
  },
  async count_tokens(sdk) {
    assert.equal((await sdk.models.countTokens({ model, contents: "Say pong." })).totalTokens, 4242);
  },
  async embed(sdk) {
    const answer = await sdk.models.embedContent({ model: "gemini-embedding-2", contents: "one" });
    assert.deepEqual(answer.embeddings[0].values, [0.5, -0.25, 0.125]);
  },
  async models(sdk) {
    const listed = [];
    for await (const entry of await sdk.models.list()) listed.push(entry.name);
    assert.ok(listed.includes(`models/${model}`), listed.join());
  },
};

const refused = {
  async wrong_key() {
    const error = await rejection(ApiError, client({ apiKey: wrongKey }).models.generateContent(ask("Say pong.")));
    // Google itself answers 400 to a wrong key, the relay 401.
    assert.ok([400, 401].includes(error.status), error);
  },
  async cut(sdk) {
    await rejection(Error, streamed(sdk, ask("CUTSTREAM")));
  },
  async overloaded(sdk) {
    const error = await rejection(ApiError, sdk.models.generateContent(ask("OVERLOADED")));
    assert.equal(error.status, 503);
    assert.ok(error.message.includes(overloaded), error.message);
  },
  // Makes a call, unless there is no room for one any more.
  async use_up(sdk) {
    await sdk.models.generateContent(ask("Say pong.")).catch((error) => assert.equal(error.status, limit.status));
  },
  limited,
  // While a stream is under way.
  async crowded(sdk) {
    const stream = await sdk.models.generateContentStream(ask("HOLDSTREAM"));
    let { value: last } = await stream.next();
    await limited(sdk);
    for await (const chunk of stream) last = chunk;
    counted(last);
  },
};

await run(answered, refused, client, { apiKey: { apiKey: key } });
