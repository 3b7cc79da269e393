"""Reading features as frames: from the database's binary form to shapely, only the columns needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray
from psycopg import sql

from layers import FeatureType, Geometry, Kind
from store.driver import driver_of
from store.tables import FEATURE_SCHEMA, SRID

STORED_CRS = pyproj.CRS.from_epsg(SRID)
_SIDES = ("west", "south", "east", "north")
_MEETING_ANY = sql.SQL(
    "EXISTS (SELECT FROM unnest(%(wests)s::float8[], %(souths)s::float8[], %(easts)s::float8[], "
    "%(norths)s::float8[]) AS box (west, south, east, north) "
    "WHERE geom && ST_MakeEnvelope(box.west, box.south, box.east, box.north, %(srid)s))"
)
_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.MONEY)


@dataclass(frozen=True)
class FrameRead:
    """What to read of a feature type; plain values, so that it can be sent to another process.

    Attributes
    ----------
    table : name of the table in the schema ``feature``.
    columns : name and kind of each field; ``admin_code`` is always read.
    has_geometry : whether the geometry is read.
    """

    table: str
    columns: tuple[tuple[str, Kind], ...]
    has_geometry: bool

    @classmethod
    def of(cls, feature: FeatureType, columns: Iterable[str] = ()) -> "FrameRead":
        """Read some declared fields of a feature type, and its geometry if it has one.

        Raises
        ------
        KeyError : a field is not declared.
        """
        fields = tuple((name, feature.field(name).kind) for name in dict.fromkeys(columns))
        return cls(feature.id, fields, feature.geometry is not Geometry.NONE)


@dataclass(frozen=True)
class Extent:
    """West, south, east, north in degrees (EPSG:4490)."""

    west: float
    south: float
    east: float
    north: float

    def widened(self, margin_m: float) -> "Extent":
        """The extent with a margin of at least `margin_m` metres on every side.

        A degree of latitude is at least 110 574 m long; a degree of longitude that times the cosine of the
        latitude farthest from the equator.
        """
        lat_deg = margin_m / 110_574.0
        farthest = min(89.0, max(abs(self.south), abs(self.north)) + lat_deg)
        lon_deg = lat_deg / float(np.cos(np.radians(farthest)))
        return Extent(self.west - lon_deg, self.south - lat_deg, self.east + lon_deg, self.north + lat_deg)

    def meets(self, other: "Extent") -> bool:
        """Whether the two have a point in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


@dataclass(frozen=True)
class Only:
    """Features filed under codes that begin with one of the digits, or whose bounding box meets an extent."""

    filed: tuple[str, ...]
    near: Extent | None = None


def read_frame(
    connection: sa.Connection,
    read: FrameRead,
    *,
    prefix: str = "",
    within: Extent | Sequence[Extent] | None = None,
    levels: Sequence[str] = (),
    only: Only | None = None,
) -> pd.DataFrame:
    """Read features in the order of their ids.

    Parameters
    ----------
    prefix : leading digits of ``admin_code``.
    within : only features whose bounding box meets the extent, or one of the extents.
    levels : only units of these levels (for ``admin_units``).
    only : of those, a part.

    Returns
    -------
    Columns ``admin_code`` and those asked for: numbers as float (NaN where missing), dates as datetime64,
    booleans as nullable booleans, the rest as strings. With a geometry, a GeoDataFrame in EPSG:4490.
    """
    given: dict[str, Any] = {"levels": list(levels)}
    conditions: list[sql.Composable] = [sql.SQL("level = ANY(%(levels)s)")] if levels else []
    if only is not None:
        conditions.append(_either(only, given))
    return _read(connection, read, prefix, within, (conditions, given))[1]


