"""Google's generateContent format, as the Gemini API speaks it. `code_assist` puts the same into an envelope."""

import re

from .answer import OVERLOADED, THOUGHT, Answer, Said, dumps, ok, pieces, say, tokens_of, unnamed_sse

API_KEY = "AIzaSyUpstreamSecret0000000000000000000"
MODELS = ["gemini-3.1-pro-preview", "gemini-3.8-flash", "gemini-embedding-2"]
SIGNATURE = "Y2FycG9vbC10aG91Z2h0"
TOTAL_TOKENS = 4242
VECTOR = [0.5, -0.25, 0.125]


def answer(request):
    if request.headers.get("x-goog-api-key") != API_KEY or "key" in request.query:
        return error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
    if request.method == "GET" and re.fullmatch("/v1(beta)?/models", request.path):
        return ok({"models": [listed(name) for name in MODELS]})
    called = re.fullmatch(r"/v1(?:beta)?/models/([^/:]+):(\w+)", request.path)
    if request.method != "POST" or not called:
        return error(404, "NOT_FOUND", f"no such path: {request.method} {request.path}")
    model, method = called.groups()
    if method in ("generateContent", "streamGenerateContent"):
        return compose(request.next_call(), model, method, request.json())
    if method == "countTokens":
        return ok({"totalTokens": TOTAL_TOKENS})
    if method == "embedContent":
        return ok({"embedding": {"values": VECTOR}})
    if method == "batchEmbedContents":
        return ok({"embeddings": [{"values": VECTOR} for _ in request.json()["requests"]]})
    return error(404, "NOT_FOUND", f"no such method: {method}")


def error(status, word, message):
    body = {"error": {"code": status, "message": message, "status": word, "details": []}}
    return Answer(status, dumps(body).encode())


def listed(name):
    methods = ["embedContent"] if "embedding" in name else ["generateContent", "streamGenerateContent", "countTokens"]
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name,
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": methods,
    }


def compose(call, model, method, request, wrap=lambda response: response):
    prompt, tool_output = last_turn(request["contents"])
    if "OVERLOADED" in prompt:
        return error(503, "UNAVAILABLE", OVERLOADED)
    tokens = tokens_of(call, "cache_write_5m", "cache_write_1h")
    said = say(prompt, tool_output, offered(request))
    schema = request.get("generationConfig", {}).get("responseJsonSchema")
    if schema:
        said = Said(dumps(example(schema)))
    about = {"dialect": "generate_content", "model": model, "tokens": tokens}
    contents = parts(call, said, thoughts=not schema)
    if method == "generateContent":
        return Answer(200, dumps(wrap(response_of(call, model, contents, usage_of(tokens), "STOP"))).encode(), **about)

    chunks = [wrap(chunk) for chunk in chunks_of(call, model, contents, tokens)]
    if "CUTSTREAM" not in prompt:
        return Answer(200, unnamed_sse(chunks), stream=True, **about)
    about["tokens"] = so_far(tokens)
    return Answer(200, unnamed_sse(chunks[: len(chunks) // 2]), stream=True, cut=True, complete=False, **about)


def last_turn(contents):
    """The text and the tools' results of the last turn that is not the model's."""
    last = [content for content in contents if content.get("role") != "model"][-1]
    results = [part["functionResponse"]["response"] for part in last["parts"] if "functionResponse" in part]
    prompt = "\n".join(part["text"] for part in last["parts"] if "text" in part)
    return prompt, "\n".join(str(each.get("output", each.get("result", each))) for each in results)


def offered(request):
    declared = [each for tool in request.get("tools", []) for each in tool.get("functionDeclarations", [])]
    # The Python SDK writes this field's name as Python does; Google takes both.
    names = ("parametersJsonSchema", "parameters_json_schema", "parameters")
    schemas = {each["name"]: next((each[name] for name in names if name in each), {}) for each in declared}
    return {name: schema.get("properties", {}) for name, schema in schemas.items()}


def example(schema):
    """A value that fits a schema: the Gemini CLI has a model judge how hard a question is."""
    kind = schema.get("type", "").lower()
    if kind == "object":
        return {name: example(each) for name, each in schema.get("properties", {}).items()}
    return {"integer": 10, "number": 10, "boolean": False, "array": []}.get(kind, "ça va")


def parts(call, said, thoughts):
    found = [{"text": THOUGHT, "thought": True}] if thoughts else []
    found += [{"text": part} for part in pieces(said.text)]
    if said.tool:
        function = {"name": said.tool, "args": said.arguments, "id": f"call_{call:08}"}
        found.append({"functionCall": function, "thoughtSignature": SIGNATURE})
    return found


def usage_of(tokens):
    prompt = tokens["input"] + tokens["cache_read"]
    usage = {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": tokens["cache_read"],
        "candidatesTokenCount": tokens["output"] - tokens["reasoning"],
        "totalTokenCount": prompt + tokens["output"],
    }
    return {**usage, "thoughtsTokenCount": tokens["reasoning"]} if tokens["reasoning"] else usage


def so_far(tokens):
    """What a stream tells before its last chunk."""
    return {**tokens, "output": 1, "reasoning": 0}


def response_of(call, model, contents, usage, reason=None):
    candidate = {"content": {"parts": contents, "role": "model"}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": model,
        "responseId": f"resp{call:08}",
    }


def chunks_of(call, model, contents, tokens):
    for part in contents[:-1]:
        yield response_of(call, model, [part], usage_of(so_far(tokens)))
    yield response_of(call, model, contents[-1:], usage_of(tokens), "STOP")
