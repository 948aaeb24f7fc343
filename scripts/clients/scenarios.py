"""The list of scenarios, in the order they are played."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import checks
import claude_code
import codex_cli
import gemini_cli
import opencode
import processes
from bench import Bench
from limits import LIMITS, Limit, refusals
from upstream.answer import OVERLOADED, PONG, THOUGHT

HERE = Path(__file__).resolve().parent

# Each SDK's scripts, the account they are played on, what is answered there and what is not.
SDKS = (
    ("anthropic", "claude", ("text", "stream", "tools", "thinking", "count_tokens", "models", "gzip")),
    (
        "openai",
        "openai",
        ("response", "response_stream", "response_tools", "chat", "chat_stream", "chat_unasked", "chat_tools")
        + ("embeddings", "models"),
    ),
    ("google", "gemini", ("text", "stream", "tools", "count_tokens", "embed", "models")),
)
FAILURES = {
    "anthropic": ("cut", "stream_error", "overloaded"),
    "openai": ("cut", "stream_error", "overloaded", "chat_cut"),
    "google": ("cut", "overloaded"),
}

# By account; each speaks another format.
OPENCODE_MODELS = {
    "claude": "anthropic/claude-sonnet-4-5",
    "openai": "openai/gpt-5.5",
    "gemini": "google/gemini-3.1-pro-preview",
}


@dataclass
class Scenario:
    name: str
    drive: Callable[[Bench], dict]  # returns the token totals that the client saw
    account: str
    refused: bool = False  # the relay must say no by itself: nothing may reach the upstream
    hurts: bool = False  # leaves the account cooling down
    limit: Limit | None = None  # of the key, while this is played
    before: Callable[[Bench], dict] | None = None  # played under the limit, but not looked at

    def play(self, bench, book):
        if bench.relay:
            self._prepare(bench)
        bench.tap.exchanges()
        seen, before = len(bench.upstream.records), bench.relay.ledger() if bench.relay else {}
        try:
            told = self.drive(bench)
            self._check(bench, book, told, bench.upstream.records[seen:], before)
        finally:
            if bench.relay and self.hurts:
                bench.relay.clear_account()

    def _prepare(self, bench):
        if self.limit:
            bench.relay.limit(**self.limit.flags)
        else:
            bench.relay.unlimit()
        if self.before:
            self.before(bench)

    def _check(self, bench, book, told, records, before):
        # The ledger is asked first: a row must be there when its client ends, not a moment later.
        rows = {call: row for call, row in bench.relay.ledger().items() if call not in before} if bench.relay else {}
        exchanges = bench.tap.exchanges()
        if bench.relay:
            asked = [record for record in checks.calls(records) if not record["path"].endswith(bench.account.own_calls)]
            assert not (self.refused and asked), "a call that should be refused reached the upstream"
            checks.credentials(records, bench.account)
        pairs = checks.unchanged(records, exchanges, bench.account)
        checks.client_totals(told, pairs)
        if bench.relay:
            checks.call_ids(exchanges, pairs, rows)
            checks.ledger(rows, records, bench.account, book)
            checks.receipts(pairs, rows)
            if self.limit:
                refusals(self.limit, exchanges, pairs, rows)


def scenarios(cache, direct):
    yield from of_sdks(cache, direct)
    yield from of_command_line(direct)
    if not direct:  # these refusals are the relay's own
        python = cache / "venv/bin/python"
        for vendor, account in (("anthropic", "claude-subscription"), ("openai", "codex"), ("google", "code-assist")):
            play = partial(sdk, python, f"{vendor}_sdk.py", "not_own_client")
            yield Scenario(f"{account}/python", play, account, refused=True)


def of_sdks(cache, direct):
    for vendor, account, answered in SDKS:
        for language, program, suffix in (("python", cache / "venv/bin/python", "py"), ("js", "node", "mjs")):
            play = partial(sdk, program, f"{vendor}_sdk.{suffix}")
            for name in answered:
                yield Scenario(f"{vendor}-{language}/{name}", partial(play, name), account)
            yield Scenario(f"{vendor}-{language}/wrong_key", partial(play, "wrong_key"), account, refused=True)
            for name in FAILURES[vendor]:
                yield Scenario(f"{vendor}-{language}/{name}", partial(play, name), account, hurts=True)
            for name, limit in () if direct else LIMITS.items():
                yield limited(f"{vendor}-{language}/{name}", partial(play, limit=limit), account, limit)


def limited(name, play, account, limit):
    before = partial(play, "use_up") if limit.used_up else None
    drive, refused = partial(play, limit.step), limit.step == "limited"
    return Scenario(name, drive, account, refused=refused, limit=limit, before=before)


def of_command_line(direct):
    for account in ("claude", "claude-subscription"):
        for name in ("text", "tool", "resume"):
            yield Scenario(f"{account}/{name}", getattr(claude_code, name), account)
    yield Scenario("claude/wrong_key", claude_code.wrong_key, "claude", refused=True)
    for group, account in (("codex-key", "openai"), ("codex", "codex")):
        for name in ("text", "tool", "function_tool", "resume"):
            yield Scenario(f"{group}/{name}", getattr(codex_cli, name), account)
    yield Scenario("codex-key/wrong_key", codex_cli.wrong_key, "openai", refused=True)
    for account, mode in (("gemini", gemini_cli.API_KEY), ("code-assist", gemini_cli.CODE_ASSIST)):
        for name in ("text", "tool", "resume"):
            yield Scenario(f"{account}/{name}", partial(getattr(gemini_cli, name), mode), account)
        yield Scenario(f"{account}/wrong_key", partial(gemini_cli.wrong_key, mode), account, refused=True)
    for account, model in OPENCODE_MODELS.items():
        for name in ("tool", "resume"):
            yield Scenario(f"opencode-{account}/{name}", partial(getattr(opencode, name), model), account)


def sdk(program, script, scenario, bench, limit=None):
    env = {
        "TEST_URL": bench.url(""),
        "TEST_KEY": bench.key,
        "TEST_NODE_ROOT": str(bench.cache / "npm"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TEST_WORDS": json.dumps({"pong": PONG, "thought": THOUGHT, "overloaded": OVERLOADED}),
        "TEST_LIMIT": json.dumps(limit and limit.for_script),
    }
    code, out, err = processes.run([program, HERE / script, scenario], env, bench.folder)
    assert code == 0, err.strip()
    return json.loads(out.splitlines()[-1])["usage"]
