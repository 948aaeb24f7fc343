"""Runs the scenarios and says how each went; `run` prepares what this needs."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import checks
import claude_code
import processes
from relay import Relay
from tap import Tap
from upstream import API_KEY, OVERLOADED, SETUP_TOKEN, Upstream

HERE = Path(__file__).resolve().parent
PRICES = HERE.parents[1] / "src-tauri/relay-core/data/model_prices.json"


class Bench:
    """One upstream, one relay in front of it (none in direct mode) and a tap in front of that, which clients call."""

    def __init__(self, folder, cache, program, subscription):
        self.folder, self.cache, self.subscription = folder, cache, subscription
        self.upstream = Upstream(folder / "upstream.jsonl")
        self.relay, self.prefix = None, ""
        self.key = SETUP_TOKEN if subscription else API_KEY
        # Without a relay Claude Code has to know by itself that it holds a subscription's token.
        self.claude_key_variable = "CLAUDE_CODE_OAUTH_TOKEN" if subscription else "ANTHROPIC_AUTH_TOKEN"
        if program:
            self.relay, self.prefix = Relay(program, folder), "/api"
            try:
                self.relay.add_account(self.key, f"http://127.0.0.1:{self.upstream.port}")
                self.key, self.claude_key_variable = self.relay.new_key(), "ANTHROPIC_AUTH_TOKEN"
            except BaseException:
                self.relay.stop()
                raise
        self.tap = Tap(self.relay.port if self.relay else self.upstream.port)
        self.base_url = f"http://127.0.0.1:{self.tap.port}{self.prefix}"

    def close(self):
        self.tap.close()
        code = self.relay.stop() if self.relay else 0
        self.upstream.close()
        assert code == 0, f"carpool serve ended with {code} on SIGTERM"


@dataclass
class Scenario:
    name: str
    drive: Callable[[Bench], dict]  # returns the token totals that the client saw
    subscription: bool = False
    refused: bool = False  # the relay must say no by itself: nothing may reach the upstream
    hurts: bool = False  # leaves the account cooling down

    def play(self, bench, book):
        bench.tap.exchanges()
        seen, before = len(bench.upstream.records), bench.relay.ledger() if bench.relay else {}
        try:
            told = self.drive(bench)
            self._check(bench, book, told, bench.upstream.records[seen:], before)
        finally:
            if bench.relay and self.hurts:
                bench.relay.clear_account()

    def _check(self, bench, book, told, records, before):
        # The ledger is asked first: a row must be there when its client ends, not a moment later.
        rows = {call: row for call, row in bench.relay.ledger().items() if call not in before} if bench.relay else {}
        exchanges = bench.tap.exchanges()
        if bench.relay:
            assert not (self.refused and checks.calls(records)), "a call that should be refused reached the upstream"
            checks.credentials(records, self.subscription)
        checks.client_totals(told, records)
        pairs = checks.unchanged(records, exchanges, bench.prefix, self.subscription)
        if bench.relay:
            checks.call_ids(exchanges, pairs, rows)
            checks.ledger(rows, records, book)


def sdk(program, script, scenario, bench):
    env = {
        "TEST_BASE_URL": bench.base_url,
        "TEST_KEY": bench.key,
        "TEST_OVERLOADED": OVERLOADED,
        "TEST_NODE_ROOT": str(bench.cache / "npm"),
    }
    code, out, err = processes.run([program, HERE / script, scenario], env, bench.folder)
    assert code == 0, err.strip()
    return json.loads(out.splitlines()[-1])["usage"]


def scenarios(cache, direct):
    clients = {
        "python": partial(sdk, cache / "venv/bin/python", "python_sdk.py"),
        "js": partial(sdk, "node", "js_sdk.mjs"),
    }
    for client, play in clients.items():
        for name in ("text", "stream", "tools", "thinking", "count_tokens", "models", "gzip"):
            yield Scenario(f"{client}/{name}", partial(play, name))
        yield Scenario(f"{client}/wrong_key", partial(play, "wrong_key"), refused=True)
        for name in ("cut", "stream_error", "overloaded"):
            yield Scenario(f"{client}/{name}", partial(play, name), hurts=True)
    for name in ("text", "tool", "resume"):
        yield Scenario(f"claude/{name}", getattr(claude_code, name))
    yield Scenario("claude/wrong_key", claude_code.wrong_key, refused=True)
    for name in ("text", "tool", "resume"):
        yield Scenario(f"subscription/claude_{name}", getattr(claude_code, name), subscription=True)
    if not direct:  # this refusal is the relay's own
        play = partial(clients["python"], "not_claude_code")
        yield Scenario("subscription/python", play, subscription=True, refused=True)


def chosen(name, only):
    return not only or any(name == wanted or name.startswith(f"{wanted}/") for wanted in only)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/clients/run", description="Drives real clients through the relay.")
    parser.add_argument("--only", action="append", metavar="NAME", help="a scenario (python/text) or a group (python)")
    parser.add_argument("--keep", action="store_true", help="leave the data and logs of this run in place")
    parser.add_argument("--direct", action="store_true", help="without a relay: tests the pretend upstream itself")
    return parser.parse_args()


def main():
    options = arguments()
    cache, program = Path(os.environ["CLIENTS_CACHE"]), None if options.direct else os.environ["CARPOOL_BIN"]
    wanted = [scenario for scenario in scenarios(cache, options.direct) if chosen(scenario.name, options.only)]
    if not wanted:
        sys.exit(f"no scenario is called {' or '.join(options.only)}")
    folder, book = Path(tempfile.mkdtemp(prefix="carpool-clients-")), checks.price_book(PRICES)
    benches, passed, failed = {}, 0, 0

    def attempt(name, step):
        nonlocal passed, failed
        try:
            step()
        except Exception as error:  # whatever went wrong, the other scenarios are still worth running
            failed += 1
            why = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"FAIL {name}: {why}", flush=True)
        else:
            passed += 1
            print(f"ok   {name}", flush=True)

    def play(scenario):
        kind = "subscription" if scenario.subscription else "api_key"
        if kind not in benches:
            home = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=folder))
            benches[kind] = Bench(home, cache, program, scenario.subscription)
        scenario.play(benches[kind], book)

    try:
        for scenario in wanted:
            attempt(scenario.name, partial(play, scenario))
    finally:
        for kind, bench in benches.items():
            attempt(f"{kind}/stop", bench.close)
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
