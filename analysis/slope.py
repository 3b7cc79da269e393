"""Slope of the ground from an elevation grid."""

import numpy as np

from analysis.grid import Grid
from analysis.territory import FloatArray


def slope_at(grid: Grid, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Slope in degrees of the cells that hold the points.

    Parameters
    ----------
    grid : elevation, metres.
    lon, lat : shape (points,), degrees in EPSG:4490.

    Returns
    -------
    Shape (points,); NaN outside of the window, in its outermost cells, and where one of the nine cells has no data.
    """
    row, column = grid.cells(lon, lat)
    rows, columns = grid.values.shape
    inner = (row > 0) & (row < rows - 1) & (column > 0) & (column < columns - 1)
    slope = np.full(len(row), np.nan)
    if inner.any():
        around = np.arange(-1, 2)
        nine = grid.values[
            row[inner, None, None] + around[None, :, None], column[inner, None, None] + around[None, None, :]
        ]
        width_m, height_m = grid.cell_m(grid.north - (row[inner] + 0.5) * grid.step_lat)
        slope[inner] = horn_deg(nine, width_m, height_m)
    return slope


def horn_deg(nine: FloatArray, width_m: FloatArray, height_m: FloatArray) -> FloatArray:
    """Slope in degrees of the middle of 3 × 3 elevations.

    Parameters
    ----------
    nine : shape (cells, 3, 3), metres, the first row the northernmost.
    width_m, height_m : sides of a cell, metres; shape (cells,) or scalars.

    Source: B. K. P. Horn, "Hill shading and the reflectance map", Proceedings of the IEEE 69 (1981); the formula of
    ``gdaldem slope`` and of ArcGIS.
    """
    weights = np.array([1.0, 2.0, 1.0])
    eastward = (nine[:, :, 2] - nine[:, :, 0]) @ weights / (8 * width_m)
    northward = (nine[:, 0, :] - nine[:, 2, :]) @ weights / (8 * height_m)
    return np.asarray(np.degrees(np.arctan(np.hypot(eastward, northward))))
