"""The map of what was drawn: by what was found, the one picked in relief."""

from dataclasses import replace

import pandas as pd
import shapely
import sqlalchemy as sa

from i18n import Lang, tr
from layers import Symbol
from maps.base_map import show
from maps.choices import MapChoices
from maps.city_map import city_map
from maps.state import Drawn, View
from pages import formats
from pages.shell import person
from store.progress.inspections import Verdict

_OPEN = "open"
_SYMBOLS = {
    _OPEN: Symbol("#ffffff", fill="#1d4ed8", radius=6, fill_opacity=0.95),
    str(Verdict.GOOD): Symbol("#ffffff", fill="#2e7d32", radius=6, fill_opacity=0.95),
    str(Verdict.MINOR): Symbol("#ffffff", fill="#e08a00", radius=6, fill_opacity=0.95),
    str(Verdict.SERIOUS): Symbol("#ffffff", fill="#c62828", radius=6, fill_opacity=0.95),
}
_PICKED = Symbol("#111827", fill=None, radius=11, fill_opacity=0.0, width=3.0)
_AROUND_DEG = 0.03


def draw_map(
    connection: sa.Connection,
    drawn: pd.DataFrame,
    found: pd.DataFrame,
    picked: "pd.Series[object] | None",
    prefix: str,
    current: Lang,
) -> None:
    """Draw the map; it moves to the place picked, else to the whole."""
    verdicts = dict(zip(found["unit_id"], found["verdict"], strict=True))
    groups: dict[str, list[shapely.Point]] = {}
    for unit, lon, lat in zip(drawn["unit_id"], drawn["lon"], drawn["lat"], strict=True):
        if not formats.missing(lon):
            groups.setdefault(str(verdicts.get(unit, _OPEN)), []).append(shapely.Point(lon, lat))
    made = [
        Drawn(tr(f"inspection.map_{name}", current), symbol, tuple(groups[name]))
        for name, symbol in _SYMBOLS.items()
        if name in groups
    ]
    state = city_map(connection, MapChoices(on=frozenset(), scope=prefix), current, person())
    view = state.view
    if picked is not None and not formats.missing(picked["lon"]):
        lon, lat = float(str(picked["lon"])), float(str(picked["lat"]))
        made.append(Drawn(tr("inspection.map_picked", current), _PICKED, (shapely.Point(lon, lat),)))
        box = (lon - _AROUND_DEG, lat - _AROUND_DEG, lon + _AROUND_DEG, lat + _AROUND_DEG)
        view = View(1 + int(lon * 1e5) * 10_000_000 + int(lat * 1e5), bounds=box)
    layers = tuple(layer for layer in state.layers if layer.visible)
    show(replace(state, layers=layers, drawn=tuple(made), view=view, height_px=480), "inspection_map")
