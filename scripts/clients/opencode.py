"""Scenarios with the real OpenCode, `opencode run`. Each returns the token totals it reported."""

import json

import processes
from turns import checked_conversation, said
from upstream.answer import PONG, TOOL_OUTPUT


def home(bench):
    """A folder of its own for one scenario, set up as friends do it."""
    folder = bench.new_folder("opencode")
    paths = {"anthropic": "/api/v1", "openai": "/openai/v1", "google": "/gemini/v1beta"}
    options = {name: {"options": {"baseURL": bench.url(path), "apiKey": bench.key}} for name, path in paths.items()}
    config = {"$schema": "https://opencode.ai/config.json", "provider": options}
    (folder / "opencode.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def ask(bench, model, folder, prompt, *options):
    """The events that OpenCode printed. With a title given no model writes one, whose tokens it does not tell."""
    program = bench.cache / "npm/node_modules/.bin/opencode"
    command = [program, "run", "--format", "json", "--title", "test", "--model", model, *options, prompt]
    quiet = {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}
    env = {**quiet, "HOME": str(folder), "OPENCODE_CONFIG": str(folder / "opencode.json")}
    _, out, err = processes.run(command, env, bench.work_folder())
    events = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert events, f"OpenCode printed {out[:300]!r}, {err[-300:]!r}"
    return events


def last_words(events):
    failures = [event for event in events if event["type"] == "error"]
    assert not failures, failures
    return [event["part"]["text"] for event in events if event["type"] == "text"][-1]


def totals(*runs):
    parts = [event["part"]["tokens"] for events in runs for event in events if event["type"] == "step_finish"]
    return {
        "input": sum(part["input"] for part in parts),
        "cache_read": sum(part["cache"]["read"] for part in parts),
        "cache_write": sum(part["cache"]["write"] for part in parts),
        "output": sum(part["output"] + part["reasoning"] for part in parts),
        "reasoning": sum(part["reasoning"] for part in parts),
    }


def tool(model, bench):
    """The upstream asks for a command; what it printed can only come back as the output of the call."""
    events = ask(bench, model, home(bench), "TOOLTURN", "--auto")
    said(last_words(events), "The tool said: ", TOOL_OUTPUT)
    return totals(events)


def resume(model, bench):
    """Two processes, one session. It takes seconds to start, so this is also the plain streamed turn."""
    folder = home(bench)
    first = ask(bench, model, folder, "Remember the word marmalade.")
    second = ask(bench, model, folder, "Which word?", "--session", first[0]["sessionID"])
    for events in (first, second):
        said(last_words(events), PONG)
    asked = json.loads(bench.upstream.records[-1]["body"])
    conversation = asked.get("messages") or asked.get("input") or asked["contents"]
    checked_conversation([json.dumps(turn) for turn in conversation], ("marmalade", "Pong", "Which word?"))
    return totals(first, second)
