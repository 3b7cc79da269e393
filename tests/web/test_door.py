"""The one door, over HTTP and websocket: a stranger gets nothing, an ended session ends everything."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from access import Assignment
from i18n import tr
from layers import Role
from maps.assets import url_of
from store import accounts, sessions
from store.tiles import versions
from tests import signed_in
from tests.web.test_routes import _tile_over_city
from web.routes import ROUTES
from web.session_cookie import SESSION_COOKIE, secret_in, signed

PAGES = (
    "/",
    "/map",
    "/dossier",
    "/people",
    "/record",
    "/anything",
    "/map/../people",
    "//map",
    "/%2e%2e/people",
)
DATA = (
    "/first-map", "/tiles/village/1/8/208/110.pbf", "/tiles/houses/1/12/3333/1766.pbf",
    "/labels/county.json?bbox=111,23,114,26", "/themes/tap_water_rate/2025-06-30.json", "/sign-out",
    "/themes/computed/0123456789abcdef.json", "/past/tiles/2025-06-30/now/0/0/0.pbf",
    "/_stcore/health", "/_stcore/host-config", "/media/abc.csv", "/component/streamlit_folium.st_folium/index.html",
    "/static/js/anything.js", "/_stcore/upload_file/a/b", "/_stcore/script-health-check", "/_stcore/metrics",
    "/_stcore/agent/openapi.json", "/vendor/x.js",
)  # fmt: skip
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def stranger(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


def _client(server: str, secret: str) -> httpx.Client:
    return httpx.Client(base_url=server, timeout=30, cookies={SESSION_COOKIE: signed(secret)})


def _token(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _sign_in(client: httpx.Client, name: str, password: str, **more: str) -> httpx.Response:
    token = _token(client.get("/sign-in").text)
    return client.post(
        "/sign-in", data={"name": name, "password": password, "token": token, "next": "/map", **more}
    )


@pytest.mark.parametrize("path", [*PAGES, *DATA])
def test_a_stranger_gets_nothing(stranger: httpx.Client, path: str) -> None:
    plain = stranger.get(path)
    assert plain.status_code in (401, 404), plain.text[:200]
    assert set(plain.json()["error"]) == {"zh", "en"}
    page = stranger.get(path, headers=HTML)
    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in?next=")
    assert stranger.post(path).status_code in (401, 404)


def test_every_route_of_ours_is_behind_the_door(stranger: httpx.Client) -> None:
    open_ones = {"/healthz", "/sign-in", "/language/{lang}"}
    for route in ROUTES:
        path = str(getattr(route, "path", ""))
        if path in open_ones or path.startswith("/sign-in/"):
            continue
        assert stranger.get(re.sub(r"{[^}]+}", "x", path)).status_code == 401, path
    assert stranger.get(url_of("map.js")).status_code == 401


def test_what_is_open_is_open_and_says_little(stranger: httpx.Client) -> None:
    assert stranger.get("/healthz").json()["status"] == "ok"
    page = stranger.get("/sign-in")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    assert tr("web.sign_in.title", "zh") in page.text
    assert stranger.get("/sign-in/nothing").status_code == 404


@pytest.mark.parametrize(
    "cookie", ["", "x", "x.y", "..", "a" * 5000, signed("never-issued"), signed("x")[:-2] + "AA"]
)
def test_a_forged_cookie_is_no_session(server: str, cookie: str) -> None:
    answer = httpx.get(f"{server}/labels/county.json?bbox=111,23,114,26", cookies={SESSION_COOKIE: cookie})
    assert answer.status_code == 401


def _connected(address: str, headers: dict[str, str], origin: str) -> Any:
    return connect(address, additional_headers=headers, origin=origin, subprotocols=["streamlit"])


@pytest.mark.parametrize("cookie", ["forged", signed("never-issued")])
def test_someone_whose_session_has_ended_is_told_so(server: str, cookie: str) -> None:
    with httpx.Client(base_url=server, timeout=30, cookies={SESSION_COOKIE: cookie}) as client:
        answer = client.get("/map?code=1", headers=HTML)
        assert answer.headers["location"] == "/sign-in?ended=1&next=%2Fmap%3Fcode%3D1"
        assert tr("web.session_ended", "zh") in client.get(answer.headers["location"]).text


def test_behind_tls_the_cookie_is_secure(server: str, city: sa.Engine) -> None:
    with httpx.Client(base_url=server, timeout=30, headers={"X-Forwarded-Proto": "https"}) as client:
        page = client.get("/sign-in")
        assert "Secure" in page.headers["set-cookie"]
        assert page.headers["strict-transport-security"].startswith("max-age=")
        # Over plain HTTP a client keeps no secure cookie, so it is handed over by hand.
        mark = page.headers["set-cookie"].split(";")[0]
        form = {"account": "demo.leader", "token": _token(page.text)}
        answer = client.post("/sign-in/demo", data=form, headers={"Cookie": mark})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(SESSION_COOKIE)
    for wanted in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert wanted in cookie


def test_a_long_form_is_refused_before_it_is_read(server: str) -> None:
    page = httpx.post(f"{server}/sign-in", files={"file": b"x" * 100_000})
    assert page.status_code == 413
    assert httpx.post(f"{server}/sign-in", content=iter([b"x"])).status_code == 413


@pytest.mark.parametrize("before", ['prefs={"a":1}', "a/b=1", "x=\u4e2d"])
def test_cookies_of_other_programs_do_not_hide_ours(server: str, city: sa.Engine, before: str) -> None:
    cookie = f"{before}; {SESSION_COOKIE}={signed(signed_in.session(city))}"
    answer = httpx.get(f"{server}/labels/county.json?bbox=111,23,114,26", headers={"Cookie": cookie.encode()})
    assert answer.status_code == 200


def test_on_plain_http_a_browser_signs_out_by_its_referer(server: str, city: sa.Engine) -> None:
    with _client(server, signed_in.session(city)) as client:
        assert client.get("/sign-out").status_code == 403
        assert client.get("/sign-out", headers={"Referer": "https://elsewhere.example/"}).status_code == 403
        assert client.get("/sign-out", headers={"Referer": f"{server}/map"}).status_code == 303


def test_guesses_at_the_door_do_not_keep_those_inside_waiting(server: str, city: sa.Engine) -> None:
    with _client(server, signed_in.session(city)) as inside:
        inside.get("/labels/county.json?bbox=111,23,114,26")

        def guess(number: int) -> int:
            with httpx.Client(base_url=server, timeout=60) as client:
                return _sign_in(client, f"crowd{number}", "wrong").status_code

        def ask() -> float:
            begun = time.perf_counter()
            assert inside.get("/labels/county.json?bbox=111,23,114,26").status_code == 200
            return time.perf_counter() - begun

        with ThreadPoolExecutor(24) as crowd:
            guesses = [crowd.submit(guess, number) for number in range(24)]
            time.sleep(0.3)
            asked = [ask() for _ in range(5)]
            begun = time.perf_counter()
            assert {future.result() for future in guesses} == {401}
            crowded_s = time.perf_counter() - begun
    assert min(asked) < max(crowded_s, 0.5)


def test_a_form_of_another_site_is_refused_in_words(server: str) -> None:
    headers = {"Origin": "https://elsewhere.example", **HTML}
    answer = httpx.post(f"{server}/sign-in", data={"name": "x"}, headers=headers)
    assert answer.status_code == 403
    assert tr("web.foreign_origin", "zh") in answer.text


def _socket(server: str, cookie: str | None, origin: str | None = None) -> str:
    """What becomes of a websocket: "open", "closed <code>" or "refused <status>"."""
    headers = {} if cookie is None else {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    address = server.replace("http", "ws", 1) + "/_stcore/stream"
    try:
        with connect(
            address, additional_headers=headers, origin=origin or server, subprotocols=["streamlit"]
        ) as socket:  # type: ignore[arg-type, list-item]
            try:
                socket.recv(timeout=1)
            except TimeoutError:
                return "open"
            except ConnectionClosed as closed:
                return f"closed {closed.rcvd.code if closed.rcvd else None}"
            return "open"
    except InvalidStatus as refused:
        return f"refused {refused.response.status_code}"


def test_a_websocket_needs_a_session_and_a_page_of_ours(server: str, city: sa.Engine) -> None:
    good = signed(signed_in.session(city))
    assert _socket(server, good) == "open"
    assert _socket(server, None) == "closed 4401"
    assert _socket(server, signed("never-issued")) == "closed 4401"
    assert _socket(server, good, origin="https://elsewhere.example").startswith("refused")


def test_an_open_websocket_ends_with_its_session(server: str, city: sa.Engine) -> None:
    secret = signed_in.session(city)
    address = server.replace("http", "ws", 1) + "/_stcore/stream"
    headers = {"Cookie": f"{SESSION_COOKIE}={signed(secret)}"}
    with _connected(address, headers, server) as socket:
        sessions.end(city, secret)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=8)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_an_ended_session_opens_nothing(server: str, city: sa.Engine) -> None:
    secret = signed_in.session(city)
    with _client(server, secret) as client:
        assert client.get("/labels/county.json?bbox=111,23,114,26").status_code == 200
        out = client.get("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    with _client(server, secret) as again:
        assert again.get("/labels/county.json?bbox=111,23,114,26").status_code == 401


def test_another_site_signs_nobody_out(server: str, city: sa.Engine) -> None:
    with _client(server, signed_in.session(city)) as client:
        assert client.get("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.post("/sign-out", headers={"Origin": "https://elsewhere.example"}).status_code == 403
        assert client.get("/labels/county.json?bbox=111,23,114,26").status_code == 200


def _account(city: sa.Engine, name: str, *held: Assignment) -> str:
    with city.begin() as connection:
        return accounts.add(connection, name, "测试", held, by="tests")


def test_signing_in_with_a_first_password_leads_to_its_change(server: str, city: sa.Engine) -> None:
    password = _account(city, "first.time", Assignment(Role.PLANNER, "4418"))
    with httpx.Client(base_url=server, timeout=30) as client:
        answer = _sign_in(client, "First.Time", password)
        assert (answer.status_code, answer.headers["location"]) == (303, "/map")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie  # this server is asked by plain HTTP
        assert client.get("/map", headers=HTML).headers["location"].startswith("/sign-in/password")
        assert client.get("/labels/county.json?bbox=111,23,114,26").status_code == 403
        page = client.get("/sign-in/password").text
        form = {"old": password, "new": "短", "again": "短", "token": _token(page), "next": "/map"}
        weak = client.post("/sign-in/password", data=form)
        assert weak.status_code == 422
        assert "10" in weak.text
        form |= {"token": _token(weak.text), "new": "Feng-Shui-88x", "again": "Feng-Shui-88y"}
        differ = client.post("/sign-in/password", data=form)
        assert tr("web.passwords_differ", "zh") in differ.text
        form |= {"token": _token(differ.text), "again": "Feng-Shui-88x"}
        assert client.post("/sign-in/password", data=form).status_code == 303
        assert client.get("/labels/county.json?bbox=111,23,114,26").status_code == 200


def test_wrong_password_and_unknown_name_read_the_same(server: str, city: sa.Engine) -> None:
    _account(city, "known.one", Assignment(Role.LEADER, "4418"))
    told = []
    for name in ("known.one", "unknown.one"):
        with httpx.Client(base_url=server, timeout=30) as client:
            answer = _sign_in(client, name, "wrong")
            assert answer.status_code == 401
            assert SESSION_COOKIE not in answer.cookies
            told.append(re.findall(r'role="alert">([^<]+)', answer.text))
    assert told[0] == told[1] == [tr("store.sign_in_refused", "zh")]


def test_many_guesses_are_made_to_wait(server: str, city: sa.Engine) -> None:
    password = _account(city, "guessed.at", Assignment(Role.LEADER, "4418"))
    with httpx.Client(base_url=server, timeout=30) as client:
        statuses = [_sign_in(client, "guessed.at", f"wrong {i}").status_code for i in range(6)]
        assert statuses[:5] == [401] * 5
        assert statuses[5] == 429
        waits = _sign_in(client, "guessed.at", password)
        assert waits.status_code == 429
        assert re.search(r"请在 \d+ 秒后再试", waits.text)


def test_a_form_is_good_once_and_in_its_browser(server: str, city: sa.Engine) -> None:
    password = _account(city, "twice", Assignment(Role.LEADER, "4418"))
    with (
        httpx.Client(base_url=server, timeout=30) as client,
        httpx.Client(base_url=server, timeout=30) as other,
    ):
        token = _token(client.get("/sign-in").text)
        form = {"name": "twice", "password": password, "token": token, "next": "/"}
        other.get("/sign-in")
        stolen = other.post("/sign-in", data=form)
        assert stolen.status_code == 409
        assert tr("web.form_stale", "zh") in stolen.text
        assert client.post("/sign-in", data=form).status_code == 303
        assert client.post("/sign-in", data=form).status_code == 409
        assert client.post("/sign-in", data={**form, "token": "forged"}).status_code == 409
        foreign = client.post("/sign-in", data=form, headers={"Origin": "https://elsewhere.example"})
        assert foreign.status_code == 403
        assert foreign.json()["error"]["zh"] == tr("web.foreign_origin", "zh")


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out", "x", "/a\n"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(server: str, city: sa.Engine, wanted: str) -> None:
    with httpx.Client(base_url=server, timeout=30) as client:
        token = _token(client.get("/sign-in").text)
        form = {"account": "demo.leader", "token": token, "next": wanted}
        answer = client.post("/sign-in/demo", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_signing_in_anew_changes_the_secret_and_ends_the_old_session(server: str, city: sa.Engine) -> None:
    with httpx.Client(base_url=server, timeout=30) as client:
        secrets = []
        for _ in range(2):
            token = _token(client.get("/sign-in").text)
            answer = client.post("/sign-in/demo", data={"account": "demo.planner", "token": token})
            secrets.append(secret_in(answer.cookies[SESSION_COOKIE]))
    first, second = secrets
    assert first is not None
    assert second is not None
    assert first != second
    with city.begin() as connection:
        assert sessions.person_of(connection, first) is None
        person = sessions.person_of(connection, second)
    assert person is not None
    assert person.demo


def test_only_demo_accounts_come_in_by_the_demos_doors(server: str, city: sa.Engine) -> None:
    _account(city, "earnest", Assignment(Role.LEADER, "4418"))
    with httpx.Client(base_url=server, timeout=30) as client:
        token = _token(client.get("/sign-in").text)
        answer = client.post("/sign-in/demo", data={"account": "earnest", "token": token})
        assert answer.status_code == 400
        assert SESSION_COOKIE not in answer.cookies


def test_a_tile_of_one_scope_is_never_given_to_another(server: str, city: sa.Engine) -> None:
    with city.connect() as connection:
        at = versions(connection)["houses"]
    x, y = _tile_over_city(city, 12)
    address = f"/tiles/houses/{at}/12/{x}/{y}.pbf"
    steward, foreign, auditor = (
        signed_in.session(city, (Assignment(role, scope),))
        for role, scope in ((Role.DATA_STEWARD, "4418"), (Role.CLERK, "441826"), (Role.AUDITOR, "4418"))
    )
    seen = []
    for secret in (steward, foreign, auditor, steward):
        with _client(server, secret) as client:
            answer = client.get(address)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "private, no-cache"
            seen.append((answer.content, answer.headers["etag"]))
    assert seen[0] == seen[3]
    assert b"houses" in seen[0][0]
    assert seen[1][0] == seen[2][0] == b""
    with _client(server, foreign) as client:
        again = client.get(address, headers={"If-None-Match": seen[0][1]})
    assert (again.status_code, again.content) == (200, b"")


def test_a_role_taken_away_is_gone_at_once(server: str, city: sa.Engine) -> None:
    secret = signed_in.session(city, (Assignment(Role.DATA_STEWARD, "4418"),))
    with city.begin() as connection:
        person = sessions.person_of(connection, secret)
    assert person is not None
    with city.connect() as connection:
        at = versions(connection)["houses"]
    x, y = _tile_over_city(city, 12)
    address = f"/tiles/houses/{at}/12/{x}/{y}.pbf"
    with _client(server, secret) as client:
        assert client.get(address).content
        with city.begin() as connection:
            connection.execute(
                sa.text("DELETE FROM access.assignments WHERE account_id = :id"), {"id": person.account_id}
            )
        time.sleep(1.1)
        assert client.get(address).content == b""
