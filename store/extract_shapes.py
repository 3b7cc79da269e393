"""Geometries of a place's map extract: outline, neighbours, features; for drawing, not for measuring."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from layers import AdminLevel, FeatureType, Geometry
from store.errors import UnknownPlace
from store.places import Place
from store.queries import query
from store.tables import FEATURE_SCHEMA

_PICTURE_PX = 640
_MOST_PER_TYPE = 1500
_DOWNWARDS = (AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)


@dataclass(frozen=True)
class DrawnFeature:
    """One feature to draw with the value of the attribute that its style looks at; EPSG:4490."""

    feature_id: str
    geometry: BaseGeometry
    value: str | None


@dataclass(frozen=True)
class ExtractShapes:
    """All shapes of one extract in degrees (EPSG:4490)."""

    outline: BaseGeometry
    neighbours: tuple[tuple[BaseGeometry, str], ...]
    children: tuple[BaseGeometry, ...]
    """Outlines of the units one level below."""
    features: tuple[DrawnFeature, ...]


def extract_shapes(connection: sa.Connection, place: Place, features: Sequence[FeatureType]) -> ExtractShapes:
    """Read the shapes of a place's extract, thinned to about a third of a pixel of a small picture.

    Parameters
    ----------
    features : types to draw; those without a style or a geometry are left out.

    Raises
    ------
    UnknownPlace : the place has no outline.
    """
    west, south, east, north = place.bounds
    tolerance = max(east - west, north - south) / _PICTURE_PX / 3
    given = {"code": place.admin_code, "tolerance": tolerance, "margin": (east - west) * 0.2}
    own = connection.execute(query("extract_outline"), given).one_or_none()
    if own is None:
        raise UnknownPlace(code=place.admin_code)
    around = connection.execute(query("extract_neighbours"), given).all()
    return ExtractShapes(
        outline=shapely.from_wkb(bytes(own.shape)),
        neighbours=tuple((shapely.from_wkb(bytes(row.shape)), row.name) for row in around),
        children=_children(connection, place, tolerance),
        features=tuple(
            drawn
            for feature in features
            if feature.style is not None
            and feature.geometry is not Geometry.NONE
            and feature.id != "admin_units"
            for drawn in _features(connection, feature, place.prefix, tolerance)
        ),
    )


def _children(connection: sa.Connection, place: Place, tolerance: float) -> tuple[BaseGeometry, ...]:
    below = next((level for level in _DOWNWARDS if level.digits > place.level.digits), None)
    if below is None:
        return ()
    given = {"below": str(below), "prefix": place.prefix, "tolerance": tolerance}
    rows = connection.execute(query("extract_children"), given).all()
    return tuple(shapely.from_wkb(bytes(row.shape)) for row in rows)


def _features(
    connection: sa.Connection, feature: FeatureType, prefix: str, tolerance: float
) -> list[DrawnFeature]:
    """Features of one type, the most important first where there are too many to draw."""
    style = feature.style
    attribute = style.attribute if style else None
    value = f'"{attribute}"::text' if attribute else "NULL::text"
    shape = "geom" if feature.geometry is Geometry.POINT else "ST_SimplifyPreserveTopology(geom, :tolerance)"
    statement = sa.text(
        f"SELECT {value} AS value, ST_AsBinary({shape}) AS shape FROM {FEATURE_SCHEMA}.{feature.id} "
        "WHERE admin_code LIKE :prefix || '%' "
        "ORDER BY array_position(CAST(:priority AS text[]), "
        f"{value}) NULLS LAST, id LIMIT {_MOST_PER_TYPE}"
    )
    given = {"prefix": prefix, "tolerance": tolerance, "priority": list(style.priority) if style else []}
    rows = connection.execute(statement, given).all()
    shapes = shapely.from_wkb(np.array([bytes(row.shape) for row in rows], dtype=object))
    # Drawn in reverse, so that the most important lies on top.
    return [
        DrawnFeature(feature.id, shape, row.value)
        for row, shape in zip(reversed(rows), reversed(shapes), strict=True)
    ]
