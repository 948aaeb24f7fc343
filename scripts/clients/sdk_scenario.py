"""What the scenarios with Python SDKs share. Each script runs one: `NAME_sdk.py SCENARIO`, address and key in the
environment; it prints {"usage": totals} as the SDK saw them, or fails and says why."""

import json
import os
import re
import sys

URL, KEY = os.environ["TEST_URL"], os.environ["TEST_KEY"]
WRONG_KEY = "cr_" + "0" * 64
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
# What the key is limited to, where it is: the status and the text of a refusal, and how often to try again.
LIMIT = json.loads(os.environ["TEST_LIMIT"])
usage = {}


def count(**tokens):
    for name, tally in tokens.items():
        usage[name] = usage.get(name, 0) + (tally or 0)


def expect(found, wanted):
    assert found == wanted, f"expected {wanted!r}, found {found!r}"


def raised(kind, call):
    try:
        result = call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}, got {result!r}")


def refusal(kind, call):
    """The call's error, which is of this very class."""
    error = raised(kind, call)
    expect(type(error), kind)
    return error


def expect_limit(status, text):
    expect(status, LIMIT["status"])
    assert re.search(LIMIT["text"], text), f"expected {LIMIT['text']!r}, found {text!r}"


def run(scenarios, answered, client, credentials):
    """Plays the scenario that was asked for. What is answered is asked with every credential; what fails, once."""
    scenario = scenarios[sys.argv[1]]
    for form in credentials if scenario in answered else list(credentials)[:1]:
        try:
            scenario(client(**credentials[form]))
        except Exception as error:
            sys.exit(f"{type(error).__name__}: {error} (with the key as {form})")
    print(json.dumps({"usage": usage}))
