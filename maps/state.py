"""What a map shows, as values; and the one way in which values reach the browser.

Pages build a `MapState`; `payload` turns it into base64 of UTF-8 JSON. Base64 holds no quote, bracket, brace
or underscore, so nothing in a name can end a script, open a Jinja expression, or be taken for one of the
element ids that streamlit-folium rewrites (``_[a-z0-9]+``). The runtime decodes it and writes names as text,
never as HTML.

Coordinates are degrees in CGCS2000 (EPSG:4490), which web maps draw as WGS 84: the difference is centimetres.
"""

import base64
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Lang
from layers import AdminLevel, Geometry, Style, Symbol
from maps.shapes import PATHS

LonLat = tuple[float, float]
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

MAP_OVER_TILE_ZOOM = 1
"""Tiles are drawn 512 px wide: at map zoom z those of zoom z - 1. Declared zooms are zooms of tiles."""

_OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9_\-./{}?=&%,]*")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_EQUATOR_M_PER_PIXEL = 2 * math.pi * 6_378_137 / 256


def _own(url: str) -> str:
    if not _OWN_PATH.fullmatch(url):
        raise ValueError(f"the map asks its own server only, by a path: {url!r}")
    return url


def _color(value: str) -> str:
    if not _COLOR.fullmatch(value):
        raise ValueError(f"a colour is #rrggbb, not {value!r}")
    return value


@dataclass(frozen=True)
class LegendValue:
    """A value of a style's attribute in words, and the map zoom from which its features are drawn."""

    value: str
    words: str
    min_zoom: int


@dataclass(frozen=True)
class VectorLayer:
    """A layer of vector tiles.

    `url` holds ``{z}``, ``{x}`` and ``{y}``. Tiles are drawn 512 px wide, so map zoom z asks for tiles of
    zoom z - 1; from `deepest_tile` on, the deepest tile is enlarged. `filters` keeps the
    features whose attribute has one of the values (as text; booleans are ``"true"`` and ``"false"``, no value
    is ``""``).
    """

    id: str
    title: str
    url: str
    mvt_layer: str
    geometry: Geometry
    style: Style
    min_zoom: int
    deepest_tile: int
    max_zoom: int = 18
    visible: bool = True
    label_field: str | None = None
    values: tuple[LegendValue, ...] = ()
    """What the legend lists, most important first; empty where all features look alike."""
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bounds: Bounds | None = None
    """Nothing is asked for outside of it."""


