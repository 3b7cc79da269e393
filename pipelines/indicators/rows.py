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
        gone = np.isin(self.ids, np.asarray(changed, dtype=np.int64))
        if gone.sum() == len(ids) and (self.ids[gone] == ids).all():
            return self._with_other_values(stamp, np.flatnonzero(gone), frame)
        left = np.flatnonzero(~gone)
        order = np.argsort(np.concatenate([self.ids[left], ids]), kind="stable")
        together = pd.concat([self.frame.iloc[left], frame], ignore_index=True)
        together = together.iloc[order].reset_index(drop=True)
        now = Rows.of(stamp, ids, frame)
        ids, codes, corners = (
            np.concatenate([before[left], after])[order]
            for before, after in ((self.ids, ids), (self.codes, now.codes), (self.corners, now.corners))
        )
        return Rows(stamp, ids, together, together, codes, corners)

    def _with_other_values(self, stamp: Stamp | None, place: IntArray, frame: pd.DataFrame) -> "Rows":
        """The same rows, those at some places with other values; what is the same stays the same object."""
        together, other = self.frame.copy(deep=False), self._with_other_places(place, frame)
        if other is not None:
            together[together.geometry.name] = other
        for column in frame.columns:
            if column == "geometry":
                continue
            before, after = self.frame[column].array, frame[column].array
            if not before.take(place).equals(after):
                values = before.copy()
                values[place] = after
                together[column] = values
        now = Rows.of(stamp, self.ids[place], frame)
        if other is None and (now.codes == self.codes[place]).all():
            return Rows(stamp, self.ids, together, self.places, self.codes, self.corners)
        codes, corners = self.codes.copy(), self.corners.copy()
        codes[place], corners[place] = now.codes, now.corners
        return Rows(stamp, self.ids, together, together, codes, corners)

    def _with_other_places(self, place: IntArray, frame: pd.DataFrame) -> gpd.GeoSeries | None:
        """The geometries, those at some places as in the frame; None if they are all the same."""
        if not isinstance(frame, gpd.GeoDataFrame):
            return None
        shapes, now = self.frame.geometry.to_numpy().copy(), frame.geometry.to_numpy()
        other = shapely.to_wkb(shapes[place]) != shapely.to_wkb(now)
        if not other.any():
            return None
        shapes[place[other]] = now[other]
        return gpd.GeoSeries(shapes, crs=frame.crs)

    @cached_property
    def size(self) -> int:
        """Bytes that they take, roughly."""
        shaped = isinstance(self.frame, gpd.GeoDataFrame)
        points = int(shapely.get_num_coordinates(self.frame.geometry.to_numpy()).sum()) if shaped else 0
        return 16 * points + _BYTES_OF_SHAPE * len(self.ids) + _BYTES_OF_VALUE * self.frame.size


def _as_numbers(frame: pd.DataFrame) -> IntArray:
    return frame["admin_code"].to_numpy().astype(np.int64)
