"""What grows and stands where: land classes by slope, by the way to the next natural village, and by chance."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy import ndimage

from layers.codes import LandClass
from pipelines.demo.noise import fractal
from pipelines.demo.plane import FloatArray
from pipelines.demo.randomness import stream
from pipelines.demo.terrain import CELL_DEG, EAST, NORTH, SOUTH, WEST, Terrain

FLAT_DEG, GENTLE_DEG = 2.5, 5.5
_HOME_M, _NEAR_M = 95.0, 900.0
_FINE_DEG = CELL_DEG / 2
"""Cells of the land-cover rasters, about 100 m."""
_DRIFT_SHARE = 0.03
"""Share of the farmland that the later raster shows as something else."""
_BY_CHANCE: dict[str, tuple[tuple[float, LandClass], ...]] = {
    "flat, near": (
        (0.60, LandClass.PADDY),
        (0.68, LandClass.IRRIGATED),
        (0.82, LandClass.DRY),
        (0.87, LandClass.POND),
        (0.93, LandClass.ORCHARD),
        (0.95, LandClass.RURAL_ROAD),
        (0.97, LandClass.FARM_FACILITY),
        (1.00, LandClass.OTHER_GRASS),
    ),
    "flat, far": (
        (0.35, LandClass.DRY),
        (0.48, LandClass.ORCHARD),
        (0.80, LandClass.FOREST),
        (1.00, LandClass.SHRUB),
    ),
    "gentle": (
        (0.18, LandClass.DRY),
        (0.32, LandClass.ORCHARD),
        (0.38, LandClass.TEA),
        (0.80, LandClass.FOREST),
        (1.00, LandClass.SHRUB),
    ),
    "steep": (
        (0.62, LandClass.FOREST),
        (0.76, LandClass.BAMBOO),
        (0.93, LandClass.SHRUB),
        (1.00, LandClass.OTHER_GRASS),
    ),
}
"""Upper end of the chance of each class."""

NEW_USES: tuple[tuple[float, LandClass], ...] = (
    (0.28, LandClass.ORCHARD),
    (0.46, LandClass.POND),
    (0.60, LandClass.FOREST),
    (0.74, LandClass.VILLAGE_SITE),
    (0.86, LandClass.INDUSTRIAL),
    (1.00, LandClass.FARM_FACILITY),
)
"""What farmland turns into between two editions."""


def drawn(choices: tuple[tuple[float, LandClass], ...], chance: FloatArray) -> npt.NDArray[np.object_]:
    """The class that each chance of 0–1 falls on, as its code."""
    ends = np.array([end for end, _ in choices])
    codes = np.array([str(found) for _, found in choices], dtype=object)
    return codes[np.minimum(np.searchsorted(ends, chance, side="right"), len(codes) - 1)]


def land_classes(slope_deg: FloatArray, away_m: FloatArray, chance: FloatArray) -> npt.NDArray[np.object_]:
    """The land class of each place by its slope, its distance to the next natural village and a chance of 0–1."""
    found = drawn(_BY_CHANCE["steep"], chance)
    for name, where in (
        ("gentle", slope_deg < GENTLE_DEG),
        ("flat, far", slope_deg < FLAT_DEG),
        ("flat, near", (slope_deg < FLAT_DEG) & (away_m < _NEAR_M)),
    ):
        found[where] = drawn(_BY_CHANCE[name], chance[where])
    found[away_m < _HOME_M] = str(LandClass.VILLAGE_SITE)
    return found


def is_farmland(classes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Whether each code is one of farmland (01)."""
    return np.array([str(code).startswith("01") for code in classes], dtype=bool)


def write_land_cover(
    before: Path,
    after: Path,
    counties: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    terrain: Terrain,
    seed: int,
) -> None:
    """Write first-level classes (1–12, 0 for no data) of two editions as GeoTIFFs in EPSG:4490, cells of about 100 m.

    In the later one farmland has turned into plantations, ponds, woodland or building land in some places.
    """
    shape = round((NORTH - SOUTH) / _FINE_DEG), round((EAST - WEST) / _FINE_DEG)
    transform = from_origin(WEST, NORTH, _FINE_DEG, _FINE_DEG)
    slope = np.repeat(np.repeat(terrain.slope_deg, 2, axis=0), 2, axis=1)[: shape[0], : shape[1]]
    rng = stream(seed, "land cover")
    chance, drift = (_even(fractal(rng, shape, wavelengths)) for wavelengths in ((6,), (14,)))
    new_use = rng.random(shape)
    first, second = np.zeros(shape, dtype="uint8"), np.zeros(shape, dtype="uint8")
    for county in counties.itertuples():
        inside = rasterize([county.geometry], out_shape=shape, transform=transform) == 1
        own = settlements[settlements["admin_code"].str.startswith(county.admin_code[:6])]
        away = _distance_m(shape, own)[inside]
        found = land_classes(slope[inside], away, chance[inside])
        changed = is_farmland(found) & (drift[inside] > 1 - _DRIFT_SHARE)
        first[inside] = _groups(found)
        found[changed] = drawn(NEW_USES, new_use[inside][changed])
        second[inside] = _groups(found)
    for path, values in ((before, first), (after, second)):
        with rasterio.open(
            path, "w", driver="GTiff", width=shape[1], height=shape[0], count=1, dtype="uint8", crs="EPSG:4490",
            transform=transform, compress="deflate", nodata=0,
        ) as raster:  # fmt: skip
            raster.write(values, 1)
            raster.update_tags(SOURCE="模拟数据 synthetic", UNIT="GB/T 21010-2017")


def _groups(classes: npt.NDArray[np.object_]) -> npt.NDArray[np.uint8]:
    codes, which = np.unique(classes.astype(str), return_inverse=True)
    return np.array([int(code[:2]) for code in codes], dtype="uint8")[which]


def _even(field: FloatArray) -> FloatArray:
    """A field brought to 0–1 so that every value is equally common."""
    levels = np.quantile(field, np.linspace(0, 1, 201))
    return np.interp(field, levels, np.linspace(0, 1, 201))


def _distance_m(shape: tuple[int, int], settlements: gpd.GeoDataFrame) -> FloatArray:
    """Metres from each cell to the nearest one with a natural village."""
    away = np.ones(shape, dtype=bool)
    row = ((NORTH - settlements.geometry.y.to_numpy()) / _FINE_DEG).astype(int)
    column = ((settlements.geometry.x.to_numpy() - WEST) / _FINE_DEG).astype(int)
    away[row, column] = False
    return np.asarray(
        ndimage.distance_transform_edt(away, sampling=(_FINE_DEG * 110_770, _FINE_DEG * 101_500))
    )
