"""OpenAI's Responses format, as its API and, for a ChatGPT subscription, Codex's own address speak it."""

from .answer import OVERLOADED, TOOL_COMMAND, Answer, Said, dumps, pieces, say, slices, sse, tokens_of

# The tool of Codex's newer models: it takes a script, and the shell is a function in that.
SCRIPT_TOOL = "exec"
SCRIPT = f'const ran = await tools.exec_command({{"cmd": "{TOOL_COMMAND}"}}); text(ran.output ?? ran);'


def compose(call, request):
    items = request["input"]
    if isinstance(items, str):
        items = [{"type": "message", "role": "user", "content": items}]
    prompt, tool_output = last_turn(items)
    if "OVERLOADED" in prompt:
        body = {"error": {"message": OVERLOADED, "type": "server_error", "param": None, "code": "server_is_overloaded"}}
        return Answer(503, dumps(body).encode(), headers={"x-should-retry": "false"})

    tools, tokens = offered(request, items), tokens_of(call, "cache_write_5m", "cache_write_1h")
    said = say(prompt, tool_output, {name: tool["parameters"] for name, tool in tools.items()})
    if not tool_output and "TOOLTURN" in prompt and SCRIPT_TOOL in tools:
        said = Said("I will run a script.", SCRIPT_TOOL, SCRIPT)
    response = {
        "id": f"resp_{call:08}", "object": "response", "created_at": 1780000000 + call, "status": "completed",
        "model": request["model"], "output": output(call, said, tools), "parallel_tool_calls": True,
        "tool_choice": "auto", "tools": [], "service_tier": "default", "error": None, "incomplete_details": None,
        "instructions": None, "metadata": {}, "usage": usage_of(tokens),
    }  # fmt: skip
    about = {"dialect": "responses", "model": request["model"], "tokens": tokens}
    if not request.get("stream"):
        return Answer(200, dumps(response).encode(), **about)
    events = list(events_of(response))
    if "CUTSTREAM" not in prompt and "STREAMERROR" not in prompt:
        return Answer(200, numbered(events), stream=True, **about)
    # Only the last event tells the usage, and these streams do not reach it.
    partial = events[: len(events) // 2]
    if "STREAMERROR" in prompt:
        failed = {"code": "server_is_overloaded", "message": OVERLOADED}
        partial.append(("response.failed", {"response": {**begun(response), "status": "failed", "error": failed}}))
    return Answer(200, numbered(partial), stream=True, cut="CUTSTREAM" in prompt, complete=False)


def last_turn(items):
    """The text of the last message of the user, and what tools put out after it. Codex writes messages of its own
    before the prompt, and a model's answers stand between."""
    prompt, results = "", []
    for item in items:
        kind = item.get("type", "message")
        if kind == "message" and item["role"] == "user":
            prompt, results = parts_text(item["content"]), []
        elif kind in ("function_call_output", "custom_tool_call_output"):
            results.append(parts_text(item["output"]))
    return prompt, "\n".join(results)


def parts_text(content):
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def offered(request, items):
    """The tools by name, each with the namespace it stands in. Codex may send them among the input."""
    more = [tool for item in items if item.get("type") == "additional_tools" for tool in item["tools"]]
    found = {}
    for tool in [*request.get("tools", []), *more]:
        namespace = tool["name"] if tool["type"] == "namespace" else None
        for each in tool["tools"] if namespace else [tool]:
            if each["type"] in ("function", "custom"):
                properties = each.get("parameters", {}).get("properties", {})
                found[each["name"]] = {"type": each["type"], "namespace": namespace, "parameters": properties}
    return found


def output(call, said, tools):
    text = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
    items = [
        {"type": "reasoning", "id": f"rs_{call:08}", "summary": [], "encrypted_content": "Y2FycG9vbA=="},
        {"type": "message", "id": f"msg_{call:08}", "role": "assistant", "status": "completed", "content": [text]},
    ]
    if said.tool:
        items.append(tool_call(call, said, tools[said.tool]))
    return items


def tool_call(call, said, tool):
    item = {"call_id": f"call_{call:08}", "name": said.tool, "status": "completed"}
    # What stands in the namespace "functions" is called without naming it.
    if tool["namespace"] not in (None, "functions"):
        item["namespace"] = tool["namespace"]
    if tool["type"] == "custom":
        return {"type": "custom_tool_call", "id": f"ctc_{call:08}", "input": said.arguments, **item}
    return {"type": "function_call", "id": f"fc_{call:08}", "arguments": dumps(said.arguments), **item}


def usage_of(tokens):
    prompt = tokens["input"] + tokens["cache_read"]
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": tokens["cache_read"]},
        "output_tokens": tokens["output"],
        "output_tokens_details": {"reasoning_tokens": tokens["reasoning"]},
        "total_tokens": prompt + tokens["output"],
    }


def begun(response):
    return {**response, "status": "in_progress", "output": [], "usage": None}


def events_of(response):
    yield "response.created", {"response": begun(response)}
    yield "response.in_progress", {"response": begun(response)}
    for index, item in enumerate(response["output"]):
        where = {"item_id": item["id"], "output_index": index}
        yield "response.output_item.added", {"output_index": index, "item": empty(item)}
        yield from content_events(item, where)
        yield "response.output_item.done", {"output_index": index, "item": item}
    yield "response.completed", {"response": response}


def empty(item):
    blank = {"message": {"content": []}, "function_call": {"arguments": ""}, "custom_tool_call": {"input": ""}}
    return {**item, **({"status": "in_progress"} if "status" in item else {}), **blank.get(item["type"], {})}


def content_events(item, where):
    if item["type"] == "message":
        [part] = item["content"]
        at = {**where, "content_index": 0}
        yield "response.content_part.added", {**at, "part": {**part, "text": ""}}
        for delta in pieces(part["text"]):
            yield "response.output_text.delta", {**at, "delta": delta, "logprobs": []}
        yield "response.output_text.done", {**at, "text": part["text"], "logprobs": []}
        yield "response.content_part.done", {**at, "part": part}
    elif item["type"] == "function_call":
        for delta in slices(item["arguments"]):
            yield "response.function_call_arguments.delta", {**where, "delta": delta}
        yield "response.function_call_arguments.done", {**where, "name": item["name"], "arguments": item["arguments"]}
    elif item["type"] == "custom_tool_call":
        for delta in slices(item["input"]):
            yield "response.custom_tool_call_input.delta", {**where, "delta": delta}
        yield "response.custom_tool_call_input.done", {**where, "input": item["input"]}


def numbered(events):
    return sse((name, {"sequence_number": number, **data}) for number, (name, data) in enumerate(events))
