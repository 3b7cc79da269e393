"""Vector tiles of the boundaries of a past day, where they were other than today's.

The stored tile geometry is that of today. Boundaries change once in years, so those of the past are read, projected
and generalised when somebody looks, and the few editions looked at last are kept in this process.
"""

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
import sqlalchemy as sa

from layers import AdminLevel
from store.past import NEWEST, boundaries_at
from store.queries import query
from store.tiles import BOUNDARY_LEVELS, TileOutside
from store.zoom_bands import EARTH_CIRCUMFERENCE_M, MAX_ZOOM, band_of

_EXTENT, _BUFFER = 4096, 128
_MOST_KEPT = 12
"""Prepared levels of an edition and a band; a level of the city's villages takes a few megabytes."""


@dataclass(frozen=True)
class Edition:
    """Which boundaries a day has.

    Attributes
    ----------
    key : the same for days with the same boundaries.
    current : whether these are today's.
    """

    key: str
    current: bool


def edition(connection: sa.Connection, as_of: dt.date, known_at: dt.datetime | None = None) -> Edition:
    """The boundaries of a day, as known at a moment (UTC; None for now)."""
    given = {"as_of": as_of, "known_at": known_at or NEWEST}
    row = connection.execute(query("boundary_edition"), given).one()
    return Edition(row.of_day or "", row.of_day == row.of_now)


@dataclass(frozen=True)
class _Prepared:
    """Units of a level, EPSG:3857, generalised for a band."""

    codes: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    shapes: npt.NDArray[np.object_]
    tree: shapely.STRtree


_kept: OrderedDict[tuple[str, AdminLevel, int], _Prepared] = OrderedDict()
_lock = threading.Lock()


def past_tile(
    connection: sa.Connection, as_of: dt.date, known_at: dt.datetime | None, zoom: int, column: int, row: int
) -> bytes:
    """One Mapbox Vector Tile with a layer for each level, as `store.tiles.tile` makes of today's boundaries.

    Raises
    ------
    TileOutside : zoom, column or row is outside the grid.
    """
    if not (0 <= zoom <= MAX_ZOOM and 0 <= column < 2**zoom and 0 <= row < 2**zoom):
        raise TileOutside(f"{zoom}/{column}/{row}")
    key = edition(connection, as_of, known_at).key
    made = b""
    for level in BOUNDARY_LEVELS:
        units = _prepared(connection, key, level, as_of, known_at, zoom)
        near = np.sort(units.tree.query(_around(zoom, column, row)))
        given = {
            "z": zoom, "x": column, "y": row, "level": str(level), "extent": _EXTENT, "buffer": _BUFFER,
            "codes": units.codes[near].tolist(), "names": units.names[near].tolist(),
            "shapes": shapely.to_wkb(units.shapes[near]).tolist(),
        }  # fmt: skip
        if near.size:
            made += bytes(connection.execute(query("past_tile"), given).scalar_one())
    return made


def _around(zoom: int, column: int, row: int) -> shapely.Polygon:
    """The tile with its buffer, EPSG:3857."""
    width = EARTH_CIRCUMFERENCE_M / 2**zoom
    west = -EARTH_CIRCUMFERENCE_M / 2 + column * width
    north = EARTH_CIRCUMFERENCE_M / 2 - row * width
    more = width * _BUFFER / _EXTENT
    around: shapely.Polygon = shapely.box(
        west - more, north - width - more, west + width + more, north + more
    )
    return around


def _prepared(
    connection: sa.Connection,
    key: str,
    level: AdminLevel,
    as_of: dt.date,
    known_at: dt.datetime | None,
    zoom: int,
) -> _Prepared:
    band = band_of(zoom)
    with _lock:
        held = _kept.get((key, level, band.first))
        if held is not None:
            _kept.move_to_end((key, level, band.first))
            return held
    units = boundaries_at(connection, level, as_of, known_at=known_at)
    shapes = shapely.transform(units.geometry.to_numpy(), _projected)
    if band.tolerance_m > 0 and len(shapes):
        shapes = shapely.coverage_simplify(shapes, band.tolerance_m)
    made = _Prepared(
        units["admin_code"].to_numpy(object), units["name"].to_numpy(object), shapes, shapely.STRtree(shapes)
    )
    with _lock:
        _kept[(key, level, band.first)] = made
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return made


_TO_WEB = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:3857", always_xy=True)


def _projected(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.column_stack(_TO_WEB.transform(points[:, 0], points[:, 1]))
