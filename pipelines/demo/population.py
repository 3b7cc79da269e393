"""A made-up population raster: the people of the natural villages, spread around them."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.features import rasterize
from rasterio.transform import from_origin

from pipelines.demo.plane import FloatArray
from pipelines.demo.terrain import CELL_DEG, EAST, NORTH, SOUTH, WEST

_NODATA = -9999.0
_SPREAD = np.array([0.25, 0.5, 0.25])
"""Share of a settlement's people in its row or column of cells and in those beside it."""


def write_population(path: Path, counties: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> None:
    """Write people per cell as a GeoTIFF on the elevation's cells; no data outside of the counties.

    Parameters
    ----------
    counties : polygons, EPSG:4490.
    settlements : points with ``population``; each spreads over nine cells, which keep their total.
    """
    transform = from_origin(WEST, NORTH, CELL_DEG, CELL_DEG)
    shape = round((NORTH - SOUTH) / CELL_DEG), round((EAST - WEST) / CELL_DEG)
    people = _spread(settlements, shape)
    inside = rasterize(counties.geometry, out_shape=shape, transform=transform, all_touched=True)
    values = np.where((inside == 1) | (people > 0), people, _NODATA).astype("float32")
    with rasterio.open(
        path, "w", driver="GTiff", width=shape[1], height=shape[0], count=1, dtype="float32", crs="EPSG:4490",
        transform=transform, compress="deflate", predictor=3, nodata=_NODATA,
    ) as raster:  # fmt: skip
        raster.write(values, 1)
        raster.update_tags(SOURCE="模拟数据 synthetic", UNIT="persons")


def _spread(settlements: gpd.GeoDataFrame, shape: tuple[int, int]) -> FloatArray:
    row = ((NORTH - settlements.geometry.y.to_numpy()) / CELL_DEG).astype(int)
    column = ((settlements.geometry.x.to_numpy() - WEST) / CELL_DEG).astype(int)
    population = settlements["population"].to_numpy(dtype=float)
    people = np.zeros(shape)
    for down, share_down in enumerate(_SPREAD, start=-1):
        for across, share_across in enumerate(_SPREAD, start=-1):
            np.add.at(people, (row + down, column + across), population * share_down * share_across)
    return people
