"""Scenarios with the real Claude Code in print mode. Each returns the token totals it reported."""

import json
from functools import partial

import processes
from upstream.answer import TOOL_OUTPUT
from upstream.messages import blocks_text

QUIET = {
    name: "1"
    for name in (
        "DISABLE_TELEMETRY",
        "DISABLE_AUTOUPDATER",
        "DISABLE_ERROR_REPORTING",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    )
}


def ask(bench, prompt, *options, key=None):
    """Claude Code's JSON verdict; no model is named, so that its defaults are what is tested."""
    # Without a relay it has to know by itself that it holds a subscription's token.
    is_token = bench.account.is_subscription and not bench.relay
    env = {
        **QUIET,
        "HOME": str(bench.folder),
        "CLAUDE_CONFIG_DIR": str(bench.folder / ".claude"),
        "ANTHROPIC_BASE_URL": bench.url("/api"),
        "CLAUDE_CODE_OAUTH_TOKEN" if is_token else "ANTHROPIC_AUTH_TOKEN": key or bench.key,
    }
    command = [bench.cache / "npm/node_modules/.bin/claude", "-p", prompt, "--output-format", "json", *options]
    _, out, err = processes.run(command, env, bench.work_folder())
    try:
        return json.loads(out)
    except ValueError:
        raise AssertionError(f"Claude Code printed {out[:300]!r}, {err[-300:]!r}") from None


def said(verdict, text):
    assert not verdict["is_error"], verdict["result"]
    assert text in verdict["result"], f"expected {text!r} in {verdict['result']!r}"


def totals(*verdicts):
    # Not `modelUsage`: that one goes on counting when a session is resumed.
    usages = [verdict["usage"] for verdict in verdicts]
    return {
        "input": sum(usage["input_tokens"] for usage in usages),
        "cache_read": sum(usage["cache_read_input_tokens"] for usage in usages),
        "cache_write_5m": sum(usage["cache_creation"]["ephemeral_5m_input_tokens"] for usage in usages),
        "cache_write_1h": sum(usage["cache_creation"]["ephemeral_1h_input_tokens"] for usage in usages),
        "output": sum(usage["output_tokens"] for usage in usages),
    }


def text(bench):
    verdict = ask(bench, "Say pong.")
    said(verdict, "Pong")
    return totals(verdict)


def tool(bench):
    """The upstream asks for a Bash command; what it printed can only come back inside a tool_result."""
    verdict = ask(bench, "TOOLTURN", "--allowedTools", "Bash")
    said(verdict, f"The tool said: {TOOL_OUTPUT}")
    return totals(verdict)


def resume(bench):
    """Three processes, one session: by its id, then as the latest one of this folder."""
    first = ask(bench, "Remember the word marmalade.")
    again = partial(ask, bench)
    second = again("Which word?", "--resume", first["session_id"])
    third = again("And once more?", "--continue")
    for verdict in (first, second, third):
        said(verdict, "Pong")
    conversation = json.loads(bench.upstream.records[-1]["body"])["messages"]
    turns = [(turn["role"], blocks_text(turn["content"])) for turn in conversation if turn["role"] != "system"]
    assert [role for role, _ in turns] == ["user", "assistant", "user", "assistant", "user"], turns
    for (_, found), wanted in zip(turns, ("marmalade", "Pong", "Which word?", "Pong", "And once more?")):
        assert wanted in found, f"expected {wanted!r} in the turn {found!r}"
    return totals(first, second, third)


def wrong_key(bench):
    """It would go on retrying for minutes unless the refusal says that a retry is of no use."""
    verdict = ask(bench, "Say pong.", key="cr_" + "0" * 64)
    assert verdict["is_error"] and verdict["api_error_status"] == 401, verdict
    return totals(verdict)
