"""GeoTIFFs for the tests of rasters, over the two counties of `two_counties`."""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

WEST, NORTH = 112.9, 24.2
STEP = 0.002
SHAPE = (150, 140)


def write_tif(
    path: Path,
    values: np.ndarray,
    *,
    crs: str | None = "EPSG:4490",
    transform: object = None,
    nodata: float | None = None,
) -> Path:
    """Write one band, or several if `values` has three axes."""
    path.unlink(missing_ok=True)
    bands = values if values.ndim == 3 else values[None]
    with rasterio.open(
        path, "w", driver="GTiff", count=len(bands), height=bands.shape[1], width=bands.shape[2],
        dtype=bands.dtype, crs=crs, nodata=nodata,
        transform=from_origin(WEST, NORTH, STEP, STEP) if transform is None else transform,
    ) as raster:  # fmt: skip
        raster.write(bands)
    return path


def hills() -> np.ndarray:
    """Elevations between 100 and 500 m."""
    rows, columns = np.indices(SHAPE)
    return (300 + 200 * np.sin(rows / 9) * np.cos(columns / 7)).astype("float32")
