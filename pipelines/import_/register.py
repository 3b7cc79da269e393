"""The register of administrative units that rows are placed in."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
import sqlalchemy as sa

from layers import AdminLevel

_UNITS = sa.text(Path(__file__).with_name("units.sql").read_text("utf-8"))

M_PER_DEG_LAT = 110_760.0
M_PER_DEG_LON_AT_EQUATOR = 111_510.0
"""Metres of a degree at the tropic, by the ellipsoid; good to 0.1 % in South China."""


@dataclass(frozen=True)
class Register:
    """Administrative units, ordered by code.

    Attributes
    ----------
    codes, names, levels : one entry for each unit.
    outlines : polygons, EPSG:4490.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    levels: tuple[AdminLevel, ...]
    outlines: np.ndarray

    @classmethod
    def load(cls, connection: sa.Connection) -> "Register":
        """Read the register from the database; it may be empty."""
        rows = connection.execute(_UNITS).all()
        return cls(
            codes=tuple(row.admin_code for row in rows),
            names=tuple(row.name for row in rows),
            levels=tuple(AdminLevel.of(row.level) for row in rows),
            outlines=shapely.from_wkb(np.array([bytes(row.outline) for row in rows], dtype=object)),
        )

    @cached_property
    def place(self) -> dict[str, int]:
        """Place in the register by code."""
        return {code: i for i, code in enumerate(self.codes)}

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The digits of each code that the codes of the units below share."""
        return tuple(code[: level.digits] for code, level in zip(self.codes, self.levels, strict=True))

    def related(self, one: int, other: int) -> bool:
        """Whether two places of the register are one unit, or one lies below the other."""
        return self.codes[one].startswith(self.prefixes[other]) or self.codes[other].startswith(
            self.prefixes[one]
        )

    def told(self, code: str) -> str:
        """A unit by its names from the county down and its code; of one that is not known the code."""
        above = [code[: level.digits].ljust(len(code), "0") for level in tuple(AdminLevel)[1:]]
        path = [self.names[self.place[at]] for at in dict.fromkeys(above) if at in self.place]
        return f"{''.join(path)}({code})" if path else code

    @cached_property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all units in degrees; None for an empty register."""
        if not self.codes:
            return None
        west, south, east, north = shapely.total_bounds(self.outlines)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def deepest(self) -> np.ndarray:
        """Places of the villages (or of the deepest level that there is)."""
        for level in reversed(AdminLevel):
            places = [i for i, at in enumerate(self.levels) if at is level]
            if places:
                return np.array(places)
        return np.array([], dtype=int)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index over the outlines of `deepest`."""
        return shapely.STRtree(self.outlines[self.deepest])

    def located(self, points: np.ndarray) -> np.ndarray:
        """Place of the deepest unit that each point lies in, -1 for none; borders go to the lower code."""
        found = np.full(len(points), -1, dtype=np.int64)
        if not len(self.deepest):
            return found
        unit, point = shapely.STRtree(points).query(self.outlines[self.deepest], predicate="intersects")
        order = np.argsort(unit, kind="stable")[::-1]
        found[point[order]] = self.deepest[unit[order]]
        return found

    def nearest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place of the nearest deepest unit and its distance in metres, for a few points."""
        places = self.deepest[self.tree.nearest(points)]
        return places, self.distances_m(points, places)

    def distances_m(self, geometries: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Distance in metres from each geometry to the unit at the same place of `places`, 0 inside."""
        units, which = np.unique(places, return_inverse=True)
        _, south, _, north = shapely.total_bounds(geometries)
        middle = np.radians((south + north) / 2)
        # One scale for both sides; true to a per mille within a city.
        scale = np.array([M_PER_DEG_LON_AT_EQUATOR * np.cos(middle), M_PER_DEG_LAT])
        shapes, outlines = (
            shapely.transform(kept, lambda xy: xy * scale) for kept in (geometries, self.outlines[units])
        )
        return np.asarray(shapely.distance(shapes, outlines[which]))
