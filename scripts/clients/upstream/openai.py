"""OpenAI's API: Responses, Chat Completions, embeddings and the list of models."""

import base64
import struct

from . import chat, responses
from .answer import Answer, dumps, ok, tokens_of

API_KEY = "sk-proj-upstream-secret"
MODELS = ["gpt-6.1-sol", "gpt-5.5", "text-embedding-3-small"]
VECTOR = [0.5, -0.25, 0.125]


def answer(request):
    if request.headers.get("authorization") != f"Bearer {API_KEY}":
        return error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
    if (request.method, request.path) == ("GET", "/v1/models"):
        data = [{"id": name, "object": "model", "created": 1780000000, "owned_by": "openai"} for name in MODELS]
        return ok({"object": "list", "data": data})
    if request.method == "POST" and request.path in CALLS:
        return CALLS[request.path](request.next_call(), request.json())
    return error(404, "invalid_request_error", None, f"Invalid URL ({request.method} {request.path})")


def error(status, kind, code, message):
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return Answer(status, dumps(body).encode(), headers={"x-request-id": "req_carpool"})


def embed(call, request):
    texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
    vector = VECTOR
    if request.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack(f"<{len(VECTOR)}f", *VECTOR)).decode()
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(len(texts))]
    tokens = tokens_of(call, "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning")
    usage = {"prompt_tokens": tokens["input"], "total_tokens": tokens["input"]}
    body = {"object": "list", "data": data, "model": request["model"], "usage": usage}
    # The ledger knows these calls by the dialect that they are listed with.
    return Answer(200, dumps(body).encode(), dialect="chat", model=request["model"], tokens=tokens)


CALLS = {"/v1/responses": responses.compose, "/v1/chat/completions": chat.compose, "/v1/embeddings": embed}
