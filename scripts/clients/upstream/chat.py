"""OpenAI's Chat Completions format. A stream tells its usage only to who asked for it with `stream_options`."""

from .answer import OVERLOADED, Answer, dumps, pieces, say, slices, tokens_of, unnamed_sse

DONE = "data: [DONE]\n\n"


def compose(call, request):
    prompt, tool_output = last_turn(request["messages"])
    if "OVERLOADED" in prompt:
        body = {"error": {"message": OVERLOADED, "type": "server_error", "param": None, "code": "server_is_overloaded"}}
        return Answer(503, dumps(body).encode(), headers={"x-should-retry": "false"})
    functions = [tool["function"] for tool in request.get("tools", [])]
    said = say(prompt, tool_output, {each["name"]: each["parameters"].get("properties", {}) for each in functions})
    tokens = tokens_of(call, "cache_write_5m", "cache_write_1h")
    about = {"dialect": "chat", "model": request["model"], "tokens": tokens}
    if not request.get("stream"):
        return Answer(200, dumps(completion(call, request, said, tokens)).encode(), **about)
    with_usage = (request.get("stream_options") or {}).get("include_usage")
    if not with_usage:
        about["tokens"] = None
    chunks = list(chunks_of(call, request, said, usage_of(tokens) if with_usage else None))
    if "CUTSTREAM" in prompt:
        return Answer(200, unnamed_sse(chunks[: len(chunks) // 2]), stream=True, cut=True, complete=False)
    return Answer(200, unnamed_sse(chunks, DONE), stream=True, **about)


def last_turn(messages):
    """The text of the last message of the user, and what tools put out after it."""
    prompt, results = "", []
    for message in messages:
        content = message.get("content") or ""
        text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
        if message["role"] == "user":
            prompt, results = text, []
        elif message["role"] == "tool":
            results.append(text)
    return prompt, "\n".join(results)


def usage_of(tokens):
    prompt = tokens["input"] + tokens["cache_read"]
    return {
        "prompt_tokens": prompt,
        "completion_tokens": tokens["output"],
        "total_tokens": prompt + tokens["output"],
        "prompt_tokens_details": {"cached_tokens": tokens["cache_read"], "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": tokens["reasoning"], "audio_tokens": 0},
    }


def head(call, request, kind):
    return {
        "id": f"chatcmpl-{call:08}",
        "object": kind,
        "created": 1780000000 + call,
        "model": request["model"],
        "service_tier": "default",
        "system_fingerprint": None,
    }


def completion(call, request, said, tokens):
    message = {"role": "assistant", "content": said.text, "refusal": None, "annotations": []}
    if said.tool:
        function = {"name": said.tool, "arguments": dumps(said.arguments)}
        message["tool_calls"] = [{"id": f"call_{call:08}", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls" if said.tool else "stop"}
    return {**head(call, request, "chat.completion"), "choices": [choice], "usage": usage_of(tokens)}


def chunks_of(call, request, said, usage):
    """With usage every chunk has the field, empty save in the last one, which has no choices."""
    top = head(call, request, "chat.completion.chunk")
    more = {"usage": None} if usage else {}
    deltas = [{"role": "assistant", "content": "", "refusal": None}]
    deltas += [{"content": part} for part in pieces(said.text)]
    if said.tool:
        function = {"name": said.tool, "arguments": ""}
        deltas.append({"tool_calls": [{"index": 0, "id": f"call_{call:08}", "type": "function", "function": function}]})
        for part in slices(dumps(said.arguments)):
            deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": part}}]})
    for delta in deltas:
        yield {**top, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], **more}
    reason = "tool_calls" if said.tool else "stop"
    yield {**top, "choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason}], **more}
    if usage:
        yield {**top, "choices": [], "usage": usage}
