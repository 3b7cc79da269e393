"""Map layers of plans: candidates by kind, those that a scenario left out in grey, the one selected in relief."""

from collections.abc import Sequence

from i18n import Lang, tr
from layers import Geometry, Style, Symbol
from layers.codes import CandidateKind, Need
from maps.plan_looks import LOOKS
from maps.state import MAP_OVER_TILE_ZOOM, Bounds, LegendValue, VectorLayer
from store.planning.plan_tiles import LEFT, LINES, POINTS
from store.zoom_bands import MAX_ZOOM

TILES = "/plans/tiles/{{z}}/{{x}}/{{y}}.pbf?scenario={source}&v={stamp}"
_GREY, _SELECTED, _MIN_ZOOM = "#8b8f98", "#111827", 6


def _symbols(geometry: Geometry) -> dict[str, Symbol]:
    """The symbols of the kinds that are drawn so."""
    return {
        str(kind): look.symbol(width=3.2, radius=6.5, outline=1.4)
        for kind, look in LOOKS.items()
        if look.geometry is geometry
    }


def _dot(radius: float) -> Symbol:
    return Symbol("#ffffff", fill=_GREY, fill_opacity=1, width=1.4, radius=radius)


_LINES, _POINTS = _symbols(Geometry.LINE), _symbols(Geometry.POINT)
_LINE_STYLE = Style(
    Symbol(_GREY, width=3.2),
    attribute="look",
    symbols={**_LINES, LEFT: Symbol(_GREY, width=2.2, dash="5 4")},
    min_zoom=_MIN_ZOOM,
    priority=(*_LINES, LEFT),
)
_POINT_STYLE = Style(
    _dot(6.5),
    attribute="look",
    symbols={**_POINTS, LEFT: _dot(4.5)},
    min_zoom=_MIN_ZOOM,
    priority=(*_POINTS, LEFT),
)
_SELECTED_LINE = Style(Symbol(_SELECTED, width=7, opacity=0.55), min_zoom=_MIN_ZOOM)
_SELECTED_POINT = Style(
    Symbol(_SELECTED, fill="#ffffff", fill_opacity=0.1, width=3, radius=12), min_zoom=_MIN_ZOOM
)


def plan_layers(
    lang: Lang,
    stamp: str,
    *,
    scenario: int | None = None,
    needs: Sequence[Need] = (),
    selected: tuple[str, Geometry] | None = None,
    bounds: Bounds | None = None,
) -> tuple[VectorLayer, ...]:
    """Return the layers of candidates as they are now, or as a scenario has them, in their drawing order.

    Parameters
    ----------
    stamp : `store.planning.plan_tiles.stamp`; a new one is fetched.
    scenario : its number; None for the candidates of now.
    needs : only candidates that mend one of them; all if empty.
    selected : number of the candidate that stands out, and whether it is a line or a point.
    bounds : of the city, degrees; no tile outside is asked for.
    """
    url = TILES.format(source="candidates" if scenario is None else scenario, stamp=stamp)
    wanted = {"need": frozenset(map(str, needs))} if needs else {}
    shown = {kind for kind in CandidateKind if not needs or kind.need in needs}

    def layer(
        name: str, mvt_layer: str, geometry: Geometry, style: Style, only: str | None = None
    ) -> VectorLayer:
        return VectorLayer(
            id=name,
            title=tr("planning.layer_selected", lang)
            if only
            else tr(f"planning.layer_{geometry.value}", lang),
            url=url,
            mvt_layer=mvt_layer,
            geometry=geometry,
            style=style,
            min_zoom=_MIN_ZOOM,
            deepest_tile=MAX_ZOOM,
            label_field="name",
            values=() if only else _values(style, shown, scenario is not None, lang),
            filters={**wanted, "no": frozenset({only})} if only else wanted,
            bounds=bounds,
        )

    parts = []
    for name, geometry, style, relief in (
        (LINES, Geometry.LINE, _LINE_STYLE, _SELECTED_LINE),
        (POINTS, Geometry.POINT, _POINT_STYLE, _SELECTED_POINT),
    ):
        found = []
        if shown & {CandidateKind.of(value) for value in style.symbols if value != LEFT}:
            found.append(layer(name, name, geometry, style))
        if selected is not None and selected[1] is geometry:
            around = layer(f"{name}_selected", name, geometry, relief, selected[0])
            # A broad line shows on both sides of the one it lies under; a ring goes around a point from above.
            found.insert(0 if geometry is Geometry.LINE else len(found), around)
        parts += found
    return tuple(parts)


def _values(style: Style, shown: set[CandidateKind], chosen: bool, lang: Lang) -> tuple[LegendValue, ...]:
    """What the legend lists of a style: the kinds that can be there, and in a scenario what it left out."""
    listed = [
        (value, CandidateKind.of(value).text.get(lang))
        for value in style.priority
        if value != LEFT and CandidateKind.of(value) in shown
    ]
    if chosen and listed:
        listed.append((LEFT, tr("planning.left_out", lang)))
    return tuple(LegendValue(value, words, _MIN_ZOOM + MAP_OVER_TILE_ZOOM) for value, words in listed)
