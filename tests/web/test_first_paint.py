"""The page before Streamlit's scripts: in the visitor's language, with files that exist, and nothing else touched."""

import re

import httpx
import pytest

from maps.assets import url_of
from tests import signed_in
from web.first_paint import dressed

PAGE = {"Accept": "text/html,application/xhtml+xml", "Accept-Encoding": "gzip"}
_LINKS = re.compile(r'<link rel="(?:module)?preload"[^>]* href="([^"]+)"|"(\./static/js/[^"]+)"')


@pytest.fixture(scope="module")
def client(server: str):
    with httpx.Client(base_url=server, timeout=30, cookies=signed_in.cookies(server)) as made:
        yield made


@pytest.mark.parametrize(
    ("lang", "language", "title"),
    [
        ("zh", "zh-CN", "乡图 · 乡村基础设施规划与跟踪"),
        ("en", "en", "Xiangtu · planning and tracking rural infrastructure"),
    ],
)
def test_it_speaks_the_visitors_language(client: httpx.Client, lang: str, language: str, title: str) -> None:
    session = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {**PAGE, "Cookie": f"other=1; xiangtu_language={lang}; {session}"}
    answer = client.get("/map", headers=headers)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert f"<title>{title}</title>" in answer.text
    assert '<div id="root"><p' in answer.text


def test_no_browser_keeps_the_page_of_another_language(client: httpx.Client) -> None:
    first = client.get("/", headers=PAGE)
    assert not {"etag", "last-modified"} & set(first.headers)
    again = client.get("/", headers={**PAGE, "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert (again.status_code, again.text) == (200, first.text)


@pytest.mark.parametrize("path", ["/", "/map", "/dossier"])
def test_every_file_announced_is_there(client: httpx.Client, path: str) -> None:
    links = [one or other for one, other in _LINKS.findall(client.get(path, headers=PAGE).text)]
    assert len(links) > 20
    assert any("ComponentInstance" in link for link in links)
    assert any("map.js" in link for link in links) == (path == "/map")
    lost = [link for link in links if client.get(link.removeprefix("."), headers=PAGE).status_code != 200]
    assert lost == []


def test_scripts_and_data_pass_untouched(client: httpx.Client) -> None:
    answer = client.get(url_of("map.js"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    labels = client.get("/labels/county.json?bbox=112,23,114,25")
    assert labels.headers["etag"]


def test_a_page_of_another_make_is_left_whole() -> None:
    strange = b"<!doctype html><body>something else</body>"
    assert dressed(strange, "/map", "", "zh") == strange


def test_the_first_map_is_the_map_of_the_address(client: httpx.Client) -> None:
    page = client.get("/map?theme=ftth_household_share&on=roads", headers=PAGE).text
    assert 'src="/first-map?theme=ftth_household_share&amp;on=roads"' in page
    assert "first-map" not in client.get("/overview", headers=PAGE).text
    answer = client.get("/first-map?theme=ftth_household_share&on=roads", headers=PAGE)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "/themes/ftth_household_share/" in answer.text
    assert url_of("map.js") in answer.text


def test_an_address_cannot_write_into_the_page(client: httpx.Client) -> None:
    evil = "/map?theme=none&x='\"><script>alert(1)</script>"
    assert "<script>alert(1)" not in client.get(evil, headers=PAGE).text
    assert "alert(1)" not in client.get("/first-map" + evil.removeprefix("/map"), headers=PAGE).text


@pytest.mark.parametrize(("path", "front"), [("/home", "/"), ("/nothing", "/?unknown=%2Fnothing")])
def test_an_address_that_no_page_has_leads_to_the_front_page(
    client: httpx.Client, path: str, front: str
) -> None:
    answer = client.get(path, headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, front)
