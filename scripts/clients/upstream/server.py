"""The server of the pretend providers, and its memory of every request.

A request is recorded before its answer is sent, so whoever saw a call end can already read its record.
"""

import gzip
import hashlib
import json
import threading
import time
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .answer import Request


# How long a stream pauses that is to be under way while other calls are made; those take milliseconds.
PAUSE = 3
PIECE = 61


class Upstream:
    """One provider. `answer` is its format; `rename` turns a client's path into the provider's, where no relay does.
    `records` also goes to a JSONL file, one line a request."""

    def __init__(self, log_path, answer, rename):
        self.records = []
        self._answer, self._rename = answer, rename
        self._log = open(log_path, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._calls = 0
        handler = type("BoundHandler", (Handler,), {"upstream": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def handle(self, method, target, headers, body):
        target = self._rename(target)
        path, _, query = target.partition("?")
        request = Request(method, path, dict(urllib.parse.parse_qsl(query)), headers, body, self._next_call)
        answer = self._answer(request)
        answer.held = b"HOLDSTREAM" in body
        # Clients ask for gzip on every call; the marker header keeps the other scenarios' logs readable.
        if "x-test-gzip" in headers and "gzip" in headers.get("accept-encoding", ""):
            answer.body = gzipped(answer)
            answer.headers["content-encoding"] = "gzip"
        self._record(method, target, headers, body, answer)
        return answer

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._log.close()

    def _next_call(self):
        with self._lock:
            self._calls += 1
            return self._calls

    def _record(self, method, target, headers, body, answer):
        entry = {
            "method": method, "path": target, "headers": headers, "body": body.decode("utf-8", "replace"),
            "body_sha256": hashlib.sha256(body).hexdigest(), "status": answer.status, "stream": answer.stream,
            "complete": answer.complete, "dialect": answer.dialect, "model": answer.model, "tokens": answer.tokens,
            "answer": answer.body.decode("utf-8", "replace"), "answer_sha256": hashlib.sha256(answer.body).hexdigest(),
        }  # fmt: skip
        with self._lock:
            self.records.append(entry)
            self._log.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._log.flush()


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
        self._send(self.upstream.handle(self.command, self.path, headers, body))

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
        half = len(answer.body) // 2 // PIECE * PIECE
        for at in range(0, len(answer.body), PIECE):
            if answer.held and at == half:
                time.sleep(PAUSE)
            part = answer.body[at : at + PIECE]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if answer.cut:
            time.sleep(0.3)  # let the first bytes reach the client: a cut before them may be retried
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """Quiet: `records` is the log."""
