"""The map page against the same polygons through stock `folium.GeoJson`: time until drawn, bytes, a click.

Each load has a fresh browser context, so nothing is cached; both servers are warm. Drawn means: ours has no
request under way, every tile of the choropleth is there and its theme is applied; the peer's overlay holds a
path for every polygon. A click is measured until the dossier beside the map bears the village's name.
"""

import statistics
import sys
from dataclasses import dataclass

import shapely
import sqlalchemy as sa
from playwright.sync_api import Browser

from bench._browser import VIEWPORT, Wire, chromium, stopwatch
from bench._server import ROOT, Server, database, streamlit_page, xiangtu

ROUNDS = 3
FASTER, SMALLER, CLICK_PART = 4.0, 10.0, 0.25
_LIMIT_MS = 180_000
_OURS_DRAWN = """() => {
    const map = document.querySelector(".leaflet-container[data-drawn]");
    const tiles = map ? [...map.querySelectorAll(".leaflet-xt-fill-pane canvas")] : [];
    return tiles.length > 0 && tiles.every((tile) => tile.classList.contains("leaflet-tile-loaded"));
}"""
_MAP_FRAME = "streamlit_folium"


@dataclass(frozen=True)
class Load:
    """One page load: ms until drawn, bytes received, and ms from a click to the dossier if there was one."""

    drawn_ms: float
    all_bytes: int
    own_bytes: int
    click_ms: float | None = None


def _peer_drawn(polygons: int) -> str:
    return f"""() => {{
        const drawn = document.querySelector(".leaflet-overlay-pane svg g");
        return drawn !== null && drawn.childElementCount >= {polygons};
    }}"""


def load(browser: Browser, server: Server, path: str, condition: str, village: str | None = None) -> Load:
    """Open a page with empty caches and wait until its map is drawn; then click on the village in its middle.

    Raises
    ------
    RuntimeError : the page asked another server for something, which would spoil the times.
    """
    context = browser.new_context(viewport=VIEWPORT, locale="zh-CN", device_scale_factor=1)
    page = context.new_page()
    page.add_init_script(stopwatch(condition))
    wire = Wire()
    wire.watch(context, page, server.address)
    page.goto(server.address + path, wait_until="commit")
    page.wait_for_function("() => window.drawnAfterMs !== undefined", timeout=_LIMIT_MS)
    drawn_ms = float(page.evaluate("() => window.drawnAfterMs"))
    if wire.outside:
        raise RuntimeError(f"requests to other servers: {wire.outside}")
    if village and not wire.asked_for("/themes/"):
        raise RuntimeError("the map has no theme: are indicators computed (`xiangtu indicators`)?")
    all_bytes, own_bytes = wire.all_bytes, wire.own_bytes
    click_ms = None
    if village:
        page.wait_for_timeout(1500)
        page.evaluate(_WATCH_DOSSIER, village)
        map_box = page.locator(f'iframe[title*="{_MAP_FRAME}"]').bounding_box()
        if map_box is None:
            raise RuntimeError("the map is not on the page")
        page.evaluate("() => { window.clickedAt = performance.now(); }")
        page.mouse.click(map_box["x"] + map_box["width"] / 2, map_box["y"] + map_box["height"] / 2)
        page.wait_for_function("() => window.dossierAt !== undefined", timeout=30_000)
        click_ms = float(page.evaluate("() => window.dossierAt - window.clickedAt"))
    context.close()
    return Load(drawn_ms, all_bytes, own_bytes, click_ms)


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
                for round_ in range(ROUNDS + 1):
                    one = load(browser, ours, path, _OURS_DRAWN, village)
                    other = load(browser, peer, "/", _peer_drawn(polygons))
                    print(f"round {round_}: {one}\n         {other}", flush=True)
                    if round_:
                        mine.append(one)
                        others.append(other)
    return 0 if _report(mine, others) else 1


def _report(mine: list[Load], others: list[Load]) -> bool:
    """Print medians and ratios; True if all goals are met."""
    median = statistics.median
    drawn, peer_drawn = median(x.drawn_ms for x in mine), median(x.drawn_ms for x in others)
    size, peer_size = median(x.all_bytes for x in mine), median(x.all_bytes for x in others)
    own, peer_own = median(x.own_bytes for x in mine), median(x.own_bytes for x in others)
    click = median(x.click_ms for x in mine if x.click_ms is not None)
    kib = 1024
    print(
        f"page to drawn map: xiangtu {drawn:.0f} ms, folium.GeoJson {peer_drawn:.0f} ms, "
        f"ratio {peer_drawn / drawn:.2f} (goal {FASTER:g})\n"
        f"bytes without Streamlit's own files: xiangtu {own / kib:.0f} KiB, folium.GeoJson "
        f"{peer_own / kib:.0f} KiB, ratio {peer_own / own:.1f} (goal {SMALLER:g})\n"
        f"bytes with them: xiangtu {size / kib:.0f} KiB, folium.GeoJson {peer_size / kib:.0f} KiB, "
        f"ratio {peer_size / size:.1f}\n"
        f"click to dossier: {click:.0f} ms, {click / drawn:.2f} of our page load, "
        f"{click / peer_drawn:.2f} of the peer's (goal {CLICK_PART:g})"
    )
    return peer_drawn >= FASTER * drawn and peer_own >= SMALLER * own and click <= CLICK_PART * drawn


if __name__ == "__main__":
    sys.exit(main())
