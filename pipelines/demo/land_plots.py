"""Plots of a county: permanent basic farmland, and land patches of two editions in a few of its villages."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from analysis.ellipsoid import areas_m2
from base.areas import M2_PER_MU
from pipelines.demo.county_view import CountyView
from pipelines.demo.land_cover import NEW_USES, drawn, is_farmland, land_classes
from pipelines.demo.lattice import SIDE_M, Lattice
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees, to_metres

EDITIONS = (2023, 2024)
_FARMLAND_PER_VILLAGE = 2.6
_WATCHED_VILLAGES = 2
_REACH_CELLS = 4
_CLASS, _CHANGE, _NEW_USE, _SPLIT = 11, 12, 13, 14
"""Purposes of chance."""
_CHANGED_SHARE, _SPLIT_SHARE = 0.07, 0.4
_SMALLEST_M2 = 400.0


@dataclass(frozen=True)
class Plots:
    """Frames in EPSG:4490 with the fields of `basic_farmland` and `land_patches`."""

    farmland: gpd.GeoDataFrame
    patches: gpd.GeoDataFrame


def make_plots(view: CountyView) -> Plots:
    """Make the plots of a county; farmland that is basic farmland is farmland in the earlier edition of the patches."""
    lattice = Lattice(view.seed)
    return Plots(_farmland(view, lattice), _patches(view, lattice))


def stated_mu(shapes: np.ndarray, rng: np.random.Generator, spread: float = 0.002) -> FloatArray:
    """Areas as a department states them, 亩: the ellipsoidal ones with an error of rounding and drawing."""
    return np.round(
        areas_m2(shapes) / M2_PER_MU * (1 + np.clip(rng.normal(0, spread, len(shapes)), -0.008, 0.008)), 2
    )


def _classes(view: CountyView, lattice: Lattice, cells: IntArray) -> np.ndarray:
    centres = lattice.centres_m(cells)
    away = cKDTree(view.settlement_metres).query(centres)[0]
    return land_classes(view.terrain.slope_at(to_degrees(centres)), away, lattice.chance(cells, _CLASS))


def _farmland(view: CountyView, lattice: Lattice) -> gpd.GeoDataFrame:
    """The flattest farmland around natural villages."""
    rng = view.stream("basic farmland")
    cells = lattice.around(view.settlement_metres, _REACH_CELLS)
    classes = _classes(view, lattice, cells)
    cells, classes = cells[is_farmland(classes)], classes[is_farmland(classes)]
    slope = view.terrain.slope_at(to_degrees(lattice.centres_m(cells)))
    count = min(round(_FARMLAND_PER_VILLAGE * len(view.villages)), len(cells) // 2)
    weight = np.exp(-slope / 1.2)
    chosen = np.sort(rng.choice(len(cells), count, replace=False, p=weight / weight.sum()))
    shapes = lattice.polygons(cells[chosen])
    shapely.prepare(view.polygon)
    inside = shapely.contains_properly(view.polygon, shapes)
    shapes, chosen = shapes[inside], chosen[inside]
    return gpd.GeoDataFrame(
        {
            "plot_no": [f"JB{view.prefix}{i + 1:05d}" for i in range(len(shapes))],
            "land_class": classes[chosen],
            "stated_area_mu": stated_mu(shapes, rng),
            "grade": np.clip(
                np.round(4 + slope[chosen] * 1.5 + rng.normal(0, 1.2, len(shapes))), 1, 12
            ).astype(int),
        },
        geometry=shapes,
        crs="EPSG:4490",
    )


def _watched(view: CountyView) -> IntArray:
    """Small villages, two in a county."""
    rng = view.stream("watched villages")
    area = areas_m2(np.asarray(view.villages.geometry.array))
    rural = view.villages["kind"].eq("village").to_numpy()
    small = np.flatnonzero(rural)[np.argsort(area[rural], kind="stable")]
    small = small[: max(_WATCHED_VILLAGES, len(small) // 8)]
    return np.sort(rng.choice(small, min(_WATCHED_VILLAGES, len(small)), replace=False))


def _patches(view: CountyView, lattice: Lattice) -> gpd.GeoDataFrame:
    made = [_village_patches(view, lattice, int(village)) for village in _watched(view)]
    frame = pd.concat([part for parts in made for part in parts], ignore_index=True)
    shapes = frame["geometry"].to_numpy()
    frame["stated_area_mu"] = stated_mu(shapes, view.stream("patches"))
    return gpd.GeoDataFrame(frame, crs="EPSG:4490")


def _village_patches(view: CountyView, lattice: Lattice, village: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patches that cover a village, in both editions; what changed whole keeps its number, what is cut gets two."""
    outline = view.villages.geometry.iloc[village]
    cells = _cells_over(lattice, outline)
    code = view.villages["admin_code"].iloc[village]
    before = _classes(view, lattice, cells)
    numbers = np.array([f"{code}{i + 1:05d}" for i in range(len(cells))], dtype=object)
    whole = lattice.polygons(cells)
    changed = is_farmland(before) & (lattice.chance(cells, _CHANGE) < _CHANGED_SHARE)
    after = before.copy()
    after[changed] = drawn(NEW_USES, lattice.chance(cells, _NEW_USE)[changed])
    cut = changed & (lattice.chance(cells, _SPLIT) < _SPLIT_SHARE)
    left, right = lattice.halves(cells[cut])
    later_shapes = np.concatenate([whole[~cut], left, right])
    later_classes = np.concatenate([after[~cut], after[cut], before[cut]])
    later_numbers = np.concatenate([numbers[~cut], numbers[cut] + "A", numbers[cut] + "B"])
    return (
        _clipped(EDITIONS[0], numbers, before, whole, outline),
        _clipped(EDITIONS[1], later_numbers, later_classes, later_shapes, outline),
    )


def _cells_over(lattice: Lattice, outline: shapely.Polygon) -> IntArray:
    """Cells that may touch an outline in degrees."""
    west, south, east, north = shapely.bounds(outline)
    corners = to_metres([[west, south], [east, north]])
    low, high = np.floor(corners / SIDE_M).astype(np.int64) + np.array([[-1], [2]])
    across, down = np.arange(low[0], high[0]), np.arange(low[1], high[1])
    cells = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    shapely.prepare(outline)
    return cells[shapely.intersects(outline, lattice.polygons(cells))]


def _clipped(
    edition: int, numbers: np.ndarray, classes: np.ndarray, shapes: np.ndarray, outline: shapely.Polygon
) -> pd.DataFrame:
    """The parts inside of the village, without crumbs at its border."""
    shapely.prepare(outline)
    over = ~shapely.contains_properly(outline, shapes)
    shapes = shapes.copy()
    shapes[over] = [_areas_only(shape) for shape in shapely.intersection(shapes[over], outline)]
    kept = areas_m2(shapes) > _SMALLEST_M2
    return pd.DataFrame(
        {
            "edition": edition,
            "patch_no": numbers[kept],
            "land_class": classes[kept],
            "geometry": shapes[kept],
        }
    )


def _areas_only(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    parts = parts[shapely.get_type_id(parts) == 3]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts.tolist())