def read_rows(
    connection: sa.Connection,
    read: FrameRead,
    *,
    prefix: str = "",
    within: Extent | Sequence[Extent] | None = None,
    ids: Sequence[int] | None = None,
) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """As `read_frame`, with the ids of the rows.

    Parameters
    ----------
    ids : of those, rows with these ids; None reads all.
    """
    if ids is None:
        return _read(connection, read, prefix, within, ([], {}), numbered=True)
    given: dict[str, Any] = {"ids": list(ids)}
    conditions: list[sql.Composable] = [sql.SQL("id = ANY(%(ids)s)")]
    if within is not None:  # few rows: the boxes are gone through for each
        extents = [within] if isinstance(within, Extent) else within
        given |= {f"{side}s": [getattr(e, side) for e in extents] for side in _SIDES}
        conditions.append(_MEETING_ANY)
    return _read(connection, read, prefix, None, (conditions, given), numbered=True)


def _read(
    connection: sa.Connection,
    read: FrameRead,
    prefix: str,
    within: Extent | Sequence[Extent] | None,
    more: tuple[Sequence[sql.Composable], dict[str, Any]],
    *,
    numbered: bool = False,
) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """The frame, and the ids of its rows if they are asked for; `more` has conditions and the values in them."""
    names = ["admin_code", *(name for name, _ in read.columns)]
    chosen = [*map(sql.Identifier, names), *([sql.SQL("ST_AsBinary(geom)")] if read.has_geometry else [])]
    if numbered:
        chosen.append(sql.Identifier("id"))
    given: dict[str, Any] = {"prefix": f"{prefix}%", "srid": SRID, **more[1]}
    conditions: list[sql.Composable] = [sql.SQL("admin_code LIKE %(prefix)s"), *more[0]]
    if within is not None:
        conditions.append(_meeting([within] if isinstance(within, Extent) else within, given))
    statement = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY id").format(
        sql.SQL(", ").join(chosen),
        sql.Identifier(FEATURE_SCHEMA, read.table),
        sql.SQL(" AND ").join(conditions),
    )
    with driver_of(connection).cursor(binary=True) as cursor:
        rows = cursor.execute(statement, given).fetchall()
    values = list(zip(*rows, strict=True)) if rows else [()] * len(chosen)
    kinds = [Kind.TEXT, *(kind for _, kind in read.columns)]
    frame = pd.DataFrame({name: _typed(v, kind) for name, v, kind in zip(names, values, kinds, strict=False)})
    ids = np.array(values.pop() if numbered else (), dtype=np.int64)
    if read.has_geometry:
        shapes = shapely.from_wkb(np.array(values[-1], dtype=object))
        frame = gpd.GeoDataFrame(frame, geometry=shapes, crs=STORED_CRS)
    return ids, frame


def _either(only: Only, given: dict[str, Any]) -> sql.Composable:
    """The condition for a part of the features; its values are added to those given."""
    either: list[sql.Composable] = []
    for place, digits in enumerate(
        only.filed
    ):  # one LIKE each: the index on codes serves no array of patterns
        given[f"filed_{place}"] = f"{digits}%"
        either.append(sql.SQL("admin_code LIKE {}").format(sql.Placeholder(f"filed_{place}")))
    if only.near is not None:
        either.append(_meeting([only.near], given, "near"))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(either))


def _meeting(extents: Sequence[Extent], given: dict[str, Any], name: str = "within") -> sql.Composable:
    """The condition that a bounding box meets one of the extents; the corners are added to the values given."""
    boxes: list[sql.Composable] = []
    for place, extent in enumerate(extents):
        corners = {f"{name}_{side}_{place}": value for side, value in vars(extent).items()}
        given |= corners
        corner = sql.SQL(", ").join(map(sql.Placeholder, corners))
        boxes.append(sql.SQL("geom && ST_MakeEnvelope({}, %(srid)s)").format(corner))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(boxes))


def _typed(values: Sequence[Any], kind: Kind) -> "pd.Series[Any]":
    if kind in _NUMBERS:
        return pd.Series(np.array(values, dtype=float))  # None becomes NaN
    if kind is Kind.DATE:
        return pd.Series(np.array(values, dtype="datetime64[s]"))  # None becomes NaT
    return pd.Series(values, dtype="boolean" if kind is Kind.BOOLEAN else "str")
