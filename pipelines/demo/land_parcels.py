"""Parcels that townships ask for; most are sound, some are planted in conflict with what the bureau protects."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.codes import GrowthZone, LandClass, ParcelKind, ParcelUse, QuotaKind
from pipelines.demo.county_view import CountyView
from pipelines.demo.land_plots import Plots, stated_mu
from pipelines.demo.land_zones import Zones
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees, to_metres

SOUND = "sound"
CONFLICTS = {
    "on_basic_farmland": 0.07,
    "sliver_on_basic_farmland": 0.04,
    "in_ecological_redline": 0.03,
    "overlapping_parcel": 0.03,
    "across_village_boundary": 0.04,
    "in_hazard_radius": 0.03,
    "spot_in_concentrated_zone": 0.02,
}
"""What is planted, and its share of the parcels."""
_PER_VILLAGE = 0.48
_SPOT_SHARE = 0.22
_SLIVER_M = 0.3
_USES = (
    (ParcelUse.INDUSTRY, 0.34, "仓储加工"),
    (ParcelUse.VILLAGE, 0.26, "新村建设"),
    (ParcelUse.PUBLIC, 0.20, "公共服务"),
    (ParcelUse.TOURISM, 0.14, "民宿旅游"),
    (ParcelUse.OTHER, 0.06, "其他"),
)
"""Use, share, words in the name."""
_CLASSES = (LandClass.DRY, LandClass.OTHER_GRASS, LandClass.VILLAGE_SITE, LandClass.ORCHARD)


@dataclass
class _Draft:
    """Shapes in degrees, their villages, and what each is planted for."""

    shapes: list[shapely.Geometry]
    villages: list[int]
    planted: list[str]

    def add(self, shape: shapely.Geometry, village: int, planted: str) -> None:
        self.shapes.append(shape)
        self.villages.append(village)
        self.planted.append(planted)


def make_parcels(
    view: CountyView, plots: Plots, zones: Zones, projects: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Make the parcels of a county.

    Returns
    -------
    Fields of the layer `land_parcels`, names of places, ``admin_code``, EPSG:4490; ``planted`` says for what a parcel
    was put where it is: a key of `CONFLICTS`, or ``sound``.
    """
    rng = view.stream("parcels")
    count = max(12, round(_PER_VILLAGE * len(view.villages)))
    draft = _Draft([], [], [])
    _sound(view, plots, zones, round(count * (1 - sum(CONFLICTS.values()))), rng, draft)
    for kind, share in CONFLICTS.items():
        for _ in range(max(1, round(count * share))):
            made = _PLANTERS[kind](view, plots, zones, draft, rng)
            if made is not None:
                draft.add(*made, kind)
    return _described(view, draft, projects, rng)


def _sound(
    view: CountyView, plots: Plots, zones: Zones, wanted: int, rng: np.random.Generator, draft: _Draft
) -> None:
    """Parcels beside natural villages that touch nothing protected and no other parcel."""
    tries = wanted * 6
    settlements = _settlements(view, tries, rng)
    spot = rng.random(tries) < _SPOT_SHARE
    angle, away = rng.uniform(0, 2 * np.pi, tries), rng.uniform(40, 420, tries)
    centres = view.settlement_metres[settlements] + away[:, None] * np.column_stack(
        [np.cos(angle), np.sin(angle)]
    )
    shapes = np.array(
        [_footprints(c, rng) if s else _site(c, rng) for c, s in zip(centres, spot, strict=True)],
        dtype=object,
    )
    villages = view.village_of[settlements]
    homes = np.asarray(view.villages.geometry.array)
    fits = shapely.contains_properly(homes[villages], shapes)
    for kept_out in (plots.farmland, zones.redlines, zones.boundaries):
        tree = shapely.STRtree(kept_out.geometry.to_numpy())
        fits[np.unique(tree.query(shapes, predicate="intersects")[0])] = False
    near = shapely.buffer(zones.hazards.geometry.to_numpy(), zones.hazards["radius_m"].to_numpy() / 90_000)
    fits[np.unique(shapely.STRtree(near).query(shapes, predicate="intersects")[0])] = False
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    taken = np.zeros(tries, dtype=bool)
    others: dict[int, list[int]] = {}
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        others.setdefault(one, []).append(other)
    for i in np.flatnonzero(fits):
        if len(draft.shapes) == wanted:
            break
        if not taken[others[i]].any():
            taken[i] = True
            draft.add(shapes[i], int(villages[i]), SOUND)


