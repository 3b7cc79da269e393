"""Sign-in by a city's own identity provider: OpenID Connect, authorization code with PKCE.

``begin`` sends the browser to the provider; what it must bring back is kept in a signed cookie of ten minutes.
``identity`` checks what came back and says whom the provider vouches for; ``account_for`` finds that person's account.
"""

import hashlib
import hmac
import re
import secrets
import shlex
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from base.errors import XiangtuError
from base.journal import journal
from base.settings import settings
from store import subjects
from store.secret import key_for
from web.forms import own_path
from web.session_cookie import is_https

log = journal("web.oidc")

OIDC_COOKIE = "xiangtu_oidc"
BACK = "/sign-in/oidc/back"
"""Where the provider sends people back to; the city registers it there."""
_COOKIE_PATH = "/sign-in/oidc"
_DISCOVERY = "/.well-known/openid-configuration"
_GOOD_FOR_S = 600
_CACHED_FOR_S = 600
_TIMEOUT_S = 5
_LEEWAY_S = 60
_LONGEST_NEXT = 1000
_LONGEST_SUB = 255
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the provider has; never ``none``, never a shared secret."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_CODE_WORD = re.compile(r"[\w.-]{1,60}", re.ASCII)
_Found = TypeVar("_Found")


class OidcError(XiangtuError):
    """Base of what can go wrong between the provider and us."""


class OidcOff(OidcError):
    """No provider is set."""

    key = "web.oidc_off"


class ProviderAway(OidcError):
    """The provider does not answer, or not as a provider does."""

    key = "web.oidc_away"


class ProviderMisset(OidcError):
    """The provider's description is of another one, or not complete."""

    key = "web.oidc_misset"


class ProviderInsecure(OidcError):
    """An address of the provider is without encryption."""

    key = "web.oidc_insecure"


class StateMissing(OidcError):
    """The browser did not keep our cookie, or this sign-in began elsewhere."""

    key = "web.oidc_state_missing"


class StateForged(OidcError):
    """The answer does not belong to what this browser asked."""

    key = "web.oidc_state_forged"


class StateExpired(OidcError):
    """The person took too long at the provider."""

    key = "web.oidc_state_expired"


class StateReplayed(OidcError):
    """The answer was used before."""

    key = "web.oidc_state_replayed"


class PersonRefused(OidcError):
    """The person, or the provider's rules, said no."""

    key = "web.oidc_person_refused"


class ProviderRefused(OidcError):
    """The provider sent the person back with an error."""

    key = "web.oidc_provider_refused"


class TokenRefused(OidcError):
    """The provider gave no token for its own code: a wrong client secret, most often."""

    key = "web.oidc_token_refused"


class IdTokenWrong(OidcError):
    """A claim of the ID token is not as it must be."""

    key = "web.oidc_claim_wrong"


class SignatureWrong(IdTokenWrong):
    """The ID token was not signed by the provider."""

    key = "web.oidc_signature_wrong"


class IssuerWrong(IdTokenWrong):
    """The answer is another provider's."""

    key = "web.oidc_issuer_wrong"


class AudienceWrong(IdTokenWrong):
    """The ID token was made for another application."""

    key = "web.oidc_audience_wrong"


class NonceWrong(IdTokenWrong):
    """The ID token was made for another sign-in."""

    key = "web.oidc_nonce_wrong"


class TokenExpired(IdTokenWrong):
    """The ID token is too old, or the clocks differ."""

    key = "web.oidc_token_expired"


class SubjectUnknown(OidcError):
    """The provider knows the person, but no enabled account here is linked."""

    key = "web.oidc_subject_unknown"


@dataclass(frozen=True)
class Identity:
    """Whom the provider vouches for: ``issuer|sub``, a name for eyes, and where that person wanted to go."""

    subject: str
    name: str
    next: str


@dataclass(frozen=True)
class _Started:
    """What a browser takes along to the provider and must bring back."""

    state: str
    nonce: str
    verifier: str
    back: str
    next: str


