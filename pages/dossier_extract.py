"""A place's map extract with the legend of what is drawn in it, for screen and paper."""

from collections import Counter
from dataclasses import dataclass, replace

from i18n import Lang, tr
from layers import AdminLevel, FeatureType, Symbol, all_features
from maps.extract import svg_map
from maps.legend import layer_legend, legend_layer
from store.engine import reading
from store.extract_shapes import DrawnFeature, extract_shapes
from store.places import Place

_CHILD = Symbol("#9ca3af", width=0.8)
_DETAILED = (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP)


@dataclass(frozen=True)
class Extract:
    """The picture as SVG, and its legend as escaped HTML (empty where no feature is drawn)."""

    svg: str
    legend: str


def draw_extract(place: Place, lang: Lang, width: int = 460, height: int = 340) -> Extract:
    """Draw a place's extract of the given size (pixels); counties and the city without single features."""
    shown = {f.id: f for f in all_features() if f.style is not None and f.style.shown}
    if place.level not in _DETAILED:
        shown = {}
    with reading() as connection:
        shapes = extract_shapes(connection, place, list(shown.values()))
    svg = svg_map(
        shapes.outline,
        list(shapes.neighbours),
        [
            *((child, _CHILD) for child in shapes.children),
            *((drawn.geometry, _symbol(shown[drawn.feature_id], drawn)) for drawn in shapes.features),
        ],
        title=tr("pages.dossier.extract", lang, name=place.name),
        lang=lang,
        width=width,
        height=height,
    )
    return Extract(svg, _legend(shapes.features, shown, lang))


def _legend(drawn: tuple[DrawnFeature, ...], shown: dict[str, FeatureType], lang: Lang) -> str:
    """Rows for the values that occur, with their numbers."""
    counts: dict[str, Counter[str]] = {}
    for feature in drawn:
        counts.setdefault(feature.feature_id, Counter())[feature.value or ""] += 1
    layers = []
    for feature_id, counted in counts.items():
        layer = legend_layer(shown[feature_id], lang, counted)
        symbols = {value: symbol for value, symbol in layer.style.symbols.items() if counted[value]}
        layers.append(replace(layer, style=replace(layer.style, symbols=symbols)))
    return layer_legend(tuple(layers), lang) if layers else ""


def _symbol(feature: FeatureType, drawn: DrawnFeature) -> Symbol:
    style = feature.style
    if style is None:
        raise ValueError(f"{feature.id} is not drawn on maps")
    return style.symbols.get(drawn.value or "", style.default)