def _settlements(view: CountyView, count: int, rng: np.random.Generator) -> IntArray:
    weight = 0.2 + view.development
    return rng.choice(len(weight), count, p=weight / weight.sum())


def _site(centre_m: FloatArray, rng: np.random.Generator) -> shapely.Polygon:
    """A turned quadrangle of some tens of metres."""
    half = rng.uniform(14, 48, 2)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half * rng.uniform(0.8, 1.0, (4, 2))
    return shapely.polygons(to_degrees(centre_m + corners @ _turn(rng)))


def _footprints(centre_m: FloatArray, rng: np.random.Generator) -> shapely.MultiPolygon:
    """Two to four buildings apart from each other: supply by footprint."""
    turn = _turn(rng)
    parts = []
    for i in range(int(rng.integers(2, 5))):
        half = rng.uniform(5, 11, 2)
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half + (i * 30.0, rng.uniform(-6, 6))
        parts.append(shapely.polygons(to_degrees(centre_m + corners @ turn)))
    return shapely.MultiPolygon(parts)


def _turn(rng: np.random.Generator) -> FloatArray:
    angle = rng.uniform(0, np.pi)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


_Made = tuple[shapely.Geometry, int] | None


def _on_farmland(
    view: CountyView, plots: Plots, zones: Zones, draft: _Draft, rng: np.random.Generator
) -> _Made:
    plot = plots.farmland.geometry.iloc[int(rng.integers(len(plots.farmland)))]
    corner = to_metres(shapely.get_coordinates(plot)[:1])[0]
    return _at_home(view, _site(corner + rng.uniform(-15, 15, 2), rng))


def _sliver(view: CountyView, plots: Plots, zones: Zones, draft: _Draft, rng: np.random.Generator) -> _Made:
    """A quadrangle along an edge of a plot that reaches a few decimetres over it, and over no other plot."""
    others = shapely.STRtree(plots.farmland.geometry.to_numpy())
    for _ in range(40):
        chosen = int(rng.integers(len(plots.farmland)))
        ring = to_metres(shapely.get_coordinates(plots.farmland.geometry.iloc[chosen]))
        start, end = ring[0], ring[1]
        along = (end - start) / np.hypot(*(end - start))
        out = np.array([along[1], -along[0]])
        corners = [start + 12 * along, end - 12 * along]
        shape = shapely.polygons(
            to_degrees(
                np.array([*(c - _SLIVER_M * out for c in corners), *(c + 38 * out for c in corners[::-1])])
            )
        )
        if others.query(shape, predicate="intersects").tolist() == [chosen] and shapely.is_valid(shape):
            return _at_home(view, shape)
    return None


def _in_redline(
    view: CountyView, plots: Plots, zones: Zones, draft: _Draft, rng: np.random.Generator
) -> _Made:
    """A parcel over the edge of a red line, where that is nearest to a natural village."""
    lines = shapely.boundary(zones.redlines.geometry.to_numpy())
    line = lines[int(rng.integers(len(lines)))]
    some = rng.choice(len(view.settlements), min(60, len(view.settlements)), replace=False)
    points = np.asarray(view.settlements.geometry.array)[some]
    nearest = points[np.argmin(shapely.distance(line, points))]
    spot = shapely.line_interpolate_point(line, shapely.line_locate_point(line, nearest))
    return _at_home(view, _site(to_metres(shapely.get_coordinates(spot))[0], rng))


def _overlapping(
    view: CountyView, plots: Plots, zones: Zones, draft: _Draft, rng: np.random.Generator
) -> _Made:
    sound = [i for i, planted in enumerate(draft.planted) if planted == SOUND]
    other = int(rng.choice(sound))
    centre = to_metres(shapely.get_coordinates(shapely.centroid(draft.shapes[other])))[0]
    return _site(centre + rng.uniform(8, 20, 2), rng), draft.villages[other]


def _across(view: CountyView, plots: Plots, zones: Zones, draft: _Draft, rng: np.random.Generator) -> _Made:
    """A parcel over the border of a village, near one of its natural villages, inside of the county."""
    shapely.prepare(view.polygon)
    for _ in range(20):
        settlement = int(_settlements(view, 1, rng)[0])
        village = int(view.village_of[settlement])
        line = view.villages.geometry.iloc[village].boundary
        spot = shapely.line_interpolate_point(
            line, shapely.line_locate_point(line, view.settlements.geometry.iloc[settlement])
        )
        shape = _site(to_metres(shapely.get_coordinates(spot))[0], rng)
        if shapely.contains_properly(view.polygon, shape):
            return shape, village
    return None


