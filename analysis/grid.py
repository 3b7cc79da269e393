"""A piece of a raster as an analysis sees it: values on a regular grid in degrees."""

from dataclasses import dataclass

import numpy as np

from analysis.territory import FloatArray, IntArray

_A_M, _F = 6_378_137.0, 1 / 298.257222101
_E2 = _F * (2 - _F)
_M_PER_DEGREE = _A_M * np.pi / 180


def metres_per_degree(lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Length of a degree of longitude and of latitude on the CGCS2000 ellipsoid at latitudes, metres.

    From the radii of curvature in the prime vertical and in the meridian; exact for small distances.
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    w = np.sqrt(1 - _E2 * np.sin(phi) ** 2)
    across = np.cos(phi) / w * _M_PER_DEGREE
    along = (1 - _E2) / w**3 * _M_PER_DEGREE
    return np.asarray(across, dtype=np.float64), np.asarray(along, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Grid:
    """A window of a north-up raster in EPSG:4490 (CGCS2000 degrees).

    Attributes
    ----------
    values : shape (rows, columns), row 0 the northernmost; NaN for no data. Metres for elevation, people for
        population.
    west, north : outer edges of the first cell, degrees.
    step_lon, step_lat : size of a cell, degrees, both positive.
    """

    values: FloatArray
    west: float
    north: float
    step_lon: float
    step_lat: float

    def centres(self) -> tuple[FloatArray, FloatArray]:
        """Longitudes of the columns' centres and latitudes of the rows' centres, degrees."""
        rows, columns = self.values.shape
        lon = self.west + (np.arange(columns, dtype=np.float64) + 0.5) * self.step_lon
        return lon, self.north - (np.arange(rows, dtype=np.float64) + 0.5) * self.step_lat

    def cell_m(self, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Width and height of a cell at latitudes, metres on the CGCS2000 ellipsoid."""
        east_m, north_m = metres_per_degree(lat)
        return self.step_lon * east_m, self.step_lat * north_m

    def cells(self, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, IntArray]:
        """Row and column of the cells that hold the points; -1 in both outside of the window."""
        column = np.floor((np.asarray(lon) - self.west) / self.step_lon).astype(np.intp)
        row = np.floor((self.north - np.asarray(lat)) / self.step_lat).astype(np.intp)
        rows, columns = self.values.shape
        outside = (row < 0) | (row >= rows) | (column < 0) | (column >= columns)
        return np.where(outside, -1, row), np.where(outside, -1, column)

    def bilinear(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Values at points, interpolated between cell centres; NaN outside or beside no data.

        Within half a cell of the window's edge the nearest centres are used.
        """
        rows, columns = self.values.shape
        x = (np.asarray(lon, dtype=float) - self.west) / self.step_lon - 0.5
        y = (self.north - np.asarray(lat, dtype=float)) / self.step_lat - 0.5
        inside = (x >= -0.5) & (x <= columns - 0.5) & (y >= -0.5) & (y <= rows - 0.5)  # not so for NaN
        if not inside.all():
            x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
        left, top = x.astype(np.intp), y.astype(np.intp)  # rounded down, for neither is below 0
        right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        fx, fy = x - left, y - top
        west, east, flat = 1 - fx, fx, self.values.ravel()
        top *= columns
        bottom *= columns
        upper = flat[top + left] * west + flat[top + right] * east
        lower = flat[bottom + left] * west + flat[bottom + right] * east
        found = upper * (1 - fy) + lower * fy
        return found if inside.all() else np.where(inside, found, np.nan)
