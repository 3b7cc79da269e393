"""Sign-in by a city's provider, against one that runs here: the way there and back, and whatever can be wrong."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from access import Assignment
from base.errors import XiangtuError
from base.settings import Settings
from layers import Role
from store import accounts, sessions, subjects
from store.errors import SignInRefused, UnknownAccount
from tests.server import free_port
from tests.web.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    Provider,
    new_key,
    running_provider,
    signed_by,
    signed_with_public_key,
    unsigned,
)
from web import oidc

_HERE = "http://xiangtu.example"
_BACK = f"{_HERE}{oidc.BACK}"


async def _begin(request: Request) -> Response:
    try:
        return await oidc.begin(request)
    except XiangtuError as error:
        return _told(error)


async def _come_back(request: Request) -> Response:
    try:
        return JSONResponse(asdict(await oidc.identity(request)))
    except XiangtuError as error:
        return _told(error)


def _told(error: XiangtuError) -> Response:
    said = {"kind": type(error).__name__, "zh": error.sentence("zh"), "en": error.sentence("en")}
    return JSONResponse(said, status_code=400)


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return new_key("first")


@pytest.fixture(scope="module")
def other_key() -> RSAKey:
    return new_key("second")


@pytest.fixture
def provider(key: RSAKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_provider(free_port(), _BACK, key) as running:
        _choose(monkeypatch, running.issuer)
        yield running


def _choose(monkeypatch: pytest.MonkeyPatch, issuer: str | None, **more: str) -> None:
    given = {"oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET, **more}
    chosen = Settings(oidc_issuer=issuer, **given)  # type: ignore[arg-type]
    monkeypatch.setattr("web.oidc.settings", lambda: chosen)


@pytest.fixture
def browser() -> Iterator[TestClient]:
    routes = [Route("/sign-in/oidc", _begin), Route(oidc.BACK, _come_back)]
    with TestClient(Starlette(routes=routes), base_url=_HERE, follow_redirects=False) as client:
        yield client


def _go(browser: TestClient, wanted: str = "/") -> str:
    """Begin, agree at the provider, and give the address at which the provider sends the browser back."""
    there = browser.get("/sign-in/oidc", params={"next": wanted})
    assert there.status_code == 303, there.text
    answer = httpx.get(there.headers["location"], trust_env=False)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def _refusal(answer: httpx.Response) -> str:
    """Which error came back; every one has a sentence in both languages that keeps no gaps."""
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert said["zh"] != said["en"]
    assert "{" not in said["zh"] + said["en"]
    return str(said["kind"])


def test_there_and_back(provider: Provider, browser: TestClient) -> None:
    answer = browser.get(_go(browser, "/map?code=441881000000"))
    assert answer.json() == {
        "subject": f"{provider.issuer}|chen-01",
        "name": "陈局长",
        "next": "/map?code=441881000000",
    }


def test_what_is_asked_of_the_provider(provider: Provider, browser: TestClient) -> None:
    asked = parse_qs(urlsplit(browser.get("/sign-in/oidc").headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid profile"]
    assert asked["redirect_uri"] == [_BACK]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert "code_verifier" not in asked and "client_secret" not in asked


def test_scopes_always_hold_openid(
    provider: Provider, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _choose(monkeypatch, provider.issuer, oidc_scopes="email")
    asked = parse_qs(urlsplit(browser.get("/sign-in/oidc").headers["location"]).query)
    assert asked["scope"] == ["openid email"]


def test_the_cookie_is_out_of_reach(provider: Provider, browser: TestClient) -> None:
    plain = browser.get("/sign-in/oidc").headers["set-cookie"]
    behind_proxy = browser.get("/sign-in/oidc", headers={"X-Forwarded-Proto": "https"})
    cookie = SimpleCookie(plain)[oidc.OIDC_COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "lax" and cookie["path"] == "/sign-in/oidc"
    assert int(cookie["max-age"]) <= 600
    assert not cookie["secure"]
    assert SimpleCookie(behind_proxy.headers["set-cookie"])[oidc.OIDC_COOKIE]["secure"]
    back = parse_qs(urlsplit(behind_proxy.headers["location"]).query)["redirect_uri"]
    assert back == [_BACK.replace("http:", "https:")]


def test_the_name_falls_back(provider: Provider, browser: TestClient) -> None:
    provider.person = {"sub": "chen-01", "preferred_username": "chen"}
    assert browser.get(_go(browser)).json()["name"] == "chen"
    provider.person = {"sub": "chen-01", "name": "bad\nname"}
    assert browser.get(_go(browser)).json()["name"] == "chen-01"


def test_the_secret_may_travel_in_the_form(provider: Provider, browser: TestClient) -> None:
    provider.client_auth = "client_secret_post"
    assert browser.get(_go(browser)).status_code == 200


def test_description_and_keys_are_kept(provider: Provider, browser: TestClient) -> None:
    for _ in range(2):
        assert browser.get(_go(browser)).status_code == 200
    assert provider.visits.count("/.well-known/openid-configuration") == 1
    assert provider.visits.count("/jwks") == 1


def test_they_are_asked_for_again_after_ten_minutes(
    provider: Provider, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.oidc._CACHED_FOR_S", -1)
    assert browser.get(_go(browser)).status_code == 200
    assert provider.visits.count("/.well-known/openid-configuration") == 2


def test_a_new_key_is_found(provider: Provider, browser: TestClient, other_key: RSAKey) -> None:
    assert browser.get(_go(browser)).status_code == 200
    provider.key = other_key
    assert browser.get(_go(browser)).status_code == 200
    assert provider.visits.count("/jwks") == 2


def test_an_unknown_key_is_asked_for_once(provider: Provider, browser: TestClient, other_key: RSAKey) -> None:
    provider.sign = signed_by(other_key, kid="nobody's")
    assert _refusal(browser.get(_go(browser))) == "SignatureWrong"
    assert provider.visits.count("/jwks") == 2


def test_a_forged_state(provider: Provider, browser: TestClient) -> None:
    back = _go(browser)
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert _refusal(browser.get(back.replace(state, state[::-1]))) == "StateForged"
    assert _refusal(browser.get(back.replace(state, "%E4%B9%A1"))) == "StateForged"
    assert _refusal(browser.get(f"{oidc.BACK}?code=x")) == "StateForged"
    assert "/token" not in provider.visits


def test_a_forged_cookie(provider: Provider, browser: TestClient) -> None:
    back = _go(browser)
    kept = browser.cookies[oidc.OIDC_COOKIE]
    browser.cookies.clear()
    for forged in (kept[:-4] + "AAAA", "nonsense"):
        answer = browser.get(back, headers={"Cookie": f"{oidc.OIDC_COOKIE}={forged}"})
        assert _refusal(answer) == "StateForged"


def test_without_the_cookie(provider: Provider, browser: TestClient) -> None:
    back = _go(browser)
    browser.cookies.clear()
    assert _refusal(browser.get(back)) == "StateMissing"


def test_the_way_back_of_another_browser(provider: Provider, browser: TestClient) -> None:
    """An attacker's own code in the victim's browser: login CSRF."""
    attackers = _go(browser)
    browser.cookies.clear()
    _go(browser)
    assert _refusal(browser.get(attackers)) == "StateForged"


def test_the_way_back_is_good_once(provider: Provider, browser: TestClient) -> None:
    back = _go(browser)
    assert browser.get(back).status_code == 200
    assert _refusal(browser.get(back)) == "StateReplayed"
    assert provider.visits.count("/token") == 1


def test_too_long_at_the_provider(
    provider: Provider, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = _go(browser)
    monkeypatch.setattr("web.oidc._GOOD_FOR_S", -1)
    assert _refusal(browser.get(back)) == "StateExpired"


def test_the_cookie_is_taken_away() -> None:
    response = Response()
    oidc.forget(response)
    cookie = SimpleCookie(response.headers["set-cookie"])[oidc.OIDC_COOKIE]
    assert (cookie["max-age"], cookie["path"]) == ("0", "/sign-in/oidc")


_CLAIMS: list[tuple[str, Callable[[Claims], object]]] = [
    ("NonceWrong", lambda claims: claims.update(nonce="of another sign-in")),
    ("NonceWrong", lambda claims: claims.pop("nonce")),
    ("AudienceWrong", lambda claims: claims.update(aud="another")),
    ("AudienceWrong", lambda claims: claims.update(aud=["another"])),
    ("AudienceWrong", lambda claims: claims.update(aud=[CLIENT_ID, "another"])),
    ("AudienceWrong", lambda claims: claims.update(azp="another")),
    ("AudienceWrong", lambda claims: claims.pop("aud")),
    ("TokenExpired", lambda claims: claims.update(exp=int(time.time()) - 3600)),
    ("IdTokenWrong", lambda claims: claims.pop("exp")),
    ("IdTokenWrong", lambda claims: claims.update(exp="tomorrow")),
    ("IdTokenWrong", lambda claims: claims.update(iat=int(time.time()) + 3600)),
    ("IssuerWrong", lambda claims: claims.update(iss="https://elsewhere.example")),
    ("IdTokenWrong", lambda claims: claims.update(sub="")),
    ("IdTokenWrong", lambda claims: claims.update(sub=7)),
    ("IdTokenWrong", lambda claims: claims.update(sub="a\nb")),
    ("IdTokenWrong", lambda claims: claims.pop("sub")),
    ("IdTokenWrong", lambda claims: claims.update(at_hash="of another token")),
]


@pytest.mark.parametrize(
    ("kind", "alter"), _CLAIMS, ids=[f"{kind}{i}" for i, (kind, _) in enumerate(_CLAIMS)]
)
def test_a_wrong_claim(
    provider: Provider, browser: TestClient, kind: str, alter: Callable[[Claims], object]
) -> None:
    provider.alter = alter
    assert _refusal(browser.get(_go(browser))) == kind


def test_a_key_that_is_not_the_providers(provider: Provider, browser: TestClient, other_key: RSAKey) -> None:
    provider.sign = signed_by(other_key)
    assert _refusal(browser.get(_go(browser))) == "SignatureWrong"


@pytest.mark.parametrize("sign", [unsigned, signed_with_public_key, lambda *_: "not.a.token", lambda *_: ""])
def test_no_signature_of_the_provider(
    provider: Provider, browser: TestClient, sign: Callable[[Provider, Claims], str]
) -> None:
    provider.sign = sign
    assert _refusal(browser.get(_go(browser))) == "SignatureWrong"


def test_a_token_without_identity(provider: Provider, browser: TestClient) -> None:
    provider.token_answer = (200, '{"access_token": "x", "token_type": "Bearer"}')
    assert _refusal(browser.get(_go(browser))) == "TokenRefused"


def test_a_wrong_client_secret(
    provider: Provider, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _choose(monkeypatch, provider.issuer, oidc_client_secret="another")
    answer = browser.get(_go(browser))
    assert _refusal(answer) == "TokenRefused"
    assert "invalid_client" in answer.json()["en"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((429, "slow down"), "TokenRefused"),
        ((500, "oops"), "ProviderAway"),
        ((200, "<html>"), "ProviderAway"),
        ((302, ""), "ProviderAway"),
        ((200, '{"error": "<script>"}'), "TokenRefused"),
        ((200, '{"access_token": "x", "expires_in": "soon"}'), "ProviderAway"),
    ],
)
def test_a_token_endpoint_out_of_order(
    provider: Provider, browser: TestClient, answer: tuple[int, str], kind: str
) -> None:
    provider.token_answer = answer
    came = browser.get(_go(browser))
    assert _refusal(came) == kind
    assert "<" not in came.json()["zh"]


def test_the_person_says_no(provider: Provider, browser: TestClient) -> None:
    provider.error = "access_denied"
    assert _refusal(browser.get(_go(browser))) == "PersonRefused"


def test_the_provider_says_no(provider: Provider, browser: TestClient) -> None:
    provider.error = "temporarily_unavailable"
    answer = browser.get(_go(browser))
    assert _refusal(answer) == "ProviderRefused"
    assert "temporarily_unavailable" in answer.json()["zh"]
    provider.error = "<b>x</b>"
    assert "<b>" not in browser.get(_go(browser)).json()["zh"]


@pytest.mark.parametrize("issuer", ["https://elsewhere.example", ""])
def test_an_answer_of_another_provider(provider: Provider, browser: TestClient, issuer: str) -> None:
    """RFC 9207: the answer names its provider, and one that says it does must."""
    provider.answer_issuer = issuer
    assert _refusal(browser.get(_go(browser))) == "IssuerWrong"
    assert "/token" not in provider.visits


def test_a_provider_that_never_names_itself(provider: Provider, browser: TestClient) -> None:
    provider.description = {"authorization_response_iss_parameter_supported": False}
    provider.answer_issuer = ""
    assert browser.get(_go(browser)).status_code == 200


def test_no_provider_there(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _choose(monkeypatch, f"http://127.0.0.1:{free_port()}")
    assert _refusal(browser.get("/sign-in/oidc")) == "ProviderAway"


def test_a_provider_that_goes_away(key: RSAKey, browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_provider(free_port(), _BACK, key) as running:
        _choose(monkeypatch, running.issuer)
        back = _go(browser)
    assert _refusal(browser.get(back)) == "ProviderAway"


def test_no_redirect_is_followed(provider: Provider, browser: TestClient, key: RSAKey) -> None:
    with running_provider(free_port(), _BACK, key) as elsewhere:
        provider.moved_to = elsewhere.issuer
        assert _refusal(browser.get("/sign-in/oidc")) == "ProviderAway"
        assert elsewhere.visits == []


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ({"issuer": "https://elsewhere.example"}, "ProviderMisset"),
        ({"issuer": None}, "ProviderMisset"),
        ({"token_endpoint": None}, "ProviderMisset"),
        ({"jwks_uri": "http://elsewhere.example/jwks"}, "ProviderInsecure"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "ProviderInsecure"),
    ],
)
def test_a_description_that_is_wrong(
    provider: Provider, browser: TestClient, description: Claims, kind: str
) -> None:
    provider.description = description
    assert _refusal(browser.get("/sign-in/oidc")) == kind


def test_an_issuer_without_encryption(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _choose(monkeypatch, "http://id.example")
    assert _refusal(browser.get("/sign-in/oidc")) == "ProviderInsecure"


def test_no_provider_set(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _choose(monkeypatch, None)
    assert not oidc.enabled()
    assert _refusal(browser.get("/sign-in/oidc")) == "OidcOff"


def test_it_is_on_when_both_are_set(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    assert oidc.enabled()
    monkeypatch.setattr("web.oidc.settings", lambda: Settings(oidc_issuer=provider.issuer))
    assert not oidc.enabled()


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "\\/elsewhere.example",
        "/\t/elsewhere.example",
        "/a\r\nSet-Cookie: x=y",
        "javascript:alert(1)",
        "map",
        "",
        "/" + "a" * 2000,
    ],
)
def test_no_way_to_elsewhere(provider: Provider, browser: TestClient, wanted: str) -> None:
    assert browser.get(_go(browser, wanted)).json()["next"] == "/"


def test_a_path_of_ours_is_kept(provider: Provider, browser: TestClient) -> None:
    wanted = "/map?name=" + "乡" * 300
    assert browser.get(_go(browser, wanted)).json()["next"] == wanted


_SUBJECT = "https://id.example|chen-01"


@pytest.fixture
def chen(database: sa.Engine) -> int:
    with database.begin() as connection:
        accounts.add(connection, "chen", "陈局长", [Assignment(Role.LEADER, "4418")], by="tests")
        return accounts.named(connection, "chen").id


def test_an_unlinked_person_is_told_how(database: sa.Engine) -> None:
    with database.connect() as connection, pytest.raises(oidc.SubjectUnknown) as refused:
        oidc.account_for(connection, _SUBJECT)
    for lang in ("zh", "en"):
        assert f"'{_SUBJECT}'" in refused.value.sentence(lang)
        assert "xiangtu user link" in refused.value.sentence(lang)


def test_what_an_administrator_copies_is_no_command(database: sa.Engine) -> None:
    with database.connect() as connection, pytest.raises(oidc.SubjectUnknown) as refused:
        oidc.account_for(connection, "https://id.example|'; reboot '")
    assert "|'; reboot" not in refused.value.sentence("en")


def test_a_linked_person_has_the_account(database: sa.Engine, chen: int) -> None:
    with database.begin() as connection:
        subjects.link(connection, chen, f" {_SUBJECT} ")
        assert oidc.account_for(connection, _SUBJECT) == (chen, "chen")
        with pytest.raises(oidc.SubjectUnknown):
            oidc.account_for(connection, _SUBJECT + "x")


def test_a_link_is_recorded_and_gives_way_to_the_next(database: sa.Engine, chen: int) -> None:
    with database.begin() as connection:
        subjects.link(connection, chen, _SUBJECT)
        subjects.link(connection, chen, _SUBJECT + "-new", by="admin")
        with pytest.raises(oidc.SubjectUnknown):
            oidc.account_for(connection, _SUBJECT)
        entry = connection.execute(
            sa.text("SELECT account_name, action, before, after FROM access.record ORDER BY id DESC LIMIT 1")
        ).one()
    assert (entry.account_name, entry.action) == ("admin", "account_changed")
    assert (entry.before["subject"], entry.after["subject"]) == (_SUBJECT, _SUBJECT + "-new")


def test_a_disabled_account_stays_shut(database: sa.Engine, chen: int) -> None:
    with database.begin() as connection:
        accounts.add(connection, "admin", "管理员", [Assignment(Role.ADMIN, "4418")], by="tests")
        subjects.link(connection, chen, _SUBJECT)
        connection.execute(sa.text("UPDATE access.accounts SET disabled = true WHERE id = :id"), {"id": chen})
        with pytest.raises(oidc.SubjectUnknown):
            oidc.account_for(connection, _SUBJECT)


def test_an_identity_has_one_account(database: sa.Engine, chen: int) -> None:
    with database.begin() as connection:
        accounts.add(connection, "li", "李", [], by="tests")
        subjects.link(connection, chen, _SUBJECT)
        with pytest.raises(subjects.SubjectTaken) as refused:
            subjects.link(connection, accounts.named(connection, "li").id, _SUBJECT)
    assert "chen" in str(refused.value)


@pytest.mark.parametrize(
    "subject", ["", "chen-01", "|chen-01", "https://id.example|", "https://id|a\nb", "ftp://x|y"]
)
def test_what_is_no_identity_is_not_linked(database: sa.Engine, chen: int, subject: str) -> None:
    with database.begin() as connection, pytest.raises(subjects.BadSubject):
        subjects.link(connection, chen, subject)


def test_nobody_to_link(database: sa.Engine) -> None:
    with database.begin() as connection, pytest.raises(UnknownAccount):
        subjects.link(connection, 4711, _SUBJECT)


def test_a_first_password_ends_with_the_link(database: sa.Engine) -> None:
    """Else it would be asked for after each sign-in, from someone who may never have had it."""
    visit = sessions.Visit("127.0.0.1")
    with database.begin() as connection:
        first = accounts.add(connection, "chen", "陈局长", [], by="tests")
        chen = accounts.named(connection, "chen").id
        subjects.link(connection, chen, _SUBJECT)
    with pytest.raises(SignInRefused):
        sessions.sign_in(database, "chen", first, visit)
    secret = sessions.open_session(database, chen, "chen", visit)
    with database.begin() as connection:
        person = sessions.person_of(connection, secret)
    assert person is not None and not person.must_change


def test_a_chosen_password_stays(database: sa.Engine) -> None:
    visit = sessions.Visit("127.0.0.1")
    with database.begin() as connection:
        chosen = accounts.add(connection, "chen", "陈局长", [], by="tests")
        connection.execute(sa.text("UPDATE access.accounts SET must_change = false"))
        subjects.link(connection, accounts.named(connection, "chen").id, _SUBJECT)
    assert sessions.sign_in(database, "chen", chosen, visit)
