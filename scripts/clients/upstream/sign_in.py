"""A pretend authorization server (RFC 6749, with RFC 7636): what an owner does in a browser, and the token endpoint."""

import base64
import hashlib
import json
import threading
import urllib.parse
from dataclasses import dataclass, field

from .answer import Answer, dumps, ok

ACCESS_TOKEN = "upstream-access-token"
REFRESH_TOKEN = "upstream-refresh-token"
EXPIRES_IN = 3600
TOKEN_PATH = "/oauth/token"
CALLBACK_PATH = "/oauth/callback"


@dataclass
class SignIn:
    """One OAuth client and the person who signs in with it."""

    client_id: str
    claims: dict  # what the id token says
    client_secret: str | None = None
    _pending: dict = field(default_factory=dict)  # by authorization code
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def endpoints(self, base):
        return {
            "authorize_url": f"{base}/oauth/authorize",
            "token_url": base + TOKEN_PATH,
            "redirect_uri": base + CALLBACK_PATH,
        }

    def approve(self, authorize_url):
        """Says yes, as the owner does in the browser. Returns the address that the browser ends on."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(authorize_url).query))
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256", asked
        assert asked["client_id"] == self.client_id, asked
        with self._lock:
            code = f"code-{len(self._pending) + 1}"
            self._pending[code] = asked
        return f"{asked['redirect_uri']}?{urllib.parse.urlencode({'code': code, 'state': asked['state']})}"

    def is_for(self, request):
        return request.path == TOKEN_PATH

    def grant(self, request):
        asked = dict(urllib.parse.parse_qsl(request.raw.decode()))
        if asked.get("client_id") != self.client_id or asked.get("client_secret") != self.client_secret:
            return denied("invalid_client")
        if asked["grant_type"] == "refresh_token":
            is_good = asked["refresh_token"] == REFRESH_TOKEN
        else:
            is_good = self._is_code_good(asked)
        return ok(self._tokens()) if is_good else denied("invalid_grant")

    def _is_code_good(self, asked):
        with self._lock:
            begun = self._pending.pop(asked["code"], None)
        if not begun or begun["redirect_uri"] != asked["redirect_uri"]:
            return False
        return unpadded(hashlib.sha256(asked["code_verifier"].encode()).digest()) == begun["code_challenge"]

    def _tokens(self):
        # Nobody checks the signature of a token that came from the token endpoint itself.
        parts = [unpadded(json.dumps(each).encode()) for each in ({"alg": "none"}, self.claims)]
        return {
            "access_token": ACCESS_TOKEN,
            "refresh_token": REFRESH_TOKEN,
            "id_token": ".".join([*parts, "c2ln"]),
            "token_type": "Bearer",
            "expires_in": EXPIRES_IN,
        }


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def denied(reason):
    return Answer(400, dumps({"error": reason}).encode())
