"""Water supply of the demo city: works, mains, service areas, figures of villages."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from pipelines.demo.by_county import DAY0, TODAY, by_county, days, numbered, scattered, unreported_townships
from pipelines.demo.geography import CRS, Geography
from pipelines.demo.plane import to_metres

_WORKS_PER_VILLAGE = 1.1
_LITRES_PER_PERSON_DAY = {"integrated": 165, "large": 140, "small": 105, "dispersed": 80}
_REACH_M = {"integrated": 600, "large": 550, "small": 450}
_SCALED = ("integrated", "large")


@dataclass(frozen=True)
class WaterSystem:
    """Frames with the declared columns; all but the village figures with geometry in EPSG:4490."""

    works: gpd.GeoDataFrame
    mains: gpd.GeoDataFrame
    service_areas: gpd.GeoDataFrame
    village_water: pd.DataFrame


def make_water(geography: Geography, seed: int) -> WaterSystem:
    """Each natural village is on scaled works, on small works of its own village, or on dispersed supply."""
    settled = by_county(geography, seed, "water supply", _supplied)
    works = by_county(geography, seed, "water works", lambda v, _, rng: _works(v, _of(settled, v), rng))
    mains = by_county(
        geography, seed, "water mains", lambda v, _, rng: _mains(_of(works, v), _of(settled, v), rng)
    )
    areas = by_county(
        geography, seed, "service areas", lambda v, _, rng: _areas(_of(works, v), _of(settled, v))
    )
    figures = by_county(geography, seed, "village water", lambda v, _, rng: _figures(v, _of(settled, v), rng))
    return WaterSystem(works, mains, areas, figures)


def _of(frame: pd.DataFrame, villages: gpd.GeoDataFrame) -> pd.DataFrame:
    prefix = villages["admin_code"].iloc[0][:6]
    return frame[frame["admin_code"].str.startswith(prefix)].reset_index(drop=True)


def _supplied(
    villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Natural villages with the kind of supply, decided for a village and varied within it."""
    level = settled["level"].to_numpy()
    by_village = pd.Series(rng.random(len(villages)), index=villages["admin_code"])
    draw = by_village.loc[settled["admin_code"]].to_numpy() * 0.75 + 0.25 * rng.random(len(settled))
    scaled = 0.25 + 0.72 * level
    supply = np.where(
        draw < scaled, "large", np.where(draw < scaled + 0.72 * (1 - scaled), "small", "dispersed")
    )
    return settled.assign(supply=supply)


