"""Water supply of a county: works, mains, service areas and the figures that villages report."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.codes import OperatingState, PipeMaterial, WaterQuality, WaterSource, WorksType
from pipelines.demo.calendar import days_before
from pipelines.demo.county_view import CountyView
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees
from pipelines.demo.road_network import RoadNetwork

_AREA_M, _SMALL_AREA_M = 420.0, 260.0
_PLANT, _SMALL, _NONE = 0, 1, 2
_LARGE_M3D, _LARGE_PEOPLE = 1_000, 10_000
"""规模化 works: designed for at least that much a day, or for at least that many people (千吨万人)."""


@dataclass(frozen=True)
class WaterSupply:
    """Frames with the fields of the water layer (codes, not words); geometry in EPSG:4490."""

    works: gpd.GeoDataFrame
    mains: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    village_figures: pd.DataFrame


@dataclass(frozen=True)
class _Supply:
    """Who is supplied by what.

    Attributes
    ----------
    plant_of_village : position of the township whose plant reaches the village, -1 for none.
    kind : for each settlement by a plant, by its village's own works, or by neither.
    """

    plant_of_village: IntArray
    kind: IntArray


def make_water(view: CountyView, network: RoadNetwork, road_shapes: np.ndarray) -> WaterSupply:
    """Make the water supply of a county; better off where development is higher."""
    rng = view.stream("water")
    supply = _supply(view, rng)
    plants = _plants(view, supply, rng)
    small = _small_works(view, supply, rng)
    dispersed = _dispersed_works(view, supply, rng)
    works = pd.concat([plants, small, dispersed], ignore_index=True)
    works.insert(0, "works_no", [f"GS{view.prefix}{i + 1:05d}" for i in range(len(works))])
    plant_no = dict(zip(plants["township"], works["works_no"], strict=False))
    plant_type = dict(zip(plants["township"], plants["works_type"], strict=True))
    small_no = dict(zip(small["village"], works["works_no"].iloc[len(plants) :], strict=False))
    small_type = dict(zip(small["village"], small["works_type"], strict=True))
    areas = _areas(view, supply, plant_no, plant_type, small_no, small_type)
    mains = _mains(view, supply, network, road_shapes, plant_no, small, small_no, rng)
    frame = works.drop(columns=["township", "village", "beside", "lon", "lat"])
    places = gpd.points_from_xy(works["lon"], works["lat"])
    return WaterSupply(
        gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4490"), mains, areas, _figures(view, supply, rng)
    )


def _supply(view: CountyView, rng: np.random.Generator) -> _Supply:
    level = view.villages["development"].to_numpy()
    remote = view.villages["remote_m"].to_numpy()
    reached = rng.random(len(level)) < np.clip(0.16 + 0.95 * level - remote / 26_000, 0.03, 0.97)
    reached |= remote < 1500
    plant = np.where(reached, view.township_of, -1)
    own_works = rng.random(len(level)) < 0.92
    people = view.settlements["population"].to_numpy()
    luck = rng.random(len(people))
    village = view.village_of
    joined = luck < np.clip(0.74 + 0.24 * view.development + people / 4000, 0, 0.99)
    covered = luck < np.clip(0.55 + 0.35 * view.development + people / 3000, 0, 0.97)
    kind = np.full(len(people), _NONE)
    kind[own_works[village] & covered] = _SMALL
    kind[reached[village] & (luck >= 0.55) & own_works[village]] = _SMALL
    kind[reached[village] & joined] = _PLANT
    return _Supply(plant.astype(np.int64), kind)


def _beside(view: CountyView, settlements: IntArray, rng: np.random.Generator) -> FloatArray:
    """Places a few hundred metres from settlements, on the higher of three tries."""
    metres = view.settlement_metres[settlements]
    best, height = metres.copy(), np.full(len(metres), -np.inf)
    for _ in range(3):
        angle = rng.uniform(0, 2 * np.pi, len(metres))
        gap = rng.uniform(120, 420, len(metres))
        tried = metres + gap[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        lonlat = to_degrees(tried)
        up = view.terrain.elevation_at(lonlat)
        better = (up > height) & shapely.contains_xy(view.polygon, lonlat[:, 0], lonlat[:, 1])
        best[better], height[better] = tried[better], up[better]
    return to_degrees(best)


def _works_frame(
    works_type: np.ndarray,
    people: IntArray,
    source: np.ndarray,
    rng: np.random.Generator,
    **extra: object,
) -> pd.DataFrame:
    """Works with their capacity; those given as small are large where they reach the size of 规模化 works."""
    count = len(people)
    need = np.maximum(people * rng.uniform(0.09, 0.16, count), 2)
    design = need * rng.uniform(1.05, 1.6, count)
    step = np.select([design > 5000, design > 300, design > 50], [500, 50, 10], 1)
    design = np.ceil(design / step) * step
    scaled = (design >= _LARGE_M3D) | (people >= _LARGE_PEOPLE)
    works_type = np.where(
        scaled & (works_type == str(WorksType.SMALL)), str(WorksType.LARGE), works_type
    ).astype(object)
    failing = {
        WorksType.INTEGRATED: 0.005,
        WorksType.LARGE: 0.02,
        WorksType.SMALL: 0.12,
        WorksType.DISPERSED: 0.26,
    }
    bad = rng.random(count) < np.array([failing[WorksType.of(t)] for t in works_type])
    quality = np.where(bad, str(WaterQuality.FAIL), str(WaterQuality.PASS)).astype(object)
    tested = days_before(rng.integers(5, 420, count))
    untested = rng.random(count) < np.where(works_type == str(WorksType.DISPERSED), 0.35, 0.05)
    quality[untested] = None
    tested[untested] = np.datetime64("NaT")
    state = rng.choice(
        [
            str(s)
            for s in (
                OperatingState.RUNNING,
                OperatingState.REPAIR,
                OperatingState.STOPPED,
                OperatingState.BUILDING,
            )
        ],
        count,
        p=[0.91, 0.04, 0.03, 0.02],
    )
    return pd.DataFrame(
        {
            "works_type": works_type,
            "design_capacity_m3d": design,
            "actual_capacity_m3d": np.round(need),
            "water_source": source,
            "served_population": people,
            "quality_result": quality,
            "tested_on": tested,
            "state": state,
            **extra,
        }
    )


def _plants(view: CountyView, supply: _Supply, rng: np.random.Generator) -> pd.DataFrame:
    """One plant in each township that reaches some village; integrated with the town net near the capital."""
    by_plant = supply.kind == _PLANT
    township = supply.plant_of_village[view.village_of]
    served = np.bincount(
        township[by_plant], view.settlements["population"].to_numpy()[by_plant], minlength=len(view.townships)
    ).astype(int)
    used = np.flatnonzero(served > 0)
    capital = view.settlement_metres[view.seat_of[view.capital]]
    gap = np.hypot(*(view.settlement_metres[view.seat_of[used]] - capital).T)
    integrated = gap < 1500 + 12_000 * view.townships["development"].to_numpy()[used] ** 2
    works_type = np.where(integrated, str(WorksType.INTEGRATED), str(WorksType.SMALL))
    places = _beside(view, view.seat_of[used], rng)
    source = rng.choice([str(s) for s in (WaterSource.RIVER, WaterSource.RESERVOIR)], len(used), p=[0.6, 0.4])
    frame = _works_frame(
        works_type, served[used], source, rng, township=used, village=-1, beside=-1, lon=places[:, 0],
        lat=places[:, 1],
    )  # fmt: skip
    kind = np.where(frame["works_type"] == str(WorksType.SMALL), "供水站", "自来水厂")
    return frame.assign(name=view.township_stems[used] + kind)


def _small_works(view: CountyView, supply: _Supply, rng: np.random.Generator) -> pd.DataFrame:
    """One works in each village that supplies some of its settlements itself, beside the most central of them."""
    own = supply.kind == _SMALL
    people = view.settlements["population"].to_numpy()
    served = np.bincount(view.village_of[own], people[own], minlength=len(view.villages)).astype(int)
    villages = np.flatnonzero(served > 0)
    beside = _most_central(view, own)[villages]
    places = _beside(view, beside, rng)
    names = [f"{stem}村级供水工程" for stem in view.village_stems[villages]]
    source = rng.choice(
        [str(s) for s in (WaterSource.SPRING, WaterSource.GROUND, WaterSource.RESERVOIR, WaterSource.RIVER)],
        len(villages),
        p=[0.5, 0.25, 0.15, 0.1],
    )
    works_type = np.full(len(villages), str(WorksType.SMALL))
    return _works_frame(
        works_type, served[villages], source, rng, name=names, township=-1, village=villages, beside=beside,
        lon=places[:, 0], lat=places[:, 1],
    )  # fmt: skip


def _most_central(view: CountyView, chosen: np.ndarray) -> IntArray:
    """The chosen settlement nearest to the centre of each village; any of the village's if none is chosen."""
    gap = np.hypot(*(view.settlement_metres - view.settlement_metres[view.centre_of[view.village_of]]).T)
    order = np.lexsort((np.where(chosen, gap, np.inf), view.village_of))
    return order[np.searchsorted(view.village_of[order], np.arange(len(view.villages)))]


