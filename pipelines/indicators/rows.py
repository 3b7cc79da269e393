"""Rows of a feature type that a county's measures see, kept from one run to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.territory import BoolArray, FloatArray, IntArray
from store.changes import Stamp
from store.frames import Only

_BYTES_OF_SHAPE = 200
"""Of a geometry beside its coordinates, in Python and in GEOS."""
_BYTES_OF_VALUE = 60


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a feature type that a county's measures see, as a view of the data saw them, by id.

    Attributes
    ----------
    stamp : the state that they are in; None if the type never had any.
    places : `frame`, or one of before whose rows had the same ids, codes and geometries: the same object as long as
        these are, so that what is worked out of them can be found again.
    codes : of the units, as numbers.
    corners : bounding boxes, degrees, shape (rows, 4).
    """

    stamp: Stamp | None
    ids: IntArray
    frame: pd.DataFrame
    places: pd.DataFrame
    codes: IntArray
    corners: FloatArray

    @classmethod
    def of(cls, stamp: Stamp | None, ids: IntArray, frame: pd.DataFrame) -> "Rows":
        """Rows as they were read, in the order of their ids."""
        shapes = (
            frame.geometry.to_numpy() if isinstance(frame, gpd.GeoDataFrame) else np.full(len(frame), None)
        )
        return cls(stamp, ids, frame, frame, _as_numbers(frame), shapely.bounds(shapes))

    def part(self, only: Only) -> pd.DataFrame:
        """Those of the rows that `store.frames.read_frame` would read, in the same order."""
        chosen: BoolArray = np.zeros(len(self.ids), dtype=bool)
        for digits in only.filed:
            chosen |= (self.codes >= int(digits.ljust(12, "0"))) & (self.codes <= int(digits.ljust(12, "9")))
        if only.near is not None:
            box, (west, south, east, north) = only.near, self.corners.T
            chosen |= (west <= box.east) & (east >= box.west) & (south <= box.north) & (north >= box.south)
        return self.frame.iloc[np.flatnonzero(chosen)].reset_index(drop=True)

    def at(self, stamp: Stamp | None) -> "Rows":
        """The same rows in another state of their type, in which none of them is different."""
        return replace(self, stamp=stamp)

    def with_changes(
        self, stamp: Stamp | None, changed: Sequence[int], ids: IntArray, frame: pd.DataFrame
    ) -> "Rows":
        """The rows in another state of their type.

        Parameters
        ----------
        changed : ids of rows that changed, came or went.
        ids, frame : those of them that there are now, in the order of their ids.
        """
        left = np.flatnonzero(~np.isin(self.ids, np.asarray(changed, dtype=np.int64)))
        same = len(left) + len(ids) == len(self.ids) and bool(np.isin(ids, self.ids).all())
        if same:
            frame, same = self._with_old_shapes(ids, frame)
        now = Rows.of(stamp, ids, frame)
        order = np.argsort(np.concatenate([self.ids[left], ids]), kind="stable")
        together = pd.concat([self.frame.iloc[left], frame], ignore_index=True)
        together = together.iloc[order].reset_index(drop=True)
        ids, codes, corners = (
            np.concatenate([before[left], after])[order]
            for before, after in ((self.ids, ids), (self.codes, now.codes), (self.corners, now.corners))
        )
        return Rows(stamp, ids, together, self.places if same else together, codes, corners)

    def _with_old_shapes(self, ids: IntArray, frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
        """The changed rows, with their old geometries where these are the same; whether all are, and their codes."""
        place = np.searchsorted(self.ids, ids)
        same = bool((self.codes[place] == _as_numbers(frame)).all())
        if not isinstance(frame, gpd.GeoDataFrame):
            return frame, same
        before, now = self.frame.geometry.to_numpy()[place], frame.geometry.to_numpy()
        alike = np.asarray(shapely.to_wkb(before) == shapely.to_wkb(now), dtype=bool)
        shapes = np.where(alike, before, now)
        return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs)), same and bool(alike.all())

    @cached_property
    def size(self) -> int:
        """Bytes that they take, roughly."""
        shaped = isinstance(self.frame, gpd.GeoDataFrame)
        points = int(shapely.get_num_coordinates(self.frame.geometry.to_numpy()).sum()) if shaped else 0
        return 16 * points + _BYTES_OF_SHAPE * len(self.ids) + _BYTES_OF_VALUE * self.frame.size


def _as_numbers(frame: pd.DataFrame) -> IntArray:
    return frame["admin_code"].to_numpy().astype(np.int64)