@dataclass(frozen=True)
class _Provider:
    """What the provider's description says."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    client_auth: str
    names_itself: bool


_kept: dict[tuple[str, str], tuple[float, Any]] = {}
_spent: dict[str, float] = {}
_lock = threading.Lock()


def enabled() -> bool:
    """Whether a provider is set."""
    return settings().oidc_issuer is not None and settings().oidc_client_id is not None


async def begin(request: Request) -> Response:
    """Send the browser to the provider.

    Raises
    ------
    OidcError : no provider is set, or it does not answer as one.
    """
    secure = is_https(request.scope)
    # The proxy before us ends TLS: only it knows by which scheme the visitor came.
    back = f"{'https' if secure else 'http'}://{request.url.netloc}{BACK}"
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (24, 24, 48))
    started = _Started(state, nonce, verifier, back, safe_next(request.query_params.get("next")))
    address = await _in_thread(_provider_address, started)
    response = RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        OIDC_COOKIE,
        _serializer().dumps(astuple(started)),
        max_age=_GOOD_FOR_S,
        path=_COOKIE_PATH,
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    return response


async def identity(request: Request) -> Identity:
    """Whom the provider vouches for, from the request with which it sent the browser back.

    Raises
    ------
    OidcError : one of its kinds for each thing that can be wrong.
    """
    given = dict(request.query_params)
    cookie = request.cookies.get(OIDC_COOKIE)
    return await _in_thread(lambda answer: _identity(_spend(cookie, answer), answer), given)


def forget(response: Response) -> None:
    """Take the cookie away when the sign-in is over."""
    response.delete_cookie(OIDC_COOKIE, path=_COOKIE_PATH, httponly=True, samesite="lax")


def account_for(connection: sa.Connection, subject: str) -> tuple[int, str]:
    """Id and name of the enabled account that is linked to a subject.

    Raises
    ------
    SubjectUnknown : there is none; the sentence tells an administrator how to link it.
    """
    found = subjects.account_of_subject(connection, subject)
    if found is None:
        # Quoted for the shell, since an administrator copies it there and the provider chose it.
        raise SubjectUnknown(subject=shlex.quote(subject))
    return found


def safe_next(given: str | None) -> str:
    """Where to go afterwards: a path of this server, else the first page."""
    path = own_path(given)
    return path if len(path.encode("utf-8", "replace")) <= _LONGEST_NEXT else "/"


async def _in_thread(work: Callable[..., _Found], given: object) -> _Found:
    """Do what waits for the provider off the loop, and write down for the operator what went wrong."""
    try:
        return await run_in_threadpool(work, given)
    except OidcError as error:
        log.warning("oidc_refused", kind=type(error).__name__, detail=str(error.__cause__ or error)[:300])
        raise


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        key_for("oidc"), salt=OIDC_COOKIE, signer_kwargs={"digest_method": hashlib.sha256}
    )


def _spend(cookie: str | None, given: Mapping[str, str]) -> _Started:
    """Take what the browser brought back; it is good once."""
    if not cookie:
        raise StateMissing()
    try:
        started = _Started(*_serializer().loads(cookie, max_age=_GOOD_FOR_S))
    except SignatureExpired as error:
        raise StateExpired() from error
    except BadData as error:
        raise StateForged() from error
    if not hmac.compare_digest(started.state.encode(), given.get("state", "").encode("utf-8", "replace")):
        raise StateForged()
    now = time.monotonic()
    with _lock:
        for old in [state for state, ends in _spent.items() if ends < now]:
            del _spent[old]
        if started.state in _spent:
            raise StateReplayed()
        _spent[started.state] = now + _GOOD_FOR_S + _LEEWAY_S
    return started


def _identity(started: _Started, given: Mapping[str, str]) -> Identity:
    provider = _provider()
    if given.get("iss") != provider.issuer and ("iss" in given or provider.names_itself):
        raise IssuerWrong()
    if given.get("error") == "access_denied":
        raise PersonRefused()
    if "error" in given or not given.get("code"):
        raise ProviderRefused(error=_word(given.get("error")))
    claims = _claims(provider, started, _token(provider, started, given["code"]))
    sub = claims["sub"]
    if not isinstance(sub, str) or not sub or len(sub) > _LONGEST_SUB or not sub.isprintable():
        raise IdTokenWrong(claim="sub")
    return Identity(f"{provider.issuer}|{sub}", _name(claims, sub), started.next)


def _name(claims: Mapping[str, object], sub: str) -> str:
    for claim in ("name", "preferred_username"):
        name = claims.get(claim)
        if isinstance(name, str) and name.strip() and name.isprintable():
            return name.strip()[:60]
    return sub[:60]


def _word(given: object) -> str:
    """An error code of the provider as it may be shown: it comes by way of the browser."""
    return given if isinstance(given, str) and _CODE_WORD.fullmatch(given) else "?"


def _session(provider: _Provider | None = None, back: str | None = None) -> OAuth2Session:
    chosen = settings()
    secret = chosen.oidc_client_secret
    scopes = chosen.oidc_scopes.split()
    return OAuth2Session(
        chosen.oidc_client_id,
        None if secret is None else secret.get_secret_value(),
        token_endpoint_auth_method=provider.client_auth if provider is not None else None,
        scope=" ".join(scopes if "openid" in scopes else ["openid", *scopes]),
        redirect_uri=back,
        code_challenge_method="S256",
        default_timeout=_TIMEOUT_S,
    )


def _provider_address(started: _Started) -> str:
    provider = _provider()
    with _session(provider, started.back) as session:
        address, _ = session.create_authorization_url(
            provider.authorization_endpoint,
            state=started.state,
            code_verifier=started.verifier,
            nonce=started.nonce,
        )
    return str(address)


def _token(provider: _Provider, started: _Started, code: str) -> Mapping[str, Any]:
    """Exchange the code; the provider gets the client secret, so a redirect is not followed."""
    try:
        with _session(provider, started.back) as session:
            token: Mapping[str, Any] = session.fetch_token(
                provider.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=started.verifier,
                allow_redirects=False,
            )
    except OAuthError as error:
        raise TokenRefused(error=_word(error.error)) from error
    except requests.HTTPError as error:
        status = 500 if error.response is None else error.response.status_code
        if status < 500:
            raise TokenRefused(error=f"HTTP {status}") from error
        raise ProviderAway(address=provider.token_endpoint) from error
    except (requests.RequestException, ValueError, TypeError) as error:
        raise ProviderAway(address=provider.token_endpoint) from error
    return token


def _claims(provider: _Provider, started: _Started, token: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of an ID token whose signature, issuer, audience, age and nonce are right."""
    raw = token.get("id_token")
    if not isinstance(raw, str):
        raise TokenRefused(error="id_token?")
    client_id = settings().oidc_client_id
    try:
        decoded = _decoded(provider, raw)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"value": provider.issuer}, "aud": {"value": client_id}},
            {"nonce": started.nonce, "client_id": client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=_LEEWAY_S)
    except ExpiredTokenError as error:
        raise TokenExpired() from error
    except ClaimError as error:
        raise _CLAIMS.get(error.claim, IdTokenWrong)(claim=_word(error.claim)) from error
    except (JoseError, ValueError, TypeError) as error:
        raise SignatureWrong() from error
    checked: Mapping[str, Any] = claims
    return checked


