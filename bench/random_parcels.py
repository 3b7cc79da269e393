"""Parcels and constraints made up from a seed, in sizes and numbers of corners as a city's bureau has them."""

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
_WEST, _SOUTH, _WIDE_DEG = 112.0, 23.5, 1.3
_METRES_A_DEGREE = 105_000.0
_VALLEYS = 400


def _stars(
    rng: np.random.Generator, centre: NDArray[np.float64], radius_m: NDArray[np.float64], corners: int
) -> Shapes:
    """Star-shaped polygons: no edge crosses another."""
    turn = 2 * np.pi / corners
    angle = (np.arange(corners) + rng.uniform(0.1, 0.9, (len(centre), corners))) * turn
    reach = radius_m[:, None] * rng.uniform(0.75, 1.25, (len(centre), corners)) / _METRES_A_DEGREE
    xy = centre[:, None, :] + np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=-1)
    return np.asarray(shapely.polygons(xy), dtype=object)


def _in_valleys(
    rng: np.random.Generator, valleys: NDArray[np.float64], count: int, spread_m: float
) -> NDArray[np.float64]:
    chosen = valleys[rng.integers(0, len(valleys), count)]
    return chosen + rng.normal(0, spread_m / _METRES_A_DEGREE, (count, 2))


def random_parcels(seed: int, parcels: int, constraints: int) -> tuple[Shapes, Shapes]:
    """Parcels and constraint polygons, EPSG:4490.

    Farmland plots of about 3 ha with 16 to 64 corners, a fiftieth of them ten times as large; one constraint in 250
    is a red line of some 20 km² with 1 000 corners. Parcels of 0.1 to 4 ha with 6 to 14 corners lie about the same
    valleys.
    """
    rng = np.random.default_rng(seed)
    valleys = np.array([_WEST, _SOUTH]) + rng.uniform(0, _WIDE_DEG, (_VALLEYS, 2))
    lines = constraints // 250
    plots = constraints - lines
    made = [_stars(rng, _in_valleys(rng, valleys, lines, 4_000), rng.uniform(1_500, 3_500, lines), 1_000)]
    for corners, number in zip((16, 24, 40, 64), np.diff(np.linspace(0, plots, 5).astype(int)), strict=True):
        radius = rng.lognormal(np.log(95), 0.35, number) * np.where(rng.uniform(size=number) < 0.02, 3.2, 1.0)
        made.append(_stars(rng, _in_valleys(rng, valleys, number, 1_400), radius, corners))
    asked = []
    for corners, number in zip((6, 8, 10, 14), np.diff(np.linspace(0, parcels, 5).astype(int)), strict=True):
        radius = rng.lognormal(np.log(45), 0.4, number)
        asked.append(_stars(rng, _in_valleys(rng, valleys, number, 1_400), radius, corners))
    return np.concatenate(asked), np.concatenate(made)
