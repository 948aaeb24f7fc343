"""The accounts that a relay is given: which provider, how it is added, where its calls go, what they carry."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from upstream import code_assist, codex, gemini, messages, openai
from upstream.answer import Answer, Request
from upstream.sign_in import ACCESS_TOKEN, SignIn


@dataclass(frozen=True)
class Account:
    provider: str  # the relay's word, on its command line and in its ledger
    secret: str  # what the provider takes; clients hand it over themselves where there is no relay
    answer: Callable[[Request], Answer]  # the pretend provider
    rename: Callable[[str], str]  # from the path a client calls to the provider's own
    is_signed: Callable[[dict], bool]  # whether a request carries the owner's credentials and no others
    base_path: str = ""  # what the provider's address ends with
    sign_in: SignIn | None = None  # where there is no key to paste
    endpoints: Callable[[str], dict] | None = None  # addresses for the file of providers
    added_headers: frozenset = frozenset()  # those a relay adds
    added_beta: str | None = None  # a value it adds to `anthropic-beta`
    own_calls: tuple = ()  # what a relay itself may ask with POST, by the end of the path

    @property
    def is_subscription(self):
        return self.sign_in is not None or self.added_beta is not None


def has_only(header, value):
    """Whether of all headers with credentials there is this one, with this value."""
    credentials = {"authorization", "x-api-key", "x-goog-api-key", "api-key"}
    return lambda headers: headers.get(header) == value and credentials & headers.keys() == {header}


def below(prefix):
    return lambda target: target.removeprefix(prefix)


def openai_path(target):
    """Under /openai the version may be left out."""
    path = target.removeprefix("/openai")
    return path if path.startswith("/v1/") else f"/v1{path}"


def codex_path(target):
    return re.sub("^(/openai)?(/v1)?(?=/responses)", codex.BASE, target)


def signed_by_codex(headers):
    return has_only("authorization", f"Bearer {ACCESS_TOKEN}")(headers) and (
        headers.get("chatgpt-account-id") == codex.ACCOUNT_ID
    )


ACCOUNTS = {
    "claude": Account(
        provider="claude",
        secret=messages.API_KEY,
        answer=messages.answer,
        rename=below("/api"),
        is_signed=has_only("x-api-key", messages.API_KEY),
    ),
    "claude-subscription": Account(
        provider="claude",
        secret=messages.SETUP_TOKEN,
        answer=messages.answer,
        rename=below("/api"),
        is_signed=has_only("authorization", f"Bearer {messages.SETUP_TOKEN}"),
        added_beta=messages.OAUTH_BETA,
    ),
    "openai": Account(
        provider="openai",
        secret=openai.API_KEY,
        answer=openai.answer,
        rename=openai_path,
        is_signed=has_only("authorization", f"Bearer {openai.API_KEY}"),
        base_path="/v1",
    ),
    "codex": Account(
        provider="codex",
        secret=ACCESS_TOKEN,
        answer=codex.answer,
        rename=codex_path,
        is_signed=signed_by_codex,
        sign_in=codex.SIGN_IN,
        endpoints=codex.endpoints,
        added_headers=frozenset({"chatgpt-account-id"}),
        own_calls=("/oauth/token",),
    ),
    "gemini": Account(
        provider="gemini",
        secret=gemini.API_KEY,
        answer=gemini.answer,
        rename=below("/gemini"),
        is_signed=has_only("x-goog-api-key", gemini.API_KEY),
    ),
    "code-assist": Account(
        provider="code-assist",
        secret=ACCESS_TOKEN,
        answer=code_assist.answer,
        rename=below("/gemini"),
        is_signed=has_only("authorization", f"Bearer {ACCESS_TOKEN}"),
        sign_in=code_assist.SIGN_IN,
        endpoints=code_assist.endpoints,
        own_calls=("/oauth/token", ":loadCodeAssist", ":onboardUser", ":retrieveUserQuota"),
    ),
}
