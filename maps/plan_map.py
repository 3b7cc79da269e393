"""The map of a plan: candidates chosen and not chosen over the city, one of them in relief; alone or beside another."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import shapely
import sqlalchemy as sa

from base.settings import settings
from i18n import Lang, tr
from layers import Geometry, Style
from layers.codes import CandidateKind, Need
from maps.plan_layer import plan_layers
from maps.state import Bounds, LegendValue, MapState, Scope, VectorLayer, View
from maps.vector_layer import admin_layers
from store import places
from store.errors import UnknownPlace
from store.planning.plan_tiles import LEFT, stamp
from store.tiles import versions


@dataclass(frozen=True)
class PlanLook:
    """What of a plan the map shows.

    Attributes
    ----------
    scenario : number of the scenario whose copy is drawn; None for the candidates as they are now, of which `chosen`
        are drawn by kind and `others` in grey (all other candidates are not drawn).
    selected : number of the candidate in relief, and its geometry.
    needs : what the legend speaks of; all if empty.
    scope : leading digits looked at.
    """

    scenario: int | None = None
    chosen: Collection[str] = ()
    others: Collection[str] = ()
    selected: tuple[str, shapely.Geometry] | None = None
    needs: tuple[Need, ...] = ()
    scope: str = ""
    bounds: Bounds | None = None
    serial: int = 0


def plan_map(
    connection: sa.Connection, look: PlanLook, lang: Lang, *, link: str = "", height_px: int = 460
) -> MapState:
    """Return the map of a plan.

    Parameters
    ----------
    link : maps of one page with the same word look at the same place.
    """
    at = versions(connection)
    try:
        bounds: Bounds | None = places.place(connection, settings().city_code).bounds
    except UnknownPlace:
        bounds = None
    layers = plan_layers(
        lang,
        stamp(connection, look.scenario),
        scenario=look.scenario,
        needs=look.needs,
        selected=None if look.selected is None else (look.selected[0], _geometry(look.selected[1])),
        bounds=bounds,
    )
    if look.scenario is None:
        layers = _divided(layers, look, lang)
    return MapState(
        base=admin_layers(str(at.get("admin_units", 0)), lang, bounds=bounds),
        layers=layers,
        scope=Scope(look.scope),
        view=View(look.serial, bounds=look.bounds or bounds) if look.bounds or bounds else None,
        lang=lang,
        link=link,
        height_px=height_px,
    )


def _geometry(shape: shapely.Geometry) -> Geometry:
    return Geometry.LINE if shapely.get_dimensions(shape) == 1 else Geometry.POINT


def _divided(layers: tuple[VectorLayer, ...], look: PlanLook, lang: Lang) -> tuple[VectorLayer, ...]:
    """Layers of today's candidates as one of those chosen and, below it, a grey one of the others."""
    divided: list[VectorLayer] = []
    chosen, others = frozenset(look.chosen), frozenset(look.others)
    for layer in layers:
        if "no" in layer.filters:
            divided.append(layer)
            continue
        grey = Style(layer.style.symbols[LEFT], min_zoom=layer.style.min_zoom)
        left = replace(
            layer,
            id=f"{layer.id}_left",
            title=f"{layer.title} · {tr('planning.left_out', lang)}",
            style=replace(grey, attribute=None),
            values=(),
            filters={"no": others},
        )
        divided += [left, replace(layer, filters={"no": chosen}, values=_kinds(layer))]
    return tuple(divided)


def _kinds(layer: VectorLayer) -> tuple[LegendValue, ...]:
    known = {str(kind) for kind in CandidateKind}
    return tuple(value for value in layer.values if value.value in known)
