"""Vector tiles: requests a second of Xiangtu against tipg on the same table, warm and cold.

Warm is one village tile asked again and again by wrk with 8 connections; cold is every village tile of the
city at zooms 10 to 12 asked once by 8 clients after a restart. Both ask as browsers do (gzip accepted), and
tipg is asked for the two attributes that our tiles carry, no more.
"""

import asyncio
import math
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx
import shapely
import sqlalchemy as sa

from bench._server import Server, database, tipg, xiangtu

CLIENTS = 8
ROUNDS = 3
SECONDS = 4
WARM_ZOOMS = (10, 12)
COLD_ZOOMS = (10, 11, 12)
_GZIP = {"Accept-Encoding": "gzip"}
Tile = tuple[int, int, int]


@dataclass(frozen=True)
class Maker:
    """A tile server: how to start it, and its address of a village tile."""

    name: str
    start: Callable[[], AbstractContextManager[Server]]
    path: Callable[[Tile], str]


def tile_at(zoom: int, lon: float, lat: float) -> Tile:
    """The Web Mercator tile that holds a place."""
    side = 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
    return zoom, int((lon + 180) / 360 * side), int(row)


def bounds_of(tile: Tile) -> shapely.Polygon:
    """A tile as a box in degrees."""
    zoom, column, row = tile
    side = 2**zoom

    def latitude(y: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / side))))

    west, east = column / side * 360 - 180, (column + 1) / side * 360 - 180
    return shapely.box(west, latitude(row + 1), east, latitude(row))


def tiles_over(area: shapely.Geometry, zooms: Iterable[int]) -> list[Tile]:
    """All tiles of some zooms that touch an area, EPSG:4490."""
    west, south, east, north = area.bounds
    found: list[Tile] = []
    for zoom in zooms:
        _, left, top = tile_at(zoom, west, north)
        _, right, bottom = tile_at(zoom, east, south)
        grid = [(zoom, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
        found += [tile for tile in grid if area.intersects(bounds_of(tile))]
    return found


def read_city(url: sa.URL) -> tuple[shapely.Geometry, int]:
    """The ground that villages cover, and the version of the administrative units."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        wkb = connection.scalar(
            sa.text("SELECT ST_AsBinary(ST_Union(geom)) FROM feature.admin_units WHERE level = 'county'")
        )
        version = connection.scalar(
            sa.text("SELECT version FROM xiangtu.layer_versions WHERE feature_id = 'admin_units'")
        )
    engine.dispose()
    return shapely.from_wkb(bytes(wkb)), int(version or 0)


def warm_rate(server: Server, path: str) -> float:
    """Requests a second of one tile under wrk.

    Raises
    ------
    RuntimeError : an answer was an error, so the rate means nothing.
    """
    address = server.address + path
    httpx.get(address, headers=_GZIP, cookies=server.cookies).raise_for_status()
    cookie = "; ".join(f"{name}={value}" for name, value in server.cookies.items())
    headers = ["-H", "Accept-Encoding: gzip", "-H", f"Cookie: {cookie}"]
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", *headers, address]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    if rate is None:
        raise RuntimeError(told)
    return float(rate[1])


async def _ask_all(server: Server, paths: list[str]) -> float:
    waiting = iter(paths)
    async with httpx.AsyncClient(
        base_url=server.address, headers=_GZIP, cookies=server.cookies, timeout=60
    ) as client:
        # Connections to server and database are up in both before the clock starts.
        await asyncio.gather(*(client.get("/healthz") for _ in range(CLIENTS)))

        async def visitor() -> None:
            for path in waiting:
                (await client.get(path)).raise_for_status()

        begun = time.perf_counter()
        await asyncio.gather(*(visitor() for _ in range(CLIENTS)))
        return len(paths) / (time.perf_counter() - begun)


def cold_rate(maker: Maker, tiles: list[Tile]) -> float:
    """Requests a second of distinct tiles, each for the first time since a restart."""
    with maker.start() as server:
        return asyncio.run(_ask_all(server, [maker.path(tile) for tile in tiles]))


def report(what: str, ours: list[float], peers: list[float], goal: float) -> bool:
    """Print medians and their ratio; True if the goal is met."""
    mine, other = statistics.median(ours), statistics.median(peers)
    met = mine >= goal * other
    print(
        f"{what}: xiangtu {mine:.0f}/s, tipg {other:.0f}/s, ratio {mine / other:.2f} "
        f"(goal {goal:g}: {'met' if met else 'MISSED'})",
        flush=True,
    )
    return met


def main() -> int:
    """Measure in alternating rounds; exit status 1 if a goal is missed."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    with database() as url:
        area, version = read_city(url)
        middle = shapely.point_on_surface(area)
        ours = Maker("xiangtu", xiangtu, lambda t: f"/tiles/village/{version}/{t[0]}/{t[1]}/{t[2]}.pbf")
        peer = Maker(
            "tipg",
            lambda: tipg(url),
            lambda t: (
                f"/collections/feature.admin_units/tiles/WebMercatorQuad/{t[0]}/{t[1]}/{t[2]}"
                "?level=village&properties=admin_code,name"
            ),
        )
        met = []
        with ours.start() as mine, peer.start() as other:
            for zoom in WARM_ZOOMS:
                tile = tile_at(zoom, middle.x, middle.y)
                rates: dict[str, list[float]] = {"xiangtu": [], "tipg": []}
                for _ in range(ROUNDS):
                    rates["xiangtu"].append(warm_rate(mine, ours.path(tile)))
                    rates["tipg"].append(warm_rate(other, peer.path(tile)))
                met.append(report(f"warm z{zoom}", rates["xiangtu"], rates["tipg"], goal=5))
        tiles = tiles_over(area, COLD_ZOOMS)
        cold: dict[str, list[float]] = {"xiangtu": [], "tipg": []}
        for _ in range(ROUNDS):
            for maker in (ours, peer):
                cold[maker.name].append(cold_rate(maker, tiles))
        met.append(report(f"cold, {len(tiles)} tiles of z10-12", cold["xiangtu"], cold["tipg"], goal=1))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
