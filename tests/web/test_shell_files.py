"""Streamlit's own files out of memory: whole, compressed where it helps, and nothing from beside their folder."""

from pathlib import Path

import httpx
import pytest
import streamlit

from tests import signed_in
from web.shell_files import shell_file

FOLDER = Path(streamlit.__file__).parent / "static" / "static"
SCRIPT = next(path.name for path in (FOLDER / "js").glob("index.*.js"))


@pytest.fixture(scope="module")
def client(server: str):
    with httpx.Client(base_url=server, timeout=30, cookies=signed_in.cookies(server)) as made:
        yield made


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_a_script_is_whole_either_way(client: httpx.Client, accepted: str) -> None:
    answer = client.get(f"/static/js/{SCRIPT}", headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200
    assert answer.content == (FOLDER / "js" / SCRIPT).read_bytes()
    assert (answer.headers.get("content-encoding") == "gzip") == (accepted == "gzip")
    assert "immutable" in answer.headers["cache-control"]
    assert "javascript" in answer.headers["content-type"]


def test_compression_makes_a_script_less_than_half(client: httpx.Client) -> None:
    with client.stream("GET", f"/static/js/{SCRIPT}", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = sum(len(part) for part in answer.iter_raw())
    assert raw < (FOLDER / "js" / SCRIPT).stat().st_size / 2


@pytest.mark.parametrize("name", ["../index.html", "js/../../index.html", "/etc/passwd", "js", "js/none.js"])
def test_nothing_beside_the_folder(name: str) -> None:
    assert shell_file(name) is None
