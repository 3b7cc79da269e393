"""What lies under a click: features of the layers that are switched on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from layers import FeatureType, Geometry, Style, feature_type
from store.tables import FEATURE_SCHEMA

Filters = Mapping[str, Mapping[str, frozenset[str]]]
"""Allowed values by feature type and attribute, as text."""


@dataclass(frozen=True)
class Hit:
    """One feature under a click. `values` holds its summary fields; `distance_m` is 0 inside areas."""

    feature_id: str
    id: int
    admin_code: str
    values: Mapping[str, Any]
    distance_m: float


def features_at(
    connection: sa.Connection,
    features: Sequence[str],
    lon: float,
    lat: float,
    *,
    radius_m: float,
    tile_zoom: int,
    filters: Filters,
    most: int = 5,
) -> list[Hit]:
    """Features within `radius_m` of a point in degrees (areas: around it), points first, then lines, areas.

    Only what the map shows at `tile_zoom` under `filters` is found.
    """
    hits: list[tuple[int, Hit]] = []
    order = {Geometry.POINT: 0, Geometry.LINE: 1, Geometry.POLYGON: 2}
    for feature_id in features:
        feature = feature_type(feature_id)
        if feature.style is None or tile_zoom < feature.style.min_zoom:
            continue
        found = _near(connection, feature, lon, lat, radius_m, tile_zoom, filters.get(feature_id, {}), most)
        hits += [(order[feature.geometry], hit) for hit in found]
    hits.sort(key=lambda pair: (pair[0], pair[1].distance_m, pair[1].id))
    return [hit for _, hit in hits[:most]]


def _near(
    connection: sa.Connection,
    feature: FeatureType,
    lon: float,
    lat: float,
    radius_m: float,
    tile_zoom: int,
    filters: Mapping[str, frozenset[str]],
    most: int,
) -> list[Hit]:
    names = [f.name for f in feature.fields if f.summary and not f.personal]
    listed = "".join(f', "{name}"' for name in names)
    reach = 0.0 if feature.geometry is Geometry.POLYGON else radius_m
    west, south, east, north = _box_around(lon, lat, max(reach, 0.01))
    clauses, given = _conditions(feature.style, filters, tile_zoom)
    statement = sa.text(
        f"SELECT * FROM (SELECT id, admin_code{listed}, ST_Distance(ST_Transform(geom, 4326)::geography, "
        f"ST_SetSRID(ST_Point(:lon, :lat), 4326)::geography) AS distance_m "
        f"FROM {FEATURE_SCHEMA}.{feature.id} "
        f"WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4490){clauses}) AS near "
        "WHERE distance_m <= :reach ORDER BY distance_m, id LIMIT :most"
    )
    box = {"lon": lon, "lat": lat, "west": west, "south": south, "east": east, "north": north}
    rows = connection.execute(statement, {**box, **given, "reach": reach, "most": most}).mappings()
    return [
        Hit(feature.id, row["id"], row["admin_code"], {n: row[n] for n in names}, float(row["distance_m"]))
        for row in rows
    ]


def _conditions(
    style: Style | None, filters: Mapping[str, frozenset[str]], tile_zoom: int
) -> tuple[str, dict[str, object]]:
    clauses, given = "", dict[str, object]()
    for index, (name, allowed) in enumerate(sorted(filters.items())):
        clauses += f" AND coalesce(\"{name}\"::text, '') = ANY(:allowed_{index})"
        given[f"allowed_{index}"] = sorted(allowed)
    if style is not None and style.attribute is not None:
        late = [value for value, zoom in style.value_min_zoom.items() if zoom > tile_zoom]
        if late:
            clauses += f" AND coalesce(\"{style.attribute}\"::text, '') <> ALL(:late)"
            given["late"] = late
    return clauses, given


def _box_around(lon: float, lat: float, reach_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of a box that holds the circle of `reach_m` around a point."""
    north_degrees = reach_m / 110_500
    east_degrees = north_degrees / max(0.01, math.cos(math.radians(lat)))
    return lon - east_degrees, lat - north_degrees, lon + east_degrees, lat + north_degrees