@dataclass(frozen=True)
class Theme:
    """A choropleth: polygons are recoloured in the browser by one small table of classes.

    `url` answers ``{"441881103201": 2, "441881103202": null}``: the class by 12-digit code of units of
    `level`, null for no data. `colors` and `labels` go by class.
    """

    url: str
    level: AdminLevel
    title: str
    colors: tuple[str, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    """Units in each class."""
    without_data: int = 0
    target: tuple[int, str] | None = None
    """The class whose lower edge is the target, and the target in words."""
    note: str = ""
    """Date and source of the figures."""
    no_data: str = "#f4f4f1"
    no_data_line: str = "#b6b6ae"
    """Colour of the hatching that marks no data."""
    outline: str = "#ffffff"

    def __post_init__(self) -> None:
        if not len(self.colors) == len(self.labels) == len(self.counts):
            raise ValueError("a theme has one label and one count for each colour")


@dataclass(frozen=True)
class Swipe:
    """A second theme to the right of a divider that the visitor moves; the map's own theme is to the left of it.

    `url` is the address template of the right side's boundaries, which may be those of another day.
    """

    theme: Theme
    url: str
    left: str
    right: str
    """What each side shows, in a few words."""
    words: str
    """What the divider is called for those who cannot see it."""


@dataclass(frozen=True)
class Scope:
    """The part of the city looked at: base polygons outside are dimmed, features outside are not drawn.

    `prefix` is a leading part of the statistical code. `townships` names the 9-digit codes looked at (the 80,
    the 5), None for all.
    """

    prefix: str = ""
    townships: frozenset[str] | None = None


@dataclass(frozen=True)
class Selection:
    """The administrative unit whose outline and name stand out."""

    level: AdminLevel
    code: str
    name: str


@dataclass(frozen=True)
class View:
    """Where to look: a centre with a zoom, or bounds. The map moves only when `serial` changes.

    The view in the page's address (``?v=zoom/lat/lon``, kept by the runtime) wins when the page opens.
    """

    serial: int
    center: LonLat | None = None
    zoom: float | None = None
    bounds: Bounds | None = None

    def __post_init__(self) -> None:
        if (self.bounds is None) != (self.center is not None and self.zoom is not None):
            raise ValueError("a view is a centre with a zoom, or bounds")


@dataclass(frozen=True)
class Drawn:
    """A handful of shapes that are no layer: sent whole and drawn above the tiles, listed in the legend.

    For what belongs to one feature (its outline, pieces in conflict); layers of any number come as tiles.
    """

    title: str
    symbol: Symbol
    shapes: tuple[BaseGeometry, ...]
    """All of them points (drawn as discs), lines or polygons, EPSG:4490."""


@dataclass(frozen=True)
class MapState:
    """Everything that may change on the map; `base` and `layers` are drawn in their order."""

    base: tuple[VectorLayer, ...]
    layers: tuple[VectorLayer, ...] = ()
    theme: Theme | None = None
    scope: Scope = field(default_factory=Scope)
    selection: Selection | None = None
    marker: LonLat | None = None
    view: View | None = None
    drawn: tuple[Drawn, ...] = ()
    """In their drawing order."""
    swipe: Swipe | None = None
    lang: Lang = "zh"
    link: str = ""
    """Maps of one page with the same word here look at the same place; empty: a map of its own."""
    height_px: int = 0
    """Height of a map among other things; 0: what the window leaves below the page's head."""

    def __post_init__(self) -> None:
        ids = [layer.id for layer in (*self.base, *self.layers)]
        if len(set(ids)) != len(ids):
            raise ValueError("two layers of a map have the same id")


@dataclass(frozen=True)
class Click:
    """A click on the map, as the browser tells it."""

    lon: float
    lat: float
    zoom: float

    @property
    def metres_per_pixel(self) -> float:
        """Ground size of a CSS pixel at the click, m: how far "near the click" is."""
        return float(_EQUATOR_M_PER_PIXEL * math.cos(math.radians(self.lat)) / 2**self.zoom)

    @property
    def tile_zoom(self) -> int:
        """Zoom of the tiles that were on screen; half steps show the next whole zoom, as Leaflet rounds."""
        return math.floor(self.zoom + 0.5) - MAP_OVER_TILE_ZOOM

    @classmethod
    def of(cls, value: object) -> "Click | None":
        """Read the component's value; None where it is not a click on the globe (browsers send anything)."""
        clicked = value.get("last_clicked") if isinstance(value, dict) else None
        if not isinstance(clicked, dict) or not isinstance(value, dict):
            return None
        lon, lat, zoom = clicked.get("lng"), clicked.get("lat"), value.get("zoom")
        for number, limit in ((lon, 180), (lat, 85.06), (zoom, 24)):
            if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= limit:
                return None
        return cls(float(lon), float(lat), float(zoom))  # type: ignore[arg-type]


def _symbol(symbol: Symbol) -> dict[str, object]:
    return {
        "color": _color(symbol.color),
        "fill": None if symbol.fill is None else _color(symbol.fill),
        "opacity": symbol.opacity,
        "fillOpacity": symbol.fill_opacity,
        "width": symbol.width,
        "dash": symbol.dash,
        "radius": symbol.radius,
        "shape": PATHS[symbol.shape],
        "hatched": symbol.hatched,
    }


def _layer(layer: VectorLayer) -> dict[str, object]:
    return {
        "id": layer.id,
        "title": layer.title,
        "url": _own(layer.url),
        "mvtLayer": layer.mvt_layer,
        "geometry": layer.geometry.value,
        "minZoom": layer.min_zoom,
        "maxZoom": layer.max_zoom,
        "deepestTile": layer.deepest_tile,
        "visible": layer.visible,
        "labelField": layer.label_field,
        "values": [{"value": v.value, "words": v.words, "minZoom": v.min_zoom} for v in layer.values],
        "filters": {name: sorted(allowed) for name, allowed in layer.filters.items()},
        "bounds": _corners(layer.bounds),
        "style": {
            "attribute": layer.style.attribute,
            "default": _symbol(layer.style.default),
            "symbols": {value: _symbol(symbol) for value, symbol in layer.style.symbols.items()},
            "order": list(reversed(layer.style.priority)),
        },
    }


def _corners(bounds: Bounds | None) -> list[list[float]] | None:
    if bounds is None:
        return None
    west, south, east, north = bounds
    return [[south, west], [north, east]]


def _theme(theme: Theme) -> dict[str, object]:
    return {
        "url": _own(theme.url),
        "level": theme.level.value,
        "title": theme.title,
        "colors": [_color(color) for color in theme.colors],
        "labels": list(theme.labels),
        "counts": list(theme.counts),
        "withoutData": theme.without_data,
        "target": None if theme.target is None else {"at": theme.target[0], "words": theme.target[1]},
        "note": theme.note,
        "noData": _color(theme.no_data),
        "noDataLine": _color(theme.no_data_line),
        "outline": _color(theme.outline),
    }


def _swipe(swipe: Swipe) -> dict[str, object]:
    return {
        "theme": _theme(swipe.theme),
        "url": _own(swipe.url),
        "left": swipe.left,
        "right": swipe.right,
        "words": swipe.words,
    }


def _view(view: View) -> dict[str, object]:
    return {
        "serial": view.serial,
        "center": None if view.center is None else [view.center[1], view.center[0]],
        "zoom": view.zoom,
        "bounds": _corners(view.bounds),
    }


_DRAWN_DIGITS = 8
"""A millimetre in degrees."""


def _drawn(drawn: Drawn) -> dict[str, object]:
    """A group of shapes: its symbol, and GeoJSON geometries rounded to a millimetre."""
    kinds = (Geometry.POINT, Geometry.LINE, Geometry.POLYGON)
    return {
        "title": drawn.title,
        "symbol": _symbol(drawn.symbol),
        "geometry": kinds[max((shapely.get_dimensions(shape) for shape in drawn.shapes), default=2)].value,
        "shapes": [json.loads(shapely.to_geojson(_rounded(shape))) for shape in drawn.shapes],
    }


def _rounded(shape: BaseGeometry) -> BaseGeometry:
    moved: BaseGeometry = shapely.transform(shape, lambda places: places.round(_DRAWN_DIGITS))
    return moved


def as_json(state: MapState) -> dict[str, object]:
    """The state as the runtime reads it: camelCase; latitude first in views and bounds, as in Leaflet."""
    townships = state.scope.townships
    return {
        "lang": state.lang,
        "base": [_layer(layer) for layer in state.base],
        "layers": [_layer(layer) for layer in state.layers],
        "theme": None if state.theme is None else _theme(state.theme),
        "scope": {
            "prefix": state.scope.prefix,
            "townships": None if townships is None else sorted(townships),
        },
        "selection": None
        if state.selection is None
        else {
            "level": state.selection.level.value,
            "code": state.selection.code,
            "name": state.selection.name,
        },
        "marker": None if state.marker is None else list(state.marker),
        "view": None if state.view is None else _view(state.view),
        "drawn": [_drawn(drawn) for drawn in state.drawn],
        "swipe": None if state.swipe is None else _swipe(state.swipe),
        "link": state.link,
        "height": state.height_px,
    }


def payload(value: object) -> str:
    """Base64 of the UTF-8 JSON of `value`: the only form in which values enter a map's script.

    Raises
    ------
    ValueError : a number that JSON does not know (NaN, infinity).
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(text.encode("utf-8")).decode("ascii")