def _works(villages: gpd.GeoDataFrame, settled: pd.DataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    people = settled.groupby(["admin_code", "supply"])["population"].sum().unstack(fill_value=0)
    for supply in ("large", "small", "dispersed"):
        people[supply] = people.get(supply, 0)
    people = people.reindex(villages["admin_code"]).fillna(0)
    town = villages.drop_duplicates("township_code")
    large = _scaled_works(villages, town, people, rng)
    target = max(0, round(_WORKS_PER_VILLAGE * len(villages)) - len(large))
    rest = [
        pd.DataFrame({"works_type": kind, "people": people[kind].to_numpy(), "at": np.arange(len(villages))})
        for kind in ("small", "dispersed")
    ]
    local = pd.concat(rest, ignore_index=True)
    local = local[local["people"] > 0].sort_values("people", ascending=False).head(target)
    places = villages.iloc[local["at"]].reset_index(drop=True)
    points = gpd.GeoSeries(gpd.points_from_xy(places["lon"], places["lat"]), crs=CRS)
    made = gpd.GeoDataFrame(
        {
            "admin_code": places["admin_code"].to_numpy(),
            "works_type": local["works_type"].to_numpy(),
            "served_population": local["people"].to_numpy(dtype=int),
            "place": places["name"].to_numpy(),
        },
        geometry=_inside(scattered(points, 250, rng), places),
        crs=CRS,
    )
    return _described(pd.concat([large, made], ignore_index=True), villages["admin_code"].iloc[0][:6], rng)


def _scaled_works(
    villages: gpd.GeoDataFrame, town: gpd.GeoDataFrame, people: pd.DataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """One scaled works for each township; those of the best-off townships belong to the city network."""
    served = (
        people["large"].groupby(villages["township_code"].to_numpy()).sum().reindex(town["township_code"])
    )
    order = np.argsort(-town["development"].to_numpy())
    kind = np.full(len(town), "large", dtype=object)
    kind[order[: max(1, len(town) // 4)]] = "integrated"
    points = gpd.GeoSeries(gpd.points_from_xy(town["lon"], town["lat"]), crs=CRS)
    return gpd.GeoDataFrame(
        {
            "admin_code": town["admin_code"].to_numpy(),
            "works_type": kind,
            "served_population": served.to_numpy(dtype=int),
            "place": town["name"].to_numpy(),
        },
        geometry=_inside(scattered(points, 400, rng), town.reset_index(drop=True)),
        crs=CRS,
    )


def _inside(points: gpd.GeoSeries, villages: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Points, those outside their village moved to its middle."""
    shapes = villages.geometry.reset_index(drop=True)
    middle = shapes.representative_point()
    return points.where(points.within(shapes, align=False), middle)


def _described(works: gpd.GeoDataFrame, county: str, rng: np.random.Generator) -> gpd.GeoDataFrame:
    count = len(works)
    litres = works["works_type"].map(_LITRES_PER_PERSON_DAY).to_numpy(dtype=float)
    actual = works["served_population"].to_numpy() * litres / 1000 * rng.uniform(0.75, 1.05, count)
    scaled = works["works_type"].isin(_SCALED).to_numpy()
    failing = np.where(scaled, 0.01, np.where(works["works_type"] == "small", 0.07, 0.18))
    tested = days(DAY0, rng.integers(300, int((TODAY - DAY0).astype(int)), count))
    unknown = rng.random(count) < np.where(scaled, 0.0, 0.08)
    ending = works["works_type"].map(
        {"integrated": "水厂", "large": "中心水厂", "small": "供水站", "dispersed": "分散供水点"}
    )
    local = rng.choice(["spring", "ground", "reservoir", "river"], count, p=[0.55, 0.25, 0.12, 0.08])
    return works.drop(columns="place").assign(
        works_no=numbered("GS", county, count),
        name=works["place"] + ending,
        design_capacity_m3d=np.maximum(5, (actual * rng.uniform(1.05, 1.6, count))).round(0),
        actual_capacity_m3d=actual.round(1),
        water_source=np.where(scaled, rng.choice(["river", "reservoir"], count), local),
        quality_result=np.where(unknown, None, np.where(rng.random(count) < failing, "fail", "pass")),
        tested_on=np.where(unknown, np.datetime64("NaT"), tested),
        state=rng.choice(["running", "repair", "stopped", "building"], count, p=[0.92, 0.04, 0.02, 0.02]),
    )


def _mains(
    villages: gpd.GeoDataFrame, works: pd.DataFrame, settled: pd.DataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """A tree of mains from each works through the natural villages it serves, nearest first.

    A main that would leave the county is left out.
    """
    county_shape = shapely.union_all(villages.geometry.to_numpy())
    shapely.prepare(county_shape)
    lines, owners, sizes = [], [], []
    for row, members in _served(works, settled):
        points = np.vstack(
            [[row.geometry.x, row.geometry.y], shapely.get_coordinates(members.geometry.to_numpy())]
        )
        for a, b, depth in _tree(points):
            line = _bent(points[a], points[b], rng)
            if not county_shape.covers(line):
                continue
            lines.append(line)
            owners.append((row.works_no, row.admin_code))
            sizes.append(315 if row.works_type in _SCALED and depth < 3 else 160 if depth < 4 else 75)
    county = works["admin_code"].iloc[0][:6]
    return gpd.GeoDataFrame(
        {
            "admin_code": [owner[1] for owner in owners],
            "main_no": numbered("GW", county, len(lines)),
            "works_no": [owner[0] for owner in owners],
            "material": np.where(
                np.array(sizes) > 300, "ductile_iron", rng.choice(["pe", "pvc", "steel"], len(lines))
            ),
            "diameter_mm": np.array(sizes, dtype=float),
            "built_year": rng.integers(1996, 2025, len(lines)),
        },
        geometry=lines,
        crs=CRS,
    )


def _served(works: pd.DataFrame, settled: pd.DataFrame) -> "list[tuple[object, pd.DataFrame]]":
    """Each works that has mains, with the natural villages it serves."""
    town = settled.groupby([settled["admin_code"].str[:9], "supply"])
    village = settled.groupby(["admin_code", "supply"])
    found = []
    for row in works.itertuples():
        scaled = row.works_type in _SCALED
        key = (row.admin_code[:9], "large") if scaled else (row.admin_code, row.works_type)
        groups = town if scaled else village
        if row.works_type != "dispersed" and key in groups.groups:
            found.append((row, groups.get_group(key)))
    return found


def _tree(points: np.ndarray) -> list[tuple[int, int, int]]:
    """Edges (from, to, depth) that join each point to its nearest among those nearer to the first."""
    metres = to_metres(points)
    order = np.argsort(np.hypot(*(metres - metres[0]).T), kind="stable")
    depth = np.zeros(len(points), dtype=int)
    edges = []
    for place in range(1, len(order)):
        here, before = order[place], order[:place]
        nearest = before[cKDTree(metres[before]).query(metres[here])[1]]
        depth[here] = depth[nearest] + 1
        edges.append((int(nearest), int(here), int(depth[here])))
    return edges


def _bent(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> shapely.LineString:
    """A line with two gentle bends, as pipes follow lanes."""
    across = np.array([-(end - start)[1], (end - start)[0]])
    inner = [start + (end - start) * t + across * rng.normal(0, 0.05) for t in (0.33, 0.67)]
    return shapely.LineString([start, *inner, end])


def _areas(works: pd.DataFrame, settled: pd.DataFrame) -> gpd.GeoDataFrame:
    """Service areas: the surroundings of the natural villages that a works serves."""
    rows, shapes = [], []
    for row, members in _served(works, settled):
        degrees = _REACH_M[row.works_type] / 111_000
        around = shapely.union_all(shapely.buffer(members.geometry.to_numpy(), degrees, quad_segs=4))
        rows.append((row.admin_code, row.works_no, row.works_type))
        shapes.append(shapely.simplify(around, degrees / 20))
    county = works["admin_code"].iloc[0][:6]
    return gpd.GeoDataFrame(
        {
            "admin_code": [row[0] for row in rows],
            "area_no": numbered("FW", county, len(rows)),
            "works_no": [row[1] for row in rows],
            "works_type": [row[2] for row in rows],
        },
        geometry=shapes,
        crs=CRS,
    )


def _figures(villages: gpd.GeoDataFrame, settled: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    households = settled.groupby("admin_code")["households"].sum().reindex(villages["admin_code"]).fillna(0)
    piped = settled[settled["supply"] != "dispersed"]
    connected = piped.groupby("admin_code")["households"].sum().reindex(villages["admin_code"]).fillna(0)
    scattered_people = settled[settled["supply"] == "dispersed"].groupby("admin_code")["population"].sum()
    share = np.clip(
        0.9 + 0.1 * villages["development"].to_numpy() + rng.normal(0, 0.03, len(villages)), 0.6, 1
    )
    frame = pd.DataFrame(
        {
            "admin_code": villages["admin_code"].to_numpy(),
            "households": households.to_numpy(dtype=int),
            "households_connected": np.floor(connected.to_numpy() * share).astype(int),
            "dispersed_population": scattered_people.reindex(villages["admin_code"])
            .fillna(0)
            .to_numpy(dtype=int),
            "reported_on": days(np.datetime64("2025-05-01"), rng.integers(0, 60, len(villages))),
        }
    )
    silent = frame["admin_code"].str[:9].isin(unreported_townships(villages, 0.04, rng))
    return frame[~silent & (rng.random(len(frame)) > 0.02)].reset_index(drop=True)
