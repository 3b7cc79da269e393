"""The site that the tests of the map's runtime drive, served by a process of its own."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from tests.server import free_port

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "</script><img src=x onerror=window.top.hacked=1>{{ 7*7 }}_abc123"
_START_S = 60
VILLAGES = [
    {"code": "441881103201", "name": HOSTILE, "box": (112.7, 24.0, 113.0, 24.3)},
    {"code": "441881103202", "name": "西牛\u202e村🏞", "box": (113.0, 24.0, 113.3, 24.3)},
    {"code": "441802001003", "name": "下廓", "box": (112.7, 23.7, 113.3, 24.0)},
]


@dataclass(frozen=True)
class Site:
    """A running site; `broken` is the file that makes its data routes answer the status written in it."""

    url: str
    broken: Path


def _write_tiles(folder: Path) -> None:
    boxes = [shapely.box(*village["box"]) for village in VILLAGES]
    middles = shapely.centroid(boxes)
    listed = [
        {"code": v["code"], "name": v["name"], "lon": p.x, "lat": p.y}
        for v, p in zip(VILLAGES, middles, strict=True)
    ]
    (folder / "villages.json").write_text(json.dumps(listed, ensure_ascii=False), "utf-8")
    codes, names = [v["code"] for v in VILLAGES], [v["name"] for v in VILLAGES]
    frames = {
        "village": gpd.GeoDataFrame({"admin_code": codes, "name": names}, geometry=boxes, crs=4326),
        "county": gpd.GeoDataFrame(
            {"admin_code": ["441881000000"], "name": ["英德市"]},
            geometry=[shapely.union_all(boxes[:2])],
            crs=4326,
        ),
        "houses": gpd.GeoDataFrame(
            {"admin_code": codes[:2], "grade": ["A", "D"]},
            geometry=[shapely.Point(112.85, 24.1), shapely.Point(113.15, 24.1)],
            crs=4326,
        ),
    }
    for name, frame in frames.items():
        pyogrio.write_dataframe(
            frame,
            folder / name,
            layer=name,
            driver="MVT",
            dataset_options={"FORMAT": "DIRECTORY", "MINZOOM": 5, "MAXZOOM": 11, "COMPRESS": "NO"},
        )


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the site of the map tests did not start")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, served by a process of its own."""
    folder = tmp_path_factory.mktemp("site")
    _write_tiles(folder)
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "tests.maps.runtime_site.server:app", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "XIANGTU_RUNTIME_SITE": str(folder), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/", server)
        yield Site(f"http://127.0.0.1:{port}/", folder / "broken")
    finally:
        server.terminate()
        server.wait(10)