_CLAIMS = {"iss": IssuerWrong, "aud": AudienceWrong, "azp": AudienceWrong, "nonce": NonceWrong}


def _decoded(provider: _Provider, raw: str) -> jwt.Token:
    """The ID token, its signature checked; a key that we do not know is asked for once."""
    registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
    try:
        return jwt.decode(raw, _keys(provider), registry=registry)
    except InvalidKeyIdError:
        return jwt.decode(raw, _keys(provider, anew=True), registry=registry)


def _provider() -> _Provider:
    """The provider as it describes itself."""
    if not enabled():
        raise OidcOff()
    issuer = str(settings().oidc_issuer).strip()
    address = issuer.rstrip("/") + _DISCOVERY
    return _keep(("provider", issuer), lambda: _described(issuer, _fetched(address)))


def _keys(provider: _Provider, *, anew: bool = False) -> KeySet:
    return _keep(("keys", provider.jwks_uri), lambda: _key_set(provider), anew=anew)


def _keep(key: tuple[str, str], make: Callable[[], _Found], *, anew: bool = False) -> _Found:
    """What was made in the last ten minutes, else made now; a failure is not kept."""
    until, held = _kept.get(key, (0.0, None))
    if anew or held is None or until < time.monotonic():
        held = make()
        _kept[key] = time.monotonic() + _CACHED_FOR_S, held
    found: _Found = held
    return found


def _described(issuer: str, told: Mapping[str, Any]) -> _Provider:
    named = told.get("issuer")
    addresses = {endpoint: told.get(endpoint) for endpoint in _ENDPOINTS}
    if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
        raise ProviderMisset(address=issuer)
    for address in addresses.values():
        if not isinstance(address, str):
            raise ProviderMisset(address=issuer)
        _require_secure(address)
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if settings().oidc_client_secret is None:
        client_auth = "none"
    elif "client_secret_basic" in methods or "client_secret_post" not in methods:
        client_auth = "client_secret_basic"
    else:
        client_auth = "client_secret_post"
    names_itself = told.get("authorization_response_iss_parameter_supported") is True
    return _Provider(
        issuer=named,
        authorization_endpoint=str(addresses["authorization_endpoint"]),
        token_endpoint=str(addresses["token_endpoint"]),
        jwks_uri=str(addresses["jwks_uri"]),
        client_auth=client_auth,
        names_itself=names_itself,
    )


def _key_set(provider: _Provider) -> KeySet:
    told = _fetched(provider.jwks_uri)
    try:
        return KeySet.import_key_set({"keys": [key for key in told["keys"] if key.get("kty") != "oct"]})
    except (JoseError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProviderMisset(address=provider.jwks_uri) from error


def _fetched(address: str) -> Mapping[str, Any]:
    """A JSON object of the provider; a redirect is not followed, wherever it leads."""
    _require_secure(address)
    try:
        with _session() as session:
            answer = session.request("GET", address, withhold_token=True, allow_redirects=False)
        told = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway(address=address) from error
    if not isinstance(told, dict):
        raise ProviderAway(address=address)
    return told


def _require_secure(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ProviderInsecure(address=address[:200])
