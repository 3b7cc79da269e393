"""Map layers from layer declarations, and the administrative units that lie under them."""

from collections.abc import Mapping

from i18n import Lang, Text
from layers import AdminLevel, FeatureType, Geometry, Style, Symbol
from maps.legend import value_names, values_listed
from maps.state import MAP_OVER_TILE_ZOOM, Bounds, LegendValue, VectorLayer
from store.tiles import BOUNDARIES
from store.zoom_bands import MAX_ZOOM

TILE_PATH = "/tiles/{layer}/{version}/{{z}}/{{x}}/{{y}}.pbf"

_ADMIN_STYLES: dict[AdminLevel, tuple[Text, Style]] = {
    AdminLevel.VILLAGE: (
        Text("行政村", "Villages"),
        Style(Symbol("#cfcabb", fill="#fbfaf6", fill_opacity=1, width=0.8), min_zoom=5),
    ),
    AdminLevel.TOWNSHIP: (
        Text("乡镇界", "Township boundaries"),
        Style(Symbol("#8d8675", width=1.5), min_zoom=7),
    ),
    AdminLevel.COUNTY: (
        Text("县界", "County boundaries"),
        Style(Symbol("#4b463c", width=2.6), min_zoom=5),
    ),
}


def admin_layers(version: str, lang: Lang, *, bounds: Bounds | None = None) -> tuple[VectorLayer, ...]:
    """Return villages (filled, coloured by themes) and, above them, township and county boundaries.

    Parameters
    ----------
    version : of the administrative units; part of the tiles' address.
    lang : language of the titles.
    bounds : of the city, degrees; no tile outside is asked for.
    """
    return tuple(
        VectorLayer(
            id=level.value,
            title=title.get(lang),
            url=TILE_PATH.format(layer=BOUNDARIES, version=version),
            mvt_layer=level.value,
            geometry=Geometry.POLYGON,
            style=style,
            min_zoom=style.min_zoom + MAP_OVER_TILE_ZOOM,
            deepest_tile=MAX_ZOOM,
            label_field="name",
            bounds=bounds,
        )
        for level, (title, style) in _ADMIN_STYLES.items()
    )


def feature_layer(
    feature: FeatureType,
    version: str,
    lang: Lang,
    *,
    visible: bool,
    filters: Mapping[str, frozenset[str]] | None = None,
    bounds: Bounds | None = None,
) -> VectorLayer:
    """Return the map layer of a feature type that has a style.

    Parameters
    ----------
    feature : declared with a geometry and a style.
    version : of its data; a new version is fetched and takes the old picture's place when it is complete.
    lang : language of the title.
    visible : switched on; a layer that is off keeps its tiles, so that it is back at once.
    filters : allowed values by attribute; see `VectorLayer`.
    bounds : of the city, degrees.

    Raises
    ------
    ValueError : the feature type is not drawn on maps.
    """
    if feature.style is None or feature.geometry is Geometry.NONE:
        raise ValueError(f"{feature.id} has no map style")
    carried = {field.name for field in feature.tile_fields}
    return VectorLayer(
        id=feature.id,
        title=feature.title.get(lang),
        url=TILE_PATH.format(layer=feature.id, version=version),
        mvt_layer=feature.id,
        geometry=feature.geometry,
        style=feature.style,
        min_zoom=feature.style.min_zoom + MAP_OVER_TILE_ZOOM,
        deepest_tile=MAX_ZOOM,
        visible=visible,
        label_field=feature.label_field if feature.label_field in carried else None,
        values=legend_values(feature, lang),
        filters=filters or {},
        bounds=bounds,
    )


def legend_values(feature: FeatureType, lang: Lang) -> tuple[LegendValue, ...]:
    """Return the values that a feature type's style tells apart, most important first, in words."""
    style = feature.style
    if style is None or style.attribute is None:
        return ()
    names = value_names(feature, lang)
    return tuple(
        LegendValue(
            value,
            names.get(value, value),
            style.value_min_zoom.get(value, style.min_zoom) + MAP_OVER_TILE_ZOOM,
        )
        for value in values_listed(style)
    )


def drawing_order(layers: tuple[VectorLayer, ...]) -> tuple[VectorLayer, ...]:
    """Return layers with areas below lines below points, otherwise as given."""
    rank = {Geometry.POLYGON: 0, Geometry.LINE: 1, Geometry.POINT: 2}
    return tuple(sorted(layers, key=lambda layer: rank[layer.geometry]))
