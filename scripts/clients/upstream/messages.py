"""Anthropic's Messages API."""

from .answer import OVERLOADED, THOUGHT, Answer, dumps, ok, pieces, say, slices, sse, tokens_of

API_KEY = "sk-ant-api03-upstream-secret"
SETUP_TOKEN = "sk-ant-oat01-upstream-setup-token"
OAUTH_BETA = "oauth-2025-04-20"
SIGNATURE = "RXFRQmNhcnBvb2wtc2lnbmF0dXJl"
MODELS = ["claude-sonnet-5-5", "claude-sonnet-4-5", "claude-haiku-4-5"]
HEADERS = {"request-id": "req_carpool", "anthropic-organization-id": "00000000-0000-4000-8000-000000000000"}


def answer(request):
    answered = refusal(request.headers) or route(request)
    answered.headers = {**HEADERS, **answered.headers}
    return answered


def refusal(headers):
    """Why these credentials are not good, or None. The current SDKs send an API key as Bearer, so that is good too."""
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    if bearer == SETUP_TOKEN:
        if OAUTH_BETA in headers.get("anthropic-beta", ""):
            return None
        return error(401, "authentication_error", "OAuth authentication is currently not supported.")
    if API_KEY in (headers.get("x-api-key"), bearer):
        return None
    return error(401, "authentication_error", "invalid x-api-key")


def route(request):
    if (request.method, request.path) == ("GET", "/v1/models"):
        return model_list()
    if (request.method, request.path) == ("POST", "/v1/messages/count_tokens"):
        return ok({"input_tokens": 4242})
    if (request.method, request.path) == ("POST", "/v1/messages"):
        return compose(request.next_call(), request.json())
    return error(404, "not_found_error", f"no such path: {request.path}")


def error(status, kind, message, retry=False):
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_carpool"}
    return Answer(status, dumps(body).encode(), headers={"x-should-retry": "true" if retry else "false"})


def compose(call, request):
    if altered_signature(request["messages"]):
        return error(400, "invalid_request_error", "Invalid `signature` in `thinking` block")
    last = [message for message in request["messages"] if message["role"] == "user"][-1]
    prompt = blocks_text(last["content"])
    if "OVERLOADED" in prompt:
        return error(529, "overloaded_error", OVERLOADED, retry=True)

    offered = [tool for tool in request.get("tools", []) if "input_schema" in tool]
    tools = {tool["name"]: tool["input_schema"].get("properties", {}) for tool in offered}
    said, tokens = say(prompt, blocks_text(last["content"], "tool_result"), tools), tokens_of(call, "reasoning")
    message = {
        "id": f"msg_{call:08}", "type": "message", "role": "assistant", "model": request["model"],
        "content": content(call, request, said), "stop_reason": "tool_use" if said.tool else "end_turn",
        "stop_sequence": None, "usage": usage_of(tokens),
    }  # fmt: skip
    about = {"dialect": "messages", "model": request["model"], "tokens": tokens}
    if not request.get("stream"):
        return Answer(200, dumps(message).encode(), **about)

    events = list(events_of(message))
    broken = "CUTSTREAM" in prompt or "STREAMERROR" in prompt
    if not broken:
        return Answer(200, sse(events), stream=True, **about)
    # Neither of these reaches the final delta: the reader was told only the counts of message_start.
    partial = events[: len(events) // 2]
    if "STREAMERROR" in prompt:
        partial.append(("error", {"error": {"type": "overloaded_error", "message": OVERLOADED}}))
    about["tokens"] = {**tokens, "output": 1}
    return Answer(200, sse(partial), stream=True, cut="CUTSTREAM" in prompt, complete=False, **about)


def content(call, request, said):
    blocks = [{"type": "text", "text": said.text}]
    if request.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        blocks.insert(0, {"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE})
    if said.tool:
        blocks.append({"type": "tool_use", "id": f"toolu_{call:08}", "name": said.tool, "input": said.arguments})
    return blocks


def usage_of(tokens):
    return {
        "input_tokens": tokens["input"],
        "cache_creation_input_tokens": tokens["cache_write_5m"] + tokens["cache_write_1h"],
        "cache_read_input_tokens": tokens["cache_read"],
        "cache_creation": {
            "ephemeral_5m_input_tokens": tokens["cache_write_5m"],
            "ephemeral_1h_input_tokens": tokens["cache_write_1h"],
        },
        "output_tokens": tokens["output"],
        "service_tier": "standard",
    }


def blocks_text(content, kind="text"):
    """The text of a message's content; with kind="tool_result" the text inside its tool results."""
    if isinstance(content, str):
        return content if kind == "text" else ""
    parts = [block for block in content or [] if block.get("type") == kind]
    if kind == "text":
        return "\n".join(part["text"] for part in parts)
    return "\n".join(blocks_text(part.get("content")) for part in parts)


def altered_signature(messages):
    for message in messages:
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block.get("type") == "thinking" and block.get("signature") != SIGNATURE:
                return True
    return False


def events_of(message):
    """The SSE events of a finished message, as the real API cuts them: the final delta repeats the cumulative input
    counts but not the 5 m / 1 h split."""
    usage = message["usage"]
    head = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield "message_start", {"message": head}
    for index, block in enumerate(message["content"]):
        empty, deltas = opened(block)
        yield "content_block_start", {"index": index, "content_block": empty}
        if index == 0:
            yield "ping", {}
        for delta in deltas:
            yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    cumulative = {name: usage[name] for name in usage if name not in ("cache_creation", "service_tier")}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"delta": stop, "usage": cumulative}
    yield "message_stop", {}


def opened(block):
    """A block as it is before its content, and the deltas that bring that."""
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": part} for part in pieces(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if block["type"] == "tool_use":
        parts = ["", *slices(dumps(block["input"]))]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]
    return {"type": "text", "text": ""}, [{"type": "text_delta", "text": part} for part in pieces(block["text"])]


def model_list():
    data = [
        {
            "type": "model",
            "id": name,
            "display_name": name.replace("-", " ").title(),
            "created_at": "2026-02-01T00:00:00Z",
            "lifecycle": "active",
        }
        for name in MODELS
    ]
    return ok({"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]})
