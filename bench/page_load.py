"""The map page against the same polygons through stock `folium.GeoJson`: time until drawn, bytes, a click.

Each load has a fresh browser context, so nothing is cached; both servers are warm. Bytes are counted in loads of
their own, for counting takes time. Drawn means: ours has no
request under way, every tile of the choropleth is there and its theme is applied; the peer's overlay holds a
path for every polygon. Ours is drawn twice, first before Streamlit's scripts (`maps.first_map`); the whole page is
there when the page's own map has taken that one's place. A click is measured until the dossier beside the map bears
the village's name, and compared with the whole page.
"""

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import shapely
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from bench._browser import VIEWPORT, Wire, chromium, stopwatch
from bench._server import ROOT, Server, database, streamlit_page, xiangtu

ROUNDS = 3
FASTER, SMALLER, CLICK_PART = 4.0, 10.0, 0.25
_LIMIT_MS, _QUIET_MS = 180_000, 2000
_OURS_DRAWN = """() => {
    const map = document.querySelector(".leaflet-container[data-drawn]");
    const tiles = map ? [...map.querySelectorAll(".leaflet-xt-fill-pane canvas")] : [];
    return tiles.length > 0 && tiles.every((tile) => tile.classList.contains("leaflet-tile-loaded"));
}"""
_MAP_FRAME = "streamlit_folium"
_OURS_WHOLE = f"""() => {{
    const given = document.querySelector('iframe[title*="{_MAP_FRAME}"]') && !document.querySelector("#xt-first");
    if (given) window.wholeAfterMs ??= performance.now();
    return given;
}}"""


@dataclass(frozen=True)
class Load:
    """One page load, nothing looked at but the clock: ms until drawn, until whole, from a click to the dossier."""

    drawn_ms: float
    whole_ms: float
    click_ms: float | None = None


@dataclass(frozen=True)
class Size:
    """Bytes received by one page load: all, and without the files of Streamlit and streamlit-folium."""

    all_bytes: int
    own_bytes: int


def _peer_drawn(polygons: int) -> str:
    return f"""() => {{
        const drawn = document.querySelector(".leaflet-overlay-pane svg g");
        return drawn !== null && drawn.childElementCount >= {polygons};
    }}"""


@contextmanager
def _window(browser: Browser, server: Server) -> Iterator[Page]:
    """A page with empty caches, signed in where that is needed."""
    context = browser.new_context(viewport=VIEWPORT, locale="zh-CN", device_scale_factor=1)
    context.add_cookies(server.browser_cookies())
    yield context.new_page()
    context.close()


def size(browser: Browser, server: Server, path: str, condition: str) -> Size:
    """Open a page and count what it receives until it has been drawn and quiet for a while.

    Raises
    ------
    RuntimeError : the page asked another server for something, or ours shows no theme: no fair comparison.
    """
    with _window(browser, server) as page:
        page.add_init_script(stopwatch(condition))
        wire = Wire()
        wire.watch(page.context, page, server.address)
        page.goto(server.address + path, wait_until="commit")
        page.wait_for_function("() => window.drawnAfterMs !== undefined", timeout=_LIMIT_MS)
        page.wait_for_timeout(_QUIET_MS)
        if wire.outside:
            raise RuntimeError(f"requests to other servers: {wire.outside}")
        if "theme=" in path and not wire.asked_for("/themes/"):
            raise RuntimeError("the map has no theme: are indicators computed (`xiangtu indicators`)?")
        return Size(wire.all_bytes, wire.own_bytes)


def load(browser: Browser, server: Server, path: str, condition: str, village: str | None = None) -> Load:
    """Open a page and wait until its map is drawn; then, on ours, click on the village in its middle."""
    with _window(browser, server) as page:
        page.add_init_script(stopwatch(condition))
        page.goto(server.address + path, wait_until="commit")
        page.wait_for_function("() => window.drawnAfterMs !== undefined", timeout=_LIMIT_MS)
        drawn_ms = float(page.evaluate("() => window.drawnAfterMs"))
        if village is None:
            return Load(drawn_ms, drawn_ms)
        page.wait_for_function(_OURS_WHOLE, timeout=_LIMIT_MS)
        whole_ms = float(page.evaluate("() => window.wholeAfterMs"))
        page.wait_for_timeout(_QUIET_MS)
        page.evaluate(_WATCH_DOSSIER, village)
        map_box = page.locator(f'iframe[title*="{_MAP_FRAME}"]').bounding_box()
        if map_box is None:
            raise RuntimeError("the map is not on the page")
        page.evaluate("() => { window.clickedAt = performance.now(); }")
        page.mouse.click(map_box["x"] + map_box["width"] / 2, map_box["y"] + map_box["height"] / 2)
        page.wait_for_function("() => window.dossierAt !== undefined", timeout=30_000)
        return Load(drawn_ms, whole_ms, float(page.evaluate("() => window.dossierAt - window.clickedAt")))


