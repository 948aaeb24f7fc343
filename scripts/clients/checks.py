"""What must hold after every scenario: comparisons of what the client sent and got (tap), what the upstream saw and
counted (records) and what the relay wrote down (ledger rows)."""

import hashlib
import json
import re
from collections import Counter
from decimal import Decimal

# Headers a relay has to change: credentials, and those that concern one connection only.
CREDENTIAL_HEADERS = {"authorization", "x-api-key", "x-goog-api-key", "api-key"}
HOP_HEADERS = {"host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}
TOKEN_FIELDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning")


def client_totals(told, pairs):
    """The client's own sum equals the upstream's, over the answers that were complete and told it their usage. It
    compares what the client tells: some do not tell reasoning, or how long a cache entry lives."""
    counted = dict.fromkeys(TOKEN_FIELDS, 0)
    for record, request, _ in pairs:
        if record["tokens"] and record["complete"] and not is_unasked(record, request):
            counted = {name: counted[name] + count for name, count in record["tokens"].items()}
    counted["cache_write"] = counted["cache_write_5m"] + counted["cache_write_1h"]
    wanted = {name: counted[name] for name in told}
    assert told == wanted, f"the client counted {told}, the upstream {wanted}"


def credentials(records, account):
    for record in records:
        leak = re.search(r"cr_[0-9a-f]{64}", json.dumps(record))
        assert not leak, f"a client key reached the upstream on {record['path']}"
        if record["path"].endswith("/oauth/token"):
            continue
        headers = record["headers"]
        assert account.is_signed(headers), (
            f"credentials upstream on {record['path']}: {sorted(CREDENTIAL_HEADERS & headers.keys())}"
        )
        if account.added_beta:
            assert account.added_beta in betas(headers), f"no {account.added_beta} on {record['path']}"


def betas(headers):
    return {name.strip() for name in headers.get("anthropic-beta", "").split(",")} - {""}


def calls(records):
    """Only clients' calls: a relay may also ask the upstream on its own (models, usage), with GET."""
    return [record for record in records if record["method"] == "POST"]


def sha256(body):
    return hashlib.sha256(body).hexdigest()


def unchanged(records, exchanges, account):
    """Each call upstream is one that the client made, byte for byte, and so is its answer. Returns (record, request,
    answer) of each."""
    left, pairs = list(exchanges), []
    for record in calls(records):
        matches = [pair for pair in left if same_request(record, pair[0], account)]
        if not matches and record["path"].endswith(account.own_calls):
            continue  # the relay's own
        assert matches, f"the upstream saw a {record['path']} that no client sent with this path and body"
        # A client may send the same body twice; the answers tell the two apart.
        told_apart = (pair for pair in matches if pair[1] and sha256(pair[1].body) == record["answer_sha256"])
        match = next(told_apart, matches[0])
        left.remove(match)
        pairs.append((record, *match))
        same_headers(match[0].headers, record["headers"], account)
        if record["status"] == 200:
            same_answer(record, *match)
    return pairs


def same_request(record, request, account):
    method, target, _ = request.start.split(" ")
    if (method, account.rename(target)) != (record["method"], record["path"]):
        return False
    if sha256(request.body) == record["body_sha256"]:
        return True
    # The one change: a stream that did not ask for its usage is made to tell it.
    return is_unasked(record, request) and json.loads(record["body"]) == {
        **json.loads(request.body),
        "stream_options": {**(json.loads(request.body).get("stream_options") or {}), "include_usage": True},
    }


def is_unasked(record, request):
    """Whether this is a Chat Completions stream whose caller did not ask for usage."""
    if not record["path"].endswith("/chat/completions"):
        return False
    asked = json.loads(request.body)
    return bool(asked.get("stream")) and not (asked.get("stream_options") or {}).get("include_usage")


def same_headers(sent, seen, account):
    ignored = CREDENTIAL_HEADERS | HOP_HEADERS | account.added_headers
    if account.added_beta:
        wanted, found = betas(sent) | {account.added_beta}, betas(seen)
        assert found == wanted, f"anthropic-beta lost {wanted - found}, gained {found - wanted}"
        ignored = ignored | {"anthropic-beta"}
    sent = {name: value for name, value in sent.items() if name not in ignored}
    seen = {name: value for name, value in seen.items() if name not in ignored}
    changed = {name: (sent.get(name), seen.get(name)) for name in sent | seen if sent.get(name) != seen.get(name)}
    assert not changed, f"headers changed on the way (sent, seen upstream): {changed}"


def same_answer(record, request, answer):
    assert answer, f"no answer to {record['path']} reached the client"
    if not record["complete"]:
        return
    if is_unasked(record, request):
        same = answer.body.decode() == without_usage_chunk(record["answer"])
    else:
        same = sha256(answer.body) == record["answer_sha256"]
    # Codex closes as soon as it has read the last event, maybe before the end of the chunked body.
    assert answer.ended or record["dialect"] == "responses", f"the answer to {record['path']} broke off before its end"
    assert same, f"the answer to {record['path']} changed: {answer.body[:200]!r}"


def without_usage_chunk(stream):
    return re.sub(r'data: \{[^\n]*"choices": \[\], "usage": [^\n]*\n\n', "", stream)


def call_ids(exchanges, pairs, rows):
    """Every answer names its call; a call that went upstream has its row by the time its client has ended."""
    for request, answer in exchanges:
        assert answer and "x-carpool-call" in answer.headers, f"no x-carpool-call on the answer to {request.start}"
    for record, _, answer in pairs:
        assert answer.headers["x-carpool-call"] in rows, f"no ledger row for the answer to {record['path']}"


def cost(book, provider, model, tokens):
    """Pico-dollars from the price book, exactly; None for a model it does not know. Our prompts stay below every
    price tier, and nothing asks for a fast or regional surcharge. Reasoning is part of the output."""
    # Of Google's models the book also has the prices at another of its products.
    price = book.get(f"gemini/{model}" if provider in ("gemini", "code-assist") else model)
    if not price:
        return None
    per_token = {
        "input": price["input_cost_per_token"],
        "cache_read": price.get("cache_read_input_token_cost", 0),
        "cache_write_5m": price.get("cache_creation_input_token_cost", 0),
        "cache_write_1h": price.get("cache_creation_input_token_cost_above_1hr", 0),
        "output": price["output_cost_per_token"],
    }
    total = sum(tokens[name] * Decimal(each) for name, each in per_token.items()) * 10**12
    assert total == int(total), f"{model} does not cost a whole number of pico-dollars"
    return int(total)


def price_book(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def ledger(rows, records, account, book):
    """One row for each answer that the upstream counted, with its tokens and its price; every other row is free."""
    billed, written = Counter(), Counter()
    for record in records:
        if tokens := record["tokens"]:
            status = "complete" if record["complete"] else "upstream_error"
            price = cost(book, account.provider, record["model"], tokens)
            facts = ("alex", account.provider, record["dialect"], record["model"], record["stream"], status, 200)
            billed[(*facts, *(tokens[name] for name in TOKEN_FIELDS), price)] += 1
    for row in rows.values():
        counts = tuple(row[f"{name}_tokens"] for name in TOKEN_FIELDS)
        if any(counts):
            names = ("friend", "provider", "dialect", "model", "stream", "status", "http_status")
            written[(*(row[name] for name in names), *counts, row["cost_pico_usd"])] += 1
        else:
            assert not row["cost_pico_usd"], f"a row without tokens costs {row['cost_pico_usd']}"
    assert billed == written, f"only upstream: {list(billed - written)}, only in the ledger: {list(written - billed)}"


def receipts(pairs, rows):
    """An answer that came whole tells in its head what the ledger says of it; in that of a stream nobody knows yet."""
    for record, request, answer in pairs:
        row, told = rows[answer.headers["x-carpool-call"]], receipt(answer.headers)
        is_told = record["tokens"] and not record["stream"]
        wanted = (receipt_tokens(row), row["cost_pico_usd"]) if is_told else (None, None)
        assert told == wanted, f"the answer to {request.start} tells {told}, the ledger {wanted}"


def receipt(headers):
    """(tokens by name, pico-dollars); None for what is not told."""
    tokens, cost = headers.get("x-carpool-tokens"), headers.get("x-carpool-cost")
    if tokens is not None:
        told = dict(part.split("=") for part in tokens.split(", "))
        tokens = {name: int(told.pop(name, 0)) for name in ("input", "cache-read", "cache-write", "output")}
        assert not told, f"x-carpool-tokens tells of {list(told)}"
    if cost is not None:
        assert re.fullmatch(r"\d+(\.\d+)?", cost), f"x-carpool-cost is {cost}"
        cost = Decimal(cost) * 10**12
    return tokens, cost


def receipt_tokens(row):
    return {
        "input": row["input_tokens"],
        "cache-read": row["cache_read_tokens"],
        "cache-write": row["cache_write_5m_tokens"] + row["cache_write_1h_tokens"],
        "output": row["output_tokens"],
    }