def _dispersed_works(view: CountyView, supply: _Supply, rng: np.random.Generator) -> pd.DataFrame:
    """Wells and springs of some of the settlements that nothing else supplies."""
    alone = np.flatnonzero(supply.kind == _NONE)
    chosen = alone[rng.random(len(alone)) < 0.16]
    places = _beside(view, chosen, rng)
    names = [f"{name}分散取水点" for name in view.settlements["name"].to_numpy()[chosen]]
    source = rng.choice([str(s) for s in (WaterSource.SPRING, WaterSource.GROUND)], len(chosen), p=[0.6, 0.4])
    people = view.settlements["population"].to_numpy()[chosen]
    works_type = np.full(len(chosen), str(WorksType.DISPERSED))
    return _works_frame(
        works_type, people, source, rng, name=names, township=-1, village=-1, beside=-1, lon=places[:, 0],
        lat=places[:, 1],
    )  # fmt: skip


def _areas(
    view: CountyView,
    supply: _Supply,
    plant_no: dict[int, str],
    plant_type: dict[int, str],
    small_no: dict[int, str],
    small_type: dict[int, str],
) -> gpd.GeoDataFrame:
    """Service areas: what lies around the settlements that a works supplies."""
    township = supply.plant_of_village[view.village_of]
    rows = []
    for plant, number in plant_no.items():
        members = (supply.kind == _PLANT) & (township == plant)
        rows.append((number, plant_type[plant], _around(view.settlement_metres[members], _AREA_M)))
    own = supply.kind == _SMALL
    order = np.argsort(view.village_of, kind="stable")
    bounds = np.searchsorted(view.village_of[order], np.arange(len(view.villages) + 1))
    for village, number in small_no.items():
        members = order[bounds[village] : bounds[village + 1]]
        points = view.settlement_metres[members[own[members]]]
        rows.append((number, small_type[village], _around(points, _SMALL_AREA_M)))
    numbers, kinds, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"area_no": [f"FW{n[2:]}" for n in numbers], "works_no": numbers, "works_type": kinds},
        geometry=list(shapes),
        crs="EPSG:4490",
    )


