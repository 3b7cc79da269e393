"""Fractal noise on the grid of the terrain."""

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from pipelines.demo.plane import FloatArray


def octaves(
    rng: np.random.Generator, shape: tuple[int, int], wavelengths_cells: Iterable[float]
) -> Iterable[FloatArray]:
    """Yield one smooth random field of unit variance for each wavelength, in grid cells."""
    for wavelength in wavelengths_cells:
        lattice = rng.standard_normal(tuple(int(n / wavelength) + 5 for n in shape))
        fine = ndimage.zoom(lattice, wavelength, order=3)
        yield fine[2 : 2 + shape[0], 2 : 2 + shape[1]]


def fractal(
    rng: np.random.Generator, shape: tuple[int, int], wavelengths_cells: Iterable[float]
) -> FloatArray:
    """Sum of octaves, short ones lower by the power 0.75; the longest one has unit variance."""
    wavelengths = list(wavelengths_cells)
    total = np.zeros(shape)
    for wavelength, field in zip(wavelengths, octaves(rng, shape, wavelengths), strict=True):
        total += field * (wavelength / wavelengths[0]) ** 0.75
    return total