_WATCH_DOSSIER = """(village) => {
    const look = () => {
        const headings = [...document.querySelectorAll('[data-testid="stMain"] h3')];
        if (!headings.some((heading) => heading.textContent.trim() === village)) return requestAnimationFrame(look);
        requestAnimationFrame(() => { window.dossierAt = performance.now(); });
    };
    look();
}"""


def view_of_middle(url: sa.URL) -> tuple[str, str, int]:
    """Part of an address that centres the map on a village, its name, and the number of polygons shown."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT name, ST_AsBinary(geom) AS shape FROM feature.admin_units WHERE level = 'village'"
            )
        ).all()
        polygons = connection.scalar(
            sa.text(
                "SELECT (SELECT count(*) FROM feature.admin_units WHERE level <> 'city') + "
                "(SELECT count(*) FROM feature.consolidation_projects)"
            )
        )
    engine.dispose()
    points = [shapely.point_on_surface(shapely.from_wkb(bytes(row.shape))) for row in rows]
    middle = shapely.centroid(shapely.MultiPoint(points))
    point, name = min(
        zip(points, (row.name for row in rows), strict=True), key=lambda p: middle.distance(p[0])
    )
    return f"v=9/{point.y:.5f}/{point.x:.5f}", name, int(polygons or 0)


def main() -> int:
    """Measure in alternating rounds, the first not counted; exit status 1 if a goal is missed."""
    with database() as url:
        view, village, polygons = view_of_middle(url)
        path = f"/map?theme=tap_water_rate&{view}"
        with xiangtu() as ours, streamlit_page(ROOT / "bench" / "_folium_app.py", url) as peer:
            mine: list[Load] = []
            others: list[Load] = []
            with chromium() as browser:
                sizes = (
                    size(browser, ours, path, _OURS_DRAWN),
                    size(browser, peer, "/", _peer_drawn(polygons)),
                )
                for round_ in range(ROUNDS + 1):
                    one = load(browser, ours, path, _OURS_DRAWN, village)
                    other = load(browser, peer, "/", _peer_drawn(polygons))
                    print(f"round {round_}: {one}\n         {other}", flush=True)
                    if round_:
                        mine.append(one)
                        others.append(other)
    return 0 if _report(mine, others, *sizes) else 1


def _report(mine: list[Load], others: list[Load], my_size: Size, other_size: Size) -> bool:
    """Print medians and ratios; True if all goals are met."""
    median = statistics.median
    drawn, peer_drawn = median(x.drawn_ms for x in mine), median(x.drawn_ms for x in others)
    own, peer_own = my_size.own_bytes, other_size.own_bytes
    whole_size, peer_size = my_size.all_bytes, other_size.all_bytes
    whole = median(x.whole_ms for x in mine)
    click = median(x.click_ms for x in mine if x.click_ms is not None)
    kib = 1024
    print(
        f"page to drawn map: xiangtu {drawn:.0f} ms, folium.GeoJson {peer_drawn:.0f} ms, "
        f"ratio {peer_drawn / drawn:.2f} (goal {FASTER:g})\n"
        f"whole page: xiangtu {whole:.0f} ms, ratio {peer_drawn / whole:.2f}\n"
        f"bytes without Streamlit's own files: xiangtu {own / kib:.0f} KiB, folium.GeoJson "
        f"{peer_own / kib:.0f} KiB, ratio {peer_own / own:.1f} (goal {SMALLER:g})\n"
        f"bytes with them: xiangtu {whole_size / kib:.0f} KiB, folium.GeoJson {peer_size / kib:.0f} KiB, "
        f"ratio {peer_size / whole_size:.1f}\n"
        f"click to dossier: {click:.0f} ms, {click / whole:.2f} of our whole page, "
        f"{click / peer_drawn:.2f} of the peer's (goal {CLICK_PART:g})"
    )
    return peer_drawn >= FASTER * drawn and peer_own >= SMALLER * own and click <= CLICK_PART * whole


if __name__ == "__main__":
    sys.exit(main())
