"""The map of pieces that are farmland no more: a few hundred of them, the one picked in relief."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Symbol
from layers.codes import FarmlandChange, FarmlandVerdict
from maps.base_map import show
from maps.choices import MapChoices
from maps.city_map import city_map
from maps.state import Drawn, View
from pages.shell import person
from store.land.farmland import Piece

KEY = "farmland_map"
_SYMBOLS = {
    FarmlandChange.NON_FARM: Symbol("#991b1b", fill="#dc2626", fill_opacity=0.55, width=1.2),
    FarmlandChange.NON_GRAIN: Symbol("#92400e", fill="#f59e0b", fill_opacity=0.55, width=1.2),
}
_DISMISSED = Symbol("#64748b", fill="#cbd5e1", fill_opacity=0.4, width=1.0, dash="4 3")
_PICKED = Symbol("#1d4ed8", fill=None, fill_opacity=0.0, width=3.0)


def groups(
    pieces: Sequence[Piece], shapes: Mapping[int, BaseGeometry], picked: Piece | None, current: Lang
) -> tuple[Drawn, ...]:
    """What is drawn: pieces by change, dismissed ones apart, the picked one above; empty groups are left out."""

    def of(wanted: Sequence[Piece]) -> tuple[BaseGeometry, ...]:
        return tuple(shapes[one.id] for one in wanted if one.id in shapes)

    dismissed = [one for one in pieces if one.verdict is FarmlandVerdict.DISMISSED]
    made = [Drawn(FarmlandVerdict.DISMISSED.text.get(current), _DISMISSED, of(dismissed))]
    for change in (FarmlandChange.NON_GRAIN, FarmlandChange.NON_FARM):
        stands = [one for one in pieces if one.change is change and one not in dismissed]
        made.append(Drawn(change.text.get(current), _SYMBOLS[change], of(stands)))
    if picked is not None:
        made.append(Drawn(tr("farmland.picked", current), _PICKED, of([picked])))
    return tuple(group for group in made if group.shapes)


def draw_map(
    connection: sa.Connection,
    pieces: Sequence[Piece],
    shapes: Mapping[int, BaseGeometry],
    picked: Piece | None,
    prefix: str,
    current: Lang,
) -> None:
    """Draw the map; it moves to the piece picked, else to the place chosen."""
    state = city_map(
        connection, MapChoices(on=frozenset({"basic_farmland"}), scope=prefix), current, person()
    )
    view = state.view
    serial = int(prefix or "0") * 10
    if picked is not None and picked.id in shapes:
        west, south, east, north = shapes[picked.id].bounds
        pad = max(0.002, 0.6 * max(east - west, north - south))
        view = View(
            serial * 1_000_000 + picked.id + 1, bounds=(west - pad, south - pad, east + pad, north + pad)
        )
    elif view is not None:
        view = replace(view, serial=serial)
    show(
        replace(
            state,
            layers=tuple(layer for layer in state.layers if layer.visible),
            drawn=groups(pieces, shapes, picked, current),
            view=view,
            height_px=520,
        ),
        KEY,
    )
