"""An identity provider for tests: a real HTTP server that checks what a provider checks, and lies when told to."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "xiangtu-test", "a secret of the city"
Claims = dict[str, Any]


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed_by(key: RSAKey, kid: str | None = None) -> Callable[["Provider", Claims], str]:
    """A signer with a key of our choice, under the provider's key id if no other is given."""

    def sign(provider: "Provider", claims: Claims) -> str:
        return jwt.encode({"alg": "RS256", "kid": kid or provider.key.kid}, claims, key)

    return sign


def unsigned(provider: "Provider", claims: Claims) -> str:
    """``alg: none``: no signature at all."""
    return f"{_raw(provider, claims, 'none')}."


def signed_with_public_key(provider: "Provider", claims: Claims) -> str:
    """``HS256`` with the public key as the secret: what a careless reader takes for the provider's."""
    raw = _raw(provider, claims, "HS256")
    pem = provider.key.as_pem(private=False)
    return f"{raw}.{_b64(hmac.new(pem, raw.encode(), hashlib.sha256).digest())}"


def _raw(provider: "Provider", claims: Claims, algorithm: str) -> str:
    header = {"alg": algorithm, "kid": provider.key.kid, "typ": "JWT"}
    return f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"


@dataclass
class Provider:
    """The provider: what it knows of its person and how it behaves; tests change it as they need."""

    issuer: str
    redirect: str
    key: RSAKey = field(default_factory=lambda: new_key("first"))
    person: Claims = field(default_factory=lambda: {"sub": "chen-01", "name": "陈局长"})
    description: Claims = field(default_factory=dict)
    alter: Callable[[Claims], object] = lambda claims: None
    sign: Callable[["Provider", Claims], str] | None = None
    error: str | None = None
    answer_issuer: str | None = None
    client_auth: str = "client_secret_basic"
    moved_to: str | None = None
    token_answer: tuple[int, str] | None = None
    visits: list[str] = field(default_factory=list)
    codes: dict[str, Claims] = field(default_factory=dict)

    def describe(self) -> Claims:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [self.client_auth],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        } | self.description

    def authorize(self, asked: dict[str, str]) -> str | None:
        """The address back with a code for the person, who always agrees; None for a request that is wrong."""
        fine = (
            asked.get("client_id") == CLIENT_ID
            and asked.get("redirect_uri") == self.redirect
            and asked.get("response_type") == "code"
            and "openid" in asked.get("scope", "").split()
            and asked.get("code_challenge_method") == "S256"
            and all(asked.get(name) for name in ("state", "nonce", "code_challenge"))
        )
        if not fine:
            return None
        answer = {"state": asked["state"], "iss": self.answer_issuer or self.issuer}
        if self.answer_issuer == "":
            del answer["iss"]
        if self.error is not None:
            return f"{self.redirect}?{urlencode(answer | {'error': self.error})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = dict(asked)
        return f"{self.redirect}?{urlencode(answer | {'code': code})}"

    def token(self, asked: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """A token for a code, once, for the client with its secret and the code's verifier."""
        if not self._is_client(asked, authorization):
            return 401, {"error": "invalid_client"}
        began = self.codes.pop(asked.get("code", ""), None)
        challenge = _b64(hashlib.sha256(asked.get("code_verifier", "").encode()).digest())
        if (
            began is None
            or asked.get("grant_type") != "authorization_code"
            or asked.get("redirect_uri") != began["redirect_uri"]
            or challenge != began["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": began["nonce"]}
        claims |= self.person
        self.alter(claims)
        id_token = (self.sign or signed_by(self.key))(self, claims)
        access = secrets.token_urlsafe(16)
        return 200, {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": id_token,
        }

    def _is_client(self, asked: dict[str, str], authorization: str) -> bool:
        if self.client_auth == "client_secret_post":
            return (asked.get("client_id"), asked.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        return authorization == f"Basic {pair}"


def new_key(kid: str) -> RSAKey:
    """A key to sign with."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@contextmanager
def running_provider(port: int, redirect: str, key: RSAKey) -> Iterator[Provider]:
    """A provider on a port of this machine, in a thread of its own."""
    provider = Provider(f"http://127.0.0.1:{port}", redirect, key)
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(provider))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.visits.append(parts.path)
            if parts.path == "/authorize":
                back = provider.authorize(_single(parts.query))
                self._move(back) if back else self._say(400, {"error": "invalid_request"})
            elif provider.moved_to is not None:
                self._move(provider.moved_to + parts.path)
            elif parts.path == "/.well-known/openid-configuration":
                self._say(200, provider.describe())
            elif parts.path == "/jwks":
                self._say(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            provider.visits.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if self.path != "/token":
                self._say(404, {})
            elif provider.token_answer is not None:
                status, text = provider.token_answer
                self._write(status, text.encode(), "text/html")
            else:
                self._say(*provider.token(_single(body), self.headers.get("Authorization", "")))

        def _say(self, status: int, content: Claims) -> None:
            self._write(status, json.dumps(content).encode(), "application/json")

        def _write(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _move(self, to: str) -> None:
            self.send_response(302)
            self.send_header("Location", to)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests need no log of requests."""

    return Handler


def _single(query: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query).items()}