def _around(metres: FloatArray, reach_m: float) -> shapely.Geometry:
    joined = shapely.union_all(shapely.buffer(shapely.points(metres), reach_m, quad_segs=4))
    closed = shapely.simplify(shapely.buffer(shapely.buffer(joined, 260, quad_segs=2), -230, quad_segs=2), 15)
    return shapely.transform(closed, to_degrees)


def _mains(
    view: CountyView,
    supply: _Supply,
    network: RoadNetwork,
    road_shapes: np.ndarray,
    plant_no: dict[int, str],
    small: pd.DataFrame,
    small_no: dict[int, str],
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """Mains along the roads from each plant to its villages, and from each small works to the settlement by it."""
    edge_plant = np.full(len(network.edges), -1, dtype=np.int64)
    flow = np.zeros(len(network.edges))
    for village, way in enumerate(network.upstream):
        plant = supply.plant_of_village[village]
        if plant >= 0 and plant in plant_no:
            edge_plant[way] = np.where(edge_plant[way] < 0, plant, edge_plant[way])
            flow[way] += view.village_people[village]
    used = np.flatnonzero(edge_plant >= 0)
    along = shapely.transform(
        road_shapes[used], lambda lonlat: np.round(np.add(lonlat, (0.00006, 0.00005)), 8)
    )
    wanted = 40 + 2.3 * np.sqrt(flow[used])
    sizes = np.array([63, 90, 110, 160, 200, 250, 300, 400, 500, 600, 800])
    diameter = sizes[np.minimum(np.searchsorted(sizes, wanted), len(sizes) - 1)]
    villages = small["village"].to_numpy()
    ends = view.settlement_lonlat[small["beside"].to_numpy()]
    direct = shapely.linestrings(np.stack([small[["lon", "lat"]].to_numpy(), ends], axis=1))
    works = [plant_no[p] for p in edge_plant[used].tolist()] + [small_no[v] for v in villages.tolist()]
    diameters = np.concatenate([diameter, rng.choice((50, 63, 75, 90), len(villages))])
    material = np.where(
        diameters >= 300,
        str(PipeMaterial.DUCTILE_IRON),
        rng.choice(
            [str(m) for m in (PipeMaterial.PE, PipeMaterial.PVC, PipeMaterial.STEEL)],
            len(works),
            p=[0.7, 0.2, 0.1],
        ),
    )
    return gpd.GeoDataFrame(
        {
            "main_no": [f"GD{view.prefix}{i + 1:06d}" for i in range(len(works))],
            "works_no": works,
            "material": material,
            "diameter_mm": diameters,
            "built_year": rng.integers(1998, 2025, len(works)),
        },
        geometry=np.concatenate([along, direct]),
        crs="EPSG:4490",
    )


def _figures(view: CountyView, supply: _Supply, rng: np.random.Generator) -> pd.DataFrame:
    """What villages report: households, those on tap water, people on dispersed supply, day."""
    households = view.settlements["households"].to_numpy()
    people = view.settlements["population"].to_numpy()
    count = len(view.villages)
    total = view.village_households
    supplied = np.bincount(view.village_of, households * (supply.kind != _NONE), minlength=count)
    alone = np.bincount(view.village_of, people * (supply.kind == _NONE), minlength=count)
    connected = np.floor(supplied * rng.uniform(0.94, 1.0, count)).astype(int)
    return pd.DataFrame(
        {
            **view.names(np.arange(count)),
            "households": total,
            "households_connected": np.minimum(connected, total),
            "dispersed_population": alone.astype(int),
            "reported_on": days_before(rng.integers(10, 100, count)),
        }
    )
