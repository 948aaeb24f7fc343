"""Scenarios with the real Gemini CLI, by API key or in Code Assist mode. Each returns the token totals it reported."""

import json
import re
from dataclasses import dataclass
from functools import partial

import processes
from turns import checked_conversation, said
from upstream.answer import PONG, TOOL_OUTPUT


@dataclass(frozen=True)
class Mode:
    """How the CLI is told where to call, and with what."""

    selected: str
    address_variable: str
    key_variable: str
    more: tuple = ()


API_KEY = Mode("gemini-api-key", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY")
CODE_ASSIST = Mode(
    "oauth-personal", "CODE_ASSIST_ENDPOINT", "GOOGLE_CLOUD_ACCESS_TOKEN", (("GOOGLE_GENAI_USE_GCA", "true"),)
)


def home(bench, mode):
    """A folder of its own for one scenario, set up as friends do it."""
    folder = bench.new_folder("gemini")
    settings = {
        "security": {"auth": {"selectedType": mode.selected}},
        "general": {"enableAutoUpdate": False},
        "privacy": {"usageStatisticsEnabled": False},
    }
    (folder / ".gemini").mkdir()
    (folder / ".gemini/settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def run(bench, mode, folder, prompt, *options, key=None):
    """(exit code, what it printed); no model is named, so that its defaults are what is tested."""
    env = {
        **dict(mode.more),
        mode.address_variable: bench.url("/gemini"),
        mode.key_variable: key or bench.key,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "TERM": "xterm-256color",
    }
    program = bench.cache / "npm/node_modules/.bin/gemini"
    command = [program, "--skip-trust", "--output-format", "json", *options, "--prompt", prompt]
    code, out, err = processes.run(command, env, bench.work_folder())
    return code, out + err


def ask(*arguments):
    """The CLI's JSON verdict, which may stand between other lines."""
    code, printed = run(*arguments)
    begin = printed.find('{\n  "session_id"')
    assert code == 0 and begin >= 0, f"the Gemini CLI exited {code} and printed {printed[-600:]!r}"
    return json.JSONDecoder().raw_decode(printed[begin:])[0]


def totals(*verdicts):
    models = [model["tokens"] for verdict in verdicts for model in verdict["stats"]["models"].values()]
    return {
        "input": sum(model["prompt"] - model["cached"] for model in models),
        "cache_read": sum(model["cached"] for model in models),
        "output": sum(model["candidates"] + model["thoughts"] for model in models),
        "reasoning": sum(model["thoughts"] for model in models),
    }


def text(mode, bench):
    verdict = ask(bench, mode, home(bench, mode), "Say pong.")
    said(verdict["response"], PONG)
    return totals(verdict)


def tool(mode, bench):
    """The upstream asks for a command; what it printed can only come back as the output of the call."""
    verdict = ask(bench, mode, home(bench, mode), "TOOLTURN", "--yolo")
    said(verdict["response"], "The tool said: ", TOOL_OUTPUT)
    return totals(verdict)


def resume(mode, bench):
    """Three processes, one session: by its id, then as the latest one of this folder."""
    folder = home(bench, mode)
    first = ask(bench, mode, folder, "Remember the word marmalade.")
    again = partial(ask, bench, mode, folder)
    second = again("Which word?", "--resume", first["session_id"])
    third = again("And once more?", "--resume", "latest")
    for verdict in (first, second, third):
        said(verdict["response"], PONG)
    asked = [json.loads(record["body"]) for record in bench.upstream.records if "streamGenerate" in record["path"]][-1]
    contents = asked.get("request", asked)["contents"]
    checked_conversation(["\n".join(part.get("text", "") for part in turn["parts"]) for turn in contents])
    return totals(first, second, third)


def wrong_key(mode, bench):
    code, printed = run(bench, mode, home(bench, mode), "Say pong.", key="cr_" + "0" * 64)
    assert code != 0, f"exit code {code}: {printed[-600:]!r}"
    # Google itself answers 400 to a wrong API key, the relay 401.
    assert re.search(r"\b40[01]\b", printed), printed[-600:]
    return {}
