"""Grids for hand-worked cases, over the county of `square_county` and around it."""

from collections.abc import Callable

import numpy as np

from analysis.grid import Grid
from analysis.territory import FloatArray

WEST, NORTH, ACROSS, DOWN = 112.95, 24.08, 130, 110
STEP = 0.001


def grid_of(height: Callable[[FloatArray, FloatArray], FloatArray], step: float = STEP) -> Grid:
    """A grid whose cells hold a function of longitude and latitude of their centres."""
    rows, columns = round(DOWN * STEP / step), round(ACROSS * STEP / step)
    empty = Grid(np.zeros((rows, columns)), WEST, NORTH, step, step)
    lon, lat = empty.centres()
    values = np.broadcast_to(height(lon[None, :], lat[:, None]), (rows, columns)).astype(float)
    return Grid(np.array(values), WEST, NORTH, step, step)


def flat(height_m: float = 0.0, step: float = STEP) -> Grid:
    """Level ground, or the same number of people in every cell."""
    return grid_of(lambda lon, lat: np.full(np.broadcast_shapes(lon.shape, lat.shape), height_m), step)
