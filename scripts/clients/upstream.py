"""A pretend Anthropic Messages API on loopback.

It speaks enough of the real one for the real clients to be content, decides what to answer from marker words in the
prompt (see `compose`), and remembers every request. A request is recorded before its answer is sent, so whoever saw a
call end can already read its record.
"""

import gzip
import hashlib
import json
import re
import threading
import time
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API_KEY = "sk-ant-api03-upstream-secret"
SETUP_TOKEN = "sk-ant-oat01-upstream-setup-token"
OAUTH_BETA = "oauth-2025-04-20"
OVERLOADED = "Overloaded: carpool test 529 — please wait"
SIGNATURE = "RXFRQmNhcnBvb2wtc2lnbmF0dXJl"
TOOL_COMMAND = "echo carpool-tool-ok"
MODELS = ["claude-sonnet-5-5", "claude-sonnet-4-5", "claude-haiku-4-5"]


def usage_of(call):
    """Token counts of the n-th call: no two fields and no two calls agree, so swapped fields, or a call lost and
    another counted twice, cannot cancel out."""
    five_minutes, one_hour = 2000 + 3 * call, 4000 + 5 * call
    return {
        "input_tokens": 1000 + call,
        "cache_creation_input_tokens": five_minutes + one_hour,
        "cache_read_input_tokens": 20000 + 7 * call,
        "cache_creation": {"ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": one_hour},
        "output_tokens": 100 + 11 * call,
        "service_tier": "standard",
    }


@dataclass
class Answer:
    status: int
    body: bytes
    stream: bool = False
    cut: bool = False  # close the connection in mid-body instead of ending it
    usage: dict | None = None  # what this answer told its reader to count
    complete: bool = True  # a model's answer that reached its end
    headers: dict = field(default_factory=dict)


def error(status, kind, message, retry=False):
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_carpool"}
    headers = {"x-should-retry": "true" if retry else "false"}
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), headers=headers)


def blocks_text(content, kind="text"):
    """The text of a message's content; with kind="tool_result" the text inside its tool results."""
    if isinstance(content, str):
        return content if kind == "text" else ""
    parts = [block for block in content or [] if block.get("type") == kind]
    if kind == "text":
        return "\n".join(part["text"] for part in parts)
    return "\n".join(blocks_text(part.get("content")) for part in parts)


def tool_input(tool):
    if tool["name"] == "Bash":
        return {"command": TOOL_COMMAND, "description": "Say that the tool works"}
    return {name: "Göteborg" for name in tool["input_schema"]["properties"]}


def wanted_tool(prompt, tools):
    name = "Bash" if "TOOLTURN" in prompt else None
    if match := re.search(r"use the tool (\w+)", prompt):
        name = match[1]
    return next((tool for tool in tools if tool.get("name") == name), None)


def altered_signature(messages):
    for message in messages:
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block.get("type") == "thinking" and block.get("signature") != SIGNATURE:
                return True
    return False


def events_of(message):
    """The SSE events of a finished message, as the real API cuts them: the final delta repeats the cumulative input
    counts but not the 5 m / 1 h split."""
    usage = message["usage"]
    head = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield "message_start", {"message": head}
    for index, block in enumerate(message["content"]):
        if block["type"] == "thinking":
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": part} for part in re.findall(r"\S+\s*", block["thinking"])]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        elif block["type"] == "tool_use":
            empty = {**block, "input": {}}
            text = json.dumps(block["input"], ensure_ascii=False)
            parts = [""] + [text[at : at + 7] for at in range(0, len(text), 7)]
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
        else:
            empty = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": part} for part in re.findall(r"\S+\s*", block["text"])]
        yield "content_block_start", {"index": index, "content_block": empty}
        if index == 0:
            yield "ping", {}
        for delta in deltas:
            yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    cumulative = {name: usage[name] for name in usage if name not in ("cache_creation", "service_tier")}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"delta": stop, "usage": cumulative}
    yield "message_stop", {}


def sse(events):
    return "".join(
        f"event: {name}\ndata: {json.dumps({'type': name, **data}, ensure_ascii=False)}\n\n" for name, data in events
    ).encode()