def _near_hazard(
    view: CountyView, plots: Plots, zones: Zones, draft: _Draft, rng: np.random.Generator
) -> _Made:
    hazard = zones.hazards.geometry.iloc[int(rng.integers(len(zones.hazards)))]
    return _at_home(view, _site(to_metres([[hazard.x, hazard.y]])[0] + rng.uniform(-18, 18, 2), rng))


def _spot_in_town(
    view: CountyView, plots: Plots, zones: Zones, draft: _Draft, rng: np.random.Generator
) -> _Made:
    towns = zones.boundaries[zones.boundaries["zone"] == str(GrowthZone.CONCENTRATED)]
    zone = towns.geometry.iloc[int(rng.integers(len(towns)))]
    west, south, east, north = to_metres(np.reshape(zone.bounds, (2, 2))).ravel()
    for _ in range(30):
        shape = _footprints(np.array([rng.uniform(west, east), rng.uniform(south, north)]), rng)
        if shapely.contains_properly(zone, shape):
            return _at_home(view, shape)
    return None


_PLANTERS: dict[str, Callable[[CountyView, Plots, Zones, _Draft, np.random.Generator], _Made]] = {
    "on_basic_farmland": _on_farmland,
    "sliver_on_basic_farmland": _sliver,
    "in_ecological_redline": _in_redline,
    "overlapping_parcel": _overlapping,
    "across_village_boundary": _across,
    "in_hazard_radius": _near_hazard,
    "spot_in_concentrated_zone": _spot_in_town,
}


def _at_home(view: CountyView, shape: shapely.Geometry) -> _Made:
    """The shape with the village that has most of it; None if that is none of the county's."""
    homes = np.asarray(view.villages.geometry.array)
    met = view.villages.sindex.query(shape, predicate="intersects")
    if not len(met):
        return None
    met = np.sort(met)
    return shape, int(met[np.argmax(shapely.area(shapely.intersection(homes[met], shape)))])


def _described(
    view: CountyView, draft: _Draft, projects: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    count = len(draft.shapes)
    villages = np.array(draft.villages, dtype=np.int64)
    shapes = np.array(draft.shapes, dtype=object)
    spot = shapely.get_type_id(shapes) == 6
    uses = rng.choice(len(_USES), count, p=[share for _, share, _ in _USES])
    titles = view.village_titles[villages]
    saving = projects[(projects["state"] == "accepted") & (projects["saved_quota_mu"] > 0)][
        "project_no"
    ].to_numpy()
    quota = rng.choice(
        [str(QuotaKind.RESERVE), str(QuotaKind.SAVED), str(QuotaKind.ANNUAL)], count, p=[0.78, 0.14, 0.08]
    ).astype(object)
    quota[(quota == str(QuotaKind.SAVED)) & (len(saving) == 0)] = str(QuotaKind.RESERVE)
    from_project = rng.choice(saving, count) if len(saving) else np.full(count, None)
    return gpd.GeoDataFrame(
        pd.concat(
            [
                view.names(villages),
                pd.DataFrame(
                    {
                        "parcel_no": [f"DK{view.prefix}{i + 1:04d}" for i in range(count)],
                        "name": [f"{titles[i]}{_USES[uses[i]][2]}地块{i + 1}" for i in range(count)],
                        "parcel_kind": np.where(spot, str(ParcelKind.SPOT), str(ParcelKind.ORDINARY)),
                        "parcel_use": [str(_USES[use][0]) for use in uses],
                        "applicant": [f"{titles[i]}股份经济合作联合社" for i in range(count)],
                        "stated_area_mu": stated_mu(shapes, rng),
                        "class_before": rng.choice(
                            [str(c) for c in _CLASSES], count, p=[0.3, 0.3, 0.25, 0.15]
                        ),
                        "quota_kind": quota,
                        "project_no": np.where(quota == str(QuotaKind.SAVED), from_project, None),
                        "planted": draft.planted,
                    }
                ),
            ],
            axis=1,
        ),
        geometry=shapes,
        crs="EPSG:4490",
    )
