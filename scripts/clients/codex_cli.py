"""Scenarios with the real Codex CLI, `codex exec`. Each returns the token totals it reported."""

import json

import processes
from turns import checked_conversation, said
from upstream.answer import PONG, TOOL_OUTPUT
from upstream.responses import parts_text

CONFIG = """
model_provider = "carpool"
[model_providers.carpool]
name = "Carpool"
base_url = "{base_url}"
wire_api = "responses"
env_key = "CARPOOL_KEY"
"""
# The pretend model asks for `echo` only, and sandboxes cannot be nested everywhere.
FLAGS = ("--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox")


def home(bench):
    """A folder of its own for one scenario, set up as friends do it."""
    folder = bench.new_folder("codex")
    (folder / "config.toml").write_text(CONFIG.format(base_url=bench.url("/openai")), encoding="utf-8")
    return folder


def ask(bench, folder, *words, key=None):
    """The events that Codex printed; no model is named, so that its defaults are what is tested."""
    env = {"HOME": str(folder), "CODEX_HOME": str(folder), "CARPOOL_KEY": key or bench.key}
    program = bench.cache / "npm/node_modules/.bin/codex"
    _, out, err = processes.run([program, "exec", *FLAGS, *words], env, bench.work_folder())
    events = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert events, f"Codex printed {out[:300]!r}, {err[-300:]!r}"
    return events


def last_words(events):
    failures = [event for event in events if event["type"] in ("error", "turn.failed")]
    assert not failures, failures
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    return [item["text"] for item in items if item["type"] == "agent_message"][-1]


def totals(*runs):
    usages = [event["usage"] for events in runs for event in events if event["type"] == "turn.completed"]
    return {
        "input": sum(usage["input_tokens"] - usage["cached_input_tokens"] for usage in usages),
        "cache_read": sum(usage["cached_input_tokens"] for usage in usages),
        "output": sum(usage["output_tokens"] for usage in usages),
        "reasoning": sum(usage["reasoning_output_tokens"] for usage in usages),
    }


def text(bench):
    events = ask(bench, home(bench), "Say pong.")
    said(last_words(events), PONG)
    return totals(events)


def tool(bench):
    """The upstream asks for a command; what it printed can only come back as the output of the call."""
    events = ask(bench, home(bench), "TOOLTURN")
    said(last_words(events), "The tool said: ", TOOL_OUTPUT)
    return totals(events)


def function_tool(bench):
    """An older model, whose shell is a function and not a script."""
    events = ask(bench, home(bench), "--model", "gpt-5.3-codex", "TOOLTURN")
    said(last_words(events), "The tool said: ", TOOL_OUTPUT)
    return totals(events)


def resume(bench):
    """Three processes, one session: by its id, then as the latest one of this folder."""
    folder = home(bench)
    first = ask(bench, folder, "Remember the word marmalade.")
    session = next(event["thread_id"] for event in first if event["type"] == "thread.started")
    second = ask(bench, folder, "resume", session, "Which word?")
    third = ask(bench, folder, "resume", "--last", "And once more?")
    for events in (first, second, third):
        said(last_words(events), PONG)
    items = json.loads(bench.upstream.records[-1]["body"])["input"]
    messages = [item for item in items if item["type"] == "message" and item["role"] in ("user", "assistant")]
    checked_conversation([parts_text(message["content"]) for message in messages])
    return totals(third)


def wrong_key(bench):
    events = ask(bench, home(bench), "Say pong.", key="cr_" + "0" * 64)
    failed = next((event for event in events if event["type"] == "turn.failed"), None)
    assert failed and "401" in failed["error"]["message"], events
    return totals(events)