def compose(call, request):
    """The answer to POST /v1/messages. Marker words in the last user message choose it:
    OVERLOADED, STREAMERROR, CUTSTREAM; TOOLTURN (calls Bash) or "use the tool NAME"; otherwise plain text."""
    if altered_signature(request["messages"]):
        return error(400, "invalid_request_error", "Invalid `signature` in `thinking` block")
    last = [message for message in request["messages"] if message["role"] == "user"][-1]
    prompt, tool_output = blocks_text(last["content"]), blocks_text(last["content"], "tool_result")
    if "OVERLOADED" in prompt:
        return error(529, "overloaded_error", OVERLOADED, retry=True)

    content = []
    if request.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        content.append({"type": "thinking", "thinking": "Let me think — réfléchir.", "signature": SIGNATURE})
    tool = None if tool_output else wanted_tool(prompt, request.get("tools", []))
    if tool:
        content.append({"type": "text", "text": f"I will call {tool['name']}."})
        content.append({"type": "tool_use", "id": f"toolu_{call:08}", "name": tool["name"], "input": tool_input(tool)})
    else:
        text = f"The tool said: {tool_output}" if tool_output else "Pong — ça marche, 好."
        content.append({"type": "text", "text": text})
    message = {
        "id": f"msg_{call:08}", "type": "message", "role": "assistant", "model": request["model"], "content": content,
        "stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None, "usage": usage_of(call),
    }  # fmt: skip
    if not request.get("stream"):
        return Answer(200, json.dumps(message, ensure_ascii=False).encode(), usage=message["usage"])

    events = list(events_of(message))
    broken = "CUTSTREAM" in prompt or "STREAMERROR" in prompt
    if not broken:
        return Answer(200, sse(events), stream=True, usage=message["usage"])
    # Neither of these reaches the final delta: the reader was told only the counts of message_start.
    partial = events[: len(events) // 2]
    if "STREAMERROR" in prompt:
        partial.append(("error", {"error": {"type": "overloaded_error", "message": OVERLOADED}}))
    told = {**message["usage"], "output_tokens": 1}
    return Answer(200, sse(partial), stream=True, cut="CUTSTREAM" in prompt, usage=told, complete=False)


def model_list():
    data = [
        {
            "type": "model",
            "id": name,
            "display_name": name.replace("-", " ").title(),
            "created_at": "2026-02-01T00:00:00Z",
            "lifecycle": "active",
        }
        for name in MODELS
    ]
    body = {"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}
    return Answer(200, json.dumps(body).encode())


def refusal(headers):
    """Why these credentials are not good, or None. The current SDKs send an API key as Bearer, so that is good too."""
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    if bearer == SETUP_TOKEN:
        if OAUTH_BETA in headers.get("anthropic-beta", ""):
            return None
        return error(401, "authentication_error", "OAuth authentication is currently not supported.")
    if API_KEY in (headers.get("x-api-key"), bearer):
        return None
    return error(401, "authentication_error", "invalid x-api-key")


class Upstream:
    """The server and its memory; `records` also goes to a JSONL file, one line a request."""

    def __init__(self, log_path):
        self.records = []
        self._log = open(log_path, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._calls = 0
        handler = type("BoundHandler", (Handler,), {"upstream": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, method, path, headers, body):
        bare = path.partition("?")[0]
        request = json.loads(body) if body else None
        if denied := refusal(headers):
            return denied
        if method == "GET" and bare == "/v1/models":
            return model_list()
        if method == "POST" and bare == "/v1/messages/count_tokens":
            return Answer(200, b'{"input_tokens": 4242}')
        if method == "POST" and bare == "/v1/messages":
            with self._lock:
                self._calls += 1
                call = self._calls
            return compose(call, request)
        return error(404, "not_found_error", f"no such path: {bare}")

    def record(self, method, path, headers, body, answer):
        entry = {
            "method": method, "path": path, "headers": headers, "body": body.decode("utf-8", "replace"),
            "body_sha256": hashlib.sha256(body).hexdigest(), "status": answer.status, "stream": answer.stream,
            "complete": answer.complete, "usage": answer.usage,
            "answer_sha256": hashlib.sha256(answer.body).hexdigest(),
        }  # fmt: skip
        with self._lock:
            self.records.append(entry)
            self._log.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._log.flush()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._log.close()


def gzipped(answer):
    if not answer.stream:
        return gzip.compress(answer.body)
    # One flush an event, so that a reader can follow the stream while it grows.
    packer = zlib.compressobj(wbits=31)
    events = [event + b"\n\n" for event in answer.body.split(b"\n\n") if event]
    return b"".join(packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in events) + packer.flush()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: Upstream

    def handle_call(self):
        body = self._read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.upstream.answer(self.command, self.path, headers, body)
        # Clients ask for gzip on every call; the marker header keeps the other scenarios' logs readable.
        if "x-test-gzip" in headers and "gzip" in headers.get("accept-encoding", ""):
            answer.body = gzipped(answer)
            answer.headers["content-encoding"] = "gzip"
        self.upstream.record(self.command, self.path, headers, body, answer)
        self._send(answer)

    do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = do_DELETE = handle_call

    def _read_body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, answer):
        self.send_response(answer.status)
        self.send_header("request-id", "req_carpool")
        self.send_header("anthropic-organization-id", "00000000-0000-4000-8000-000000000000")
        self.send_header("content-type", "text/event-stream; charset=utf-8" if answer.stream else "application/json")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not answer.stream:
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            return
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        # An odd chunk size splits events, and characters of several bytes, between reads.
        for at in range(0, len(answer.body), 61):
            part = answer.body[at : at + 61]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if answer.cut:
            time.sleep(0.3)  # let the first bytes reach the client: a cut before them may be retried
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """Quiet: `record` is the log."""
