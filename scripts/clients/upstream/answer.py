"""What the formats share: a request, an answer, what a pretend model says, and how many tokens that cost.

Marker words in the prompt choose the answer: OVERLOADED, STREAMERROR, CUTSTREAM, HOLDSTREAM (pauses halfway);
TOOLTURN (calls the client's own shell) or "use the tool NAME"; otherwise it is plain text.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

OVERLOADED = "Overloaded: carpool test 529 — please wait"
PONG = "Pong — ça marche, 好."
THOUGHT = "Let me think — réfléchir."
TOOL_OUTPUT = "carpool-tool-ok"
TOOL_COMMAND = f"echo {TOOL_OUTPUT}"

# The clients' own tools that run a command.
SHELLS = ("Bash", "bash", "run_shell_command", "exec_command", "shell_command")


@dataclass
class Request:
    method: str
    path: str  # without the query
    query: dict
    headers: dict  # lower-case names
    raw: bytes
    next_call: Callable[[], int]  # the number of this call, once it is known to be one that is counted

    def json(self):
        return json.loads(self.raw) if self.raw else {}


@dataclass
class Answer:
    status: int
    body: bytes
    stream: bool = False
    cut: bool = False  # close the connection in mid-body instead of ending it
    held: bool = False  # pause in mid-body, so that other calls can be made meanwhile
    dialect: str = ""  # of a model's answer, as the ledger names it
    model: str = ""
    tokens: dict | None = None  # what this answer told its reader to count, as the ledger counts
    complete: bool = True  # a model's answer that reached its end
    headers: dict = field(default_factory=dict)


@dataclass
class Said:
    """What the model says: a text, or a text and a call of a tool."""

    text: str
    tool: str | None = None
    arguments: dict = field(default_factory=dict)


def tokens_of(call, *absent):
    """Token counts of the n-th call, disjoint as in the ledger: no two fields and no two calls agree, so swapped
    fields, or a call lost and another counted twice, cannot cancel out. A format has none of its `absent` fields."""
    counts = {
        "input": 1000 + call,
        "cache_read": 20000 + 7 * call,
        "cache_write_5m": 2000 + 3 * call,
        "cache_write_1h": 4000 + 5 * call,
        "output": 100 + 11 * call,
        "reasoning": 30 + 2 * call,
    }
    return {name: 0 if name in absent else count for name, count in counts.items()}


def say(prompt, tool_output, tools):
    """`tools` has the properties of each tool's arguments by its name."""
    if tool_output:
        return Said(f"The tool said: {tool_output}")
    name = wanted_tool(prompt, tools)
    if not name:
        return Said(PONG)
    return Said(f"I will call {name}.", name, arguments(name, tools[name]))


def wanted_tool(prompt, tools):
    if match := re.search(r"use the tool (\w+)", prompt):
        return match[1] if match[1] in tools else None
    return next((name for name in SHELLS if name in tools), None) if "TOOLTURN" in prompt else None


def arguments(name, properties):
    if name not in SHELLS:
        return {each: "Göteborg" for each in properties}
    wanted = {"command": TOOL_COMMAND, "cmd": TOOL_COMMAND, "description": "Say that the tool works"}
    return {each: text for each, text in wanted.items() if each in properties}


def pieces(text):
    """A text as a stream brings it: word by word."""
    return re.findall(r"\S+\s*", text)


def slices(text, size=7):
    """Arguments as a stream brings them: cut anywhere."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def dumps(value):
    return json.dumps(value, ensure_ascii=False)


def ok(value):
    return Answer(200, dumps(value).encode())


def sse(events):
    """Named events, whose data repeat the name as their type."""
    return "".join(f"event: {name}\ndata: {dumps({'type': name, **data})}\n\n" for name, data in events).encode()


def unnamed_sse(values, end=""):
    return ("".join(f"data: {dumps(value)}\n\n" for value in values) + end).encode()
