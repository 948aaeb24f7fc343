"""Runs the scenarios and says how each went; `run` prepares what this needs."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import checks
from bench import Bench
from scenarios import scenarios

HERE = Path(__file__).resolve().parent
PRICES = HERE.parents[1] / "src-tauri/relay-core/data/model_prices.json"


def chosen(name, only):
    return not only or any(name == wanted or name.startswith(f"{wanted}/") for wanted in only)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/clients/run", description="Drives real clients through the relay.")
    parser.add_argument("--only", action="append", metavar="NAME", help="a scenario (codex/tool) or a group (codex)")
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
        began = time.monotonic()
        try:
            step()
        except Exception as error:  # whatever went wrong, the other scenarios are still worth running
            failed += 1
            why = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"FAIL {name}: {why}", flush=True)
        else:
            passed += 1
            print(f"ok   {name} ({time.monotonic() - began:.1f} s)", flush=True)

    def play(scenario):
        if scenario.account not in benches:
            home = Path(tempfile.mkdtemp(prefix=f"{scenario.account}-", dir=folder))
            benches[scenario.account] = Bench(home, cache, program, scenario.account)
        scenario.play(benches[scenario.account], book)

    try:
        for scenario in wanted:
            attempt(scenario.name, partial(play, scenario))
    finally:
        for account, bench in benches.items():
            attempt(f"{account}/stop", bench.close)
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
