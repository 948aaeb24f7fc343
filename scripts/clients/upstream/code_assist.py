"""Gemini Code Assist: generateContent in an envelope, and what the Gemini CLI asks beside its calls."""

from . import gemini
from .answer import ok
from .sign_in import ACCESS_TOKEN, SignIn

PROJECT = "carpool-project"
EMAIL = "owner@example.org"
# The owner's own OAuth client: Google gives none away.
SIGN_IN = SignIn("owner-client.apps.googleusercontent.com", claims={"email": EMAIL}, client_secret="GOCSPX-owner")
TIER = {"id": "standard-tier", "name": "Gemini Code Assist", "description": "", "isDefault": True}
# What is asked beside the calls, and answered with nothing.
QUIET = ("listExperiments", "fetchAdminControls", "recordCodeAssistMetrics", "getCodeAssistGlobalUserSetting")


def endpoints(base):
    """What the file of providers says, so that the relay finds this server."""
    return {
        "code-assist": {
            **SIGN_IN.endpoints(base),
            "api_base": base,
            "usage_url": f"{base}/v1internal:retrieveUserQuota",
            "profile_url": f"{base}/oauth2/v2/userinfo",
        }
    }


def answer(request):
    if SIGN_IN.is_for(request):
        return SIGN_IN.grant(request)
    if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
        return gemini.error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    if request.path == "/oauth2/v2/userinfo":
        return ok({"id": "1", "email": EMAIL, "verified_email": True})
    _, is_internal, method = request.path.partition("/v1internal:")
    if not is_internal:
        return gemini.error(404, "NOT_FOUND", f"no such path: {request.path}")
    if method in ("generateContent", "streamGenerateContent"):
        asked = request.json()
        return gemini.compose(request.next_call(), asked["model"], method, asked["request"], wrap=envelope)
    return aside(method)


def envelope(response):
    return {"response": response, "traceId": "carpool"}


def aside(method):
    if method == "loadCodeAssist":
        return ok({"currentTier": TIER, "allowedTiers": [TIER], "cloudaicompanionProject": PROJECT})
    if method == "onboardUser":
        return ok({"name": "operations/1", "done": True, "response": {"cloudaicompanionProject": {"id": PROJECT}}})
    if method == "retrieveUserQuota":
        bucket = {"resetTime": "2026-11-22T08:00:00Z", "tokenType": "REQUESTS", "remainingFraction": 0.75}
        return ok({"buckets": [{**bucket, "modelId": name} for name in gemini.MODELS[:2]]})
    if method == "countTokens":
        return ok({"totalTokens": gemini.TOTAL_TOKENS})
    if method in QUIET:
        return ok({})
    return gemini.error(404, "NOT_FOUND", f"no such method: {method}")
