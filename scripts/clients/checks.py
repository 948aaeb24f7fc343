"""What must hold after every scenario: comparisons of what the client sent and got (tap), what the upstream saw and
counted (records) and what the relay wrote down (ledger rows)."""

import hashlib
import json
import re
from collections import Counter
from decimal import Decimal

from upstream import API_KEY, OAUTH_BETA, SETUP_TOKEN

# Headers a relay has to change: credentials, and those that concern one connection only.
CREDENTIAL_HEADERS = {"authorization", "x-api-key", "x-goog-api-key", "api-key"}
HOP_HEADERS = {"host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}
TOKEN_FIELDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def tokens(usage):
    """The upstream's usage object under the ledger's names."""
    split = usage["cache_creation"]
    counts = (
        usage["input_tokens"],
        usage["cache_read_input_tokens"],
        split["ephemeral_5m_input_tokens"],
        split["ephemeral_1h_input_tokens"],
        usage["output_tokens"],
    )
    return dict(zip(TOKEN_FIELDS, counts))


def client_totals(told, records):
    """The client's own sum equals the upstream's, over the answers that were complete."""
    counted = dict.fromkeys(TOKEN_FIELDS, 0)
    for record in records:
        if record["usage"] and record["complete"]:
            counted = {name: counted[name] + count for name, count in tokens(record["usage"]).items()}
    assert told == counted, f"the client counted {told}, the upstream {counted}"


def credentials(records, subscription):
    for record in records:
        headers = record["headers"]
        leak = re.search(r"cr_[0-9a-f]{64}", json.dumps(record))
        assert not leak, f"a client key reached the upstream on {record['path']}"
        if subscription:
            good = headers.get("authorization") == f"Bearer {SETUP_TOKEN}" and "x-api-key" not in headers
            assert OAUTH_BETA in betas(headers), f"no {OAUTH_BETA} on {record['path']}"
        else:
            good = headers.get("x-api-key") == API_KEY and "authorization" not in headers
        assert good, f"credentials upstream on {record['path']}: {sorted(CREDENTIAL_HEADERS & headers.keys())}"


def betas(headers):
    return {name.strip() for name in headers.get("anthropic-beta", "").split(",")} - {""}


def calls(records):
    """Only clients' calls: a relay may also ask the upstream on its own (models, usage), with GET."""
    return [record for record in records if record["method"] == "POST"]


def sha256(body):
    return hashlib.sha256(body).hexdigest()


def unchanged(records, exchanges, prefix, subscription):
    """Each call upstream is one that the client made, byte for byte, and so is its answer. Returns the pairs."""
    left, pairs = list(exchanges), []
    for record in calls(records):
        matches = [pair for pair in left if same_request(record, pair[0], prefix)]
        assert matches, f"the upstream saw a {record['path']} that no client sent with this path and body"
        # A client may send the same body twice; the answers tell the two apart.
        told_apart = (pair for pair in matches if pair[1] and sha256(pair[1].body) == record["answer_sha256"])
        match = next(told_apart, matches[0])
        left.remove(match)
        pairs.append((record, match[1]))
        same_headers(match[0].headers, record["headers"], subscription)
        if record["status"] == 200:
            same_answer(record, match[1])
    return pairs


def same_request(record, request, prefix):
    method, target, _ = request.start.split(" ")
    found = (method, target, sha256(request.body))
    return found == (record["method"], prefix + record["path"], record["body_sha256"])


def same_headers(sent, seen, subscription):
    ignored = CREDENTIAL_HEADERS | HOP_HEADERS
    if subscription:
        wanted, found = betas(sent) | {OAUTH_BETA}, betas(seen)
        assert found == wanted, f"anthropic-beta lost {wanted - found}, gained {found - wanted}"
        ignored = ignored | {"anthropic-beta"}
    sent = {name: value for name, value in sent.items() if name not in ignored}
    seen = {name: value for name, value in seen.items() if name not in ignored}
    changed = {name: (sent.get(name), seen.get(name)) for name in sent | seen if sent.get(name) != seen.get(name)}
    assert not changed, f"headers changed on the way (sent, seen upstream): {changed}"


def same_answer(record, answer):
    assert answer, f"no answer to {record['path']} reached the client"
    if record["complete"]:
        assert answer.ended, f"the answer to {record['path']} broke off before its end"
        same = sha256(answer.body) == record["answer_sha256"]
        assert same, f"the answer to {record['path']} changed: {answer.body[:200]!r}"


def call_ids(exchanges, pairs, rows):
    """Every answer names its call; a call that went upstream has its row by the time its client has ended."""
    for request, answer in exchanges:
        assert answer and "x-carpool-call" in answer.headers, f"no x-carpool-call on the answer to {request.start}"
    for record, answer in pairs:
        assert answer.headers["x-carpool-call"] in rows, f"no ledger row for the answer to {record['path']}"


def cost(book, model, counts):
    """Pico-dollars from the price book, exactly; None for a model it does not know. Our prompts stay below every
    price tier, and nothing asks for a fast or regional surcharge."""
    if model not in book:
        return None
    price = book[model]
    per_token = (
        price["input_cost_per_token"],
        price["cache_read_input_token_cost"],
        price["cache_creation_input_token_cost"],
        price["cache_creation_input_token_cost_above_1hr"],
        price["output_cost_per_token"],
    )
    total = sum(count * Decimal(each) for count, each in zip(counts.values(), per_token)) * 10**12
    assert total == int(total), f"{model} does not cost a whole number of pico-dollars"
    return int(total)


def price_book(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def ledger(rows, records, book):
    """One row for each answer that the upstream counted, with its tokens and its price; every other row is free."""
    billed, written = Counter(), Counter()
    for record in records:
        if record["usage"]:
            request, counts = json.loads(record["body"]), tokens(record["usage"])
            status = "complete" if record["complete"] else "upstream_error"
            price = cost(book, request["model"], counts)
            billed[("alex", "claude", request["model"], record["stream"], status, 200, *counts.values(), price)] += 1
    for row in rows.values():
        counts = tuple(row[f"{name}_tokens"] for name in TOKEN_FIELDS)
        if any(counts):
            facts = tuple(row[name] for name in ("friend", "provider", "model", "stream", "status", "http_status"))
            written[(*facts, *counts, row["cost_pico_usd"])] += 1
        else:
            assert not row["cost_pico_usd"], f"a row without tokens costs {row['cost_pico_usd']}"
    assert billed == written, f"only upstream: {list(billed - written)}, only in the ledger: {list(written - billed)}"
