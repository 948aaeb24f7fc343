"""What a key is limited to in a scenario, and what the relay has to answer to a call that is not within it."""

from collections import Counter
from dataclasses import dataclass

KEY = "Your key 'laptop'"
CLOCK = r"(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)?"
# Less than any call of ours costs, so that one uses it up.
LITTLE = "0.000001"
SPENT = rf"\${LITTLE.replace('.', '[.]')} (altogether|a day), and \$\d+[.]\d+ of it is spent[.]"
# Beyond this, in seconds, a client is to give up rather than to sleep.
LONGEST_SILENT_WAIT = 120
# A day has an hour more when the clocks are put back.
DAY = 25 * 60 * 60


@dataclass(frozen=True)
class Limit:
    flags: dict  # as `carpool key set` calls them
    status: int
    text: str  # all of it, as a regular expression that Python and JavaScript read alike
    longest_wait: int | None = None  # the most seconds that `retry-after` may say; None where to ask again cannot help
    step: str = "limited"  # the scenario in the SDK's script
    used_up: bool = False  # there is room until a call was made

    @property
    def for_script(self):
        # Two is what the SDKs try again by themselves. Of a 429 they would do so a minute later.
        return {"status": self.status, "text": f"^{self.text}$", "retries": 0 if self.status == 429 else 2}


LIMITS = {
    "limited_rate": Limit(
        {"rpm": 1},
        429,
        f"{KEY} may make 1 request a minute, and made 1 in the last one[.] Try again at {CLOCK}[.]",
        longest_wait=60,
        used_up=True,
    ),
    "limited_concurrency": Limit(
        {"concurrency": 1},
        429,
        f"{KEY} may have one call under way at a time, and one is[.] "
        "Try again in a few seconds, when some have ended[.]",
        longest_wait=5,
        step="crowded",
    ),
    "limited_money": Limit(
        {"cap_total": LITTLE}, 402, f"{KEY} may spend {SPENT} Ask the owner for more[.]", used_up=True
    ),
    "limited_money_day": Limit(
        {"cap_day": LITTLE},
        402,
        f"{KEY} may spend {SPENT} There is room again at {CLOCK}; for more before that ask the owner[.]",
        longest_wait=DAY,
        used_up=True,
    ),
    "limited_model": Limit(
        {"deny_model": "*"},
        403,
        f"{KEY} may not ask for the model '[^']+'[.] Use another model, or ask the owner[.]",
    ),
    "limited_address": Limit(
        {"allow_ip": "192.0.2.0/24"},
        403,
        f"{KEY} may not call from 127[.]0[.]0[.]1[.] Ask the owner to allow this address[.]",
    ),
}


def refusals(limit, exchanges, pairs, rows):
    """All that did not go upstream was refused with the limit's status, told when to ask again, and written down."""
    served = {answer.headers["x-carpool-call"] for _, _, answer in pairs}
    refused = [(sent, answer) for sent, answer in exchanges if answer.headers["x-carpool-call"] not in served]
    assert refused, "nothing was refused"
    for (start, _), count in Counter((sent.start, sent.body) for sent, _ in refused).items():
        assert count == 1, f"the client asked for {start} {count} times, though it was refused"
    for sent, answer in refused:
        status = int(answer.start.split(" ")[1])
        assert status == limit.status, f"{sent.start} was refused with {status} instead of {limit.status}"
        advice(limit, answer.headers)
        row = rows.get(answer.headers["x-carpool-call"])
        written = row and (row["status"], row["http_status"])
        wanted = ("refused", limit.status)
        assert written == wanted, f"the ledger has {written} instead of {wanted} for {sent.start}"


def advice(limit, headers):
    wait, should_retry = headers.get("retry-after"), headers.get("x-should-retry")
    if limit.longest_wait is None:
        assert (wait, should_retry) == (None, "false"), f"retry-after {wait}, x-should-retry {should_retry}"
        return
    assert wait and wait.isdecimal() and 1 <= int(wait) <= limit.longest_wait, f"retry-after is {wait}"
    wanted = "false" if int(wait) > LONGEST_SILENT_WAIT else None
    assert should_retry == wanted, f"x-should-retry is {should_retry} beside retry-after {wait}"
