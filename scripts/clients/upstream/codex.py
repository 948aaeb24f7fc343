"""Codex: OpenAI's models by a ChatGPT subscription, at an address of its own."""

from . import openai, responses
from .answer import ok
from .sign_in import ACCESS_TOKEN, SignIn

ACCOUNT_ID = "acc-carpool"
EMAIL = "owner@example.org"
PLAN = {"chatgpt_account_id": ACCOUNT_ID, "chatgpt_plan_type": "pro", "chatgpt_user_id": "user-carpool"}
SIGN_IN = SignIn("app_carpool", claims={"email": EMAIL, "https://api.openai.com/auth": PLAN})
BASE = "/backend-api/codex"
USAGE = "/backend-api/wham/usage"
# An answer tells how much of the allowance is used.
HEADERS = {
    "x-codex-primary-used-percent": "12.5",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-after-seconds": "3600",
    "x-codex-secondary-used-percent": "34",
    "x-codex-secondary-window-minutes": "10080",
    "x-codex-secondary-reset-after-seconds": "86400",
}


def endpoints(base):
    """What the file of providers says, so that the relay finds this server."""
    own = {"api_base": base + BASE, "usage_url": base + USAGE, "profile_url": base + USAGE}
    return {"codex": {**SIGN_IN.endpoints(base), "client_id": SIGN_IN.client_id, **own}}


def answer(request):
    if SIGN_IN.is_for(request):
        return SIGN_IN.grant(request)
    if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
        return openai.error(401, "invalid_request_error", "invalid_token", "Your authentication token is invalid.")
    if request.path == USAGE:
        return ok({"email": EMAIL, "plan_type": "pro", "rate_limit": {"allowed": True, "limit_reached": False}})
    if (request.method, request.path) != ("POST", f"{BASE}/responses"):
        return openai.error(404, "invalid_request_error", None, f"no such path: {request.method} {request.path}")
    asked = request.json()
    if asked.get("store") is not False or asked.get("stream") is not True:
        return openai.error(400, "invalid_request_error", None, "Store must be set to false, and stream to true")
    answered = responses.compose(request.next_call(), asked)
    answered.headers = {**HEADERS, **answered.headers}
    return answered
