"""A wire tap between the clients and the relay: it passes bytes on unchanged and keeps them.

It is the only witness of what a client really sent and got, so that "the body goes upstream byte for byte and the
answer comes back byte for byte" can be checked for clients whose insides we cannot reach, such as Claude Code.
"""

import socket
import threading
from dataclasses import dataclass


@dataclass
class Message:
    start: str
    headers: dict  # lower-case names
    body: bytes
    ended: bool  # False when the connection broke off inside the body


def parse(raw, bodiless=lambda index: False):
    """The HTTP/1.1 messages in one direction of a connection; `bodiless(i)` names answers to HEAD."""
    messages, raw = [], bytes(raw)
    while raw:
        head, found, raw = raw.partition(b"\r\n\r\n")
        if not found:
            break
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for name, _, value in (line.partition(":") for line in lines):
            name = name.lower()
            headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
        body, ended = b"", True
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body, ended, raw = dechunked(raw)
        elif not bodiless(len(messages)):
            length = int(headers.get("content-length", 0))
            body, raw = raw[:length], raw[length:]
            ended = len(body) == length
        messages.append(Message(start, headers, body, ended))
    return messages


def dechunked(raw):
    """(body, whether its last chunk came, what follows)"""
    body = b""
    while True:
        line, found, rest = raw.partition(b"\r\n")
        if not found:
            return body, False, b""
        size = int(line.partition(b";")[0], 16)
        body += rest[:size]
        if len(rest) < size + 2:
            return body, False, b""
        raw = rest[size + 2 :]
        if size == 0:
            return body, True, raw


class Tap:
    def __init__(self, target_port):
        self._target = ("127.0.0.1", target_port)
        self._connections = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def exchanges(self):
        """[(request, answer or None)] of every connection since the last call."""
        pairs, seen = [], self._connections[:]
        del self._connections[: len(seen)]
        for sent, got in seen:
            requests = parse(sent)
            answers = parse(got, lambda index, requests=requests: requests[index].start.startswith("HEAD "))
            answers += [None] * (len(requests) - len(answers))
            pairs += zip(requests, answers)
        return pairs

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(self._target)
            sent, got = bytearray(), bytearray()
            self._connections.append((sent, got))
            for source, sink, copy in ((client, server, sent), (server, client, got)):
                threading.Thread(target=pump, args=(source, sink, copy), daemon=True).start()


def pump(source, sink, copy):
    """One direction, until its end or an abort; kept before it is passed on, so a client never outruns its record."""
    try:
        while data := source.recv(65536):
            copy += data
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
